"""The gate before a pick: every reason why a member may not be picked today, in words both sides read."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from vendors import conflicts as ties
from vendors import library_queries, needs
from vendors.certificates import CERTIFICATES, CertificateKind
from vendors.commissions import Commission
from vendors.dossier import Purpose
from vendors.libraries import CreditStatus, Membership, MembershipStatus
from vendors.sanctions import is_clear

Refusal = Mapping[str, Any]

REFUSALS: dict[str, LazyString] = {
    "not_admitted": _("It is not admitted to the library: suspended or removed."),
    "vendor_barred": _("The vendor is suspended, removed or debarred."),
    "no_evidence": _("None of the certificates asked for is in force: %(kinds)s."),
    "conditions": _("Its conditions of practice are not met: %(lacking)s"),
    "recheck_overdue": _("The yearly check was due on %(day)s."),
    "credit_unknown": _("Its credit status has not been looked up."),
    "credit_stale": _("Its credit status was looked up on %(day)s, more than %(days)d days ago."),
    "credit_listed": _("The credit platform lists it as dishonest."),
    "rectifying": _("It is ordered to rectify until %(day)s."),
    "conflict": _("Conflict of interest: %(tie)s"),
    "too_many": _("It was given %(count)d commissions in %(days)d days, the most is %(most)d."),
    "too_much": _("It was given %(amount)s yuan in %(days)d days, the most is %(most)s."),
    "cooling": _("It was given a commission on %(day)s and is left out for %(days)d days."),
}


def words(refusal: Refusal) -> Text:
    """Return a refusal in the reader's words."""
    particulars = {name: value for name, value in refusal.items() if name != "code"}
    if "kinds" in particulars:
        kinds = (str(CERTIFICATES[CertificateKind(kind)].label) for kind in particulars["kinds"])
        particulars["kinds"] = "、".join(kinds)
    if "lacking" in particulars:
        particulars["lacking"] = "；".join(particulars["lacking"])
    return REFUSALS[refusal["code"]] % particulars


def refusals(session: Session, membership: Membership, commission: Commission, *, on: date) -> list[Refusal]:
    """Return every reason why a member may not be picked for a commission on a day; none lets it through."""
    return list(_refusals(session, membership, commission, on))


def evidence(session: Session, membership: Membership, on: date) -> Refusal | None:
    """Return what is lacking when none of the certificates that the library asks for is in force."""
    lacking = _conditions(session, membership, on)
    if lacking:
        return {"code": "conditions", "lacking": lacking}
    required = membership.library.required
    if not required:
        return None
    held = {paper.certificate for paper in library_queries.in_force(session, membership.vendor, on)}
    if held & required:
        return None
    return {"code": "no_evidence", "kinds": sorted(str(kind) for kind in required)}


def _conditions(session: Session, membership: Membership, on: date) -> list[str]:
    """Return which conditions of practice, such as people and premises, are not met today."""
    own = [
        need
        for need in needs.of_vendor(session, membership.vendor, on, [membership.library.category])
        if not need.requirement.kinds and not need.is_met(on)
    ]
    return [str(need.words(on)) for need in own]


def rectifying(membership: Membership, on: date) -> Refusal | None:
    """Return what is in the way while an agency is under rectification; its last day still counts."""
    until = membership.rectify_until
    return {"code": "rectifying", "day": until.isoformat()} if until is not None and on <= until else None


def standing_refusals(session: Session, membership: Membership, on: date) -> list[Refusal]:
    """Return what is in a member's way whatever the commission: evidence, yearly check, credit, sanction."""
    return list(_own(session, membership, on))


def listed() -> Refusal:
    """Return what is in the way of an agency that the credit platform lists."""
    return {"code": "credit_listed"}


def conflicts(session: Session, membership: Membership, commission: Commission, on: date) -> Sequence[str]:
    """Return the declared ties between the agency and the people who decide on a commission."""
    people = {person for person in (commission.owner, commission.created_by) if person is not None}
    return [str(hit.words()) for hit in ties.hits(session, membership.vendor, people, on)]


def _refusals(
    session: Session, membership: Membership, commission: Commission, on: date
) -> Iterator[Refusal]:
    yield from _own(session, membership, on)
    yield from ({"code": "conflict", "tie": tie} for tie in conflicts(session, membership, commission, on))
    yield from _concentration(session, membership, on)
    yield from _cooling(session, membership, on)


def _own(session: Session, membership: Membership, on: date) -> Iterator[Refusal]:
    if membership.status is not MembershipStatus.admitted:
        yield {"code": "not_admitted"}
    if not is_clear(session, membership.vendor, Purpose.pick, on):
        yield {"code": "vendor_barred"}
    for lacking in (evidence(session, membership, on), _recheck(membership, on)):
        if lacking is not None:
            yield lacking
    yield from _credit(membership, on)


def _recheck(membership: Membership, on: date) -> Refusal | None:
    due = membership.recheck_due_on
    return {"code": "recheck_overdue", "day": due.isoformat()} if due is not None and due < on else None


def _credit(membership: Membership, on: date) -> Iterator[Refusal]:
    most = membership.library.credit_days
    if most is None:
        return
    checked = membership.credit_checked_on
    waiting = rectifying(membership, on)
    if waiting is not None:
        yield waiting
    if membership.credit_status is CreditStatus.listed:
        yield listed()
    if checked is None:
        yield {"code": "credit_unknown"}
    elif checked < on - timedelta(days=most) or _is_outdated(membership, on):
        yield {"code": "credit_stale", "day": checked.isoformat(), "days": most}


def _is_outdated(membership: Membership, on: date) -> bool:
    """Tell whether the last look saw a rectification that is over: it has to be looked up again."""
    return membership.credit_status is CreditStatus.rectification and rectifying(membership, on) is None


def _concentration(session: Session, membership: Membership, on: date) -> Iterator[Refusal]:
    library = membership.library
    if library.concentration_count is None and library.concentration_amount is None:
        return
    days = library.concentration_days
    given = library_queries.given_since(session, library, membership.vendor, on - timedelta(days=days))
    if library.concentration_count is not None and given.cases >= library.concentration_count:
        yield {"code": "too_many", "count": given.cases, "days": days, "most": library.concentration_count}
    if library.concentration_amount is not None and given.amount >= library.concentration_amount:
        most = f"{library.concentration_amount:.2f}"
        yield {"code": "too_much", "amount": f"{given.amount:.2f}", "days": days, "most": most}


def _cooling(session: Session, membership: Membership, on: date) -> Iterator[Refusal]:
    days = membership.library.cooling_days
    if not days:
        return
    given = library_queries.given_since(
        session, membership.library, membership.vendor, on - timedelta(days=days)
    )
    if given.last_on is not None:
        yield {"code": "cooling", "day": given.last_on.isoformat(), "days": days}
