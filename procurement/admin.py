"""The register of tenders."""

from typing import Any

from core.admin import RegisterView
from core.i18n import lazy_gettext as _
from procurement.kinds import TENDER
from procurement.models import METHOD_LABELS
from vendors.categories import CATEGORY_LABELS


class TenderView(RegisterView):
    """What the zone buys, and how far each purchase has come."""

    kind = TENDER
    column_list = (
        "number",
        "title",
        "method",
        "category",
        "status",
        "review",
        "budget",
        "award_amount",
        "winner",
        "owner",
    )
    column_labels = {
        "title": _("Name of the purchase"),
        "method": _("Procurement method"),
        "category": _("Service"),
        "budget": _("Budget"),
        "award_amount": _("Award"),
        "winner": _("Winner"),
    }
    column_choices = {"method": METHOD_LABELS, "category": CATEGORY_LABELS}
    column_filters = ("status", "method", "category", "budget", "agent", "owner")
    column_sortable_list = ("number", "title", "status", "budget")


def views(db: Any) -> list[RegisterView]:
    """Return the registers of this package."""
    return [TenderView(db)]
