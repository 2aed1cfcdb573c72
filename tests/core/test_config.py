"""What production refuses to start with; every refusal names its cure in one line."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from app import check_database, create_app
from core import config
from core.config import DEFAULTS, DEVELOPMENT_KEY
from core.db import db
from core.errors import Misconfigured
from tests.factories import make_user

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE = {
    "ENV": "production",
    "SECRET_KEY": "k" * 32,
    "IDENTITY_KEY": "i" * 32,
    "PASSWORD_SALT": "a salt of this site alone",
    "DATABASE_URL": "postgresql+psycopg://office@127.0.0.1/office",
    "ALLOWED_HOSTS": "office.example.org",
    "ANTIVIRUS": "tcp:127.0.0.1:3310",
}


def test_safe_settings_are_accepted():
    assert create_app(SAFE).config["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("unsafe", "cure"),
    [
        ({"SECRET_KEY": DEVELOPMENT_KEY}, "PROCUREMENT_SECRET_KEY"),
        ({"SECRET_KEY": ""}, "PROCUREMENT_SECRET_KEY"),
        ({"SECRET_KEY": "k" * 31}, "at least 32 bytes"),
        ({"IDENTITY_KEY": DEVELOPMENT_KEY}, "PROCUREMENT_IDENTITY_KEY"),
        ({"IDENTITY_KEY": "i" * 31}, "PROCUREMENT_IDENTITY_KEY"),
        ({"PASSWORD_SALT": DEFAULTS["PASSWORD_SALT"]}, "PROCUREMENT_PASSWORD_SALT"),
        ({"PASSWORD_SALT": "s" * 15}, "at least 16 characters"),
        ({"DEBUG": True}, "PROCUREMENT_DEBUG"),
        ({"DATABASE_URL": "sqlite:///office.db"}, "PROCUREMENT_ALLOW_SQLITE"),
        ({"SESSION_COOKIE_SECURE": False}, "PROCUREMENT_SESSION_COOKIE_SECURE"),
        ({"ALLOWED_HOSTS": ""}, "PROCUREMENT_ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": " , "}, "PROCUREMENT_ALLOWED_HOSTS"),
        ({"KEY_FILES": "/nowhere/anchor.key"}, "/nowhere/anchor.key"),
        ({"ANTIVIRUS": ""}, "PROCUREMENT_ANTIVIRUS"),
        ({"ANTIVIRUS": "off"}, "PROCUREMENT_ALLOW_NO_ANTIVIRUS"),
        ({"ANTIVIRUS": "somewhere"}, "PROCUREMENT_ANTIVIRUS"),
    ],
    ids=str,
)
def test_unsafe_settings_are_refused(unsafe, cure):
    with pytest.raises(Misconfigured, match=cure):
        create_app(SAFE | unsafe)


@pytest.mark.parametrize(
    "same",
    [
        {"SECRET_KEY": "k" * 32},
        {"IDENTITY_KEY": "j" * 32},
        {"PASSWORD_SALT": "s" * 16},
        {"ALLOW_SQLITE": True, "DATABASE_URL": "sqlite://"},
    ],
)
def test_settings_on_the_safe_side_of_a_limit_are_accepted(same):
    assert create_app(SAFE | same)


@pytest.mark.parametrize(("mode", "refused"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_key_file_that_others_can_read_is_refused(tmp_path, mode, refused):
    key = tmp_path / "anchor.key"
    key.write_text("secret")
    key.chmod(mode)

    if refused:
        with pytest.raises(Misconfigured, match="chmod 600"):
            create_app(SAFE | {"KEY_FILES": str(key)})
    else:
        assert create_app(SAFE | {"KEY_FILES": str(key)})


def test_a_refused_start_exits_with_78_and_one_line():
    environment = {**os.environ, "PROCUREMENT_ENV": "production", "PROCUREMENT_SECRET_KEY": "short"}

    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 78
    assert done.stderr.count("\n") == 1
    assert "refused to start: set PROCUREMENT_SECRET_KEY" in done.stderr


def test_demonstration_accounts_are_refused(app, session):
    make_user(is_demo=True)
    session.commit()

    with pytest.raises(Misconfigured, match="disable-demo"):
        config.check_database(app.config | {"ENV": "production"}, _as_ordinary(session))


def _as_ordinary(session):
    """On PostgreSQL the tests run as a superuser; look at the accounts as SQLite would."""

    class Ordinary:
        class dialect:  # noqa: N801 - the attribute's name
            name = "sqlite"

        scalar = staticmethod(session.connection().scalar)

    return Ordinary()


@pytest.fixture
def office_url(postgresql_url):
    """The address of a database of this test's own, as an ordinary role that owns nothing."""
    name = f"office_{os.getpid()}"
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        server.execute(f"create role {name} login")
        server.execute(f"create database {name}")
    url = postgresql_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("create table users (is_demo boolean, active boolean)")
        database.execute(f"grant select on users to {name}")
        database.execute(f"grant create on schema public to {name}")
    yield url.replace("postgres@", f"{name}@").replace("postgresql:", "postgresql+psycopg:")
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        server.execute(f"drop database {name} with (force)")
        server.execute(f"drop role {name}")


def serve(url: str) -> None:
    """Check the database as a production start would."""
    check_database(create_app(SAFE | {"DATABASE_URL": url}))


def test_an_ordinary_role_may_serve(office_url):
    serve(office_url)


def test_a_superuser_may_not_serve(office_url):
    with pytest.raises(Misconfigured, match="superuser"):
        serve(office_url.replace(f"office_{os.getpid()}@", "postgres@"))


def test_the_owner_of_a_table_may_not_serve(office_url):
    engine = create_engine(office_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table office_owned (id integer)")
    engine.dispose()

    with pytest.raises(Misconfigured, match="owns no table"):
        serve(office_url)


def test_the_worker_is_refused_like_the_web_server(office_url):
    unsafe = create_app(SAFE | {"DATABASE_URL": office_url.replace(f"office_{os.getpid()}@", "postgres@")})

    done = unsafe.test_cli_runner().invoke(args=["deadlines", "worker"])
    with unsafe.app_context():
        db.engine.dispose()

    assert done.exit_code == 78
    assert "superuser" in done.output
