"""The registers of libraries, memberships, commissions and picks."""

from typing import Any

from core.admin import RegisterView
from core.i18n import lazy_gettext as _
from vendors.categories import CATEGORY_LABELS
from vendors.commission_kinds import COMMISSION, PICK
from vendors.library_kinds import LIBRARY, MEMBERSHIP
from vendors.methods import METHOD_LABELS
from vendors.report_types import REPORT_LABELS


class LibraryView(RegisterView):
    """The libraries of the zone: one for each service, so that no index is needed."""

    kind = LIBRARY
    grows = False
    column_list = ("number", "title", "category", "status", "capacity", "publicity_days")
    column_labels = {
        "title": _("Name of the library"),
        "category": _("Service"),
        "capacity": _("Capacity"),
        "publicity_days": _("Publicity, working days"),
    }
    column_choices = {"category": CATEGORY_LABELS}
    column_filters = ("status", "category")


class MembershipView(RegisterView):
    """Who applied, who was admitted, who is suspended."""

    kind = MEMBERSHIP
    column_list = (
        "number",
        "vendor",
        "library",
        "status",
        "admitted_on",
        "recheck_due_on",
        "credit_checked_on",
    )
    column_labels = {
        "vendor": _("Vendor"),
        "library": _("Agency library"),
        "admitted_on": _("Admitted on"),
        "recheck_due_on": _("Yearly check by"),
        "credit_checked_on": _("Credit looked up on"),
    }
    column_links = ("number",)
    column_filters = ("status", "library", "vendor")
    column_sortable_list = ("number", "status")
    search_hint = _("Number, vendor or library")


class CommissionView(RegisterView):
    """What agencies were asked to do, and how far they are."""

    kind = COMMISSION
    column_list = (
        "number",
        "title",
        "client_name",
        "report_type",
        "vendor",
        "status",
        "agreed_fee",
        "requested_on",
        "authority_accepted_on",
    )
    column_labels = {
        "title": _("What for"),
        "client_name": _("Commissioned by"),
        "report_type": _("Task"),
        "vendor": _("Agency"),
        "library": _("Agency library"),
        "agreed_fee": _("Agreed fee"),
        "requested_on": _("Requested on"),
        "authority_accepted_on": _("Accepted by the authority on"),
    }
    column_choices = {"report_type": REPORT_LABELS}
    column_filters = ("status", "library", "vendor", "authority_accepted_on")
    column_sortable_list = ("number", "status", "authority_accepted_on")
    search_hint = _("Number, purpose, client or agency")


class PickView(RegisterView):
    """How agencies were picked."""

    kind = PICK
    column_list = ("number", "title", "method", "status", "winner", "opened_on", "picked_on")
    column_labels = {
        "title": _("Commission"),
        "method": _("Way of picking"),
        "winner": _("Picked"),
        "opened_on": _("Opened on"),
        "picked_on": _("Picked on"),
    }
    column_choices = {"method": METHOD_LABELS}
    column_filters = ("status",)
    column_sortable_list = ("number", "status")


def views(db: Any) -> list[RegisterView]:
    """Return the registers of libraries and of what is commissioned through them."""
    return [LibraryView(db), MembershipView(db), CommissionView(db), PickView(db)]
