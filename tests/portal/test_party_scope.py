"""A party sees what concerns it: every query obeys, whoever wrote it."""

from datetime import date

import pytest
from sqlalchemy import select

from contracts import services
from contracts.models import Contract
from core import bulk
from core.auth import SYSTEM, User
from core.documents import Document
from core.errors import NotFound
from core.ledger.models import LedgerImport
from core.organizations import Organization, Scope, beyond, limit
from core.permissions import RoleName
from core.records import Record, get
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.models import Deadline, EventDate, Interval
from deadlines.services import announce
from tests.factories import add_record, make_organization, make_user
from tests.factories.contracts import draft, make_contract, make_office
from tests.factories.parties import make_document, make_party_user
from tests.factories.vendors import make_qualification, make_vendor
from vendors.certificates import CERTIFICATES, CertificateKind
from vendors.models import Qualification, Vendor, qualification_traits

TODAY = date(2026, 11, 23)


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def ours(zone):
    return make_vendor(zone)


@pytest.fixture
def theirs(zone):
    return make_vendor(zone)


def of(vendor: Vendor) -> Scope:
    return Scope(above=vendor.organization.steps, party=vendor.id)


def issue(session, certificate: Qualification) -> None:
    kind = CERTIFICATES[certificate.certificate]
    announce(session, certificate, kind.issued_event, on=certificate.issued_on, by=SYSTEM)


def test_a_vendor_is_its_own_party_and_its_papers_are_its_vendors(ours):
    certificate, contract = make_qualification(ours), make_contract(vendor=ours)

    assert ours.party_id == ours.id
    assert certificate.party_id == contract.party_id == ours.id


def test_a_record_that_concerns_nobody_outside_names_no_party(session):
    record = add_record(Record(title="内部"))
    deadline = EventDate(
        record_id=record.id, organization_id=record.organization_id, event="x", planned_on=TODAY
    )
    session.add(deadline)
    session.flush()

    assert record.party_id is None
    assert deadline.party_id is None


def test_what_hangs_on_a_record_concerns_the_same_party(session, ours):
    certificate = make_qualification(ours)

    issue(session, certificate)

    for model in (Deadline, EventDate):
        rows = session.scalars(select(model).where(model.record_id == certificate.id)).all()
        assert rows
        assert {row.party_id for row in rows} == {ours.id}


def test_another_vendor_in_a_draft_takes_the_deadlines_and_documents_with_it(session):
    office = make_office()
    before, after = make_vendor(office.zone), make_vendor(office.zone)
    contract = draft(office, vendor=before)
    document = make_document(contract)
    assert document.party_id == before.id

    services.change(session, contract, by=office.officer, on=TODAY, vendor=after)
    session.flush()
    session.refresh(document)

    assert contract.party_id == document.party_id == after.id


@pytest.mark.parametrize("model", [Vendor, Qualification, Contract, Record])
def test_of_records_a_party_sees_its_own(session, ours, theirs, model):
    for vendor in (ours, theirs):
        make_qualification(vendor)
        make_contract(vendor=vendor)
    add_record(Record(title="内部"))
    limit(session, of(ours))

    seen = session.scalars(select(model)).all()

    assert seen
    assert {record.party_id for record in seen} == {ours.id}


def test_anothers_record_and_an_absent_one_are_refused_alike(session, ours, theirs):
    limit(session, of(ours))

    for record_id in (theirs.id, theirs.id + 1_000_000):
        with pytest.raises(NotFound):
            get(session, Vendor, record_id)


def test_of_documents_a_party_sees_its_own_that_are_shared(session, ours, theirs):
    shown = make_document(ours, shared=True)
    make_document(ours, shared=False)
    make_document(theirs, shared=True)
    limit(session, of(ours))

    assert session.scalars(select(Document)).all() == [shown]


def test_of_deadlines_and_dates_a_party_sees_its_own(session, ours, theirs):
    for vendor in (ours, theirs):
        certificate = make_qualification(vendor)
        issue(session, certificate)
    limit(session, of(ours))

    for model in (Deadline, EventDate):
        assert {row.party_id for row in session.scalars(select(model))} == {ours.id}
    assert session.scalars(select(Interval)).all() == []


def test_of_people_a_party_sees_its_own_accounts(session, ours, theirs, zone):
    colleague = make_party_user(ours, RoleName.vendor_agent)
    make_party_user(theirs)
    make_user(organization=zone)
    limit(session, of(ours))

    assert session.scalars(select(User)).all() == [colleague]


def test_of_organizations_a_party_sees_those_above_its_register(session, ours, zone):
    make_organization(zone)
    make_organization()
    limit(session, of(ours))

    assert session.scalars(select(Organization)).all() == [zone]


def test_a_party_sees_no_import_of_the_office(session, ours):
    entry = LedgerImport(
        organization_id=ours.organization_id,
        kind="vendors",
        filename="台账.xlsx",
        sha256="0" * 64,
        size=1,
        plan={},
        created_at=ours.created_at,
    )
    session.add(entry)
    session.flush()
    found = select(LedgerImport.id).where(LedgerImport.id == entry.id)
    assert session.scalars(found).all() == [entry.id]

    limit(session, of(ours))

    assert session.scalars(found).all() == []


def test_beyond_its_scope_a_service_sees_all_and_then_no_more(session, ours, theirs):
    limit(session, of(ours))

    with beyond(session):
        everybody = set(session.scalars(select(Vendor)))

    assert everybody == {ours, theirs}
    assert session.scalars(select(Vendor)).all() == [ours]


def test_what_comes_in_by_the_thousand_concerns_the_same_parties(session, ours, zone):
    by = make_user(organization=zone)
    row = {"number": "HT-1", "title": "批量", "organization_id": zone.id}
    (vendor,) = bulk.add_records(
        session, Vendor, [row | {"register_id": zone.id, "status": "registered"}], by=by
    )
    paper = {"number": "ZZ-1", "category": "testing", "certificate": "cma", "certificate_number": "批1"}
    (certificate,) = bulk.add_records(
        session,
        Qualification,
        [row | paper | {"vendor_id": vendor, "status": "submitted", "issued_on": date(2024, 5, 20)}],
        by=by,
    )
    traits = qualification_traits(CertificateKind.cma)
    issued = Dated(CERTIFICATES[CertificateKind.cma].issued_event, date(2024, 5, 20))
    announce_many(session, [Entry(certificate, zone.id, traits, [issued], party_id=vendor)], on=TODAY, by=by)

    parties = select(Record.id, Record.party_id).where(Record.id.in_([vendor, certificate]))
    assert dict(session.execute(parties).all()) == {vendor: vendor, certificate: vendor}
    for model in (Deadline, EventDate):
        rows = session.scalars(select(model).where(model.record_id == certificate)).all()
        assert rows
        assert {each.party_id for each in rows} == {vendor}
