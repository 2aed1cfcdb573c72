"""The register of asset transfers."""

from typing import Any

from assets.kinds import TRANSFER
from assets.models import ROUTE_LABELS
from core.admin import RegisterView
from core.i18n import lazy_gettext as _


class TransferView(RegisterView):
    """Every case in sight; sorted by the appraisal's last day it shows which one is in a hurry."""

    kind = TRANSFER
    column_list = (
        "number",
        "title",
        "route",
        "from_name",
        "to_name",
        "book_value",
        "status",
        "decided_on",
        "appraisal_expires_on",
    )
    column_labels = {
        "route": _("Route"),
        "from_name": _("Transferor"),
        "to_name": _("Transferee"),
        "book_value": _("Book value"),
        "decided_on": _("Decided on"),
        "appraisal_expires_on": _("Appraisal in force until"),
    }
    column_choices = {"route": ROUTE_LABELS}
    column_filters = ("status", "route", "book_value", "decided_on", "appraisal_expires_on")
    column_sortable_list = ("number", "title", "book_value", "decided_on", "appraisal_expires_on")
    search_hint = _("Number, title, organization or asset")


def views(db: Any) -> list[RegisterView]:
    """Return the views of this package."""
    return [TransferView(db)]
