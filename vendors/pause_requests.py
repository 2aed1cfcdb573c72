"""A pause that the agency asks for: with cause and evidence, confirmed for some days or refused."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import memos
from core.auth import By
from core.documents import Document
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.kinds import Waiting
from core.permissions import Permission
from vendors.commission_services import first_countable, stand_still
from vendors.commissions import (
    EXCUSED,
    Commission,
    CommissionStatus,
    PauseCause,
    PauseDecision,
    PauseRequest,
)
from vendors.library_workflow import ASKED, COMMISSION
from vendors.rules import require_reason

LONGEST_NOTE = 300
ASKED_FOR = memos.declare(
    "pause.asked", _("The agency asks for a pause of %(number)s %(title)s: please decide.")
)
CONFIRMED = memos.declare(
    "pause.confirmed", _("The pause of %(number)s %(title)s was confirmed from %(first)s.")
)
REFUSED = memos.declare("pause.refused", _("The pause of %(number)s %(title)s was refused: %(reason)s"))


def ask_pause(
    session: Session,
    commission: Commission,
    *,
    by: By,
    on: date,
    cause: PauseCause | str,
    starts_on: date,
    note: str,
    evidence: Document,
) -> None:
    """Let the agency ask that days be taken out of its limit; the limit runs on until an officer confirms."""
    COMMISSION.check(session, "ask_pause", commission, by=by)
    why, said = PauseCause(cause), require_reason(note, "note")
    if why not in EXCUSED:
        raise InvalidInput({"cause": _("Days that the agency itself needs are not taken out of its limit.")})
    _check_first(commission, starts_on, on)
    COMMISSION.apply(session, "ask_pause", commission, by=by, note=said)
    commission.pause_requests.append(
        PauseRequest(cause=why, starts_on=starts_on, note=said[:LONGEST_NOTE], evidence=evidence, asked_on=on)
    )
    memos.tell(session, ASKED_FOR, [commission.owner], commission)
    session.flush()


def withdraw_pause(session: Session, commission: Commission, *, by: By, on: date) -> None:
    """Take back a request that nobody has decided yet."""
    COMMISSION.apply(session, "withdraw_pause", commission, by=by)
    _decide(session, commission, PauseDecision.withdrawn, by, on)


def confirm_pause(
    session: Session,
    commission: Commission,
    *,
    by: By,
    on: date,
    cause: PauseCause | str,
    starts_on: date,
    ends_on: date | None = None,
    answer: str | None = None,
) -> None:
    """Take the days that the officer confirms out of the limit; without a last one the work stands still."""
    COMMISSION.check(session, "confirm_pause", commission, by=by)
    why = PauseCause(cause)
    _check_first(commission, starts_on, on)
    _check_last(commission, starts_on, ends_on, on)
    COMMISSION.apply(session, "confirm_pause", commission, by=by, note=answer)
    request = _decide(session, commission, PauseDecision.confirmed, by, on, answer or "")
    if ends_on is None:
        COMMISSION.apply(session, "pause", commission, by=by, note=request.note)
    stand_still(session, commission, why, request.note, by=by, first=starts_on, last=ends_on)
    agency = memos.people_of(session, commission.party_id)
    memos.tell(session, CONFIRMED, agency, commission, first=starts_on.isoformat())


def refuse_pause(session: Session, commission: Commission, *, by: By, on: date, reason: str) -> None:
    """Refuse a request, saying why; not a day of it counts."""
    COMMISSION.check(session, "refuse_pause", commission, by=by)
    said = require_reason(reason)
    COMMISSION.apply(session, "refuse_pause", commission, by=by, note=said)
    _decide(session, commission, PauseDecision.refused, by, on, said)
    agency = memos.people_of(session, commission.party_id)
    memos.tell(session, REFUSED, agency, commission, reason=said[:LONGEST_NOTE])


def as_asked(_session: Session, commission: Commission) -> Mapping[str, Any]:
    """Return what the form of the decision is filled with: the request as it was put."""
    request = commission.asked_pause
    return {} if request is None else {"cause": request.cause.value, "starts_on": request.starts_on}


def waiting(session: Session, held: frozenset[Permission], limit: int) -> Sequence[Waiting]:
    """Return the commissions whose agency waits for a decision, the oldest request first."""
    if Permission.commission_edit not in held:
        return []
    asked = (
        select(Commission)
        .join(PauseRequest, PauseRequest.commission_id == Commission.id)
        .where(PauseRequest.decision.is_(None), Commission.status.in_(ASKED))
    )
    label = COMMISSION["confirm_pause"].label
    return [Waiting(each, label) for each in session.scalars(asked.order_by(PauseRequest.id).limit(limit))]


def _decide(
    session: Session, commission: Commission, decision: PauseDecision, by: By, on: date, answer: str = ""
) -> PauseRequest:
    request = commission.asked_pause
    if request is None:
        raise WrongState(_("Nobody has asked for a pause."))
    request.decision, request.decided_on, request.decided_by_id = decision, on, by.id
    request.answer = answer[:LONGEST_NOTE]
    session.flush()
    return request


def _check_first(commission: Commission, first: date, on: date) -> None:
    free = first_countable(commission)
    earliest = max(day for day in (commission.started_on, free) if day is not None)
    if first < earliest:
        words = _("This cannot be before %(day)s, the day of the step before it.") % {"day": earliest}
        raise InvalidInput({"starts_on": words})
    if first > on:
        raise InvalidInput({"starts_on": _("This day has not come yet.")})


def _check_last(commission: Commission, first: date, last: date | None, on: date) -> None:
    if last is None:
        if commission.status is CommissionStatus.delivered:
            raise InvalidInput({"ends_on": _("It is delivered: give the last day of the pause.")})
        return
    most = (commission.delivered_on or on) - timedelta(days=1)
    if last < first:
        raise InvalidInput({"ends_on": _("The last day lies before the first.")})
    if last > most:
        raise InvalidInput(
            {
                "ends_on": _("At most %(day)s; leave it empty while the pause lasts.")
                % {"day": most.isoformat()}
            }
        )
