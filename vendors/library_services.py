"""What is done with libraries: set up, their fees published, closed."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, numbering
from core.auth import By
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import ReviewStatus, check_version
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATE_WORDS, CertificateKind, evidence_for
from vendors.libraries import CREDIT_DAYS, FeeItem, Library, LibraryStatus, as_kinds, usual_evidence
from vendors.library_workflow import LIBRARY
from vendors.queries import register_of
from vendors.report_types import REPORT_LABELS, ReportType, reports_of
from vendors.rules import require_reason

PREFIX = "ZJK"
BETWEEN_WORDS = re.compile(r"[、,，;；\s]+")
# numbers of a library's terms that have to be there, with the least that makes sense
LEAST = {
    "publicity_days": 0,
    "concentration_days": 1,
    "cooling_days": 0,
    "least_own_choice": 1,
    "least_draw": 2,
    "least_rotation": 2,
    "least_lowest_price": 2,
    "least_mean_adjusted": 3,
    "ranking_minimum": 1,
    "shrinkage": 0,
    "weight_enterprise": 0,
    "weight_department": 0,
    "weight_zone": 0,
}
# those that may stay empty: then the library sets no such limit
LEAST_IF_SET = {"capacity": 1, "concentration_count": 1, "credit_days": 0, "remove_below": 1}
MOST_DAYS = 3650


def set_up(
    session: Session,
    *,
    by: By,
    on: date,
    organization: Organization,
    title: str,
    category: ServiceCategory | str,
    **terms: Any,
) -> Library:
    """Set up the library of a service for the zone or county that the organization belongs to."""
    authorize(by, Permission.library_edit)
    register, service = register_of(organization), ServiceCategory(category)
    number = numbering.next_number(session, PREFIX, register.id, on.year)
    _refuse_twin(session, register, service)
    library = Library(
        number=number,
        title=title.strip(),
        organization=register,
        register_id=register.id,
        category=service,
        status=LibraryStatus.open,
        review=ReviewStatus.approved,
        owner_id=by.id,
        created_by_id=by.id,
        **{name: Library.__table__.c[name].default.arg for name in LEAST},
        certificates=as_kinds(usual_evidence(service)),
        credit_days=CREDIT_DAYS.get(service),
    )
    # what the form leaves open keeps its usual value; a limit that somebody does not want is taken out later
    _fill(library, {name: value for name, value in terms.items() if value is not None})
    audit.record(session, library, "created", by=by)
    session.add(library)
    session.flush()
    return library


def change(
    session: Session,
    library: Library,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **terms: Any,
) -> None:
    """Change a library's terms; they hold for what happens from now on."""
    authorize(by, Permission.library_edit)
    check_version(library, version, terms)
    given = dict(terms)
    if ServiceCategory(given.pop("category", library.category)) is not library.category:
        raise InvalidInput({"category": _("A library stays that of its service.")})
    title = given.pop("title", library.title).strip()
    audit.record(session, library, "library.change", by=by)
    library.title = title
    _fill(library, given)
    session.flush()


def list_fee(
    session: Session,
    library: Library,
    *,
    by: By,
    report_type: ReportType | str,
    amount: Decimal,
    effective_from: date,
    document: str,
) -> FeeItem:
    """Enter a line of the published fee list: the most that may be charged for a task from a day on."""
    LIBRARY.check(session, "list_fee", library, by=by)
    task = ReportType(report_type)
    if task not in reports_of(library.category):
        raise InvalidInput({"report_type": _("Agencies of this library are not given such tasks.")})
    if amount <= 0:
        raise InvalidInput({"amount": _("Give an amount above zero.")})
    known = [fee for fee in library.fees if (fee.report_type, fee.effective_from) == (task, effective_from)]
    if known:
        raise InvalidInput({"effective_from": _("The list has a fee for this task from that day already.")})
    source = require_reason(document, "document")
    note = f"{REPORT_LABELS[task]} {amount:,.2f}"
    LIBRARY.apply(session, "list_fee", library, by=by, note=note)
    fee = FeeItem(report_type=task, amount=amount, effective_from=effective_from, document=source)
    library.fees.append(fee)
    session.flush()
    return fee


def close(session: Session, library: Library, *, by: By, reason: str) -> None:
    """Stop taking in and picking agencies."""
    LIBRARY.apply(session, "close", library, by=by, note=require_reason(reason))
    session.flush()


def reopen(session: Session, library: Library, *, by: By) -> None:
    """Use a closed library again."""
    LIBRARY.apply(session, "reopen", library, by=by)
    session.flush()


def _refuse_twin(session: Session, register: Organization, category: ServiceCategory) -> None:
    twin = select(Library).where(Library.register_id == register.id, Library.category == category)
    known = session.scalars(twin).one_or_none()
    if known is not None:
        raise InvalidInput(
            {"category": _("This service has a library already: %(number)s.") % {"number": known.number}}
        )


def _fill(library: Library, terms: dict[str, Any]) -> None:
    given = dict(terms)
    faults = _faults(given, LEAST | LEAST_IF_SET)
    kinds = given.pop("certificate_words", None)
    if faults:
        raise InvalidInput(faults)
    if kinds is not None:
        library.certificates = as_kinds(_kinds(kinds, library.category))
    for name, value in given.items():
        if value is not None or name not in LEAST:  # left open on the form: the usual number stays
            setattr(library, name, value)
    weights = (library.weight_enterprise, library.weight_department, library.weight_zone)
    if all(weight == 0 for weight in weights):
        raise InvalidInput({"weight_enterprise": _("At least one of the weights has to be above zero.")})


def _faults(given: dict[str, Any], least: dict[str, int]) -> dict[str, Any]:
    return {
        name: _("Give a whole number from %(least)d to %(most)d.") % {"least": lowest, "most": MOST_DAYS}
        for name, lowest in least.items()
        if given.get(name) is not None and not lowest <= given[name] <= MOST_DAYS
    }


def _kinds(typed: str | list[CertificateKind], category: ServiceCategory) -> list[CertificateKind]:
    words = BETWEEN_WORDS.split(typed.strip()) if isinstance(typed, str) else list(typed)
    kinds = {CERTIFICATE_WORDS.get(str(word)) for word in words if word}
    unknown = [str(word) for word in words if word and str(word) not in CERTIFICATE_WORDS]
    if unknown:
        raise InvalidInput(
            {"certificate_words": _("No kind of certificate is called %(word)s.") % {"word": unknown[0]}}
        )
    found = [kind for kind in kinds if kind is not None]
    if any(kind not in evidence_for(category) for kind in found):
        wrong = _("This certificate is no evidence for this kind of service.")
        raise InvalidInput({"certificate_words": wrong})
    return found
