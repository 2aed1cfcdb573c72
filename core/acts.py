"""The audit trail as its readers ask for it: narrowed, within their scope, some acts at a time.

An auditor sees the acts on the records within the scope, and of the acts on no record those of the people
at home there. Acts of the system on no record are seen only by who sees every organization.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from core.audit import CORRECTED, LANES, AuditEvent
from core.auth import User
from core.clock import SHANGHAI
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.organizations import Organization, Scope
from core.records import Record
from core.search import words

SIZE = 50
SEQS = range(2**63)


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to."""

    person: str = ""
    action: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Act:
    """An event with the record it was done to, if any."""

    event: AuditEvent
    kind: str | None
    number: str | None
    title: str | None


@dataclass(frozen=True)
class Found:
    """Some acts, and the marks of the pages beside them."""

    acts: Sequence[Act]
    newer: str | None
    older: str | None


def page(
    session: Session, wanted: Wanted, *, scope: Scope, after: str = "", before: str = "", size: int = SIZE
) -> Found:
    """Return the acts older than the mark ``after``, or newer than the mark ``before``; newest first."""
    found = _visible(scope).where(*_criteria(wanted))
    place = _place()
    if after or before:
        at, lane, seq = _decode(after or before)
        mark = tuple_(literal(at, AuditEvent.at.type), literal(lane), literal(seq))
        found = found.where(place > mark if before else place < mark)
    order = [AuditEvent.at, AuditEvent.lane, AuditEvent.seq]
    found = found.order_by(*(key.asc() if before else key.desc() for key in order))
    acts = [Act(*row) for row in session.execute(found.limit(size + 1))]
    more = len(acts) > size
    acts = acts[:size]
    if before:
        acts.reverse()
    if not acts:
        return Found((), None, None)
    return Found(
        acts,
        newer=_encode(acts[0].event) if (more if before else after) else None,
        older=_encode(acts[-1].event) if (before or more) else None,
    )


def status_before(session: Session, subject: Record, status: str) -> str | None:
    """Return from which status a record last came to this one by a step, if the trail knows it."""
    acts = select(AuditEvent).where(AuditEvent.record_id == subject.id)
    for act in session.scalars(acts.order_by(AuditEvent.at.desc(), AuditEvent.seq.desc())):
        before, after = act.facts["changes"].get("status", (None, None))
        if after == status and not act.action.endswith(CORRECTED):
            return str(before)
    return None


def count(session: Session, *, at_most: int) -> int:
    """Count the events of the whole trail, but no further than one beyond the limit."""
    some = select(AuditEvent.seq).limit(at_most + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def _visible(scope: Scope) -> Select[AuditEvent, str, str, str]:
    # the session's scope stands in the condition of the join: a record out of scope joins as none
    found = select(AuditEvent, Record.kind, Record.number, Record.title).outerjoin(
        Record, Record.id == AuditEvent.record_id
    )
    if scope.everything:
        return found
    own = sorted(scope.own)
    colleagues = AuditEvent.actor_id.in_(select(User.id).where(User.organization_id.in_(own)))
    systems = and_(AuditEvent.actor_id.is_(None), ~exists().where(Organization.id.not_in(own)))
    return found.where(
        or_(Record.id.is_not(None), and_(AuditEvent.record_id.is_(None), or_(colleagues, systems)))
    )


def _criteria(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.person.strip():
        called = and_(
            *(
                or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
                for word in words(wanted.person)
            )
        )
        found.append(AuditEvent.actor_id.in_(select(User.id).where(called)))
    if wanted.action:
        found.append(AuditEvent.action == wanted.action)
    if wanted.number.strip():
        found.append(Record.number == wanted.number.strip())
    if wanted.since:
        found.append(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until:
        found.append(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _place() -> ColumnElement[tuple[datetime, int, int]]:
    return tuple_(AuditEvent.at, AuditEvent.lane, AuditEvent.seq)


def _encode(event: AuditEvent) -> str:
    text = json.dumps([event.at.isoformat(), event.lane, event.seq])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(mark: str) -> tuple[datetime, int, int]:
    try:
        at, lane, seq = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        read = datetime.fromisoformat(at), int(lane), int(seq)
    except (ValueError, TypeError, RecursionError):
        read = None
    if read is None or read[0].tzinfo is None or read[1] not in range(LANES) or read[2] not in SEQS:
        raise InvalidInput({"after": _("This page mark is not valid. Start from the first page.")})
    return read
