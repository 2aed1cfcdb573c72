"""What is done with an office's ledger: received, its columns settled, checked, taken in."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from core import audit, bulk
from core.auth import By
from core.documents import Store, display_name
from core.errors import InvalidInput, NotFound, WrongState
from core.i18n import lazy_gettext as _
from core.intake.antivirus import ScanFailed, Scanner
from core.ledger import reading, reports
from core.ledger.checking import Check, Line, Tally
from core.ledger.headings import AmountUnit
from core.ledger.models import ImportState, LedgerImport, LedgerMapping, LedgerRecord
from core.ledger.plan import Plan, begin
from core.ledger.sheets import Sheet
from core.organizations import Organization
from core.permissions import Permission, authorize

logger = logging.getLogger(__name__)

# done so far, of how many
Tell = Callable[[int, int], None]
MADE = cast(Table, LedgerRecord.__table__)
MEDIA_TYPE = "application/x-ledger"
UNSCANNED = _("The virus scan does not answer, and nothing is taken in unscanned. Try again in some minutes.")
OPEN = frozenset({ImportState.received, ImportState.checked})


class FaultyRows(InvalidInput):
    """Refuse a ledger of which some rows cannot be taken in; nothing of it was."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(
            {"file": _("%(count)d cells have to be put right first.", count=tally.problem_count)}
        )
        self.tally = tally


@dataclass(frozen=True)
class Upload:
    """A file as it comes in."""

    stream: IO[bytes]
    filename: str
    at_most: int
    # looks for viruses before anything is parsed; none where the scan is switched off
    scanner: Scanner | None = None


def get(session: Session, import_id: int, *, locked: bool = False) -> LedgerImport:
    """Return an import within scope, or raise NotFound."""
    wanted = select(LedgerImport).where(LedgerImport.id == import_id)
    if locked:
        wanted = wanted.with_for_update(of=LedgerImport).execution_options(populate_existing=True)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def receive(
    session: Session,
    upload: Upload,
    sheet: Sheet,
    *,
    by: By,
    organization: Organization,
    at: datetime,
    store: Store,
) -> LedgerImport:
    """Keep a file and find its headings; what this organization said of the same headings holds again."""
    _authorize(by, sheet)
    seen: list[Plan] = []

    def inspect(path: Path) -> str:
        _require_clean(upload, path)
        seen.append(begin(reading.probe(path), sheet))
        return MEDIA_TYPE

    stored = store.keep(upload.stream, at_most=upload.at_most, type_of=inspect)
    entry = LedgerImport(
        organization_id=organization.id,
        kind=sheet.kind,
        filename=display_name(upload.filename),
        sha256=stored.sha256,
        size=stored.size,
        plan=remembered(session, seen[0], sheet, organization).as_json(),
        created_by_id=by.id,
        created_at=at,
    )
    session.add(entry)
    session.flush()
    _note(session, entry, "ledger.received", by, sha256=stored.sha256)
    return entry


def _require_clean(upload: Upload, path: Path) -> None:
    """Raise InvalidInput for a file with a virus, and for one that the scanner has not passed."""
    if upload.scanner is None:
        return
    try:
        virus = upload.scanner.scan(path)
    except ScanFailed as failure:
        logger.warning("a ledger was not scanned: %s", failure)
        raise InvalidInput({"file": UNSCANNED}) from failure
    if virus:
        logger.error("virus %s in a ledger: not taken in", virus)
        raise InvalidInput({"file": _("A virus was found in this file. It is not taken in.")})


def remembered(session: Session, plan: Plan, sheet: Sheet, organization: Organization) -> Plan:
    """Return a plan with what the organization has confirmed for the same headings before."""
    kept = _mapping(session, organization.id, sheet.kind, plan.fingerprint)
    if kept is None:
        return plan
    known = {column.name for column in sheet.columns}
    return plan.mapped(sheet, {name: place for name, place in kept.columns.items() if name in known})


def look_again(
    session: Session,
    entry: LedgerImport,
    sheet: Sheet,
    *,
    by: By,
    store: Store,
    name: str | None = None,
    row: int | None = None,
) -> None:
    """Take another sheet of the file, or another row of it, for the one with the headings."""
    _authorize(by, sheet)
    _require_open(entry)
    plan = begin(reading.probe(store.path(entry.sha256)), sheet, name=name, row=row)
    organization = session.get_one(Organization, entry.organization_id)
    entry.plan = remembered(session, plan, sheet, organization).as_json()
    _forget(entry)
    session.flush()


def settle(
    session: Session,
    entry: LedgerImport,
    sheet: Sheet,
    *,
    by: By,
    at: datetime,
    columns: Mapping[str, int | None],
    units: Mapping[str, AmountUnit | None],
) -> None:
    """Confirm which heading holds which column and in what the amounts are; it is remembered."""
    _authorize(by, sheet)
    _require_open(entry)
    plan = Plan.from_json(entry.plan).settled(sheet, columns, units)
    entry.plan = plan.as_json()
    _forget(entry)
    _remember(session, entry, plan, at)
    session.flush()


def examine(session: Session, entry: LedgerImport, sheet: Sheet, *, path: Path, tell: Tell) -> Tally:
    """Check every row of the file; nothing is written."""
    plan = Plan.from_json(entry.plan)
    check = Check(session, sheet, plan, session.get_one(Organization, entry.organization_id))
    with _rows(path, plan, check) as rows:
        for _batch in check.batches(rows.each, lambda row: tell(row - plan.heading_row, rows.total)):
            pass
    return check.tally


def note_check(session: Session, entry: LedgerImport, sheet: Sheet, tally: Tally, *, at: datetime) -> None:
    """Enter what a check has found."""
    _require_open(entry)
    entry.report = reports.of(tally, sheet)
    entry.problem_count, entry.fresh_count = tally.problem_count, tally.fresh
    entry.existing_count = tally.existing
    entry.state, entry.checked_at = ImportState.checked, at
    session.flush()


def commit(
    session: Session,
    entry: LedgerImport,
    sheet: Sheet,
    *,
    by: By,
    on: date,
    at: datetime,
    path: Path,
    tell: Tell,
) -> Tally:
    """Write every new row, or none: raises FaultyRows when some cannot be taken in.

    Each row is checked once more: the register may have changed since the preview.
    """
    _authorize(by, sheet)
    _require_open(entry)
    plan = Plan.from_json(entry.plan)
    organization = session.get_one(Organization, entry.organization_id)
    check = Check(session, sheet, plan, organization)
    with _rows(path, plan, check) as rows, _origin(session, entry):
        for batch in check.batches(rows.each, lambda row: tell(row - plan.heading_row, rows.total)):
            if batch.fresh and not check.tally.problem_count:
                values = [line.values for line in batch.fresh]
                ids = sheet.load(session, values, by=by, organization=organization, on=on)
                _keep_track(session, entry, batch.fresh, ids)
    tally = check.tally
    if tally.problem_count:
        raise FaultyRows(tally)
    entry.problem_count, entry.fresh_count, entry.existing_count = 0, tally.fresh, tally.existing
    entry.state, entry.committed_at = ImportState.done, at
    entry.checked_at = entry.checked_at or at
    _note(session, entry, "ledger.imported", by, sha256=entry.sha256, count=tally.fresh)
    session.flush()
    return tally


def _keep_track(session: Session, entry: LedgerImport, lines: Sequence[Line], ids: Sequence[int]) -> None:
    made = [
        {"import_id": entry.id, "record_id": id_, "row": line.number}
        for line, id_ in zip(lines, ids, strict=True)
    ]
    bulk.insert_rows(session, MADE, made)


@contextmanager
def _rows(path: Path, plan: Plan, check: Check) -> Iterator[reading.Rows]:
    with reading.rows(path, sheet=plan.sheet, first=plan.heading_row + 1, columns=check.positions) as rows:
        yield rows


@contextmanager
def _origin(session: Session, entry: LedgerImport) -> Iterator[None]:
    """Let every act of an import say in the trail which import it was."""
    before: audit.Origin = session.info.get("origin", audit.Origin.nowhere)
    session.info["origin"] = replace(before, request_id=f"ledger-{entry.id}")
    try:
        yield
    finally:
        session.info["origin"] = before


def _remember(session: Session, entry: LedgerImport, plan: Plan, at: datetime) -> None:
    kept = _mapping(session, entry.organization_id, entry.kind, plan.fingerprint) or LedgerMapping(
        organization_id=entry.organization_id, kind=entry.kind, fingerprint=plan.fingerprint
    )
    kept.columns, kept.used_at = dict(plan.columns), at
    session.add(kept)


def _mapping(session: Session, organization_id: int, kind: str, fingerprint: str) -> LedgerMapping | None:
    return session.scalars(
        select(LedgerMapping).filter_by(organization_id=organization_id, kind=kind, fingerprint=fingerprint)
    ).one_or_none()


def _forget(entry: LedgerImport) -> None:
    """Let the outcome of an earlier check count no longer."""
    entry.state, entry.checked_at, entry.report = ImportState.received, None, None
    entry.problem_count = entry.fresh_count = entry.existing_count = 0
    entry.trouble = ""


def _require_open(entry: LedgerImport) -> None:
    if entry.state not in OPEN:
        raise WrongState(_("This file was taken in already."))


def _authorize(by: By, sheet: Sheet) -> None:
    authorize(by, Permission.ledger_import)
    authorize(by, sheet.needs)


def _note(session: Session, entry: LedgerImport, action: str, by: By, **detail: Any) -> None:
    audit.record(
        session, None, action, by=by, ledger=entry.id, kind=entry.kind, filename=entry.filename, **detail
    )
