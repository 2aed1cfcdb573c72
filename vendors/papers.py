"""What else stands in a vendor's file: services, agents, the declared size, people and premises."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import By
from core.errors import Forbidden, InvalidInput
from core.i18n import lazy_gettext as _
from core.identity import identity_of, plain_id, tail
from vendors import followers, needs, rules
from vendors.categories import CATEGORY_LABELS, ServiceCategory
from vendors.dossier import AuthorisedAgent, OfferedService, Person, Premises, SizeDeclaration
from vendors.evidence import CREDENTIAL_LABELS, Credential
from vendors.models import SIZE_LABELS, EnterpriseSize, Vendor
from vendors.workflow import VENDOR


def offered(session: Session, vendor: Vendor) -> list[OfferedService]:
    """Return the services that a vendor offers."""
    known = select(OfferedService).where(OfferedService.vendor_id == vendor.id)
    return list(session.scalars(known.order_by(OfferedService.category)))


def agents(session: Session, vendor: Vendor) -> list[AuthorisedAgent]:
    """Return a vendor's agents, the longest authorised first."""
    known = select(AuthorisedAgent).where(AuthorisedAgent.vendor_id == vendor.id)
    return list(session.scalars(known.order_by(AuthorisedAgent.ends_on.desc(), AuthorisedAgent.id)))


def declarations(session: Session, vendor: Vendor) -> list[SizeDeclaration]:
    """Return what a vendor has declared of its size, the newest first."""
    known = select(SizeDeclaration).where(SizeDeclaration.vendor_id == vendor.id)
    return list(session.scalars(known.order_by(SizeDeclaration.declared_on.desc())))


def people(session: Session, vendor: Vendor) -> list[Person]:
    """Return the registered people on a vendor's staff."""
    known = select(Person).where(Person.vendor_id == vendor.id, Person.left_on.is_(None))
    return list(session.scalars(known.order_by(Person.credential, Person.id)))


def premises(session: Session, vendor: Vendor) -> Premises | None:
    """Return the premises as they were last seen."""
    known = select(Premises).where(Premises.vendor_id == vendor.id)
    return session.scalars(known.order_by(Premises.seen_on.desc(), Premises.id.desc()).limit(1)).first()


def offer_service(session: Session, vendor: Vendor, *, by: By, on: date, category: str) -> None:
    """Enter a service that the vendor wants to be known for; what it lacks for it is shown from now on."""
    service = ServiceCategory(category)
    VENDOR.check(session, "offer_service", vendor, by=by)
    if any(known.category is service for known in offered(session, vendor)):
        raise InvalidInput({"category": _("The vendor offers this service already.")})
    VENDOR.apply(session, "offer_service", vendor, by=by, note=str(CATEGORY_LABELS[service]))
    session.add(OfferedService(vendor_id=vendor.id, category=service, since=on))
    needs.refresh(session, [vendor], on)


def drop_service(session: Session, vendor: Vendor, *, by: By, on: date, category: str) -> None:
    """Take a service out of what the vendor wants to be known for."""
    service = ServiceCategory(category)
    VENDOR.check(session, "drop_service", vendor, by=by)
    leaving = next((known for known in offered(session, vendor) if known.category is service), None)
    if leaving is None:
        raise InvalidInput({"category": _("The vendor does not offer this service.")})
    VENDOR.apply(session, "drop_service", vendor, by=by, note=str(CATEGORY_LABELS[service]))
    session.delete(leaving)
    needs.refresh(session, [vendor], on)


def add_agent(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    name: str,
    letter: str,
    starts_on: date,
    ends_on: date,
    phone: str | None = None,
) -> None:
    """Enter somebody who may speak for the vendor, with the letter that says so."""
    called = {"name": name.strip(), "letter": letter.strip()}
    rules.require_texts(called)
    if ends_on < starts_on:
        raise InvalidInput({"ends_on": _("The last day does not come before the first.")})
    VENDOR.apply(session, "add_agent", vendor, by=by, note=called["name"])
    session.add(
        AuthorisedAgent(
            vendor_id=vendor.id, **called, phone=phone or None, starts_on=starts_on, ends_on=ends_on
        )
    )
    session.flush()


def revoke_agent(session: Session, vendor: Vendor, *, by: By, on: date, agent: int, reason: str) -> None:
    """Note that an agent may no longer speak for the vendor, from a day on."""
    given = rules.require_reason(reason)
    VENDOR.check(session, "revoke_agent", vendor, by=by)
    leaving = next((each for each in agents(session, vendor) if each.id == int(agent)), None)
    if leaving is None or leaving.revoked_on is not None:
        raise InvalidInput({"agent": _("Choose an agent of this vendor whose letter still holds.")})
    VENDOR.apply(session, "revoke_agent", vendor, by=by, note=f"{leaving.name}: {given}")
    leaving.revoked_on = on
    session.flush()


def declare_size(
    session: Session, vendor: Vendor, *, by: By, on: date, size: str, figures_year: int, document: str
) -> None:
    """Enter the vendor's declaration of its size; payment clocks and reserved purchases go by it."""
    declared, paper = EnterpriseSize(size), rules.require_reason(document, "document")
    VENDOR.check(session, "declare_size", vendor, by=by)
    if declared is EnterpriseSize.undeclared:
        raise InvalidInput({"size": _("Choose the size that the vendor has declared.")})
    if not on.year - 3 <= figures_year <= on.year:
        raise InvalidInput({"figures_year": _("Give the year of the figures: one of the last three.")})
    if any(known.declared_on == on for known in declarations(session, vendor)):
        raise InvalidInput({"on": _("There is a declaration of this day already.")})
    VENDOR.apply(
        session, "declare_size", vendor, by=by, note=f"{SIZE_LABELS[declared]} {figures_year} {paper}"
    )
    vendor.size = declared
    session.add(
        SizeDeclaration(
            vendor_id=vendor.id, size=declared, declared_on=on, figures_year=figures_year, document=paper
        )
    )
    session.flush()


def add_person(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    name: str,
    id_number: str,
    credential: str,
    certificate_number: str,
    expires_on: date | None = None,
) -> None:
    """Enter somebody on the vendor's staff with a registration; of the identity number a digest is kept."""
    VENDOR.check(session, "add_person", vendor, by=by)
    named = {"name": name.strip(), "certificate_number": certificate_number.strip()}
    rules.require_texts(named)
    held, number = Credential(credential), plain_id(id_number)
    digest = identity_of(session).digest("id", number)
    if any(each.id_digest == digest and each.credential is held for each in people(session, vendor)):
        raise InvalidInput({"id_number": _("This person stands in the file with this credential already.")})
    VENDOR.apply(session, "add_person", vendor, by=by, note=f"{named['name']}: {CREDENTIAL_LABELS[held]}")
    session.add(
        Person(
            vendor_id=vendor.id,
            **named,
            id_digest=digest,
            id_tail=tail(number),
            credential=held,
            expires_on=expires_on,
            added_by_id=by.id,
        )
    )
    session.flush()


def verify_person(session: Session, vendor: Vendor, *, by: By, on: date, person: int, source: str) -> None:
    """Confirm a person's registration from its source; whoever counts at another vendor is refused."""
    looked_up = rules.require_reason(source, "source")
    VENDOR.check(session, "verify_person", vendor, by=by)
    found = _person(session, vendor, person)
    if found.verified_on is not None:
        raise InvalidInput({"person": _("This person is verified already.")})
    if by.id is not None and by.id == found.added_by_id:
        raise Forbidden(_("Whoever entered a person does not verify the registration."))
    elsewhere = _counted_elsewhere(session, vendor, found)
    if elsewhere is not None:
        raise InvalidInput(
            {
                "person": _("%(person)s counts at %(vendor)s already: a person counts at one vendor only.")
                % {"person": found.name, "vendor": elsewhere}
            }
        )
    VENDOR.apply(session, "verify_person", vendor, by=by, note=f"{found.name}: {looked_up}")
    found.verified_on, found.verified_by_id, found.source = on, by.id, looked_up
    _follow(session, vendor, on)


def release_person(session: Session, vendor: Vendor, *, by: By, on: date, person: int) -> None:
    """Note that a person has left the vendor, and counts there no longer."""
    VENDOR.check(session, "release_person", vendor, by=by)
    found = _person(session, vendor, person)
    VENDOR.apply(session, "release_person", vendor, by=by, note=found.name)
    found.left_on = on
    _follow(session, vendor, on)


def note_premises(
    session: Session, vendor: Vendor, *, by: By, on: date, address: str, area: int, evidence: str
) -> None:
    """Enter the premises as somebody of the office has seen them, with the evidence."""
    given = {"address": address.strip(), "evidence": evidence.strip()}
    rules.require_texts(given)
    if area <= 0:
        raise InvalidInput({"area": _("Give the area in whole square metres.")})
    VENDOR.apply(session, "note_premises", vendor, by=by, note=f"{given['address']}: {area} m²")
    session.add(Premises(vendor_id=vendor.id, **given, area=area, seen_on=on, seen_by_id=by.id))
    _follow(session, vendor, on)


def _follow(session: Session, vendor: Vendor, on: date) -> None:
    needs.refresh(session, [vendor], on)
    followers.tell(session, vendor, on)


def _person(session: Session, vendor: Vendor, person_id: int) -> Person:
    found = next((each for each in people(session, vendor) if each.id == int(person_id)), None)
    if found is None:
        raise InvalidInput({"person": _("Choose somebody on this vendor's staff.")})
    return found


def _counted_elsewhere(session: Session, vendor: Vendor, person: Person) -> str | None:
    """Return the vendor of the same register where somebody counts already."""
    there = (
        select(Vendor.title)
        .join(Person, Person.vendor_id == Vendor.id)
        .where(
            Person.id_digest == person.id_digest,
            Person.vendor_id != vendor.id,
            Person.verified_on.is_not(None),
            Person.left_on.is_(None),
            Vendor.register_id == vendor.register_id,
            Vendor.credit_code.is_distinct_from(vendor.credit_code),
        )
    )
    return session.scalars(there.limit(1)).first()
