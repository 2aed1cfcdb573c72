"""Loading the demonstration zone, once, into an empty database."""

from datetime import date

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.auth import SYSTEM, User
from core.commands import Commands
from core.db import db, writing
from core.records import Record
from deadlines.corrections import calendar_for
from demo.agencies import lay_agencies
from demo.cases import lay_contracts, lay_tenders, lay_transfers
from demo.files import lay_files
from demo.inhand import lay_work_in_hand
from demo.office import (
    Days,
    Office,
    lay_people,
    lay_places,
    lay_qualifications,
    lay_vendor_people,
    lay_vendors,
)


def load(session: Session, today: date | None = None) -> Office:
    """Lay out the demonstration zone; the caller commits."""
    session.info["warnings"] = []
    places = lay_places(session)
    days = Days(today or clock.today(), calendar_for(session))
    office = Office(session, days, places, lay_people(session, places), {})
    lay_vendors(office)
    lay_vendor_people(office)
    lay_qualifications(office)
    lay_files(office)
    lay_tenders(office)
    lay_contracts(office)
    lay_transfers(office)
    libraries = lay_agencies(office)
    lay_work_in_hand(office, libraries["research"])
    _mark_as_samples(session)
    return office


def _mark_as_samples(session: Session) -> None:
    session.flush()
    for record in session.scalars(select(Record)):
        audit.record(session, record, "demo.load", by=SYSTEM)
        record.is_sample = True
    session.flush()


@click.group("demo", cls=Commands)
def cli() -> None:
    """The demonstration zone."""


@cli.command("load")
@with_appcontext
def load_command() -> None:
    """Load the demonstration zone into an empty database."""
    writing(db.session)
    if db.session.scalar(select(User.id).limit(1)):
        raise click.ClickException("the database has people already: the sample zone goes into an empty one")
    load(db.session)
    db.session.commit()
    click.echo("the sample zone is loaded")
