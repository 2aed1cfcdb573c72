"""Commands about stored files."""

import json
from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from core import clock
from core.commands import Commands
from core.db import db
from core.intake import orphans


@click.group("documents", cls=Commands)
def cli() -> None:
    """Files that were taken in."""


@cli.command("collect")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--older-than", "days", type=click.IntRange(1), help="Days; the setting when not given.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@with_appcontext
def collect_command(dry_run: bool, days: int | None, form: str) -> None:
    """Remove the files that nothing refers to and that have not been written to for some days."""
    age = timedelta(days=days or current_app.config["ORPHAN_DAYS"])
    store = current_app.extensions["documents"]
    found = orphans.collect(db.session, store, at=clock.now(), older_than=age, is_dry=dry_run)
    facts = {"dry_run": dry_run, "files": len(found.files), "bytes": found.size, "sha256": found.files}
    if form == "json":
        click.echo(json.dumps(facts))
        return
    for digest in found.files:
        click.echo(digest)
    click.echo(f"{len(found.files)} files, {found.size} bytes{' (nothing was removed)' if dry_run else ''}")
