"""The register of contracts."""

from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import func, select

from contracts.kinds import CONTRACT
from contracts.models import NATURE_LABELS, Contract
from contracts.queries import RESTS_ON_PAPERS
from core import clock
from core.admin import RegisterView
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from vendors.categories import CATEGORY_LABELS
from vendors.dossier import VendorNeed


def _with_lamp(name: str, row: Any) -> Any:
    """Return the vendor's name, in red while the contract rests on papers that do not hold."""
    if row.basis_until is None or row.status not in RESTS_ON_PAPERS or row.basis_until >= clock.today():
        return name
    lamp = Markup('<br><span class="lamp late">{}</span>').format(gettext("papers lapsed"))
    return escape(name) + lamp


class ContractView(RegisterView):
    """Every contract in sight, sorted and narrowed along indexes only."""

    kind = CONTRACT
    column_list = ("number", "title", "vendor_name", "category", "amount", "status", "signed_on", "ends_on")
    column_extra_list = ("basis_until",)
    column_labels = {
        "vendor_name": _("Vendor"),
        "category": _("Service category"),
        "amount": _("Amount"),
        "signed_on": _("Signed on"),
        "ends_on": _("Term ends"),
    }
    column_choices = {"category": CATEGORY_LABELS, "nature": NATURE_LABELS}
    # until when the vendor's papers for the service hold, the first to end
    column_expressions = {
        "basis_until": select(func.min(VendorNeed.met_until))
        .where(VendorNeed.vendor_id == Contract.vendor_id, VendorNeed.category == Contract.category)
        .correlate(Contract)
        .scalar_subquery()
    }
    column_formatters = {"vendor_name": _with_lamp}
    column_filters = ("status", "category", "vendor_name", "amount", "signed_on", "ends_on")
    column_sortable_list = ("number", "title", "vendor_name", "amount", "signed_on", "ends_on")
    search_hint = _("Number, title or vendor")


def views(db: Any) -> list[RegisterView]:
    """Return the views of this package."""
    return [ContractView(db)]
