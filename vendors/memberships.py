"""What is done with an agency's place in a library: applied for, publicised, admitted, checked, suspended."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, numbering
from core.auth import SYSTEM, By
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.permissions import Permission, authorize_for
from core.records import ReviewStatus
from deadlines.corrections import calendar_for
from deadlines.models import Deadline
from deadlines.periods import compute
from deadlines.services import announce, cancel_all
from deadlines.terms import Period, Unit, add_months
from vendors import followers, gate, library_queries, services
from vendors.libraries import (
    CreditStatus,
    Library,
    LibraryStatus,
    Membership,
    MembershipStatus,
    SuspensionCause,
)
from vendors.library_workflow import MEMBERSHIP
from vendors.methods import virtual_turns
from vendors.models import Vendor
from vendors.rules import require_not_barred, require_reason

PREFIX = "RK"
RECTIFICATION = "eia_credit_rectification_6m"
MOST_TURNS = 100


def apply_for(
    session: Session,
    *,
    by: By,
    on: date,
    vendor: Vendor,
    library: Library,
    organization: Organization | None = None,
) -> Membership:
    """Apply for a vendor's place in a library; it is kept where the library is, whoever hands it in."""
    authorize_for(by, Permission.vendor_edit, vendor.party_id, own=Permission.portal_edit)
    services.require_confirmed(by)
    _require_admissible(library, vendor)
    number = numbering.next_number(session, PREFIX, library.organization_id, on.year)
    _refuse_twin(session, library, vendor)
    membership = Membership(
        number=number,
        title=f"{vendor.title} {library.title}"[:200],
        organization_id=library.organization_id,
        # somebody of the office answers for its clocks, whoever hands it in
        owner_id=by.id if by.party_id is None else library.owner_id,
        created_by_id=by.id,
        library=library,
        vendor=vendor,
        status=MembershipStatus.applied,
        review=ReviewStatus.submitted,
        applied_on=on,
    )
    audit.record(session, membership, "created", by=by)
    session.add(membership)
    session.flush()
    announce(session, membership, "library_applied", on=on, by=by)
    return membership


def _require_admissible(library: Library, vendor: Vendor) -> None:
    _require_open(library)
    require_not_barred(vendor)
    if vendor.register_id != library.register_id:
        raise InvalidInput({"vendor": _("The vendor stands in another register than the library.")})


def review(session: Session, membership: Membership, *, by: By, on: date, finding: str) -> None:
    """Enter what the review of an application found; without the evidence asked for it cannot pass."""
    MEMBERSHIP.check(session, "review", membership, by=by)
    lacking = gate.evidence(session, membership, on)
    if lacking is not None:
        raise WrongState(gate.words(lacking))
    MEMBERSHIP.apply(session, "review", membership, by=by, note=require_reason(finding, "finding"))
    membership.reviewed_on = on
    membership.review = ReviewStatus.approved
    session.flush()


def publicise(session: Session, membership: Membership, *, by: By, on: date) -> None:
    """Begin the publicity; its last day follows from the library's own term."""
    MEMBERSHIP.check(session, "publicise", membership, by=by)
    _require_after(on, membership.reviewed_on)
    period = Period(membership.library.publicity_days, Unit.working_day)
    ends_on = compute(period, on, calendar_for(session)).strict_on if period.amount else on
    if ends_on is None:
        raise WrongState(_("The calendar in which the publicity ends is not published yet."))
    MEMBERSHIP.apply(session, "publicise", membership, by=by)
    membership.publicised_on, membership.publicity_ends_on = on, ends_on
    session.flush()
    announce(session, membership, "library_publicised", on=on, by=by)
    announce(session, membership, "library_publicity_ended", on=ends_on, by=by, planned=True)


def admit(session: Session, membership: Membership, *, by: By, on: date) -> None:
    """Admit the agency once its publicity is over, if the library has room and nothing has changed."""
    MEMBERSHIP.check(session, "admit", membership, by=by)
    ends_on = membership.publicity_ends_on
    if ends_on is not None and on <= ends_on and membership.library.publicity_days:
        raise WrongState(_("The publicity lasts until %(day)s.") % {"day": ends_on.isoformat()})
    _require_open(membership.library)
    require_not_barred(membership.vendor)
    lacking = gate.evidence(session, membership, on)
    if lacking is not None:
        raise WrongState(gate.words(lacking))
    _require_room(session, membership.library)
    turns = [entry["awards"] + entry["penalties"] + entry["virtual"] for entry in _turns(session, membership)]
    MEMBERSHIP.apply(session, "admit", membership, by=by)
    membership.admitted_on = on
    membership.recheck_due_on = add_months(on, 12)
    membership.checks += 1
    membership.virtual_turns = virtual_turns(turns)
    session.flush()
    if ends_on is not None:
        announce(session, membership, "library_publicity_ended", on=ends_on, by=by)
    announce(session, membership, "library_checked", on=on, by=by, occurrence=str(membership.checks))


def recheck(session: Session, membership: Membership, *, by: By, on: date, finding: str) -> None:
    """Enter the yearly check, which starts the year anew."""
    MEMBERSHIP.check(session, "recheck", membership, by=by)
    _require_after(on, membership.admitted_on)
    lacking = gate.evidence(session, membership, on)
    if lacking is not None:
        raise WrongState(gate.words(lacking))
    MEMBERSHIP.apply(session, "recheck", membership, by=by, note=require_reason(finding, "finding"))
    done = str(membership.checks)
    membership.checks += 1
    membership.recheck_due_on = add_months(on, 12)
    session.flush()
    announce(session, membership, "library_rechecked", on=on, by=by, occurrence=done)
    announce(session, membership, "library_checked", on=on, by=by, occurrence=str(membership.checks))


def check_credit(
    session: Session,
    membership: Membership,
    *,
    by: By,
    on: date,
    credit: CreditStatus | str,
    evidence: str,
    reached_on: date | None = None,
) -> None:
    """Enter what the credit platform says today, with the evidence.

    An agency ordered to rectify is suspended at once, until the six months that the rule counts from the
    day on which it reached the limit are over; a normal status after that lifts this suspension.
    """
    MEMBERSHIP.check(session, "check_credit", membership, by=by)
    status, proof = CreditStatus(credit), require_reason(evidence, "evidence")
    if membership.credit_checked_on is not None and on < membership.credit_checked_on:
        raise InvalidInput({"on": _("The credit status was looked up later than that already.")})
    if status is CreditStatus.rectification and reached_on is None and membership.rectify_until is None:
        raise InvalidInput({"reached_on": _("Give the day on which the limit of demerits was reached.")})
    if status is CreditStatus.normal and membership.rectify_until and on <= membership.rectify_until:
        raise InvalidInput(
            {
                "credit": _("The rectification runs until %(day)s.")
                % {"day": membership.rectify_until.isoformat()}
            }
        )
    MEMBERSHIP.apply(session, "check_credit", membership, by=by, note=proof)
    membership.credit_status = status
    membership.credit_checked_on, membership.credit_checked_by_id = on, by.id
    membership.credit_evidence = proof
    if status is CreditStatus.normal:
        membership.rectify_until = None
    session.flush()
    if status is CreditStatus.rectification and reached_on is not None:
        _rectify(session, membership, reached_on, by=by)
    _follow_credit(session, membership, on)


def penalise(session: Session, membership: Membership, *, by: By, on: date, turns: int, reason: str) -> None:
    """Let a member wait for some turns more in the rotation."""
    if not 1 <= turns <= MOST_TURNS:
        raise InvalidInput(
            {"turns": _("Give a whole number from %(least)d to %(most)d.") % {"least": 1, "most": MOST_TURNS}}
        )
    MEMBERSHIP.apply(session, "penalise", membership, by=by, note=f"{turns}: {require_reason(reason)}")
    membership.penalty_turns += turns
    session.flush()


def suspend(
    session: Session,
    membership: Membership,
    *,
    by: By,
    on: date,
    reason: str,
    cause: SuspensionCause = SuspensionCause.decision,
) -> None:
    """Suspend a member: it is not picked until the suspension is lifted."""
    given = require_reason(reason)
    MEMBERSHIP.apply(session, "suspend", membership, by=by, note=given)
    membership.suspended_on, membership.suspended_for = on, cause
    membership.status_reason = given
    session.flush()


def reinstate(session: Session, membership: Membership, *, by: By, on: date, reason: str) -> None:
    """Lift a suspension, if the evidence is in force again."""
    MEMBERSHIP.check(session, "reinstate", membership, by=by)
    lacking = gate.evidence(session, membership, on) or gate.rectifying(membership, on)
    if lacking is not None:
        raise WrongState(gate.words(lacking))
    _lift(session, membership, by=by, note=require_reason(reason))


def remove(session: Session, membership: Membership, *, by: By, on: date, reason: str) -> None:
    """Refuse an application, or take a member out of the library; its clocks stop."""
    given = require_reason(reason)
    MEMBERSHIP.apply(session, "remove", membership, by=by, note=given)
    membership.removed_on = on
    membership.suspended_on = membership.suspended_for = None
    membership.status_reason = given
    membership.review = ReviewStatus.returned
    session.flush()
    cancel_all(session, membership, on=on, by=by, reason=given)


def reapply(session: Session, membership: Membership, *, by: By, on: date) -> None:
    """Apply again after a refusal or a removal."""
    MEMBERSHIP.check(session, "reapply", membership, by=by)
    _require_open(membership.library)
    require_not_barred(membership.vendor)
    MEMBERSHIP.apply(session, "reapply", membership, by=by)
    membership.applied_on = on
    membership.reviewed_on = membership.publicised_on = membership.publicity_ends_on = None
    membership.removed_on = membership.status_reason = None
    membership.review = ReviewStatus.submitted
    session.flush()


@followers.follow
def follow_evidence(session: Session, vendor: Vendor, *, on: date, by: By = SYSTEM) -> list[Membership]:
    """Suspend a vendor's places whose evidence is not in force any more, and lift what was suspended so.

    Called when a qualification lapses, is withdrawn or is verified.
    """
    moved = []
    for membership in library_queries.memberships_of(session, vendor):
        lacking = gate.evidence(session, membership, on)
        lapsed = membership.suspended_for is SuspensionCause.evidence
        if membership.status is MembershipStatus.admitted and lacking is not None:
            reason = str(gate.words(lacking))
            suspend(session, membership, by=by, on=on, reason=reason, cause=SuspensionCause.evidence)
            moved.append(membership)
        elif lapsed and lacking is None and gate.rectifying(membership, on) is None:
            _lift(session, membership, by=by)
            moved.append(membership)
    return moved


def _follow_credit(session: Session, membership: Membership, on: date) -> None:
    if membership.status is MembershipStatus.admitted and membership.credit_status is not CreditStatus.normal:
        reason = str(gate.words(gate.rectifying(membership, on) or gate.listed()))
        suspend(session, membership, by=SYSTEM, on=on, reason=reason, cause=SuspensionCause.credit)
    elif (
        membership.credit_status is CreditStatus.normal
        and membership.suspended_for is SuspensionCause.credit
        and gate.evidence(session, membership, on) is None
    ):
        _lift(session, membership, by=SYSTEM)


def _lift(session: Session, membership: Membership, *, by: By, note: str | None = None) -> None:
    MEMBERSHIP.apply(session, "reinstate", membership, by=by, note=note)
    membership.suspended_on = membership.suspended_for = membership.status_reason = None
    session.flush()


def _rectify(session: Session, membership: Membership, reached_on: date, *, by: By) -> None:
    """Start the six months, anew when the limit is reached again, and keep their last day."""
    occurrence = reached_on.isoformat()
    announce(session, membership, "eia_demerit_limit_reached", on=reached_on, by=by, occurrence=occurrence)
    own = select(Deadline).where(
        Deadline.record_id == membership.id,
        Deadline.rule_id == RECTIFICATION,
        Deadline.occurrence == occurrence,
    )
    ends_on = session.scalars(own).one().due_on
    audit.record(session, membership, "membership.rectify", by=by, note=ends_on.isoformat())
    membership.rectify_until = max(ends_on, membership.rectify_until or ends_on)
    session.flush()


def _turns(session: Session, membership: Membership) -> list[dict[str, Any]]:
    members = library_queries.members(session, membership.library)
    return library_queries.turns(session, membership.library, members)


def _refuse_twin(session: Session, library: Library, vendor: Vendor) -> None:
    known = library_queries.membership_of(session, library, vendor)
    if known is not None:
        raise InvalidInput(
            {
                "vendor": _("This vendor has a place in the library already: %(number)s.")
                % {"number": known.number}
            }
        )


def _require_open(library: Library) -> None:
    if library.status is not LibraryStatus.open:
        raise WrongState(_("The library is closed."))


def _require_room(session: Session, library: Library) -> None:
    if library.capacity is None:
        return
    held = (MembershipStatus.admitted, MembershipStatus.suspended)
    count = session.scalar(
        select(func.count()).where(Membership.library_id == library.id, Membership.status.in_(held))
    )
    if (count or 0) >= library.capacity:
        raise WrongState(_("The library is full: it takes %(count)d agencies.") % {"count": library.capacity})


def _require_after(on: date, earlier: date | None) -> None:
    if earlier is not None and on < earlier:
        raise InvalidInput(
            {"on": _("This cannot be before %(day)s, the day of the step before it.") % {"day": earlier}}
        )
