"""The portal as a vendor uses it: every page of its own, none of another's, each form once."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from contracts.models import ContractStatus
from core import clock
from core.auth import User
from core.documents import Document
from core.i18n import speaking
from core.organizations import OrganizationKind
from core.permissions import RoleName
from core.records import Record
from portal.queries import Duty
from portal.tasks import TaskState, task_list
from portal.views.home import left_words
from tests.factories import current, make_organization, make_user
from tests.factories.alerts import make_deadline
from tests.factories.contracts import make_contract
from tests.factories.files import pdf
from tests.factories.libraries import make_commission, make_library, make_member
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_qualification, make_vendor
from vendors import commission_requests, commission_services, qualifications, returns
from vendors.commissions import CommissionStatus
from vendors.dossier import VendorAccount
from vendors.libraries import Membership, MembershipStatus
from vendors.models import Qualification, QualificationStatus, VendorStatus

NONCE = re.compile(rb'nonce="[^"]*"')
ONCE = re.compile(r'name="once" value="([0-9a-f]{32})"')


@pytest.fixture
def zone(session):
    return make_organization(kind=OrganizationKind.zone)


@pytest.fixture
def vendor(session, zone):
    return make_vendor(zone)


@pytest.fixture
def party(session, vendor, as_user):
    """A browser in which the administrator of a vendor is signed in."""
    user = make_party_user(vendor)
    session.commit()
    return as_user(user)


def page(answer) -> tuple[int, bytes]:
    return answer.status_code, NONCE.sub(b"", answer.data)


def key_of(browser, path: str) -> str:
    found = ONCE.search(browser.get(path).text)
    assert found, path
    return found[1]


def scan(name: str = "新证书.pdf"):
    return (io.BytesIO(pdf()), name)


def held(vendor, **given) -> Qualification:
    """A CMA certificate that has been found genuine, with its clocks."""
    today = clock.today()
    found = make_qualification(
        vendor,
        **{"issued_on": today - timedelta(days=2000), "expires_on": today + timedelta(days=95)} | given,
    )
    checker = make_user(RoleName.librarian, organization=vendor.organization)
    qualifications.verify(current(), found, by=checker, on=today, source="示例来源")
    return found


PAGES = (
    "/portal/",
    "/portal/duties",
    "/portal/file",
    "/portal/file/submit",
    "/portal/file/add_contact",
    "/portal/file/remove_contact",
    "/portal/file/offer_service",
    "/portal/file/drop_service",
    "/portal/file/propose_account",
    "/portal/file/add_agent",
    "/portal/file/declare_size",
    "/portal/file/add_person",
    "/portal/account",
    "/portal/agents",
    "/portal/people",
    "/portal/size",
    "/portal/pledge",
    "/portal/papers",
    "/portal/papers/new",
    "/portal/libraries",
    "/portal/commissions",
    "/portal/contracts",
    "/portal/messages",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_a_vendor_with_nothing_in_its_file(party, path):
    assert party.get(path).status_code == 200


def test_of_anothers_records_a_vendor_is_told_what_is_told_of_absent_ones(session, zone, vendor, party):
    other = make_vendor(zone)
    paper, contract = held(other), make_contract(vendor=other)
    library = make_library(zone)
    place = make_member(library, other)
    work = make_commission(library)
    commission_requests.assign(session, work, other, by=work.owner, on=work.requested_on)
    session.commit()
    routes = {
        "/portal/papers/{}": paper.id,
        "/portal/papers/{}/renew": paper.id,
        "/portal/papers/{}/correct": paper.id,
        "/portal/papers/{}/applied": paper.id,
        "/portal/papers/{}/done": paper.id,
        "/portal/contracts/{}": contract.id,
        "/portal/memberships/{}": place.id,
        "/portal/memberships/{}/done": place.id,
        "/portal/commissions/{}": work.id,
        "/portal/commissions/{}/accept": work.id,
        "/portal/records/{}": other.id,
    }
    absent_id = work.id + 1_000_000
    for route, theirs in routes.items():
        absent = party.get(route.format(absent_id))
        assert absent.status_code == 404, route
        assert page(party.get(route.format(theirs))) == page(absent), route
        assert page(party.post(route.format(theirs))) == page(party.post(route.format(absent_id))), route


def test_a_library_of_another_zone_is_as_absent_as_none(session, party):
    library = make_library(make_organization(kind=OrganizationKind.zone))
    session.commit()

    absent = party.get(f"/portal/libraries/{library.id + 1_000_000}")
    assert absent.status_code == 404
    assert page(party.get(f"/portal/libraries/{library.id}")) == page(absent)


def test_the_home_page_puts_first_what_lapses_and_explains_the_day(session, vendor, party):
    held(vendor)
    session.commit()

    home = party.get("/portal/").text
    why = re.search(r'href="(/portal/why/\d+)"', home)

    assert why
    assert "个工作日" in home
    assert re.search(r"/portal/papers/\d+/renew", home)
    assert party.get(why[1]).status_code == 200


@pytest.mark.parametrize(
    ("provisional", "working_days_left", "words"),
    [
        (True, None, "最早日期，放假安排未公布"),
        (False, None, "还有 60 天"),  # the day is certain, and the year it falls in has no calendar yet
        (False, 40, "还有 40 个工作日"),
        (False, 0, "今天是最后一天"),
    ],
)
def test_the_days_left_are_told_as_exactly_as_they_are_known(
    app, session, vendor, provisional, working_days_left, words
):
    today = date(2026, 11, 23)
    deadline = make_deadline(today + timedelta(days=60), record=vendor, provisional=provisional)

    with app.test_request_context(), speaking("zh_Hans_CN"):
        assert str(left_words(Duty(deadline, vendor, working_days_left), today)) == words


def test_the_reminders_link_leads_to_the_certificate_and_its_upload(session, vendor, party):
    paper = held(vendor)
    session.commit()

    led = party.get(f"/portal/records/{paper.id}")

    assert led.status_code == 302
    assert f"/portal/papers/{paper.id}/renew" in party.get(led.headers["Location"]).text


def renewal(key: str) -> dict:
    return {
        "once": key,
        "certificate_number": "CMA-新-1",
        "issued_on": clock.today().isoformat(),
        "expires_on": (clock.today() + timedelta(days=2190)).isoformat(),
    }


def test_a_renewed_certificate_is_handed_in_once_however_often_the_form_is_sent(session, vendor, party):
    paper = held(vendor)
    session.commit()
    path = f"/portal/papers/{paper.id}/renew"
    key = key_of(party, path)

    first = party.post(path, data=renewal(key) | {"file": scan()})
    again = party.post(path, data=renewal(key) | {"file": scan()})

    made = session.scalars(select(Qualification).where(Qualification.replaces_id == paper.id)).one()
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"] == f"/portal/papers/{made.id}/done"
    assert made.status is QualificationStatus.submitted
    assert session.scalar(select(func.count()).where(Document.record_id == made.id, Document.shared)) == 1
    done = party.get(first.headers["Location"]).text
    assert made.number in done
    assert "接下来" in done


def test_a_certificate_from_a_vendor_belongs_to_an_officer_not_to_the_vendors_account(session, vendor, party):
    officer = make_user(organization=vendor.organization)
    session.execute(
        update(Record.__table__).where(Record.__table__.c.id == vendor.id).values(owner_id=officer.id)
    )
    session.commit()
    path = "/portal/papers/new?category=testing&certificate=cma"
    party.post(path, data=renewal(key_of(party, path)) | {"file": scan()})

    made = session.scalars(select(Qualification).where(Qualification.vendor_id == vendor.id)).one()
    assert made.owner_id == officer.id
    assert session.get(User, made.created_by_id).party_id == vendor.id


def test_a_refused_form_keeps_what_was_typed_and_the_file_that_was_taken_in(session, vendor, party):
    paper = held(vendor)
    session.commit()
    path = f"/portal/papers/{paper.id}/renew"
    wrong = renewal(key_of(party, path)) | {"expires_on": "2001-01-01"}

    refused = party.post(path, data=wrong | {"file": scan("扫描.pdf")})

    assert refused.status_code == 422
    assert 'value="CMA-新-1"' in refused.text
    assert 'href="#expires_on"' in refused.text
    assert 'id="expires_on-error"' in refused.text
    assert "扫描.pdf" in refused.text
    kept = re.search(r'name="kept" value="([^"]+)"', refused.text)
    assert kept
    right = renewal(ONCE.search(refused.text)[1]) | {"kept": kept[1]}
    assert party.post(path, data=right).status_code == 302


def test_without_a_file_a_certificate_is_not_handed_in(session, vendor, party):
    paper = held(vendor)
    session.commit()
    path = f"/portal/papers/{paper.id}/renew"

    refused = party.post(path, data=renewal(key_of(party, path)))

    assert refused.status_code == 422
    assert 'href="#file"' in refused.text
    assert session.scalar(select(func.count()).where(Qualification.replaces_id == paper.id)) == 0


def test_a_forged_token_is_no_file(session, vendor, party):
    paper = held(vendor)
    session.commit()
    path = f"/portal/papers/{paper.id}/renew"

    assert party.post(path, data=renewal(key_of(party, path)) | {"kept": "e30.x.y"}).status_code == 422


def test_a_returned_file_shows_each_remark_is_corrected_and_handed_in_again(session, zone, as_user):
    vendor = make_vendor(zone, VendorStatus.under_review, legal_representative="王某", address="示例路1号")
    user = make_party_user(vendor)
    librarian = make_user(RoleName.librarian, organization=zone)
    returns.send_back(session, vendor, by=librarian, on=clock.today(), remark_address="请写到门牌号")
    session.commit()
    party = as_user(user)

    home = party.get("/portal/").text
    form = party.get("/portal/file/edit").text
    assert "请写到门牌号" in home
    assert "请写到门牌号" in form
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    given = {
        "once": ONCE.search(form)[1],
        "version": version,
        "title": vendor.title,
        "credit_code": vendor.credit_code,
        "legal_representative": "王某",
        "address": "示例路1号3栋",
    }
    assert party.post("/portal/file/edit", data=given).status_code == 302
    handed = party.post("/portal/file/submit", data={"once": key_of(party, "/portal/file/submit")})

    session.expire_all()
    assert handed.headers["Location"] == "/portal/file/submitted"
    assert vendor.address == "示例路1号3栋"
    assert vendor.status is VendorStatus.under_review
    assert vendor.number in party.get("/portal/file/submitted").text


def test_once_admitted_a_vendor_does_not_rewrite_who_it_is(session, vendor, party):
    led = party.get("/portal/file/edit")
    assert led.headers["Location"] == "/portal/file"
    assert "如有变化，请告知办公室" in party.get("/portal/file").text
    assert "/portal/file/edit" not in party.get("/portal/agents").text
    given = {
        "once": key_of(party, "/portal/file/add_contact"),
        "version": vendor.version,
        "title": "另一家公司",
        "address": "别处",
    }

    assert party.post("/portal/file/edit", data=given).status_code == 422
    session.expire_all()
    assert vendor.title != "另一家公司"


def test_a_code_of_another_vendor_is_refused_without_naming_it(session, zone, as_user):
    other = make_vendor(zone)
    vendor = make_vendor(zone, VendorStatus.registered)
    user = make_party_user(vendor)
    session.commit()
    party = as_user(user)
    form = party.get("/portal/file/edit").text
    given = {
        "once": ONCE.search(form)[1],
        "version": re.search(r'name="version" value="(\d+)"', form)[1],
        "title": vendor.title,
        "credit_code": other.credit_code,
    }

    refused = party.post("/portal/file/edit", data=given)

    assert refused.status_code == 422
    assert other.title not in refused.text
    assert other.number not in refused.text


def test_an_account_is_proposed_by_the_vendor_and_shown_masked(session, vendor, party):
    path = "/portal/file/propose_account"
    given = {"holder": vendor.title, "bank": "示例银行", "number": "6222 0000 1111 2345"}
    key = key_of(party, path)
    for _time in range(2):
        assert party.post(path, data=given | {"once": key}).status_code == 302

    account = session.scalars(select(VendorAccount).where(VendorAccount.vendor_id == vendor.id)).one()
    shown = party.get("/portal/account").text
    assert account.is_proposed
    assert "2345" in shown
    assert "11112345" not in shown.replace(" ", "")


def test_an_application_to_a_library_is_handed_in_once_with_the_pledge(session, zone, vendor, party):
    library = make_library(zone)
    session.commit()
    path = f"/portal/libraries/{library.id}/apply"
    key = key_of(party, path)

    assert party.post(path, data={"once": key}).status_code == 422
    answers = [party.post(path, data={"once": key, "pledge": "y"}) for _time in range(2)]

    place = session.scalars(select(Membership).where(Membership.vendor_id == vendor.id)).one()
    assert place.status is MembershipStatus.applied
    assert place.party_id == vendor.id
    assert place.owner_id == library.owner_id
    assert {each.headers["Location"] for each in answers} == {f"/portal/memberships/{place.id}/done"}
    assert place.number in party.get(f"/portal/memberships/{place.id}/done").text
    assert party.get(f"/portal/memberships/{place.id}").status_code == 200
    assert party.get(f"/portal/libraries/{library.id}").status_code == 200


@pytest.fixture
def work(session, zone, vendor):
    library = make_library(zone)
    made = make_commission(library, on=clock.today())
    commission_requests.assign(session, made, vendor, by=made.owner, on=clock.today())
    session.commit()
    return made


def test_a_commission_says_what_comes_next_and_by_which_day(session, work, party):
    here, on = f"/portal/commissions/{work.id}", clock.today()
    assert "等您答复" in party.get(here).text
    commission_services.accept(session, work, by=work.owner, on=on, fee=Decimal(1200))
    commission_services.begin(session, work, by=work.owner, on=on)
    session.commit()

    at_work = party.get(here).text
    assert re.search(r'href="/portal/why/\d+">最迟', at_work)
    assert re.search(r'class="btn primary" href="[^"]*/deliver"', at_work)

    commission_services.pause(session, work, by=work.owner, on=on, cause="owner", note="示例")
    session.commit()
    assert "暂停期间不计时" in party.get(here).text


def test_what_an_agency_owes_together_with_the_office_stands_among_its_days_to_keep(session, work, party):
    on = clock.today()
    commission_services.accept(session, work, by=work.owner, on=on, fee=Decimal(1200))
    session.commit()

    page = party.get("/portal/").text

    assert "中介委托承诺时限" in page
    assert f'href="/portal/commissions/{work.id}"' in page


def test_the_signing_of_a_contract_that_has_no_page_yet_leads_to_the_list(session, vendor, party):
    drafted = make_contract(ContractStatus.drafted, vendor=vendor)
    due = clock.today() + timedelta(days=10)
    make_deadline(due, record=drafted, organization=vendor.organization, rule_id="gp_contract_sign_30d")
    session.commit()

    page = party.get("/portal/").text

    assert "签订政府采购合同" in page
    assert party.get(f"/portal/records/{drafted.id}").location == "/portal/contracts"
    assert f"/portal/contracts/{drafted.id}" not in page


def test_an_agency_accepts_begins_and_delivers_its_commission(session, work, party):
    here = f"/portal/commissions/{work.id}"
    for step, given in (("accept", {"fee": "1200.00"}), ("begin", {}), ("deliver", {})):
        path = f"{here}/{step}"
        sent = party.post(path, data=given | {"once": key_of(party, path)})
        assert (sent.status_code, sent.headers.get("Location")) == (302, here), step

    session.expire_all()
    assert work.status is CommissionStatus.delivered
    assert work.accepted_on == work.delivered_on == clock.today()
    assert party.get(here).status_code == 200


@pytest.mark.parametrize("step", ["pause", "rate", "accept_by_authority", "cancel", "promise"])
def test_what_the_office_decides_of_a_commission_has_no_page_in_the_portal(work, party, step):
    assert party.get(f"/portal/commissions/{work.id}/{step}").status_code == 404


def test_a_contract_is_shown_once_it_is_signed(session, vendor, party):
    signed = make_contract(ContractStatus.performing, vendor=vendor)
    draft = make_contract(ContractStatus.drafted, vendor=vendor)
    session.commit()

    listed = party.get("/portal/contracts").text

    assert f"/portal/contracts/{signed.id}" in listed
    assert f"/portal/contracts/{draft.id}" not in listed
    assert party.get(f"/portal/contracts/{signed.id}").status_code == 200
    assert party.get(f"/portal/contracts/{draft.id}").status_code == 404


def test_an_agent_opens_no_accounts(session, vendor, as_user):
    agent = make_party_user(vendor, RoleName.vendor_agent)
    session.commit()

    for method, path in (("GET", "/portal/users"), ("POST", "/portal/users/new")):
        assert as_user(agent).open(path, method=method).status_code == 403


def test_the_administrator_of_a_vendor_opens_and_closes_an_account(session, vendor, party):
    given = {"name": "李经办", "email": "li@vendor.example", "role": "vendor_agent"}
    shown = party.post("/portal/users/new", data=given)
    person = session.scalars(select(User).where(User.email == "li@vendor.example")).one()

    assert person.party_id == vendor.id
    assert person.one_time_until is not None
    assert 'id="password"' in shown.text
    assert party.post(f"/portal/users/{person.id}/close").status_code == 302
    session.expire_all()
    assert not person.active


def test_an_account_of_another_vendor_is_as_absent_as_none(session, zone, party):
    stranger = make_party_user(make_vendor(zone))
    session.commit()

    for act in ("close", "password"):
        absent = party.post(f"/portal/users/{stranger.id + 1_000_000}/{act}")
        assert absent.status_code == 404
        assert page(party.post(f"/portal/users/{stranger.id}/{act}")) == page(absent)


def test_the_list_of_tasks_says_what_each_part_lacks(session, zone):
    vendor = make_vendor(zone, VendorStatus.registered, address=None, legal_representative=None)
    paper = make_qualification(vendor, QualificationStatus.rejected)
    session.flush()

    tasks = task_list(session, vendor, date(2026, 11, 23))

    states = {str(each.endpoint): each.state for each in tasks.tasks}
    assert states["portal.company"] is TaskState.begun
    assert states["portal.account"] is TaskState.not_started
    assert states["portal.people"] is TaskState.not_needed
    assert not tasks.is_complete
    assert paper.status_reason


@pytest.mark.parametrize(
    ("left", "expected"),
    [(91, TaskState.passed), (90, TaskState.soon), (0, TaskState.soon), (-1, TaskState.late)],
)
def test_a_certificate_lapses_soon_from_ninety_days_before_its_last(session, vendor, left, expected):
    today = date(2026, 11, 23)
    make_qualification(
        vendor,
        QualificationStatus.verified,
        issued_on=date(2020, 1, 1),
        expires_on=today + timedelta(days=left),
    )

    tasks = task_list(session, vendor, today)

    assert [each.state for each in tasks.tasks if each.endpoint == "portal.paper"] == [expected]
