"""Where SQLite and PostgreSQL differ for the clock: chained writes, the present moment, who leads."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    FromClause,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Update,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.expression import FunctionElement

from core import clock
from deadlines.alert_models import ClockWitness

# any numbers will do, so long as nothing else in this database locks them
CLAIM_KEY = 0x6B66710002

TOLERANCE = 120.0
HOLD = 600.0

Upsert = postgresql.Insert | sqlite.Insert
Tables = Mapping[str, FromClause]


class days_between(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it stands for
    """Whole days from the second day to the first."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "postgresql")
def _days_between_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (compiler.process(part, **options) for part in element.clauses)
    return f"({later} - {earlier})"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    later, earlier = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


class plus_days(FunctionElement[date]):  # noqa: N801 - as above
    """The day that lies so many days after another."""

    type = Date()
    inherit_cache = True


@compiles(plus_days, "postgresql")
def _plus_days_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    day, number = (compiler.process(part, **options) for part in element.clauses)
    return f"({day} + {number})"


@compiles(plus_days, "sqlite")
def _plus_days_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    day, number = (compiler.process(part, **options) for part in element.clauses)
    return f"date({day}, ({number}) || ' days')"


class random_key(FunctionElement[str]):  # noqa: N801 - as above
    """A new random key of 32 hexadecimal digits for each row."""

    type = String()
    inherit_cache = True


@compiles(random_key, "postgresql")
def _random_key_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "replace(gen_random_uuid()::text, '-', '')"


@compiles(random_key, "sqlite")
def _random_key_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "lower(hex(randomblob(16)))"


class json_pairs(FunctionElement[Any]):  # noqa: N801 - as above
    """The keys and values of a JSON object as rows of text: a small table given as one parameter."""

    inherit_cache = True


@compiles(json_pairs, "postgresql")
def _json_pairs_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (given,) = (compiler.process(part, **options) for part in element.clauses)
    return f"json_each_text(CAST({given} AS json))"


@compiles(json_pairs, "sqlite")
def _json_pairs_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    (given,) = (compiler.process(part, **options) for part in element.clauses)
    return f"json_each({given})"


def pairs(name: str) -> Any:
    """Return the rows of the parameter ``name``, a JSON object, with the columns key and value."""
    given = json_pairs(bindparam(name, type_=String()))
    return given.table_valued(column("key", String()), column("value", String()), name=name)


def dialect_of(session: Session) -> str:
    """Return the name of the engine: sqlite or postgresql."""
    return session.get_bind().dialect.name


def is_sqlite(session: Session) -> bool:
    """Return whether this is the embedded engine."""
    return dialect_of(session) == "sqlite"


def upsert(dialect: str, table: Any) -> Any:
    """Return the engine's own INSERT, which knows ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


# -- several writes over one set of rows --------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One link of a chain: a query whose rows later links use, or a write.

    ``seen`` is where the rows of a write are found by an engine that runs the links one by one, and
    ``key`` the column by which it looks up the rows of a query.
    """

    name: str
    build: Callable[[Tables], Select[Any] | Insert | Update]
    seen: FromClause | None = None
    key: str | None = None


# Tables grow by thousands of rows from one batch to the next, faster than their statistics: a plan that
# reads a whole table because it was small a moment ago would make the sweep quadratic.
PLANNED_BY_INDEX = select(
    func.set_config("enable_seqscan", "off", True),
    func.set_config("jit", "off", True),  # compiling takes longer than running
    func.set_config("random_page_cost", "1.1", True),
    func.set_config("plan_cache_mode", "force_custom_plan", True),
)


class Chain:
    """Writes over one set of claimed rows: one statement on PostgreSQL, a temporary table on SQLite."""

    def __init__(self, dialect: str, steps: Sequence[Step]) -> None:
        self._statement = None if dialect == "sqlite" else _as_one_statement(steps)
        self._links = _as_links(steps) if dialect == "sqlite" else []
        self._tables = [
            str(CreateTable(table, if_not_exists=True).compile(dialect=sqlite.dialect()))
            for _name, table, _sql in self._links
            if table is not None
        ]

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> dict[str, int]:
        """Run it and return how many rows each link touched."""
        if self._statement is not None:
            connection.execute(PLANNED_BY_INDEX)
            row = connection.execute(self._statement, dict(parameters)).mappings().one()
            return {name: int(count) for name, count in row.items()}
        for create in self._tables:  # a transaction that was rolled back took its temporary tables along
            connection.exec_driver_sql(create)
        return {name: _run_link(connection, table, sql, parameters) for name, table, sql in self._links}


def _as_one_statement(steps: Sequence[Step]) -> Select[Any]:
    tables: dict[str, FromClause] = {}
    for step in steps:
        built: Any = step.build(tables)
        if not isinstance(built, Select) and not built._returning:
            built = built.returning(text("1 AS one"))
        tables[step.name] = built.cte(step.name)
    return select(
        *(
            select(func.count()).select_from(table).scalar_subquery().label(name)
            for name, table in tables.items()
        )
    )


def _as_links(steps: Sequence[Step]) -> list[tuple[str, Table | None, Any]]:
    tables: dict[str, FromClause] = {}
    links: list[tuple[str, Table | None, Any]] = []
    for step in steps:
        built: Any = step.build(tables)
        if not isinstance(built, Select):
            tables[step.name] = step.seen if step.seen is not None else built.table
            links.append((step.name, None, built))
            continue
        columns = [Column(c.name, c.type, primary_key=c.name == step.key) for c in built.selected_columns]
        kept = Table(f"chain_{step.name}", MetaData(), *columns, prefixes=["TEMPORARY"])
        tables[step.name] = kept
        links.append((step.name, kept, insert(kept).from_select([c.name for c in columns], built)))
    return links


def _run_link(connection: Connection, table: Table | None, sql: Any, parameters: Mapping[str, Any]) -> int:
    if table is None:
        result = connection.execute(sql, dict(parameters))
        return len(result.all()) if result.returns_rows else int(result.rowcount)
    connection.execute(delete(table))
    connection.execute(sql, dict(parameters))
    # counted, because the driver does not know how many rows came from a statement that begins with WITH
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def claim_alone(session: Session) -> None:
    """Let only one transaction at a time choose what to send; SQLite writers are alone anyway."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(CLAIM_KEY)))


def looked_up(dialect: str, rows: FromClause, found: Select[Any]) -> Select[Any]:
    """Return ids that a query finds for each of some rows, one index look-up a row.

    PostgreSQL would rather read a whole index that it believes to be small; a lateral query with an
    offset it runs as it is written.
    """
    if dialect == "sqlite":
        return found
    each = found.correlate(rows).offset(0).lateral("each")
    return select(each.c.id).select_from(rows.join(each, true()))


# -- the present moment -------------------------------------------------------------------------------------


def present(session: Session) -> datetime:
    """Return the present moment: the database server's, which no worker's own clock can move.

    The embedded engine has no clock but the process's; ``clock_is_doubtful`` watches over that one.
    """
    if is_sqlite(session):
        return clock.now()
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def clock_is_doubtful(session: Session, wall: datetime) -> bool:
    """Return whether the embedded engine's clock was moved lately, so that its day is not yet believed.

    A clock is believed again when it has kept its new time for ten minutes: nothing is lost by waiting,
    and a clock that is wrong for a moment raises no alert before its time. Writes what it saw.
    """
    if not is_sqlite(session):
        return False
    boot = _boot()
    if boot is None:
        return False
    boot_id, running = boot
    offset = wall.timestamp() - running
    witness = session.get(ClockWitness, boot_id)
    if witness is None:
        session.add(ClockWitness(boot_id=boot_id, offset=offset))
        return False
    return _weigh(witness, offset, running)


def _weigh(witness: ClockWitness, offset: float, running: float) -> bool:
    if abs(offset - witness.offset) <= TOLERANCE:
        witness.doubted_offset = witness.doubted_since = None
        if abs(offset - witness.offset) > 1:  # followed slowly, a drift never adds up to a doubt
            witness.offset = offset
        return False
    if witness.doubted_offset is None or abs(offset - witness.doubted_offset) > TOLERANCE:
        witness.doubted_offset, witness.doubted_since = offset, running
        return True
    if running - (witness.doubted_since or running) < HOLD:
        return True
    witness.offset = offset
    witness.doubted_offset = witness.doubted_since = None
    return False


def _boot() -> tuple[str, float] | None:
    """Return which start of the machine this is and for how many seconds it has run, if it can tell."""
    source = Path("/proc/sys/kernel/random/boot_id")
    if not hasattr(time, "CLOCK_BOOTTIME") or not source.exists():
        return None
    return source.read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME)
