"""Connections: one whose server has hung up is never handed out."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from core.db import engine_options

END = text("select pg_terminate_backend(:pid, 5000)")
ME = {"sqlite": "select 1", "postgresql": "select pg_backend_pid()"}


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    made = create_engine(**engine_options(engine_url))
    yield made
    made.dispose()


def who(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(ME[engine.dialect.name])).scalar_one())


def test_an_idle_connection_is_used_again(engine: Engine) -> None:
    assert who(engine) == who(engine)


def test_a_connection_that_the_server_ended_is_made_anew(engine: Engine, engine_url: str) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server")
    before = who(engine)
    other = create_engine(engine_url)
    with other.connect() as connection:
        assert connection.execute(END, {"pid": before}).scalar_one()
    other.dispose()
    assert who(engine) != before
