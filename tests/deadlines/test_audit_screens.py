"""The trail on screen: who may read it, in whose words, and what verifying says."""

import io
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.models import ContractStatus
from contracts.workflow import WORKFLOW
from core import audit, people
from core.audit import AuditEvent
from core.auth import SYSTEM, User
from core.organizations import Organization
from core.people import Particulars
from core.permissions import GRANTS, Permission, RoleName
from core.records import Record
from deadlines import amendments
from deadlines.services import announce
from deadlines.views import trail
from deadlines.views.changes import field_name
from tests.factories import add_record, make_organization, make_user
from tests.factories.contracts import make_contract
from tests.factories.procurement import make_tender


@pytest.fixture
def zone(session: Session) -> Organization:
    return make_organization(name="经开区")


@pytest.fixture
def auditor(zone: Organization) -> User:
    return make_user(RoleName.auditor, organization=zone, name="钱审计")


@pytest.fixture
def browser(session: Session, as_user, auditor) -> FlaskClient:
    session.commit()
    found = as_user(auditor)
    found.post("/language", data={"locale": "en"})
    return found


def rows(page: str) -> list[str]:
    """Return the text of the trail's rows, the newest first."""
    body = page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in body.split("<tr>")[1:]]
    return [row.replace(" :", ":") for row in plain]


# -- who may read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(RoleName))
def test_only_auditors_come_in(session, as_user, zone, role):
    client = as_user(make_user(role, organization=zone))

    status = 200 if Permission.audit_view in GRANTS[role] else 403
    assert client.get("/audit/").status_code == status
    assert client.get("/audit/anchor.json").status_code == status
    assert client.post("/audit/verify").status_code == status


def test_an_auditor_reads_the_own_scope_only(session, browser, zone):
    ours = add_record(Record(title="本区环卫"), zone)
    add_record(Record(title="外区环卫"), make_organization())
    session.commit()

    page = browser.get("/audit/").text

    assert "本区环卫" in page
    assert "外区环卫" not in page
    assert f"/records/{ours.id}" in page


# -- in words -----------------------------------------------------------------------------------------------


def test_before_and_after_are_told_in_words(session, browser, zone):
    officer = make_user(organization=zone, name="王经办")
    contract = make_contract(organization=zone)
    session.commit()
    audit.record(session, contract, "contract.change", by=officer, note="按补充协议")
    contract.title, contract.amount, contract.owner = "消防技术服务", Decimal("1234567.80"), officer
    session.commit()

    newest = rows(browser.get("/audit/?action=contract.change").text)[0]

    assert "王经办" in newest
    assert "Particulars changed 按补充协议" in newest
    assert "¥1,234,567.80" in newest
    assert re.search(r"Title : \S+ → 消防技术服务|Title: .* → 消防技术服务", newest), newest
    assert "Responsible: — → 王经办" in newest


def test_a_step_is_called_as_on_its_button(session, browser, zone):
    contract = make_contract(organization=zone)
    step = next(iter(WORKFLOW))
    action = WORKFLOW.action(step.name)
    audit.record(session, contract, action, by=make_user())
    session.commit()

    assert str(step.label) in rows(browser.get(f"/audit/?action={action}").text)[0]


def test_acts_on_accounts_and_on_the_law_are_told_in_words(session, browser, zone):
    admin = make_user(RoleName.administrator, organization=zone, name="管理员")
    officer = make_user(organization=zone, name="王经办")
    given = Particulars("王经办", officer.email, zone, frozenset({RoleName.finance, RoleName.officer}))
    people.change(session, officer, given, by=admin, on=date(2026, 11, 23), note="轮岗文件")
    session.commit()
    amendments.set_override(
        session,
        zone,
        "gp_contract_file_7wd",
        amount=5,
        reason="从严",
        effective_from=date(2026, 1, 1),
        on=date(2026, 11, 23),
        by=admin,
    )
    session.commit()

    rule, roles = rows(browser.get("/audit/?person=管理员").text)

    assert "Roles or organization changed 王经办 轮岗文件" in roles
    assert "Roles: Procurement officer → Finance reviewer、Procurement officer" in roles
    assert "Rule made stricter 从严" in rule
    assert "Rule: File a copy of the contract" in rule
    assert "Organization: 经开区" in rule


def test_every_act_in_the_filter_has_a_name_of_its_own(browser):
    page = browser.get("/audit/").text
    options = re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', page)

    assert len(options) > 60
    assert [code for code, words in options if code == words] == []


def test_an_act_that_the_program_has_forgotten_is_still_shown(session, browser, zone):
    record = add_record(Record(title="旧事"), zone)
    audit.record(session, record, "old.act", by=make_user(), odd={"a": [1, None]}, when="2026-01-31")
    session.commit()

    newest = rows(browser.get("/audit/?action=old.act").text)[0]

    assert "old.act" in newest
    assert "31 Jan 2026" in newest


# -- narrowing ----------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_the_address(session, browser, zone):
    first, second = (add_record(Record(title=name), zone) for name in ("甲项目", "乙项目"))
    session.commit()

    page = browser.get(f"/audit/?number={first.number}&action=created").text

    assert "甲项目" in page
    assert second.number not in page
    assert rows(browser.get("/audit/?until=2020-01-01").text) == []


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-02-30", "since=2026-02-02&until=2026-02-01", "after=nonsense"]
)
def test_a_wrong_address_is_answered_in_words(browser, query):
    answer = browser.get(f"/audit/?{query}")

    assert answer.status_code == 422
    assert "Please put this right first" in answer.text


def test_pages_link_to_one_another_and_keep_the_filter(session, browser, zone):
    record = add_record(Record(title="甲"), zone)
    for _number in range(60):
        audit.record(session, record, "x.page", by=make_user(organization=zone))
    session.commit()

    first = browser.get("/audit/?action=x.page").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert "action=x.page" in older[1]
    second = browser.get(older[1].replace("&amp;", "&")).text

    assert (len(rows(first)), len(rows(second))) == (50, 10)
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


# -- verifying ----------------------------------------------------------------------------------------------


def send_anchor(browser: FlaskClient, content: bytes):
    return browser.post("/audit/verify", data={"anchor": (io.BytesIO(content), "anchor.json")})


def test_an_untouched_trail_is_said_to_be_so_and_the_look_is_noted(session, browser, auditor):
    page = browser.post("/audit/verify")

    assert page.status_code == 200
    assert "Untouched" in page.text
    assert "Without an anchor kept elsewhere" in page.text
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "trail.verified")).one()
    assert noted.actor_id == auditor.id
    assert "Audit trail verified" in rows(page.text)[0]


def test_a_downloaded_anchor_is_compared(session, browser):
    browser.post("/audit/verify")
    anchor = browser.get("/audit/anchor.json")

    assert "attachment" in anchor.headers["Content-Disposition"]
    assert json.loads(anchor.text)["lanes"]
    page = send_anchor(browser, anchor.data)
    assert "Compared with the anchor." in page.text
    assert "Untouched" in page.text


def test_tampering_is_shown_with_its_place(session, browser, zone):
    add_record(Record(title="甲"), zone)
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("drop trigger audit_events_no_update"))
    else:
        session.execute(text("alter table audit_events disable trigger all"))
    session.execute(text("update audit_events set body = replace(body, 'created', 'craeted')"))
    session.commit()

    page = browser.post("/audit/verify").text

    assert "Tampered with" in page
    assert "its content was altered" in page


def test_an_anchor_finds_what_is_gone(session, browser):
    lanes = {"3": {"seq": 999999, "hash": "0" * 64}}

    page = send_anchor(browser, json.dumps({"lanes": lanes}).encode())

    assert "event 999999 is gone" in page.text


@pytest.mark.parametrize("content", [b"x", b"[]", b"{}", b'{"lanes": {"a": 1}}', b'{"lanes": 3}', b"\xff"])
def test_a_file_that_is_no_anchor_is_refused_at_its_field(browser, content):
    page = send_anchor(browser, content)

    assert page.status_code == 422
    assert "not an anchor" in page.text.split('id="anchor-error"')[1].split("</p>")[0]


@pytest.mark.parametrize(("most", "runs"), [(10**6, True), (0, False)])
def test_a_long_trail_is_left_to_the_command_line(session, browser, monkeypatch, most, runs):
    monkeypatch.setattr(trail, "MOST_VERIFIED", most)
    audit.record(session, None, "x.one", by=SYSTEM)
    session.commit()

    page = browser.post("/audit/verify").text

    assert ("computed anew;" in page) is runs
    assert ("flask --app wsgi audit verify" in page) is not runs


def test_every_column_of_a_record_has_a_name_in_words(app):
    unsaid = {"id", "version", "search_text"}

    with app.test_request_context():
        nameless = [
            f"{kind.name}.{column.key}"
            for kind in app.extensions["kinds"]
            for column in kind.model.__mapper__.column_attrs
            if column.key not in unsaid and field_name(kind, column.key) == column.key
        ]

    assert nameless == []


def test_a_clock_of_one_instalment_among_several_is_named_by_its_rule(session, browser, zone):
    tender = make_tender(zone)
    contract = make_contract(ContractStatus.performing, zone)
    for occurrence in ("payment:7", "payment:8"):
        announce(session, contract, "invoice_received", on=date(2026, 3, 2), by=SYSTEM, occurrence=occurrence)
    announce(session, contract, "payment_made", on=date(2026, 3, 3), by=SYSTEM, occurrence="payment:7")
    announce(session, tender, "challenge_received", on=date(2026, 3, 2), by=SYSTEM, occurrence="Letter 1")
    announce(session, tender, "challenge_answered", on=date(2026, 3, 3), by=SYSTEM, occurrence="Letter 1")
    session.commit()

    page = browser.get("/audit/")

    assert page.status_code == 200
    shown = " ".join(rows(page.text))
    assert "Pay after the invoice" in shown
    assert "（Letter 1）" in shown
    assert "payment:" not in shown
