"""Accounts, postings and organizations: who keeps them, what is refused, how somebody gets in again."""

import json
import re
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, people
from core.audit import AuditEvent
from core.auth import Posting, User
from core.errors import Forbidden, InvalidInput, NotFound
from core.organizations import Organization, OrganizationKind
from core.people import Particulars
from core.permissions import GRANTS, Permission, RoleName
from tests.conftest import SignIn
from tests.factories import make_organization, make_user

TODAY = date(2026, 11, 23)


@pytest.fixture
def zone(session: Session) -> Organization:
    return make_organization(name="经开区")


@pytest.fixture
def admin(zone: Organization) -> User:
    return make_user(RoleName.administrator, organization=zone, name="管理员")


@pytest.fixture
def officer(zone: Organization) -> User:
    return make_user(organization=make_organization(zone, name="安监"), name="王经办")


def entered(person: User, **other: object) -> dict[str, object]:
    """Return what the form of a person sends, with some of it changed."""
    return {
        "name": person.name,
        "email": person.email,
        "organization": person.organization_id,
        "roles": [role.name.value for role in person.roles],
        "deputy": person.deputy_id or 0,
        "note": "办公室通知",
    } | other


def send_edit(browser: FlaskClient, person: User, **other: object):
    page = browser.get(f"/people/{person.id}/edit").text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert seen
    return browser.post(f"/people/{person.id}/edit", data=entered(person, **other) | {"seen": seen[1]})


def told(session: Session, action: str) -> dict:
    acts = session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()
    assert acts, f"the trail knows no {action}"
    return json.loads(max(acts, key=lambda act: act.seq).body)


# -- who may come in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(RoleName))
def test_only_those_who_keep_accounts_see_them(session, as_user, zone, role):
    browser = as_user(make_user(role, organization=zone))

    may = Permission.user_edit in GRANTS[role]
    for address in ("/people/", "/people/new", "/organizations/", "/organizations/new"):
        assert browser.get(address).status_code == (200 if may else 403), address


@pytest.mark.parametrize(
    "address", ["", "/edit", "/disable", "/enable", "/factor", "/password", "/postings", "/postings/1/end"]
)
def test_a_person_elsewhere_is_answered_like_one_who_does_not_exist(session, as_user, admin, address):
    elsewhere, browser = make_user(), as_user(admin)
    session.commit()

    pages = []
    for number in (elsewhere.id, elsewhere.id + 999_999):
        ask = browser.get if address in {"", "/edit"} else browser.post
        answer = ask(f"/people/{number}{address}", data={"note": "x", "ends_on": "2026-01-01"})
        assert answer.status_code == 404
        pages.append(re.sub(r'name="next" value="[^"]*"', "", answer.text.replace(f"/people/{number}", "#")))
    strip = re.compile(r'(csrf_token" value=")[^"]*')
    assert strip.sub(r"\1", pages[0]) == strip.sub(r"\1", pages[1])


def test_an_administrator_above_sees_the_people_below_and_not_the_other_way_round(session, as_user, admin):
    below = make_organization(admin.organization)
    there = make_user(RoleName.administrator, organization=below, name="下级管理员")
    session.commit()

    assert "下级管理员" in as_user(admin).get("/people/").text
    page = as_user(there).get("/people/").text
    assert "下级管理员" in page
    assert admin.email not in page


def test_who_is_also_posted_elsewhere_is_for_the_administrator_there(session, admin, officer):
    elsewhere = make_organization()
    officer.postings.append(Posting(organization=elsewhere, starts_on=TODAY))
    session.flush()

    with pytest.raises(Forbidden):
        people.hand_over_password(session, officer, "x", by=admin, on=TODAY, at=clock.now(), note="来人")

    officer.postings[0].ends_on = TODAY - timedelta(days=1)
    people.hand_over_password(session, officer, "x", by=admin, on=TODAY, at=clock.now(), note="来人")


# -- the list -----------------------------------------------------------------------------------------------


def test_the_list_is_narrowed(session, as_user, admin, officer):
    closed = make_user(RoleName.finance, organization=admin.organization, name="李财务", active=False)
    session.commit()
    browser = as_user(admin)

    def shown(query: str) -> set[str]:
        page = browser.get(f"/people/?{query}").text
        return {person.name for person in (admin, officer, closed) if person.email in page.split("<main")[1]}

    assert shown("") == {"管理员", "王经办", "李财务"}
    assert shown("q=王") == {"王经办"}
    assert shown(f"q={officer.email.upper()}") == {"王经办"}
    assert shown("q=王 李") == set()
    assert shown("role=finance") == {"李财务"}
    assert shown("state=open") == {"管理员", "王经办"}
    assert shown("state=closed") == {"李财务"}
    assert shown(f"organization={officer.organization_id}") == {"王经办"}
    assert shown("organization=99999999&role=nobody&state=odd") == {"管理员", "王经办", "李财务"}


def test_a_long_list_comes_in_pages(session, as_user, admin):
    for number in range(60):
        make_user(organization=admin.organization, name=f"人{number:02}", email=f"p{number:02}@example.org")
    session.commit()
    browser = as_user(admin)

    first = browser.get("/people/?role=officer").text
    later = re.search(r'rel="next" href="([^"]+)"', first)
    assert later
    second = browser.get(later[1].replace("&amp;", "&")).text

    assert len(re.findall(r"p\d\d@example.org", first)) == 50
    assert re.findall(r"p\d\d@example.org", second) == [f"p{n}@example.org" for n in range(50, 60)]
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back
    assert re.findall(r"p\d\d@", browser.get(back[1].replace("&amp;", "&")).text) == re.findall(
        r"p\d\d@", first
    )
    assert browser.get("/people/?after=nonsense").status_code == 400


# -- opening and changing -----------------------------------------------------------------------------------


def test_a_new_account_gets_a_password_that_is_shown_once(session, as_user, admin):
    browser = as_user(admin)
    form = {
        "name": "赵新",
        "email": " Zhao.Xin@Example.org ",
        "organization": admin.organization_id,
        "roles": ["officer", "librarian"],
        "deputy": 0,
        "note": "人社局调令",
    }

    page = browser.post("/people/new", data=form)

    assert page.status_code == 200
    password = re.search(r'id="password">([a-z0-9-]+)<', page.text)
    assert password
    person = session.scalars(select(User).where(User.email == "zhao.xin@example.org")).one()
    assert {role.name for role in person.roles} == {RoleName.officer, RoleName.librarian}
    assert password[1] not in browser.get(f"/people/{person.id}").text
    made = told(session, "user.create")
    assert made["actor"] == admin.id
    assert made["note"] == "人社局调令"
    assert made["detail"]["roles"] == ["librarian", "officer"]
    assert password[1] not in json.dumps([told(session, "user.one_time_password"), made])


@pytest.mark.parametrize(
    ("other", "field", "message"),
    [
        ({"name": ""}, "name", "This is needed."),
        ({"email": "zhao"}, "email", "This is not an e-mail address."),
        ({"email": "TAKEN@example.org"}, "email", "There is an account with this address already."),
        ({"roles": []}, "roles", "Choose at least one role."),
        ({"roles": ["administrator", "officer"]}, "roles", "An administrator holds no other role"),
        ({"roles": ["king"]}, "roles", "Choose at least one role."),
        ({"note": ""}, "note", "Say on what ground"),
        ({"organization": 99999999}, "organization", "valid choice"),
        ({"deputy": 99999999}, "deputy", "valid choice"),
    ],
)
def test_a_new_account_is_refused_at_the_field(session, as_user, admin, other, field, message):
    make_user(email="taken@example.org")
    session.commit()
    browser = as_user(admin)
    browser.post("/language", data={"locale": "en"})
    form = {
        "name": "赵新",
        "email": "zhao@example.org",
        "organization": admin.organization_id,
        "roles": ["officer"],
        "deputy": 0,
        "note": "调令",
    }

    page = browser.post("/people/new", data=form | other)

    assert page.status_code == 422
    at_field = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    assert at_field, page.text
    assert message in at_field[1]
    assert session.scalar(select(User.id).where(User.email == "zhao@example.org")) is None


def test_other_roles_end_the_sessions_and_are_told_to_the_trail(session, as_user, admin, officer):
    session.commit()
    theirs = as_user(officer)
    assert theirs.get("/rules/").status_code == 200

    assert send_edit(as_user(admin), officer, roles=["finance"]).status_code == 302

    assert theirs.get("/rules/").status_code == 302
    session.refresh(officer)
    assert {role.name for role in officer.roles} == {RoleName.finance}
    act = told(session, "user.roles")
    assert act["detail"]["changed"]["roles"] == [["officer"], ["finance"]]
    assert act["detail"]["user_name"] == "王经办"


def test_another_name_ends_no_session_and_needs_no_ground(session, as_user, admin, officer):
    session.commit()
    theirs = as_user(officer)

    assert send_edit(as_user(admin), officer, name="王一", is_head="y", note="").status_code == 302

    assert theirs.get("/rules/").status_code == 200
    session.refresh(officer)
    assert (officer.name, officer.is_head) == ("王一", True)
    assert told(session, "user.change")["detail"]["changed"] == {
        "name": ["王经办", "王一"],
        "is_head": [False, True],
    }


@pytest.mark.parametrize("other", [{"roles": ["finance"]}, {"organization": "below"}])
def test_what_weighs_needs_a_ground(session, as_user, admin, officer, other):
    below = make_organization(admin.organization)
    session.commit()
    if other.get("organization") == "below":
        other = {"organization": below.id}

    page = send_edit(as_user(admin), officer, note=" ", **other)

    assert page.status_code == 422
    assert 'id="note-error"' in page.text


def test_an_administrator_does_not_decide_on_the_own_account(session, as_user, admin):
    below = make_organization(admin.organization)
    session.commit()
    browser = as_user(admin)

    for other, field in (({"roles": ["officer"]}, "roles"), ({"organization": below.id}, "organization")):
        page = send_edit(browser, admin, **other)
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
    for act in ("disable", "enable", "factor", "password"):
        assert browser.post(f"/people/{admin.id}/{act}", data={"note": "x"}).status_code == 422
    assert (
        browser.post(
            f"/people/{admin.id}/postings", data={"organization": below.id, "starts_on": "2026-01-01"}
        ).status_code
        == 422
    )
    session.refresh(admin)
    assert admin.active
    assert admin.postings == []
    assert {role.name for role in admin.roles} == {RoleName.administrator}

    assert send_edit(browser, admin, name="新名").status_code == 302


def test_an_administrator_holds_no_business_permission():
    business = frozenset().union(
        *(GRANTS[role] for role in RoleName if role not in {RoleName.administrator, RoleName.auditor})
    )
    office = {Permission.deadline_view}

    assert GRANTS[RoleName.administrator] & business == office


def test_who_saves_second_sees_both_versions(session, as_user, admin, officer):
    session.commit()
    browser = as_user(admin)
    page = browser.get(f"/people/{officer.id}/edit").text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert seen
    officer.name = "王二"
    session.commit()

    answer = browser.post(
        f"/people/{officer.id}/edit", data=entered(officer, name="王三") | {"seen": seen[1]}
    )

    assert answer.status_code == 409
    assert "王二" in answer.text
    assert "王三" in answer.text
    session.refresh(officer)
    assert officer.name == "王二"


@pytest.mark.parametrize(
    ("change", "field"),
    [("oneself", "deputy"), ("closed", "deputy"), ("foreign", "deputy"), ("foreign home", "organization")],
)
def test_a_service_refuses_what_the_form_does_not_offer(session, admin, officer, change, field):
    closed = make_user(organization=admin.organization, active=False)
    foreign = make_user()
    deputy = {"oneself": officer, "closed": closed, "foreign": foreign}.get(change)
    home = foreign.organization if change == "foreign home" else officer.organization
    given = Particulars("王经办", officer.email, home, frozenset({RoleName.officer}), deputy)

    with pytest.raises(InvalidInput) as refusal:
        people.change(session, officer, given, by=admin, on=TODAY, note="x")

    assert set(refusal.value.fields) == {field}


def test_services_ask_for_the_permission(session, officer):
    colleague = make_user(organization=officer.organization)

    with pytest.raises(Forbidden):
        people.disable(session, colleague, by=officer, on=TODAY, note="x")


# -- the ways in --------------------------------------------------------------------------------------------


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(session, as_user, admin, officer):
    session.commit()
    theirs, browser = as_user(officer), as_user(admin)

    assert browser.post(f"/people/{officer.id}/disable", data={"note": ""}).status_code == 422
    assert theirs.get("/rules/").status_code == 200
    assert browser.post(f"/people/{officer.id}/disable", data={"note": "离职"}).status_code == 302
    assert theirs.get("/rules/").status_code == 302
    assert told(session, "user.disable")["note"] == "离职"

    assert browser.post(f"/people/{officer.id}/enable", data={"note": "返岗"}).status_code == 302
    session.refresh(officer)
    assert officer.active
    assert theirs.get("/rules/").status_code == 302


def test_a_lost_phone_is_forgotten(session, as_user, admin, officer):
    officer.tf_primary_method, officer.tf_totp_secret = "authenticator", "secret"
    officer.mf_recovery_codes = ["one"]
    session.commit()
    theirs = as_user(officer)

    assert as_user(admin).post(f"/people/{officer.id}/factor", data={"note": "当面核实"}).status_code == 302

    session.refresh(officer)
    assert (officer.tf_primary_method, officer.tf_totp_secret, officer.mf_recovery_codes) == (
        None,
        None,
        None,
    )
    assert theirs.get("/rules/").status_code == 302
    assert "secret" not in json.dumps(told(session, "user.reset_second_factor"))


def hand_over(browser: FlaskClient, person: User) -> str:
    page = browser.post(f"/people/{person.id}/password", data={"note": "电话核实工号"})
    found = re.search(r'id="password">([a-z0-9-]+)<', page.text)
    assert found, page.text
    return found[1]


def sign_in(client: FlaskClient, person: User, password: str):
    return client.post("/login", data={"email": person.email, "password": password})


def test_a_one_time_password_opens_only_the_page_that_replaces_it(
    session, app, client, as_user, admin, officer
):
    session.commit()
    password = hand_over(as_user(admin), officer)

    assert sign_in(client, officer, password).status_code == 302
    for address in ("/", "/people/", "/rules/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/change"
    own = "a longer one of my own"
    client.post("/change", data={"password": password, "new_password": own, "new_password_confirm": own})

    assert client.get("/rules/").status_code == 200
    session.refresh(officer)
    assert officer.one_time_until is None
    stranger = app.test_client()
    sign_in(stranger, officer, password)
    assert stranger.get("/change").status_code == 302


@pytest.mark.parametrize(("hours", "opens"), [(71, True), (73, False)])
def test_a_one_time_password_lapses(session, client, as_user, admin, officer, hours, opens):
    session.commit()
    password = hand_over(as_user(admin), officer)

    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        sign_in(client, officer, password)
        assert (client.get("/change").status_code == 200) is opens


def test_a_one_time_password_ends_a_lockout(session, app, client, as_user, admin, officer):
    session.commit()
    for _try in range(5):
        sign_in(client, officer, "not the password")

    password = hand_over(as_user(admin), officer)

    sign_in(client, officer, password)
    assert client.get("/change").status_code == 200


def test_one_time_passwords_differ_and_are_long_enough():
    some = {people.new_password() for _ in range(50)}

    assert len(some) == 50
    assert all(re.fullmatch(r"[a-km-np-z2-9]{5}(-[a-km-np-z2-9]{5}){3}", text) for text in some)


# -- postings -----------------------------------------------------------------------------------------------


def post_to(browser: FlaskClient, person: User, organization: Organization, since: date, until: date | None):
    form = {"organization": organization.id, "starts_on": since, "ends_on": until or "", "note": "派驻函"}
    return browser.post(f"/people/{person.id}/postings", data=form)


def test_a_posting_moves_what_is_seen_from_its_first_day_to_its_last(session, as_user, admin, officer):
    park = make_organization(admin.organization, name="园区")
    session.commit()
    since = clock.today()

    assert post_to(as_user(admin), officer, park, since, since + timedelta(days=5)).status_code == 302

    def works_at(days: int) -> list[Organization]:
        return officer.working_organizations(since + timedelta(days=days))

    session.refresh(officer)
    assert works_at(-1) == [officer.organization]
    assert works_at(0) == works_at(5) == [park]
    assert works_at(6) == [officer.organization]
    assert told(session, "user.post")["detail"]["organization"] == "园区"


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (10, 20, None),
        (5, None, "starts_on"),
        (-5, 0, "starts_on"),
        (-5, -1, None),
        (3, 1, "ends_on"),
    ],
)
def test_postings_to_one_place_do_not_overlap(session, as_user, admin, officer, since, until, field):
    park, start = make_organization(admin.organization), clock.today()
    officer.postings.append(Posting(organization=park, starts_on=start, ends_on=start + timedelta(days=9)))
    session.commit()
    last = None if until is None else start + timedelta(days=until)

    page = post_to(as_user(admin), officer, park, start + timedelta(days=since), last)

    if field is None:
        assert page.status_code == 302
    else:
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text


def test_nobody_is_posted_home_or_where_the_administrator_has_no_say(session, admin, officer):
    for organization in (officer.organization, make_organization()):
        with pytest.raises(InvalidInput) as refusal:
            people.post(session, officer, organization, starts_on=TODAY, ends_on=None, by=admin, on=TODAY)
        assert set(refusal.value.fields) == {"organization"}


@pytest.mark.parametrize(("days", "ends"), [(-1, False), (0, True), (4, True)])
def test_a_posting_ends_no_earlier_than_it_began(session, as_user, admin, officer, days, ends):
    park, start = make_organization(admin.organization), clock.today()
    posting = Posting(organization=park, starts_on=start)
    officer.postings.append(posting)
    session.commit()
    address = f"/people/{officer.id}/postings/{posting.id}/end"

    page = as_user(admin).post(address, data={"ends_on": start + timedelta(days=days)})

    session.refresh(posting)
    if ends:
        assert page.status_code == 302
        assert posting.ends_on == start + timedelta(days=days)
    else:
        assert page.status_code == 422
        assert f'id="ends-{posting.id}-error"' in page.text
        assert posting.ends_on is None


def test_a_posting_of_somebody_else_is_not_ended(session, as_user, admin, officer):
    other = make_user(organization=admin.organization)
    posting = Posting(organization=officer.organization, starts_on=TODAY)
    other.postings.append(posting)
    session.commit()

    address = f"/people/{officer.id}/postings/{posting.id}/end"
    assert as_user(admin).post(address, data={"ends_on": "2026-12-31"}).status_code == 404


# -- organizations ------------------------------------------------------------------------------------------


def test_an_organization_is_added_below_another(session, as_user, admin):
    browser = as_user(admin)
    form = {"parent": admin.organization_id, "name": "消防科", "code": "xf", "kind": "department"}

    assert browser.post("/organizations/new", data=form).status_code == 302

    made = session.scalars(select(Organization).where(Organization.code == "xf")).one()
    assert made.path == f"{admin.organization.path}{made.id}/"
    assert "消防科" in browser.get("/organizations/").text
    assert told(session, "organization.create")["detail"]["parent"] == "经开区"


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"code": "taken"}, "code"),
        ({"name": "同名科"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": "kingdom"}, "kind"),
        ({"parent": 99999999}, "parent"),
    ],
)
def test_a_wrong_organization_is_refused_at_the_field(session, as_user, admin, other, field):
    make_organization(code="taken")
    make_organization(admin.organization, name="同名科")
    session.commit()
    form = {"parent": admin.organization_id, "name": "消防科", "code": "xf", "kind": "department"}

    page = as_user(admin).post("/organizations/new", data=form | other)

    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text


def test_an_organization_is_renamed_and_its_place_stays(session, as_user, admin, officer):
    place, path = officer.organization, officer.organization.path
    session.commit()
    form = {"name": "安全生产监管科", "code": place.code, "kind": "department"}

    assert as_user(admin).post(f"/organizations/{place.id}", data=form).status_code == 302

    session.refresh(place)
    assert (place.name, place.path) == ("安全生产监管科", path)
    assert told(session, "organization.change")["detail"]["changed"] == {"name": ["安监", "安全生产监管科"]}


def test_an_organization_elsewhere_is_not_found(session, as_user, admin):
    elsewhere = make_organization()
    session.commit()
    browser = as_user(admin)

    assert browser.get(f"/organizations/{elsewhere.id}").status_code == 404
    with pytest.raises(NotFound):
        people.add_below(
            session,
            elsewhere,
            kind=OrganizationKind.department,
            code="x",
            name="x",
            by=admin,
            on=TODAY,
        )


def test_a_signed_out_visitor_is_sent_to_the_login(client: FlaskClient, as_user: SignIn) -> None:
    for address in ("/people/", "/organizations/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert "/login" in answer.headers["Location"]
