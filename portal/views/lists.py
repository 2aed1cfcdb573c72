"""Lines of the lists that more than one page shows."""

from dataclasses import dataclass

from flask import url_for

from core.formats import short_day
from core.i18n import Text
from core.i18n import gettext as _
from vendors.commissions import COMMISSION_STATUS_LABELS, Commission, CommissionStatus
from vendors.libraries import MEMBERSHIP_STATUS_LABELS, Membership, MembershipStatus
from vendors.report_types import REPORT_LABELS


@dataclass(frozen=True)
class Line:
    """A line: where it leads, what it says beside, and how it stands."""

    title: Text
    url: str
    note: Text
    lamp: str
    word: Text


S, M = CommissionStatus, MembershipStatus
COMMISSION_LAMPS = {
    S.requested: "soon",  # the agency has to answer
    S.accepted: "ok",
    S.working: "ok",
    S.paused: "paused",
    S.delivered: "unknown",
    S.accepted_by_authority: "met",
    S.rated: "met",
    S.cancelled: "waived",
}
MEMBERSHIP_LAMPS = {
    M.applied: "unknown",
    M.reviewed: "unknown",
    M.publicised: "unknown",
    M.admitted: "ok",
    M.suspended: "late",
    M.removed: "waived",
}


def commission_line(commission: Commission) -> Line:
    """Return a commission as a line."""
    word = COMMISSION_STATUS_LABELS[commission.status]
    if commission.status is S.requested:
        word = _("Waits for your answer")
    return Line(
        commission.title,
        url_for("portal.commission", commission_id=commission.id),
        f"{REPORT_LABELS[commission.report_type]} · {commission.client_name}",
        COMMISSION_LAMPS[commission.status],
        word,
    )


def membership_line(membership: Membership) -> Line:
    """Return a place in a library as a line."""
    note: Text = membership.status_reason or ""
    if membership.status is M.publicised:
        note = _("Publicity until %(day)s", day=short_day(membership.publicity_ends_on))
    elif membership.status is M.admitted:
        note = _("Next check by %(day)s", day=short_day(membership.recheck_due_on))
    return Line(
        membership.library.title,
        url_for("portal.membership", membership_id=membership.id),
        note or membership.number,
        MEMBERSHIP_LAMPS[membership.status],
        MEMBERSHIP_STATUS_LABELS[membership.status],
    )
