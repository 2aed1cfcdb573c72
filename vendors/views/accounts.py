"""A vendor's bank account, masked; the whole number for whoever has to pay, and the trail says so."""

from flask import Blueprint, render_template
from flask_security import auth_required, current_user

from core import records
from core.db import db
from core.errors import NotFound
from core.permissions import Permission, authorize
from vendors import accounts
from vendors.dossier import VendorAccount
from vendors.models import Vendor

bp = Blueprint("accounts", __name__, url_prefix="/accounts", template_folder="../templates")


@bp.get("/<int:vendor_id>/<int:account_id>")
@auth_required("session")
def show(vendor_id: int, account_id: int) -> str:
    """Show an account with its number masked."""
    return _page(*_find(vendor_id, account_id), number=None)


@bp.post("/<int:vendor_id>/<int:account_id>")
@auth_required("session")
def reveal(vendor_id: int, account_id: int) -> str:
    """Show the whole number once."""
    vendor, account = _find(vendor_id, account_id)
    number = accounts.reveal(db.session, vendor, account, by=current_user)
    db.session.commit()
    return _page(vendor, account, number=number)


def _page(vendor: Vendor, account: VendorAccount, *, number: str | None) -> str:
    return render_template(
        "accounts/show.html",
        vendor=vendor,
        account=account,
        number=number,
        may_reveal=current_user.may(Permission.contract_review),
    )


def _find(vendor_id: int, account_id: int) -> tuple[Vendor, VendorAccount]:
    authorize(current_user, Permission.vendor_view)
    vendor = records.get(db.session, Vendor, vendor_id)
    found = [each for each in accounts.of_vendor(db.session, vendor) if each.id == account_id]
    if not found:
        raise NotFound
    return vendor, found[0]
