"""Both engines, migrated once a run; each test inside a transaction that is rolled back."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app import create_app
from core.auth import User
from core.db import db
from tests import factories

ADMIN_URL = os.environ.get("PROCUREMENT_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
REQUIRED = set(
    os.environ.get("PROCUREMENT_TEST_REQUIRE", "postgresql,chromium" if os.environ.get("CI") else "").split(
        ","
    )
)
ENGINES = os.environ.get("PROCUREMENT_TEST_ENGINES", "sqlite,postgresql").split(",")

SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "a key for tests that is long enough to pass",
    "SECURITY_PASSWORD_HASH": "plaintext",
    "SECURITY_PASSWORD_SINGLE_HASH": ["plaintext"],
    "WTF_CSRF_ENABLED": False,
    "BCRYPT_LOG_ROUNDS": 4,
}


def missing(part: str, reason: str) -> None:
    """Skip with the reason, or fail where the part is required."""
    if part in REQUIRED:
        pytest.fail(f"{part} is required here: {reason}")
    pytest.skip(f"{part}: {reason}")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database of this run."""
    name = f"procurement_test_{os.getpid()}"
    try:
        server = psycopg.connect(ADMIN_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        missing("postgresql", f"no server answers ({str(error).splitlines()[0]})")
    with server:
        server.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
        yield ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
        server.execute(f"drop database {name} with (force)")
    server.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('db')}/test.db"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(scope="session")
def app(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a migrated database."""
    application = create_app(
        SETTINGS | {"DATABASE_URL": engine_url, "DOCUMENT_DIR": str(tmp_path_factory.mktemp("documents"))}
    )
    with application.app_context():
        upgrade()
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session that a test may commit as it likes: all of it is rolled back at the end."""
    with app.app_context():
        engine, sessionmaker = db.engine, db.sessionmaker
    with engine.connect() as connection:
        transaction = connection.begin()
        before = dict(sessionmaker.kw)
        sessionmaker.configure(bind=connection, binds=None, join_transaction_mode="create_savepoint")
        with sessionmaker() as own:
            factories.use(own)
            yield own
        sessionmaker.kw.clear()
        sessionmaker.kw.update(before)
        transaction.rollback()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser that shares the test's transaction."""
    return app.test_client()


class SignIn:
    """Sign a user in without the form; the form has tests of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, user: User) -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
            cookie["fs_cc"] = "set"
            cookie["identity.id"] = user.fs_uniquifier
        return client


@pytest.fixture
def as_user(app: Flask, session: Session) -> SignIn:
    """A function that returns a browser in which the given user is signed in."""
    return SignIn(app)
