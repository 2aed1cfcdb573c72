"""Databases of many contracts: filled once, then kept and lent, so that a run does not wait for them.

They lie in ``var/bench/kept`` and on the server as ``procurement_bench_kept_…``, until the tables, the
contracts or the search change; then they are made anew and the old ones are thrown away.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from bench import contracts
from bench.databases import PLACE, SERVER, Office, database, reopened, served

ROOT = Path(__file__).resolve().parent.parent
KEPT = PLACE / "kept"
PREFIX = "procurement_bench_kept_"
NAMED = "select datname from pg_database where datname like %s"


@contextmanager
def lent(engine: str, rows: int) -> Iterator[Office]:
    """Yield an office with so many contracts, to be read only: it is lent to the next one too."""
    url = _kept(engine, rows)
    with served(url) as app:
        yield reopened(app, engine, url)


@contextmanager
def copied(engine: str, rows: int) -> Iterator[Office]:
    """Yield an office of one's own with so many contracts."""
    kept = _kept(engine, rows)
    template = kept.rsplit("/", 1)[1] if engine == "postgresql" else None
    with database(engine, template=template) as url:
        if engine == "sqlite":
            shutil.copyfile(_path(kept), _path(url))
        with served(url) as app:
            yield reopened(app, engine, url)


def _kept(engine: str, rows: int) -> str:
    return _sqlite(rows) if engine == "sqlite" else _postgresql(rows)


def _sqlite(rows: int) -> str:
    path = KEPT / f"{rows}-{_key()}.db"
    if not path.exists():
        for old in KEPT.glob(f"{rows}-*.db"):
            old.unlink()
        KEPT.mkdir(parents=True, exist_ok=True)
        with database("sqlite") as url:
            _fill("sqlite", url, rows)
            with closing(sqlite3.connect(_path(url))) as connection:
                connection.execute("pragma wal_checkpoint(truncate)")
            _path(url).rename(path)
    return f"sqlite:///{path}"


def _postgresql(rows: int) -> str:
    name = f"{PREFIX}{rows}_{_key()}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        known = [row[0] for row in server.execute(NAMED, (f"{PREFIX}{rows}\\_%",))]
        if name not in known:
            for old in known:
                server.execute(f"drop database {old} with (force)")
            with database("postgresql") as url:
                _fill("postgresql", url, rows)
                made = url.rsplit("/", 1)[1]
                server.execute(f"create database {name} template {made} strategy file_copy")
    return SERVER.rsplit("/", 1)[0] + f"/{name}"


def _fill(engine: str, url: str, rows: int) -> None:
    with served(url, empty=True) as app:
        contracts.sign(reopened(app, engine, url), rows, searched=True)


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _key() -> str:
    """Return what changes when the kept databases are no longer what a run would make."""
    sources = [*sorted((ROOT / "migrations" / "versions").glob("*.py")), Path(contracts.__file__)]
    text = b"".join(path.read_bytes() for path in [*sources, ROOT / "core" / "search.py"])
    return hashlib.sha256(text).hexdigest()[:12]
