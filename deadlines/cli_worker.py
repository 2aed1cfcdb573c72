"""Commands that remind: sweep and deliver once, or go on as a worker."""

import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from core.clock import SHANGHAI
from core.config import check_database
from core.db import db
from core.errors import Misconfigured
from deadlines import engine, worker
from deadlines.sending import Post


def register(group: click.Group) -> None:
    """Add the commands to the group of the clocks."""
    for command in (sweep_command, deliver_command, worker_command):
        group.add_command(command)


FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
NOW = click.option(
    "--now",
    "named",
    metavar="ISO",
    help="Act as if it were this moment, such as 2026-11-23T08:00; without a zone it is China's.",
)


@click.command("sweep")
@NOW
@FORMAT
@with_appcontext
def sweep_command(named: str | None, form: str) -> None:
    """Raise every reminder that is due; doing it twice raises nothing twice."""
    moment = _moment(named)
    with db.sessionmaker() as session:
        closed = worker.tidy(session, moment=moment)
        worker.each_day(session, current_app.extensions["daily"], moment=moment)
        raised = worker.sweep_all(session, Post.of(current_app.config).channels, moment=moment)
    _tell(form, {"raised": raised, "lapsed": closed})


@click.command("deliver")
@NOW
@FORMAT
@with_appcontext
def deliver_command(named: str | None, form: str) -> None:
    """Send every message that may leave now."""
    with db.sessionmaker() as session:
        tally = worker.deliver_all(session, Post.of(current_app.config), moment=_moment(named))
    _tell(form, {"sent": tally.sent, "failed": tally.failed})


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Remind until stopped: a sweep every 30 seconds, delivery every 5."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        with db.engine.connect() as connection:
            check_database(app.config, connection)
    except Misconfigured as refusal:
        click.echo(f"refused to start: {refusal}", err=True)
        sys.exit(Misconfigured.exit_code)
    worker.Worker(app).run()


def _moment(named: str | None) -> Callable[[Session], datetime]:
    if named is None:
        return engine.present
    try:
        moment = datetime.fromisoformat(named)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--now") from error
    fixed = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return lambda _session: fixed


def _tell(form: str, facts: dict[str, Any]) -> None:
    if form == "json":
        click.echo(json.dumps(facts))
    else:
        click.echo(", ".join(f"{name} {count}" for name, count in facts.items()))
