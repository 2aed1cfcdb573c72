"""Changing the law's data with all its consequences: a year's calendar, a rule, a threshold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from core import audit
from core.auth import By
from core.errors import InvalidInput
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import Record
from deadlines.calendar import Calendar, YearArrangement
from deadlines.clocks import Changes, Face, amended, faces, whole
from deadlines.clockwork import Clockwork
from deadlines.corrections import (
    calendar_for,
    is_stricter,
    keep_year,
    rule_book,
    threshold,
    tightens,
)
from deadlines.loading import load_catalogue
from deadlines.models import (
    RUNNING,
    Deadline,
    DeadlineState,
    MoveWhy,
    RuleOverride,
    ThresholdValue,
)
from deadlines.notices import arrangement_faults
from deadlines.rules import Rule, Threshold

AT_ONCE = 200
# no holiday moves a last day further than this
REACH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A deadline that a new calendar would move."""

    deadline_id: int
    record_id: int
    record: str
    rule_id: str
    state: DeadlineState
    from_on: date
    to_on: date
    was_provisional: bool
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a change of the law's data did."""

    records: int
    moved: int


def preview_calendar(session: Session, arrangement: YearArrangement) -> list[Foreseen]:
    """List every deadline that would move, or become certain, if this year were so; nothing is written."""
    _check_year(arrangement)
    present = calendar_for(session)
    clockwork = Clockwork(rule_book(session), present.with_years([arrangement]))
    found: list[Foreseen] = []
    for batch in _touched(session, _waiting_for(present, clockwork.calendar, arrangement), clockwork):
        for face in batch:
            found += _foreseen(face)
    return found


def apply_calendar(session: Session, arrangement: YearArrangement, *, on: date, by: By) -> Amendment:
    """Keep a year's arrangement and move every deadline that depends on it."""
    authorize(by, Permission.calendar_edit)
    _check_year(arrangement)
    before = calendar_for(session)
    kept = keep_year(session, arrangement, by_id=by.id)
    clockwork = amended(session)
    done = _rewind(
        session,
        _waiting_for(before, clockwork.calendar, arrangement),
        clockwork,
        MoveWhy.calendar,
        kept.source,
        on,
        by,
    )
    audit.record(
        session,
        None,
        "calendar.applied",
        by=by,
        note=kept.source,
        year=kept.year,
        checksum=kept.checksum,
        records=done.records,
        moved=done.moved,
    )
    return done


def set_override(
    session: Session,
    organization: Organization,
    rule_id: str,
    *,
    reason: str,
    effective_from: date,
    on: date,
    by: By,
    amount: int | None = None,
    ladder: Sequence[int] | None = None,
) -> RuleOverride:
    """Make a rule stricter for an organization and those below it, and move what runs from that day on."""
    authorize(by, Permission.rule_edit)
    rule = load_catalogue().rule(rule_id)
    _check_override(rule, amount, ladder, reason)
    known = session.scalars(
        select(RuleOverride).filter_by(
            rule_id=rule_id, organization_id=organization.id, effective_from=effective_from
        )
    ).one_or_none()
    override = known or RuleOverride(
        rule_id=rule_id, organization_id=organization.id, effective_from=effective_from
    )
    override.amount, override.reason, override.set_by_id = amount, reason, by.id
    override.effective_to = None
    override.ladder = sorted(set(ladder), reverse=True) if ladder is not None else None
    session.add(override)
    session.flush()
    _follow_override(session, override, organization, "rule.tightened", on, by)
    return override


def end_override(session: Session, override: RuleOverride, *, on: date, reason: str, by: By) -> None:
    """Let a rule be no stricter than the law again, for what starts after a day."""
    authorize(by, Permission.rule_edit)
    if not reason.strip():
        raise InvalidInput({"reason": _("Required.")})
    if on < override.effective_from:
        raise InvalidInput({"on": _("The override has not begun by that day.")})
    override.effective_to = on
    session.flush()
    organization = session.get_one(Organization, override.organization_id)
    _follow_override(session, override, organization, "rule.eased", on, by, reason)


def set_threshold(
    session: Session,
    threshold_id: str,
    *,
    value: Decimal,
    year: int,
    by: By,
    province: str = "",
    level: str = "",
    category: str = "",
    document_number: str = "",
    organization: Organization | None = None,
    reason: str = "",
) -> ThresholdValue:
    """Set a threshold, officially by a document, or stricter for an organization with a reason."""
    authorize(by, Permission.rule_edit)
    place = {"province": province, "level": level, "category": category}
    _check_threshold(session, threshold_id, value, year, place, document_number, organization, reason)
    organization_id = organization.id if organization else None
    key = {"threshold_id": threshold_id, "year": year, "organization_id": organization_id, **place}
    kept = session.scalars(select(ThresholdValue).filter_by(**key)).one_or_none() or ThresholdValue(**key)
    was = kept.value
    kept.value, kept.document_number, kept.reason, kept.set_by_id = value, document_number, reason, by.id
    session.add(kept)
    session.flush()
    audit.record(
        session, None, "threshold.set", by=by, note=reason or document_number, **key, was=was, value=value
    )
    return kept


def withdraw_threshold(session: Session, kept: ThresholdValue, *, reason: str, by: By) -> None:
    """Take back a value that should not have been set; what held before it holds again."""
    authorize(by, Permission.rule_edit)
    if not reason.strip():
        raise InvalidInput({"reason": _("Required.")})
    audit.record(
        session,
        None,
        "threshold.withdrawn",
        by=by,
        note=reason,
        threshold_id=kept.threshold_id,
        year=kept.year,
        organization_id=kept.organization_id,
        province=kept.province,
        level=kept.level,
        category=kept.category,
        was=kept.value,
    )
    session.delete(kept)
    session.flush()


def _check_year(arrangement: YearArrangement) -> None:
    faults = arrangement_faults(arrangement)
    if faults:
        raise InvalidInput(faults)


def _waiting_for(before: Calendar, after: Calendar, year: YearArrangement) -> ColumnElement[bool]:
    """Return which deadlines may come out otherwise: uncertain ones, and those that cross a changed day."""
    days = {*(day for day, _festival in year.holidays), *year.make_up}
    days |= {
        date.fromordinal(n)
        for n in range(date(year.year, 1, 1).toordinal(), date(year.year + 1, 1, 1).toordinal())
    }
    changed = [day for day in days if before.kind(day) is not after.kind(day)]
    if not changed:
        return Deadline.provisional.is_(True)
    first, last = min(changed) - REACH, max(changed) + REACH
    crosses = and_(
        or_(Deadline.anchor_on <= last, Deadline.due_on <= last),
        or_(Deadline.anchor_on >= first, Deadline.due_on >= first),
    )
    return or_(Deadline.provisional.is_(True), and_(Deadline.state.in_(RUNNING), crosses))


def _touched(session: Session, condition: ColumnElement[bool], clockwork: Clockwork) -> Iterator[list[Face]]:
    """Load the records whose deadlines meet a condition, some at a time."""
    after = 0
    while True:
        with whole(session):
            some = select(Deadline.record_id).where(condition, Deadline.record_id > after).distinct()
            ids = session.scalars(some.order_by(Deadline.record_id).limit(AT_ONCE)).all()
            if not ids:
                return
            found = select(Record).where(Record.id.in_(ids)).options(selectinload(Record.organization))
            records = session.scalars(found.order_by(Record.id)).all()
            loaded = faces(session, records, clockwork)
        yield loaded
        after = ids[-1]


def _foreseen(face: Face) -> Iterator[Foreseen]:
    wound = face.wind(face.facts, face.facts)
    for key, clock in wound.clocks.items():
        row = face.deadlines.get(key)
        if row is None or clock is None or row.state not in (*RUNNING, DeadlineState.met):
            continue
        if (row.due_on, row.provisional) != (clock.days.due_on, clock.days.provisional):
            yield Foreseen(
                deadline_id=row.id,
                record_id=row.record_id,
                record=str(face.record),
                rule_id=row.rule_id,
                state=row.state,
                from_on=row.due_on,
                to_on=clock.days.due_on,
                was_provisional=row.provisional,
                is_provisional=clock.days.provisional,
            )


def _rewind(
    session: Session,
    condition: ColumnElement[bool],
    clockwork: Clockwork,
    why: MoveWhy,
    note: str,
    on: date,
    by: By,
) -> Amendment:
    records = moved = 0
    for batch in _touched(session, condition, clockwork):
        for face in batch:
            changes = _settle(face, why, note, on, by)
            records += bool(changes)
            moved += len(changes.moved)
    return Amendment(records, moved)


def _settle(face: Face, why: MoveWhy, note: str, on: date, by: By) -> Changes:
    wound = face.wind(face.facts, face.facts)
    changes = face.settle(
        wound, why, by=by, on=on, note=note, known_only=True, remind_anew=why is MoveWhy.rule
    )
    if changes:
        act = "deadlines.recomputed"
        audit.record(face.session, face.record, act, by=by, note=note, why=why, **changes.summary())
    return changes


def _follow_override(
    session: Session,
    override: RuleOverride,
    organization: Organization,
    act: str,
    on: date,
    by: By,
    reason: str | None = None,
) -> None:
    below = select(Organization.id).where(Organization.path.startswith(organization.path))
    condition = and_(
        Deadline.rule_id == override.rule_id,
        Deadline.state.in_(RUNNING),
        Deadline.anchor_on >= override.effective_from,
        Deadline.organization_id.in_(below),
    )
    clockwork = amended(session)
    note = reason or override.reason
    done = _rewind(session, condition, clockwork, MoveWhy.rule, note, on, by)
    audit.record(
        session,
        None,
        act,
        by=by,
        note=note,
        rule=override.rule_id,
        organization=organization.id,
        amount=override.amount,
        ladder=override.ladder,
        effective_from=override.effective_from,
        effective_to=override.effective_to,
        moved=done.moved,
    )


def _check_override(rule: Rule, amount: int | None, ladder: Sequence[int] | None, reason: str) -> None:
    faults: dict[str, LazyString] = {}
    if not reason.strip():
        faults["reason"] = _("Required.")
    if amount is None and ladder is None:
        faults["amount"] = _("Give a stricter amount or further reminders.")
    if amount is not None and (amount < 0 or not is_stricter(rule, amount)):
        faults["amount"] = _("An organization may be stricter than the law, never laxer.")
    if ladder is not None and (min(ladder, default=0) < 0 or not set(ladder) >= set(rule.ladder)):
        faults["ladder"] = _("Reminders may be added; those of the rule stay.")
    if faults:
        raise InvalidInput(faults)


def _check_threshold(
    session: Session,
    threshold_id: str,
    value: Decimal,
    year: int,
    place: dict[str, str],
    document_number: str,
    organization: Organization | None,
    reason: str,
) -> None:
    faults: dict[str, LazyString] = {}
    found = load_catalogue().thresholds.get(threshold_id)
    if found is None or isinstance(found.value, date):
        faults["threshold"] = _("There is no such amount or share.")
    elif value < 0:
        faults["value"] = _("The value cannot be negative.")
    elif organization is None:
        faults |= _official_faults(found, value, place, document_number)
    else:
        official = threshold(session, threshold_id, year=year, **place)
        if not tightens(found, value, official.value):
            faults["value"] = _("An organization may be stricter than the law, never laxer.")
        if not reason.strip():
            faults["reason"] = _("Required.")
    if faults:
        raise InvalidInput(faults)


def _official_faults(
    found: Threshold, value: Decimal, place: dict[str, str], document_number: str
) -> dict[str, LazyString]:
    faults: dict[str, LazyString] = {}
    if not document_number.strip():
        faults["document_number"] = _("Name the document that sets the value.")
    is_local = bool(place["province"] or place["level"])
    is_laxer = not isinstance(found.value, date) and tightens(found, found.value, value)
    if is_local and is_laxer and not found.is_left_to_places:
        faults["value"] = _("The law sets it for the whole country: a place may be stricter, never laxer.")
    return faults
