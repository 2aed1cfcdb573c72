"""Where the two engines differ for the kernel: many new rows at once, and what the engines are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Boolean, Date, Dialect, Enum, Table, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from core.db import UtcDateTime
from core.isolation import is_secured

MOST_REMEMBERED = 10_000
COLLATION = "select datcollate from pg_database where datname = current_database()"
BY_CODE_POINT = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8"})

VERSIONS = {"sqlite": "select sqlite_version()", "postgresql": "show server_version"}
SIZES = {
    "sqlite": "select page_count * page_size from pragma_page_count(), pragma_page_size()",
    "postgresql": "select pg_database_size(current_database())",
}


@dataclass(frozen=True)
class Engine:
    """The database engine: its name, its version, and how many bytes the database takes."""

    name: str
    version: str
    size: int


def describe(session: Session) -> Engine:
    """Ask the database what it is."""
    name = session.get_bind().dialect.name
    version, size = (session.execute(text(ask[name])).scalar_one() for ask in (VERSIONS, SIZES))
    return Engine({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[name], str(version), int(size))


def sorts_by_code_point(session: Session) -> bool:
    """Return whether texts stand in an index by code point, so that a common beginning is a span of it."""
    bind = session.get_bind()
    if bind.dialect.name == "sqlite":
        return True
    known = _sorted_by_code_point.get(bind)
    if known is None:
        found = session.scalar(text(COLLATION))
        known = _sorted_by_code_point[bind] = found in BY_CODE_POINT
    return known


_sorted_by_code_point: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def take_ids(session: Session, table: Table, count: int) -> list[int]:
    """Return ids that no other row of the table has had or will get.

    With its id known beforehand, a row and all that hangs on it go in without asking back.
    """
    if session.get_bind().dialect.name == "sqlite":
        last = _last_id(session, table)
        return list(range(last + 1, last + 1 + count))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    taken = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return list(session.scalars(taken))


def _last_id(session: Session, table: Table) -> int:
    # SQLite has one writer, and this transaction is it: nobody takes an id in between.
    given = text("select seq from sqlite_sequence where name = :name").bindparams(name=table.name)
    stored = select(func.max(table.c.id))
    return max(session.scalar(given) or 0, session.scalar(stored) or 0)


# rows of one statement on SQLite: few sizes, for the driver keeps each statement that it has prepared
SIZES_AT_ONCE = (1_000, 256, 64, 16, 4, 1)
MOST_MARKS = 32_000


class RowWriter:
    """Rows written as the driver takes them: COPY on PostgreSQL, long statements on SQLite.

    For imports: a row costs a tenth of what it costs through the statement compiler. Columns that are
    not named keep their server default.
    """

    def __init__(self, session: Session, table: Table, names: Sequence[str]) -> None:
        self._connection = session.connection()
        dialect = self._connection.dialect
        self._processors = [
            (position, process)
            for position, name in enumerate(names)
            if (process := _processor(table.c[name].type, dialect)) is not None
        ]
        columns = ", ".join(names)
        self._copy = f"COPY {table.name} ({columns}) FROM STDIN"
        self._before: tuple[str, ...] = ()
        self._after: tuple[str, ...] = ()
        if is_secured(self._connection):
            self._go_round_policies(table.name, columns)
        self._insert = f"INSERT INTO {table.name} ({columns}) VALUES "  # noqa: S608 - names of ours
        self._marks = f"({', '.join('?' * len(names))})"
        self._sizes = [size for size in SIZES_AT_ONCE if size * len(names) <= MOST_MARKS]
        self._is_sqlite = dialect.name == "sqlite"
        if self._is_sqlite:  # indexes are written here and there: in 2 MB their pages push each other out
            self._connection.exec_driver_sql("PRAGMA cache_size = -10000")

    def _go_round_policies(self, table: str, columns: str) -> None:
        """PostgreSQL copies into no table with policies: the rows go in from one beside it, past them."""
        beside = f"incoming_{table}"
        self._copy = f"COPY {beside} FROM STDIN"
        self._before = (
            f"CREATE TEMPORARY TABLE {beside} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA",  # noqa: S608 - names of ours
        )
        self._after = (
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {beside}",  # noqa: S608 - names of ours
            f"DROP TABLE {beside}",
        )

    def bind(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """Return a row, or the first columns of one, as the driver takes it."""
        row = list(values)
        width = len(row)
        for position, process in self._processors:
            if position < width and row[position] is not None:
                row[position] = process(row[position])
        return tuple(row)

    def bind_all(self, columns: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return rows, given column by column, as the driver takes them."""
        bound = list(columns)
        for position, process in self._processors if bound else ():
            bound[position] = [None if value is None else process(value) for value in bound[position]]
        return list(zip(*bound, strict=True))

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write bound rows."""
        if not rows:
            return
        if self._is_sqlite:
            self._insert_all(rows)
            return
        driver: Any = self._connection.connection.cursor()
        with driver as cursor:
            for statement in self._before:
                cursor.execute(statement)
            with cursor.copy(self._copy) as copy:
                for row in rows:
                    copy.write_row(row)
            for statement in self._after:
                cursor.execute(statement)

    def _insert_all(self, rows: Sequence[tuple[Any, ...]]) -> None:
        # Many rows a statement: before each statement the index of words is written to disk.
        first = 0
        for size in self._sizes:
            insert = self._insert + ", ".join([self._marks] * size)
            while len(rows) - first >= size:
                values = tuple(chain.from_iterable(rows[first : first + size]))
                self._connection.exec_driver_sql(insert, values)
                first += size


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what turns a value into what the driver takes; few days, words and moments are met often."""
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is not None and isinstance(kind, Boolean | Date | Enum | UtcDateTime):
        return lru_cache(MOST_REMEMBERED)(process)
    return process
