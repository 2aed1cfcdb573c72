"""The life of a commission: accepted, paused for a cause, delivered, accepted by the authority, rated."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from core import memos
from core.auth import By
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import beyond
from core.permissions import RoleName
from deadlines.corrections import calendar_for
from deadlines.services import (
    announce,
    cancel_all,
    pause_record,
    reassign,
    refresh,
    resume_record,
    retract,
)
from vendors import library_queries, ranking, standings
from vendors.commission_requests import check_fee, limit
from vendors.commissions import (
    EXCUSED,
    Commission,
    CommissionPause,
    PauseCause,
)
from vendors.library_workflow import COMMISSION
from vendors.rules import require_reason

ONE_DAY = timedelta(days=1)
MOST_STARS = 5
LOW_STARS = memos.declare(
    "library.low_stars",
    _(
        "%(title)s, %(number)s: %(rating)s stars on average of %(count)d ratings, below the threshold of "
        "%(least)d. Please decide on its removal."
    ),
)
OUTCOMES = ("financing_amount", "filings", "declarations", "fund_amount")


def accept(session: Session, commission: Commission, *, by: By, on: date, fee: Decimal | None = None) -> None:
    """Enter that the agency accepts, at which fee; the promised limit runs from this day."""
    COMMISSION.check(session, "accept", commission, by=by)
    _require_after(on, commission.chosen_on)
    agreed = fee if fee is not None else commission.agreed_fee
    if agreed is None:
        raise InvalidInput({"fee": _("Give the fee that was agreed.")})
    if commission.agreed_fee is not None and agreed > commission.agreed_fee:
        raise InvalidInput({"fee": _("The agency was picked for its quote: the fee cannot be above it.")})
    check_fee(commission, agreed)
    COMMISSION.apply(session, "accept", commission, by=by, note=f"{agreed:.2f}")
    commission.accepted_on, commission.agreed_fee = on, agreed
    session.flush()
    announce(session, commission, "commission_accepted", on=on, by=by)


def begin(session: Session, commission: Commission, *, by: By, on: date) -> None:
    """Enter that the agency has begun."""
    COMMISSION.check(session, "begin", commission, by=by)
    _require_after(on, commission.accepted_on)
    COMMISSION.apply(session, "begin", commission, by=by)
    commission.started_on = on
    session.flush()


def pause(
    session: Session, commission: Commission, *, by: By, on: date, cause: PauseCause | str, note: str
) -> None:
    """Let the work stand still from a day on; the promised limit stops unless the agency is the cause."""
    COMMISSION.check(session, "pause", commission, by=by)
    why, said = PauseCause(cause), require_reason(note, "note")
    _require_after(on, commission.started_on)
    _require_after(on, first_countable(commission))
    COMMISSION.apply(session, "pause", commission, by=by, note=said)
    stand_still(session, commission, why, said, by=by, first=on)


def stand_still(
    session: Session,
    commission: Commission,
    cause: PauseCause,
    note: str,
    *,
    by: By,
    first: date,
    last: date | None = None,
) -> None:
    """Enter days on which the work stood still, both included; without a last one it still does."""
    commission.pauses.append(CommissionPause(cause=cause, starts_on=first, ends_on=last, note=note[:300]))
    session.flush()
    if cause not in EXCUSED:
        return
    pause_record(session, commission, cause=EXCUSED[cause], on=first, by=by)
    if last is not None:
        resume_record(session, commission, cause=EXCUSED[cause], on=last + ONE_DAY, by=by)


def resume(session: Session, commission: Commission, *, by: By, on: date) -> None:
    """Let the work go on, the given day being the first that counts again."""
    COMMISSION.check(session, "resume", commission, by=by)
    gap = commission.open_pause
    if gap is None:
        raise WrongState(_("Nothing is paused."))
    if on < gap.starts_on:
        raise InvalidInput(
            {"on": _("It was not paused before %(day)s.") % {"day": gap.starts_on.isoformat()}}
        )
    COMMISSION.apply(session, "resume", commission, by=by)
    if on == gap.starts_on:  # not a day was lost
        commission.pauses.remove(gap)
    else:
        gap.ends_on = on - ONE_DAY
    session.flush()
    if gap.cause in EXCUSED:
        resume_record(session, commission, cause=EXCUSED[gap.cause], on=on, by=by)


def deliver(session: Session, commission: Commission, *, by: By, on: date) -> None:
    """Enter that the agency has delivered, and that the authority has the papers."""
    COMMISSION.check(session, "deliver", commission, by=by)
    _require_after(on, commission.started_on)
    _require_after(on, first_countable(commission))
    COMMISSION.apply(session, "deliver", commission, by=by)
    commission.delivered_on = on
    session.flush()
    announce(session, commission, "commission_delivered", on=on, by=by)


def send_back(session: Session, commission: Commission, *, by: By, on: date, reason: str) -> None:
    """Enter that the authority wants corrections; the days it had the papers are not the agency's."""
    COMMISSION.check(session, "send_back", commission, by=by)
    delivered = commission.delivered_on
    _require_after(on, delivered)
    said = require_reason(reason)
    COMMISSION.apply(session, "send_back", commission, by=by, note=said)
    if delivered is not None and delivered < on:
        commission.pauses.append(
            CommissionPause(
                cause=PauseCause.authority, starts_on=delivered + ONE_DAY, ends_on=on, note=said[:300]
            )
        )
    commission.delivered_on = None
    session.flush()
    retract(session, commission, "commission_delivered", on=on, by=by, reason=said)


def accept_by_authority(
    session: Session,
    commission: Commission,
    *,
    by: By,
    on: date,
    **outcomes: Decimal | int | None,
) -> None:
    """Enter the authority's acceptance and what came of it; from now on the case counts in the ranking."""
    COMMISSION.check(session, "accept_by_authority", commission, by=by)
    _require_after(on, commission.delivered_on)
    figures = _outcomes(outcomes)
    days = measured(session, commission)
    COMMISSION.apply(session, "accept_by_authority", commission, by=by)
    commission.authority_accepted_on = on
    for name, value in figures.items():
        setattr(commission, name, value)
    commission.handling_days = days
    session.flush()
    standings.add(session, commission)
    announce(session, commission, "commission_authority_accepted", on=on, by=by)


def rate(
    session: Session,
    commission: Commission,
    *,
    by: By,
    on: date,
    enterprise: int,
    department: int,
    zone: int,
    remark: str | None = None,
) -> None:
    """Rate the agency with one to five stars from the enterprise, the department and the zone."""
    COMMISSION.check(session, "rate", commission, by=by)
    _require_after(on, commission.authority_accepted_on)
    given = {"enterprise": enterprise, "department": department, "zone": zone}
    bad = [name for name, star in given.items() if not 1 <= star <= MOST_STARS]
    faults = dict.fromkeys(bad, _("Give one to five stars."))
    if faults:
        raise InvalidInput(faults)
    library = commission.library
    weights = (library.weight_enterprise, library.weight_department, library.weight_zone)
    hundredths = ranking.stars(enterprise, department, zone, weights)
    COMMISSION.apply(session, "rate", commission, by=by, note=remark)
    commission.stars_enterprise, commission.stars_department, commission.stars_zone = given.values()
    commission.rating = Decimal(hundredths) / 100
    commission.rated_on = on
    session.flush()
    standings.rate(session, commission, hundredths)
    _tell_of_low_stars(session, commission, hundredths)
    announce(session, commission, "commission_rated", on=on, by=by)


def _tell_of_low_stars(session: Session, commission: Commission, hundredths: int) -> None:
    """Tell the librarians when this rating has brought the average below what the library asks for."""
    library = commission.library
    now = library_queries.stars_of(session, library.id, commission.vendor_id or 0)
    before = library_queries.Stars(now.total - hundredths, now.times - 1)
    if not now.is_below(library) or before.is_below(library):
        return
    with beyond(session):
        agency = commission.vendor
        place = library_queries.membership_of(session, library, agency) if agency is not None else None
        if place is not None and place.status in library_queries.HELD:
            keepers = memos.holders(session, RoleName.librarian, of=library.organization)
            memos.tell(session, LOW_STARS, [library.owner, *keepers], place, **now.against(library))


def hand_over(session: Session, commission: Commission, *, by: By, officer: str) -> None:
    """Let another officer accompany the case; its clocks go along."""
    COMMISSION.check(session, "hand_over", commission, by=by)
    successor = library_queries.officer_called(session, commission, officer)
    if successor is None:
        raise InvalidInput({"officer": _("Nobody of this organization has this name or address.")})
    COMMISSION.apply(session, "hand_over", commission, by=by, note=successor.name)
    commission.owner = successor
    session.flush()
    reassign(session, commission, to=successor, by=by)


def cancel(session: Session, commission: Commission, *, by: By, on: date, reason: str) -> None:
    """Give the commission up; its clocks stop."""
    given = require_reason(reason)
    COMMISSION.check(session, "cancel", commission, by=by)
    if library_queries.unfinished_pick(session, commission) is not None:
        raise WrongState(_("A pick is under way for this commission."))
    COMMISSION.apply(session, "cancel", commission, by=by, note=given)
    commission.status_reason = given
    session.flush()
    cancel_all(session, commission, on=on, by=by, reason=given)


def measured(session: Session, commission: Commission) -> int:
    """Return the working days that the agency itself took, out of the events and the pauses."""
    if commission.accepted_on is None or commission.delivered_on is None:
        raise WrongState(_("Nothing has been delivered yet."))
    gaps = [
        (gap.starts_on, gap.ends_on)
        for gap in commission.pauses
        if gap.cause in EXCUSED and gap.ends_on is not None
    ]
    return ranking.handling_days(calendar_for(session), commission.accepted_on, commission.delivered_on, gaps)


def promise(session: Session, commission: Commission, *, by: By, on: date, days: int, reason: str) -> None:
    """Agree on another limit with the client, saying why; the clock follows."""
    COMMISSION.check(session, "promise", commission, by=by)
    agreed = limit(days)
    COMMISSION.apply(session, "promise", commission, by=by, note=require_reason(reason))
    commission.promised_days = agreed
    session.flush()
    refresh(session, commission, on=on, by=by, note=reason)


def _outcomes(given: dict[str, Decimal | int | None]) -> dict[str, Decimal | int | None]:
    unknown = given.keys() - set(OUTCOMES)
    if unknown:
        raise TypeError(f"a commission has no {', '.join(sorted(unknown))}")
    faults = {
        name: _("This cannot be below zero.")
        for name, value in given.items()
        if value is not None and value < 0
    }
    if faults:
        raise InvalidInput(faults)
    return given


def first_countable(commission: Commission) -> date | None:
    """Return the day after the last pause: no day is counted out twice, none is worked on in a pause."""
    last = max((gap.ends_on for gap in commission.pauses if gap.ends_on), default=None)
    return last + ONE_DAY if last is not None else None


def _require_after(on: date, earlier: date | None) -> None:
    if earlier is not None and on < earlier:
        raise InvalidInput(
            {"on": _("This cannot be before %(day)s, the day of the step before it.") % {"day": earlier}}
        )
