"""A group of commands that says in one line what is wrong with its database."""

from typing import Any

import click
from flask.cli import ScriptInfo
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from core.auth import User
from core.db import db


class Commands(click.Group):
    """A group whose commands need the database to answer and to have its tables."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; name the cure instead of showing where the program was when it failed."""
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as failure:
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                wrong = _what_is_wrong(failure)
            if wrong is None:
                raise
            raise click.ClickException(wrong) from None


def _what_is_wrong(failure: DBAPIError) -> str | None:
    try:
        if inspect(db.engine).has_table(User.__tablename__):
            return None
    except OperationalError:
        return f"the database does not answer: {str(failure.orig).splitlines()[0]}"
    return "the database has no tables yet: run make migrate, or flask --app wsgi db upgrade"
