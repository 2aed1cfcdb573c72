"""Take a whole import back, as long as nothing depends on what it made."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, Table, delete, func, select, update
from sqlalchemy.orm import Session

from core import audit
from core.audit import AuditEvent, Subject
from core.auth import By
from core.db import Model
from core.documents import Document
from core.errors import WrongState
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.ledger.models import ImportState, LedgerImport, LedgerRecord
from core.ledger.sheets import Sheets
from core.numbering import NumberSeries
from core.permissions import Permission, authorize
from core.records import Record

AT_ONCE = 2_000
RECORDS = cast(Table, Record.__table__)
MADE = cast(Table, LedgerRecord.__table__)
EVENTS = cast(Table, AuditEvent.__table__)
DOCUMENTS = cast(Table, Document.__table__)
SERIES = cast(Table, NumberSeries.__table__)
NUMBER = re.compile(r"(.+-\d{4})-(\d+)")

Made = Select[tuple[int]]
# done so far, of how many
Tell = Callable[[int, int], None]


def undo(session: Session, entry: LedgerImport, sheets: Sheets, *, by: By, at: datetime, tell: Tell) -> int:
    """Remove every record that an import made, with all that hangs on it; the trail stays.

    Raises WrongState, naming the first record, when somebody has worked on one, attached something to it,
    or refers to it from elsewhere.
    """
    authorize(by, Permission.ledger_import)
    authorize(by, sheets[entry.kind].needs)
    if entry.state is not ImportState.done:
        raise WrongState(_("This import has not been taken in, or was taken back already."))
    made = select(MADE.c.record_id).where(MADE.c.import_id == entry.id)
    _refuse_dependents(session, made, sheets.upkeep)
    numbers = _enter_removals(session, entry, made, by, tell)
    for root in (*kind_tables(), RECORDS):
        for table, condition in _hanging(root, root.c.id.in_(made)):
            session.execute(delete(table).where(condition))
    for root in (*kind_tables(), RECORDS):  # the last takes the list of what was made with it
        session.execute(delete(root).where(root.c.id.in_(made)))
    _return_numbers(session, numbers)
    entry.state, entry.undone_at, entry.undone_by_id = ImportState.undone, at, by.id
    count = sum(map(len, numbers.values()))
    known: dict[str, Any] = {"ledger": entry.id, "kind": entry.kind, "filename": entry.filename}
    audit.record(session, None, "ledger.undone", by=by, **known, count=count)
    session.flush()
    return count


def kind_tables() -> list[Table]:
    """Return the own tables of every kind of record."""
    tables = (cast(Table, mapper.local_table) for mapper in Record.__mapper__.self_and_descendants)
    return [
        table for table in dict.fromkeys(tables) if table is not RECORDS and table.metadata is Model.metadata
    ]


def _refuse_dependents(session: Session, made: Made, upkeep: frozenset[str]) -> None:
    acts = select(EVENTS.c.record_id).where(
        EVENTS.c.record_id.in_(made), EVENTS.c.action.not_in({"created", *upkeep})
    )
    _refuse(session, acts.order_by(EVENTS.c.record_id), _("%(record)s has been worked on since."))
    attached = select(DOCUMENTS.c.record_id).where(DOCUMENTS.c.record_id.in_(made))
    _refuse(session, attached.order_by(DOCUMENTS.c.record_id), _("%(record)s has documents."))
    for table in kind_tables():
        for key in table.foreign_keys:
            if not key.parent.primary_key and key.column.table in (RECORDS, *kind_tables()):
                referring = select(key.parent).where(key.parent.in_(made), table.c.id.not_in(made))
                _refuse(
                    session, referring.order_by(key.parent), _("%(record)s is referred to by another record.")
                )


def _refuse(session: Session, found: Select[Any], reason: LazyString) -> None:
    first = session.scalar(found.limit(1))
    if first is None:
        return
    number, title = session.execute(
        select(RECORDS.c.number, RECORDS.c.title).where(RECORDS.c.id == first)
    ).one()
    raise WrongState(
        _("The import stays as it is. %(reason)s", reason=str(reason) % {"record": f"{number} {title}"})
    )


def _enter_removals(
    session: Session, entry: LedgerImport, made: Made, by: By, tell: Tell
) -> dict[tuple[int, str], set[int]]:
    """Enter each removal in the trail; return by organization and series the numbers that fall free."""
    total = session.scalar(select(func.count()).select_from(MADE).where(MADE.c.import_id == entry.id)) or 0
    free: dict[tuple[int, str], set[int]] = defaultdict(set)
    done = last = 0
    while some := _next_made(session, made, last):
        subjects = [Subject(row.id, row.number) for row in some]
        audit.record_many(session, subjects, "removed", by=by, note=entry.filename, ledger=entry.id)
        for row in some:
            said = NUMBER.fullmatch(row.number)
            series, serial = (said[1], int(said[2])) if said else ("", 0)
            free[row.organization_id, series].add(serial or -row.id)
        done, last = done + len(some), some[-1].id
        tell(done, total)
    return free


def _next_made(session: Session, made: Made, after: int) -> list[Row[Any]]:
    wanted = select(RECORDS.c.id, RECORDS.c.number, RECORDS.c.organization_id)
    wanted = wanted.where(RECORDS.c.id.in_(made), RECORDS.c.id > after).order_by(RECORDS.c.id)
    return list(session.execute(wanted.limit(AT_ONCE)))


def _hanging(table: Table, condition: ColumnElement[bool]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield what hangs on some rows, and what hangs on that, the farthest first."""
    kept = {MADE, DOCUMENTS, RECORDS, *kind_tables()}
    for child in Model.metadata.sorted_tables:
        for key in child.foreign_keys:
            if key.column.table is table and child is not table and child not in kept:
                rows = key.parent.in_(select(key.column).where(condition))
                yield from _hanging(child, rows)
                yield child, rows


def _return_numbers(session: Session, free: dict[tuple[int, str], set[int]]) -> None:
    """Let a series go on after the last number still in use, when its last ones have fallen free."""
    for (organization_id, series), serials in free.items():
        prefix, _dash, year = series.rpartition("-")
        if not series:
            continue
        own = (
            SERIES.c.prefix == prefix,
            SERIES.c.organization_id == organization_id,
            SERIES.c.year == int(year),
        )
        if session.scalar(select(SERIES.c.last).where(*own)) in serials:
            last = _last_used(session, organization_id, series)
            session.execute(update(SERIES).where(*own).values(last=last))


def _last_used(session: Session, organization_id: int, series: str) -> int:
    number = RECORDS.c.number
    used = select(number).where(
        RECORDS.c.organization_id == organization_id, number.startswith(f"{series}-", autoescape=True)
    )
    for found in session.scalars(used.order_by(func.length(number).desc(), number.desc()).limit(20)):
        said = NUMBER.fullmatch(found)
        if said and said[1] == series:
            return int(said[2])
    return 0
