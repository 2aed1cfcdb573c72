"""Commands of the ledger: take a file in, take it back, write a template."""

import gc
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM, By, User
from core.commands import Commands
from core.db import db, writing
from core.documents import Store
from core.errors import DomainError, InvalidInput
from core.i18n import gettext, speaking
from core.i18n import lazy_gettext as _
from core.intake import antivirus
from core.ledger import books, mapping, reading, services, withdrawal, work
from core.ledger.checking import Problem, Tally
from core.ledger.headings import AmountUnit, Heading
from core.ledger.models import LedgerImport, LedgerRecord
from core.ledger.plan import Plan, begin
from core.ledger.sheets import Sheet, Sheets
from core.organizations import Organization, limit
from core.records import Record

FOUND, USAGE = 1, 2
UNITS = ("yuan", "wan")
Columns = Mapping[str, int | None]
FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
BY = click.option("--by", "email", help="Whose act it is, by address; the system's unless given.")


@click.group("ledger", cls=Commands)
def group() -> None:
    """The office's ledger: take it in, take it back, write a template."""


@dataclass(frozen=True)
class Answers:
    """What the command line says of a file that its headings do not."""

    said: mapping.Said | None
    unit: AmountUnit | None

    def settle(self, plan: Plan, sheet: Sheet) -> tuple[Columns, dict[str, AmountUnit | None]]:
        """Return the columns and units for a file."""
        columns: Columns = plan.columns if self.said is None else self.said.positions(plan.headings)
        by_position = {heading.position: heading for heading in plan.headings}
        units: dict[str, AmountUnit | None] = {}
        for column in sheet.columns:
            position = columns.get(column.name)
            heading = by_position.get(position) if position is not None else None
            if heading is not None and column.type == "money":
                units[column.name] = self._unit(column.name, heading)
        return columns, units

    def _unit(self, name: str, heading: Heading) -> AmountUnit | None:
        if self.said is not None and name in self.said.units:
            return self.said.units[name]
        if self.unit is not None and heading.unit not in (None, self.unit):
            raise InvalidInput(
                {
                    f"unit_{name}": _(
                        "“%(heading)s” names another unit than the command: give it in a mapping file.",
                        heading=heading.text,
                    )
                }
            )
        return self.unit


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, help="vendors, qualifications, tenders, contracts or transfers.")
@click.option("--mapping", "mapping_file", type=click.File("rb"), help="Which heading holds which column.")
@click.option("--unit", type=click.Choice(UNITS), help="Of amounts whose heading does not say.")
@click.option("--organization", help="The organization's code; that of --by unless given.")
@BY
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@FORMAT
@with_appcontext
def import_(file: Path, kind: str, form: str, **options: Any) -> None:
    """Take a file in: every new row, or none when one of them is wrong."""
    sheet = _sheet(kind)
    by = _person(options["email"])
    place = _organization(options["organization"], by)
    with _refusals(form):
        said = mapping.Said.read(options["mapping_file"].read(), sheet) if options["mapping_file"] else None
        answers = Answers(said, AmountUnit(options["unit"]) if options["unit"] else None)
        done = (
            _try(file, sheet, place, answers)
            if options["dry_run"]
            else _take_in(file, sheet, place, answers, by)
        )
    _print(done, form)
    sys.exit(FOUND if done["error_count"] else 0)


@group.command("template")
@click.argument("kind")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def template(kind: str, file: Path) -> None:
    """Write an empty workbook to be filled in, with lists to choose from."""
    with books.template(_sheet(kind)) as book, file.open("wb") as target:
        shutil.copyfileobj(book, target)
    click.echo(str(file))


@group.command("undo")
@click.argument("import_id", type=int)
@BY
@with_appcontext
def undo(import_id: int, email: str | None) -> None:
    """Take a whole import back, as long as nothing depends on what it made."""
    by = _person(email)
    _begin_writing()
    with _refusals("text"):
        entry = services.get(db.session, import_id, locked=True)
        count = withdrawal.undo(db.session, entry, _sheets(), by=by, at=clock.now(), tell=_silent)
        db.session.commit()
    click.echo(gettext("%(count)d records were removed.", count=count))


@group.command("work", hidden=True)
@click.argument("import_id", type=int)
@click.option("--token", required=True)
@click.option("--language", "locale", required=True)
@click.option("--by-id", type=int)
@with_appcontext
def work_(import_id: int, token: str, locale: str, by_id: int | None) -> None:
    """Do what an import was marked with on the screen; the web server starts this."""
    by: By = SYSTEM if by_id is None else db.session.get_one(User, by_id)
    _limit(by)
    gc.freeze()
    with speaking(locale), _refusals("text"):
        work.perform(db.session, import_id, token, _sheets(), by=by, store=_store())


def _try(file: Path, sheet: Sheet, place: Organization, answers: Answers) -> dict[str, Any]:
    """Check a file without keeping anything of it."""
    probe = reading.probe(file)
    where = answers.said
    found = begin(probe, sheet, name=where.sheet if where else None, row=where.heading_row if where else None)
    found = services.remembered(db.session, found, sheet, place)
    entry = LedgerImport(
        organization_id=place.id, plan=found.settled(sheet, *answers.settle(found, sheet)).as_json()
    )
    tally = services.examine(db.session, entry, sheet, path=file, tell=_silent)
    db.session.rollback()
    return _outcome(file, sheet, tally, dry_run=True)


def _take_in(file: Path, sheet: Sheet, place: Organization, answers: Answers, by: By) -> dict[str, Any]:
    session, store, now = db.session, _store(), clock.now()
    _begin_writing()
    with file.open("rb") as stream:
        settings = current_app.config
        upload = services.Upload(stream, file.name, settings["MAX_UPLOAD_BYTES"], antivirus.scanner(settings))
        entry = services.receive(session, upload, sheet, by=by, organization=place, at=now, store=store)
    where = answers.said
    if where is not None and (where.sheet, where.heading_row) != (None, None):
        services.look_again(
            session, entry, sheet, by=by, store=store, name=where.sheet, row=where.heading_row
        )
    columns, units = answers.settle(Plan.from_json(entry.plan), sheet)
    services.settle(session, entry, sheet, by=by, at=now, columns=columns, units=units)
    path = store.path(entry.sha256)
    try:
        tally = services.commit(
            session, entry, sheet, by=by, on=clock.today(), at=now, path=path, tell=_silent
        )
    except services.FaultyRows as refusal:
        session.rollback()
        return _outcome(file, sheet, refusal.tally)
    session.commit()
    return {**_outcome(file, sheet, tally), "import": entry.id, "records": _numbers(session, entry)}


def _outcome(file: Path, sheet: Sheet, tally: Tally, *, dry_run: bool = False) -> dict[str, Any]:
    return {
        "kind": sheet.kind,
        "file": file.name,
        "dry_run": dry_run,
        "rows": tally.rows,
        "new": tally.fresh,
        "existing": tally.existing,
        "passed_over": tally.passed_over,
        "error_count": tally.problem_count,
        "errors": [_line(problem) for problem in tally.problems],
        "warning_count": tally.warning_count,
        "warnings": [_line(problem) for problem in tally.warnings],
        "import": None,
        "records": None,
    }


def _line(problem: Problem) -> dict[str, Any]:
    return {
        "cell": problem.cell,
        "row": problem.row,
        "column": str(problem.column),
        "written": problem.written,
        "message": str(problem.message),
    }


def _numbers(session: Session, entry: LedgerImport) -> dict[str, str] | None:
    made = select(Record.number).join(LedgerRecord, LedgerRecord.record_id == Record.id)
    made = made.where(LedgerRecord.import_id == entry.id)
    first = session.scalar(made.order_by(LedgerRecord.row).limit(1))
    last = session.scalar(made.order_by(LedgerRecord.row.desc()).limit(1))
    return {"first": first, "last": last} if first and last else None


def _print(done: dict[str, Any], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(done, ensure_ascii=False))
        return
    for problem in [*done["errors"], *done["warnings"]]:
        click.echo(f"{problem['cell']} {problem['column']}: {problem['message']}")
    more = done["error_count"] - len(done["errors"])
    if more > 0:
        click.echo(gettext("... and %(count)d more", count=more))
    click.echo(
        gettext(
            "%(rows)d rows: %(new)d new, %(existing)d known already, %(errors)d errors",
            rows=done["rows"],
            new=done["new"],
            existing=done["existing"],
            errors=done["error_count"],
        )
    )
    known = done["import"]
    click.echo(gettext("This is import %(id)d.", id=known) if known else gettext("Nothing was written."))


@contextmanager
def _refusals(form: str) -> Iterator[None]:
    """Say a refusal in its own words, and leave with the code that scripts know."""
    try:
        yield
    except DomainError as refusal:
        db.session.rollback()
        fields = refusal.fields if isinstance(refusal, InvalidInput) else {"": refusal.message}
        if form == "json":
            said = {name: str(message) for name, message in fields.items()}
            click.echo(json.dumps({"refused": said}, ensure_ascii=False))
        for message in fields.values():
            click.echo(str(message), err=True)
        is_usage = any(name.startswith(("unit_", "mapping")) for name in fields)
        sys.exit(USAGE if is_usage else FOUND)


def _sheets() -> Sheets:
    sheets: Sheets = current_app.extensions["sheets"]
    return sheets


def _sheet(kind: str) -> Sheet:
    kinds = [sheet.kind for sheet in _sheets()]
    if kind not in kinds:
        raise click.UsageError(f"there is no ledger of {kind!r}; known: {', '.join(kinds)}")
    return _sheets()[kind]


def _store() -> Store:
    store: Store = current_app.extensions["documents"]
    return store


def _person(email: str | None) -> By:
    if email is None:
        return SYSTEM
    person = db.session.scalars(select(User).where(User.email == email.lower(), User.active)).one_or_none()
    if person is None:
        raise click.UsageError(f"no open account has the address {email}")
    _limit(person)
    return person


def _organization(code: str | None, by: By) -> Organization:
    if code is None:
        if isinstance(by, User):
            return by.organization
        raise click.UsageError("say --organization CODE, or --by EMAIL whose organization it is for")
    found = db.session.scalars(select(Organization).where(Organization.code == code)).one_or_none()
    if found is None:
        raise click.UsageError(f"no organization has the code {code}")
    return found


def _limit(by: By) -> None:
    if isinstance(by, User):
        limit(db.session, by.scope(clock.today()))


def _begin_writing() -> None:
    db.session.rollback()  # what was looked up so far began a transaction that only reads
    writing(db.session)
    # The program itself is half a million objects, and a ledger makes millions: look only at those.
    gc.freeze()


def _silent(_done: int, _total: int) -> None:
    """Report to nobody."""
