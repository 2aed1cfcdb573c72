"""The registers of vendors and of qualifications."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Date, and_, bindparam, func, select

from core import clock
from core.admin import RegisterView
from core.asked import Asked
from core.db import db as database
from core.i18n import lazy_gettext as _
from core.lists import ListView
from core.organizations import NOTHING, Scope
from core.permissions import Permission
from core.records import Record
from core.register import Condition
from vendors.categories import CATEGORY_LABELS
from vendors.dossier import VendorNeed
from vendors.evidence import KNOWN, NEVER
from vendors.kinds import CERTIFICATE_LABELS, QUALIFICATION, VENDOR
from vendors.models import SIZE_LABELS


class VendorView(RegisterView):
    """Who sells to the zone."""

    kind = VENDOR
    column_list = (
        "number",
        "title",
        "credit_code",
        "size",
        "legal_representative",
        "status",
        "admitted_on",
    )
    column_labels = {
        "title": _("Registered name"),
        "credit_code": _("Unified social credit code"),
        "size": _("Enterprise size"),
        "legal_representative": _("Legal representative"),
        "admitted_on": _("Admitted on"),
    }
    column_choices = {"size": SIZE_LABELS}
    column_filters = ("status",)
    column_sortable_list = ("number", "title", "status")
    batch_transitions = ("submit",)
    search_hint = _("Name, code or pinyin initials")


class QualificationView(RegisterView):
    """What vendors are entitled to do, and until when."""

    kind = QUALIFICATION
    column_list = (
        "number",
        "vendor",
        "certificate",
        "certificate_number",
        "category",
        "status",
        "issued_on",
        "expires_on",
    )
    column_labels = {
        "vendor": _("Vendor"),
        "certificate": _("Certificate"),
        "certificate_number": _("Certificate number"),
        "category": _("Service"),
        "issued_on": _("Issued on"),
        "expires_on": _("Last day"),
    }
    column_choices = {"certificate": CERTIFICATE_LABELS, "category": CATEGORY_LABELS}
    column_filters = ("status", "category", "expires_on", "vendor")
    column_sortable_list = ("number", "status", "category", "expires_on")
    column_links = ("number",)
    search_hint = _("Number, certificate number or vendor")


NEED_LABELS = {each.key: each.label for each in KNOWN.values()}


def _as_link(title: str, row: Any) -> Markup:
    # from the list to the record's page, wherever the site is mounted
    return Markup(f'<a href="../../records/{row.vendor_id}">{escape(title)}</a>')  # noqa: S704 - escaped


class MissingView(ListView):
    """What vendors lack for their services today: what was never there first, then what ended longest ago."""

    needs = Permission.vendor_view
    column_list = ("vendor", "category", "need", "ended_on")
    column_extra_list = ("vendor_id", "met_until")
    column_labels = {
        "vendor": _("Vendor"),
        "category": _("Service"),
        "need": _("What is missing"),
        "ended_on": _("Last day"),
        "met_until": _("Last day"),
    }
    column_choices = {
        "category": CATEGORY_LABELS,
        "need": NEED_LABELS,
    }
    # its own condition keeps to the registers in sight
    column_expressions = {
        "vendor": select(Record.__table__.c.title)
        .where(Record.__table__.c.id == VendorNeed.vendor_id)
        .scalar_subquery(),
        "ended_on": func.nullif(VendorNeed.met_until, NEVER, type_=Date()),
    }
    column_filters = ("category", "need", "met_until")
    column_sortable_list = ("met_until",)
    column_default_sort = "met_until"
    column_formatters = {"vendor": _as_link}

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return that something is missing today at a vendor of a register in sight."""
        return (_is_missing_today().clause,)

    def asked(self) -> Asked:
        """Return what the request asks for; the standing condition goes in with its shape."""
        asked = super().asked()
        asked.criteria[0] = _is_missing_today()
        return asked


def _is_missing_today() -> Condition:
    scope = database.session.info.get("scope", NOTHING)
    return _is_missing(scope, clock.today())


@lru_cache(maxsize=512)  # a day's requests ask it again and again
def _is_missing(scope: Scope, on: date) -> Condition:
    seen = sorted(scope.own | scope.above)
    ended = VendorNeed.met_until < bindparam("on", on, Date())
    return Condition(and_(ended, VendorNeed.register_id.in_(seen)), ("missing", scope), {"on": on})


def views(db: Any) -> list[ListView]:
    """Return the registers of this package."""
    missing = MissingView(VendorNeed, db, name=_("What is missing"), endpoint="missing", url="missing")
    return [VendorView(db), QualificationView(db), missing]
