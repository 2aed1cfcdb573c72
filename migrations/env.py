"""Run the migrations with the application's own engine."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from core import isolation
from core.db import Model

config = context.config


def include_object(thing: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Leave out what only one engine has, such as the tables of a full-text index."""
    engine_own = ("record_words", "ix_record_words", "sqlite_")
    return not (kind in {"table", "index"} and reflected and (name or "").startswith(engine_own))


def run_migrations() -> None:
    """Migrate in one transaction, on the connection given by a test or else on the application's engine."""
    given = config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    with current_app.extensions["sqlalchemy"].engine.connect() as connection:
        _run(connection)
        connection.commit()


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=include_object,
    )
    with context.begin_transaction():
        isolation.say_all(connection)  # data migrations see every row
        context.run_migrations()


run_migrations()
