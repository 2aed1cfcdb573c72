"""The model base, the column types that are exact on both engines, and the ``db`` extension."""

import enum
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from inspect import iscoroutinefunction
from select import POLLIN, poll
from typing import Any

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import JSON, TypeDecorator

FEN = Decimal("0.01")
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # otherwise INSERT OR REPLACE slips past the append-only triggers
)


class Money(TypeDecorator[Decimal]):
    """Keep yuan as ``Decimal`` with two places in Python and as whole fen in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Turn yuan into fen; refuse what has more than two places."""
        if value is None:
            return None
        fen = Decimal(value) * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"{value} yuan has more than two decimal places")
        return int(fen)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Turn fen into yuan."""
        return None if value is None else Decimal(value).scaleb(-2)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """Return what turns fen into yuan, without the detour by way of the column's own type."""
        return _of_fen


def _of_fen(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-2)


class UtcDateTime(TypeDecorator[datetime]):
    """Keep moments in UTC and refuse a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC moment on both engines."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        Decimal: Money(),
        datetime: UtcDateTime(),
        enum.Enum: Enum(enum.Enum, native_enum=False, length=40, validate_strings=True),
        str: String(),
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        list[Any]: JSON().with_variant(JSONB(), "postgresql"),
    }


BIG_ID = BigInteger().with_variant(Integer(), "sqlite")


class Database(SQLAlchemy):
    """The engine and the sessions of the application."""

    def init_app(self, app: Any) -> None:
        """Attach to the application, without the hook that would start a thread at the end of each request.

        The hook closes asynchronous sessions; we have none, and Flask needs an event loop to find that out.
        """
        super().init_app(app)
        hooks = app.teardown_appcontext_funcs
        hooks[:] = [hook for hook in hooks if not iscoroutinefunction(hook)]


db = Database()


def yuan(value: Decimal | int | str) -> Decimal:
    """Return an amount rounded half up to fen."""
    return Decimal(value).quantize(FEN, ROUND_HALF_UP)


def writing(session: Session) -> None:
    """Begin a transaction that will write, so that SQLite takes its one write lock at the start.

    A deferred transaction that upgrades fails at once with "database is locked"; one that begins
    immediately waits its turn. On PostgreSQL this only opens the connection.
    """
    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})


def engine_options(url: str) -> dict[str, Any]:
    """Return the options of the one engine, by kind of database."""
    if url.startswith("sqlite"):
        return {"url": url}
    return {
        "url": url,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_recycle": 1800,
        # compiling a query, or starting helpers for it, costs more than running any of ours
        "connect_args": {"options": "-c jit=off -c max_parallel_workers_per_gather=0"},
    }


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # the driver's own BEGIN would always be deferred
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "checkout")
def _refuse_dead(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool connect anew when the server has hung up: nobody else speaks on an idle connection.

    Asking the server instead, as pool_pre_ping does, costs every request a journey there and back.
    """
    if isinstance(connection, sqlite3.Connection):
        return
    line = poll()
    if not connection.closed:
        line.register(connection.fileno(), POLLIN)
    if connection.closed or line.poll(0):
        raise DisconnectionError


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
