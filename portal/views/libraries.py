"""Applications to the libraries of agencies: what is asked, what is there, then the application itself."""

from dataclasses import dataclass
from datetime import date

from flask import redirect, url_for
from flask_security import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired

from core import clock
from core.db import db
from core.i18n import Text, lazy_gettext
from core.i18n import gettext as _
from core.organizations import beyond
from core.permissions import Permission, authorize
from portal import queries
from portal.views.lists import MEMBERSHIP_LAMPS, membership_line
from portal.views.page import Page, bp, mine, own, render, send
from vendors import gate, library_queries, memberships, needs
from vendors.categories import CATEGORY_LABELS
from vendors.certificates import CERTIFICATES
from vendors.libraries import MEMBERSHIP_STATUS_LABELS, Library, Membership, MembershipStatus
from vendors.models import VENDOR_STATUS_LABELS, Vendor, VendorStatus


@dataclass(frozen=True)
class Check:
    """One thing that a library asks for, and whether it is there."""

    label: Text
    is_met: bool
    note: Text
    url: str | None = None


class PledgeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The pledge that goes with an application."""

    pledge = BooleanField(
        lazy_gettext(
            "What we hand in is true; we keep to the rules of the library and tell the office of every "
            "change within five working days."
        ),
        [InputRequired(lazy_gettext("Without the pledge the application cannot be taken in."))],
    )


@bp.get("/libraries", endpoint="libraries")
def index() -> Page:
    """List the libraries of the zone, and the vendor's place in each."""
    vendor = mine()
    held = {each.library_id: each for each in queries.memberships(db.session, vendor)}
    known = queries.libraries(db.session, vendor)
    return render(
        "libraries.html",
        places=[membership_line(each) for each in held.values()],
        others=[each for each in known if each.id not in held],
        categories=CATEGORY_LABELS,
    )


@bp.get("/libraries/<int:library_id>")
def library(library_id: int) -> Page:
    """Show what a library asks for beside what the vendor has."""
    vendor = mine()
    found = queries.library(db.session, vendor, library_id)
    checks = _checks(vendor, found, clock.today())
    with beyond(db.session):
        place = library_queries.membership_of(db.session, found, vendor)
    return render(
        "library.html",
        library=found,
        category=CATEGORY_LABELS[found.category],
        checks=checks,
        place=place,
        is_open_to=all(each.is_met for each in checks),
    )


@bp.route("/libraries/<int:library_id>/apply", methods=["GET", "POST"])
def apply(library_id: int) -> Page:
    """Check the answers, give the pledge, and hand the application in."""
    authorize(current_user, Permission.portal_edit)
    vendor = mine()
    found = queries.library(db.session, vendor, library_id)
    with beyond(db.session):
        former = library_queries.membership_of(db.session, found, vendor)
    again = former if former is not None and former.status is MembershipStatus.removed else None
    form = PledgeForm()

    def act() -> str:
        today = clock.today()
        if again is not None:
            memberships.reapply(db.session, again, by=current_user, on=today)
            return url_for("portal.applied", membership_id=again.id)
        made = memberships.apply_for(db.session, by=current_user, on=today, vendor=vendor, library=found)
        return url_for("portal.applied", membership_id=made.id)

    done = send(form, act)
    if done is not None:
        return done
    return render(
        "apply.html",
        form,
        library=found,
        checks=_checks(vendor, found, clock.today()),
        facts=_answers(vendor),
    )


@bp.get("/memberships/<int:membership_id>")
def membership(membership_id: int) -> Page:
    """Show where the vendor stands in a library."""
    return _place_page("membership.html", membership_id)


@bp.get("/memberships/<int:membership_id>/done")
def applied(membership_id: int) -> Page:
    """Confirm an application, and say what happens next."""
    if own(Membership, membership_id).status is not MembershipStatus.applied:
        return redirect(url_for("portal.membership", membership_id=membership_id))
    return _place_page("applied.html", membership_id)


def _place_page(template: str, membership_id: int) -> Page:
    place = own(Membership, membership_id)
    with beyond(db.session):
        library_ = place.library
        lacking = gate.evidence(db.session, place, clock.today())
    return render(
        template,
        place=place,
        library=library_,
        lacking=gate.words(lacking) if lacking else None,
        lamp=MEMBERSHIP_LAMPS[place.status],
        word=MEMBERSHIP_STATUS_LABELS[place.status],
        may_reapply=place.status is MembershipStatus.removed,
    )


def _answers(vendor: Vendor) -> list[tuple[Text, Text | None]]:
    return [
        (_("Registered name"), vendor.title),
        (_("Unified social credit code"), vendor.credit_code),
        (_("Legal representative"), vendor.legal_representative),
        (_("Address"), vendor.address),
        (_("Contact"), str(vendor.contacts[0]) if vendor.contacts else None),
    ]


def _checks(vendor: Vendor, found: Library, today: date) -> list[Check]:
    """Return what the library asks for; the service that takes the application in decides by itself."""
    with beyond(db.session):
        held = library_queries.in_force(db.session, vendor, today)
        lacking = [
            each
            for each in needs.of_vendor(db.session, vendor, today)
            if each.category is found.category and not each.is_met(today)
        ]
    admitted = vendor.status is VendorStatus.admitted
    checks = [
        Check(
            _("Your file is admitted to the register"),
            admitted,
            VENDOR_STATUS_LABELS[vendor.status],
            None if admitted else url_for("portal.home"),
        )
    ]
    if found.required:
        mine_ = [each for each in held if each.certificate in found.required]
        wanted = "、".join(str(CERTIFICATES[kind].label) for kind in sorted(found.required))
        note = "、".join(each.certificate_number for each in mine_) or _("none in force yet")
        url = None if mine_ else url_for("portal.new_paper", category=found.category.value)
        checks.append(Check(_("One of these is in force: %(kinds)s", kinds=wanted), bool(mine_), note, url))
    checks += [
        Check(each.requirement.label, False, each.words(today), url_for("portal.home")) for each in lacking
    ]
    return checks
