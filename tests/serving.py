"""A database served as the README says: one role owns the tables, another serves, and policies bind both."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from core import isolation
from core.db import db
from tests.conftest import ADMIN_URL, SETTINGS

serial = count(1)


class Roles(NamedTuple):
    """The roles of one served database: ``wordy`` may not become the office."""

    owner: str
    serving: str
    wordy: str


class Served(NamedTuple):
    """An application that serves, and where its database is."""

    app: Flask
    url: str
    roles: Roles


@contextmanager
def served(documents: Path, **given: Any) -> Iterator[Served]:
    """Make a database with roles of its own, and the application that serves it."""
    mark = f"{os.getpid()}_{next(serial)}"
    roles = Roles(*(f"rows_{name}_{mark}" for name in Roles._fields))
    name, base = f"rows_{mark}", ADMIN_URL.rsplit("/", 1)[0]
    _make(name, roles)
    url = base.replace("postgres@", f"{roles.serving}@") + f"/{name}"
    settings = SETTINGS | {"DOCUMENT_DIR": str(documents)} | given
    try:
        owner = create_app(settings | {"DATABASE_URL": url.replace(roles.serving, roles.owner)})
        with owner.app_context():
            upgrade()
            db.engine.dispose()
        app = create_app(settings | {"DATABASE_URL": url})
        yield Served(app, url, roles)
        with app.app_context():
            db.engine.dispose()
    finally:
        with psycopg.connect(ADMIN_URL, autocommit=True) as server:
            server.execute(f"drop database {name} with (force)")
            server.execute(f"drop role {', '.join(roles)}")


def _make(name: str, roles: Roles) -> None:
    office = f"create role {isolation.OFFICE} nologin"
    with psycopg.connect(ADMIN_URL, autocommit=True) as server:
        if not server.execute("select 1 from pg_roles where rolname = %s", [isolation.OFFICE]).fetchone():
            server.execute(office)
        server.execute(f"create role {roles.owner} login")
        server.execute(f"create role {roles.serving} login noinherit in role {isolation.OFFICE}")
        server.execute(f"create role {roles.wordy} login noinherit")
        server.execute(
            f"create database {name} owner {roles.owner} template template0 encoding 'UTF8' locale 'C.UTF-8'"
        )
    granted = f"{roles.serving}, {roles.wordy}, {isolation.OFFICE}"
    with psycopg.connect(f"{ADMIN_URL.rsplit('/', 1)[0]}/{name}", autocommit=True) as database:
        database.execute(f"grant usage, create on schema public to {roles.owner}")
        database.execute(f"grant usage on schema public to {granted}")
        for rights, things in (("select, insert, update, delete", "tables"), ("usage, select", "sequences")):
            database.execute(
                f"alter default privileges for role {roles.owner} grant {rights} on {things} to {granted}"
            )
