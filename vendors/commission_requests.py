"""How a commission begins: requested, corrected, and given the agency that a pick has found."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core import audit
from core.auth import By, User
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.numbering import next_number
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import check_version
from deadlines.services import announce
from vendors import credit_code, library_queries
from vendors.commissions import ClientKind, Commission, CommissionStatus
from vendors.libraries import Library, LibraryStatus
from vendors.models import Vendor
from vendors.report_types import REPORTS, ReportType, reports_of
from vendors.rules import require_not_barred

PREFIX = "WT"
LONGEST_PROMISE = 365


def request(
    session: Session,
    *,
    by: By,
    on: date,
    organization: Organization,
    title: str,
    library: Library,
    report_type: ReportType | str,
    client_name: str,
    client_kind: ClientKind | str | None = None,
    client_code: str | None = None,
    promised_days: int | None = None,
) -> Commission:
    """Take up what an enterprise or the office wants an agency to do; whoever enters it accompanies it."""
    authorize(by, Permission.commission_edit)
    if library.status is not LibraryStatus.open:
        raise WrongState(_("The library is closed."))
    person = by if isinstance(by, User) else None
    commission = Commission(
        number=next_number(session, PREFIX, organization.id, on.year),
        organization=organization,
        owner=person,
        created_by=person,
        library=library,
        status=CommissionStatus.requested,
        requested_on=on,
    )
    _fill(commission, title, report_type, client_name, client_kind, client_code, promised_days)
    commission.list_fee = _list_amount(commission)
    session.add(commission)
    audit.record(session, commission, "created", by=by)
    session.flush()
    announce(session, commission, "commission_requested", on=on, by=by)
    return commission


def require_open(commission: Commission) -> None:
    """Raise WrongState once an agency has been chosen for a commission."""
    if commission.status is not CommissionStatus.requested or commission.vendor_id is not None:
        raise WrongState(_("An agency has been chosen already: the request stands as it is."))


def change(
    session: Session,
    commission: Commission,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **given: Any,
) -> None:
    """Correct a request for which no agency has been chosen yet."""
    authorize(by, Permission.commission_edit)
    check_version(commission, version, given)
    require_open(commission)
    if library_queries.live_pick(session, commission) is not None:
        raise WrongState(_("A pick is under way for this commission."))
    if given.pop("library", commission.library) is not commission.library:
        raise InvalidInput({"library": _("A commission stays in its library: cancel it and request anew.")})
    now = {name: getattr(commission, name) for name in ASKED} | given
    audit.record(session, commission, "commission.change", by=by)
    _fill(commission, **now)
    commission.list_fee = _list_amount(commission)
    session.flush()


ASKED = ("title", "report_type", "client_name", "client_kind", "client_code", "promised_days")


def assign(
    session: Session,
    commission: Commission,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    fee: Decimal | None = None,
    note: str | None = None,
) -> None:
    """Enter the agency that a pick has found; nobody assigns one without a pick."""
    require_open(commission)
    require_not_barred(vendor)
    check_fee(commission, fee)
    audit.record(session, commission, "commission.assign", by=by, note=note)
    commission.vendor = vendor
    commission.chosen_on = on
    commission.agreed_fee = fee
    session.flush()


def check_fee(commission: Commission, fee: Decimal | None, field: str = "fee") -> None:
    """Raise InvalidInput for a fee that is not above zero, or above the published list."""
    if fee is None:
        return
    if fee <= 0:
        raise InvalidInput({field: _("Give an amount above zero.")})
    if commission.list_fee is not None and fee > commission.list_fee:
        raise InvalidInput(
            {
                field: _("The published list allows %(most)s yuan for this task: a fee above it is refused.")
                % {"most": f"{commission.list_fee:,.2f}"}
            }
        )


def _fill(
    commission: Commission,
    title: str,
    report_type: ReportType | str,
    client_name: str,
    client_kind: ClientKind | str | None,
    client_code: str | None,
    promised_days: int | None,
) -> None:
    task, client = ReportType(report_type), " ".join(client_name.split())
    faults = {}
    if task not in reports_of(commission.library.category):
        faults["report_type"] = _("Agencies of this library are not given such tasks.")
    if not client:
        faults["client_name"] = _("Say who commissions the agency.")
    if faults:
        raise InvalidInput(faults)
    commission.title = title.strip()
    commission.report_type = task
    commission.client_kind = ClientKind(client_kind or ClientKind.enterprise)
    commission.client_name = client
    commission.client_code = credit_code.check(client_code, field="client_code") if client_code else None
    commission.promised_days = limit(promised_days or REPORTS[task].promised_days)


def limit(days: int) -> int:
    if not 1 <= days <= LONGEST_PROMISE:
        raise InvalidInput(
            {
                "promised_days": _("Give a whole number from %(least)d to %(most)d.")
                % {"least": 1, "most": LONGEST_PROMISE}
            }
        )
    return days


def _list_amount(commission: Commission) -> Decimal | None:
    listed = commission.library.list_fee(commission.report_type, commission.requested_on)
    return listed.amount if listed is not None else None
