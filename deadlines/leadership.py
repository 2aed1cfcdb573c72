"""Who leads among several workers: an advisory lock on PostgreSQL, a locked file beside SQLite."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, func, select
from sqlalchemy.exc import OperationalError

# any number will do, so long as nothing else in this database locks it
LEADER_KEY = 0x6B66710001


class Leadership(Protocol):
    """The right to do the work while other workers stand by; it saves work, the rows keep it correct."""

    def hold(self) -> bool:
        """Take it or confirm it; return whether this process leads."""

    def release(self) -> None:
        """Give it up."""


def leadership(engine: Engine) -> Leadership:
    """Return the leadership that this engine offers."""
    if engine.dialect.name == "sqlite":
        return FileLock(Path(engine.url.database or "worker").with_suffix(".worker.lock"))
    return AdvisoryLock(engine.url)


class AdvisoryLock:
    """PostgreSQL: a lock that lives as long as one connection of its own."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": 5,
                "keepalives": 1,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
            },
        )
        self._connection: Connection | None = None

    def hold(self) -> bool:
        """Take the lock, or ask the connection that holds it whether it still lives."""
        try:
            if self._connection is not None:
                self._connection.execute(select(1))
                return True
            return self._take()
        except OperationalError:
            self.release()
            return False

    def _take(self) -> bool:
        connection = self._engine.connect()
        if connection.execute(select(func.pg_try_advisory_lock(LEADER_KEY))).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        """Close the connection, and the lock with it."""
        if self._connection is not None:
            with suppress(OperationalError):  # a connection that is gone has no lock left to give up
                self._connection.close()
            self._connection = None


class FileLock:
    """SQLite: a lock on a file beside the database, which the system drops when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def hold(self) -> bool:
        """Take the lock unless another process has it."""
        if self._file is not None:
            return True
        file = self._path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Close the file, and the lock with it."""
        if self._file is not None:
            self._file.close()
            self._file = None
