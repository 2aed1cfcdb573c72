"""Rules and thresholds made stricter on screen: who may, what is refused at which field, what follows."""

import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM, User
from core.organizations import Organization
from core.permissions import GRANTS, Permission, RoleName
from deadlines import services
from deadlines.corrections import calendar_for, threshold
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, RuleOverride, ThresholdValue
from tests.factories import make_organization, make_user
from tests.factories.matters import Matter, make_matter

# within seven working days of the signing
RULE = "gp_contract_file_7wd"
CAP = "supplementary_contract_cap"
FLOOR = "local_open_tender_floor"


@pytest.fixture
def zone(session: Session) -> Organization:
    return make_organization(name="经开区")


@pytest.fixture
def admin(zone: Organization) -> User:
    return make_user(RoleName.administrator, organization=zone, name="管理员")


@pytest.fixture
def browser(session, as_user, admin) -> FlaskClient:
    session.commit()
    found = as_user(admin)
    found.post("/language", data={"locale": "en"})
    return found


def at_field(page: str, field: str) -> str:
    found = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return found[1] if found else ""


def stricter(organization: Organization, **other: object) -> dict[str, object]:
    return {
        "organization": organization.id,
        "amount": 5,
        "ladder": "",
        "effective_from": "2026-01-01",
        "reason": "去年审计意见",
    } | other


# -- rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [RoleName.administrator, RoleName.officer, RoleName.auditor])
def test_everybody_reads_a_rule_and_administrators_tighten_it(session, as_user, zone, role):
    client = as_user(make_user(role, organization=zone))
    may = Permission.rule_edit in GRANTS[role]

    page = client.get(f"/rules/{RULE}")
    sent = client.post(f"/rules/{RULE}/overrides", data=stricter(zone))

    assert page.status_code == 200
    assert ('name="effective_from"' in page.text) is may
    assert sent.status_code == (302 if may else 403)
    assert len(session.scalars(select(RuleOverride)).all()) == may


def test_a_stricter_rule_moves_what_runs_and_shows_on_its_page(session, browser, zone, monkeypatch):
    filing = load_catalogue().rule(RULE)
    monkeypatch.setattr(Matter, "given", frozenset(filing.when))
    department = make_organization(zone)
    record = make_matter(*filing.when, organization=department)
    signed = date(2026, 9, 14)
    services.announce(session, record, filing.anchor, on=signed, by=SYSTEM)
    session.commit()
    deadline = session.scalars(select(Deadline).filter_by(record_id=record.id, rule_id=RULE)).one()
    calendar = calendar_for(session)
    assert deadline.due_on == calendar.add_working(signed, filing.period.amount)

    sent = browser.post(f"/rules/{RULE}/overrides", data=stricter(zone, ladder="45、 20"))

    assert sent.status_code == 302
    session.refresh(deadline)
    assert deadline.due_on == calendar.add_working(signed, 5)
    kept = session.scalars(select(RuleOverride)).one()
    assert kept.ladder == sorted({*filing.ladder, 45, 20}, reverse=True)
    page = browser.get(f"/rules/{RULE}").text
    assert "去年审计意见" in page
    assert "45 / 20" in page
    assert "at 经开区" in page


@pytest.mark.parametrize(
    ("other", "field", "message"),
    [
        ({"amount": 7}, "amount", "never laxer"),
        ({"amount": 8}, "amount", "never laxer"),
        ({"amount": -1}, "amount", "between 0"),
        ({"amount": "few"}, "amount", "integer"),
        ({"amount": ""}, "amount", "Give a stricter amount or further reminders."),
        ({"ladder": "soon"}, "ladder", "Write whole days"),
        ({"ladder": "4000"}, "ladder", "Write whole days"),
        ({"reason": " "}, "reason", "This is needed."),
        ({"effective_from": ""}, "effective_from", "This is needed."),
        ({"effective_from": "2026-02-30"}, "effective_from", "Not a valid date"),
        ({"organization": 99999999}, "organization", "Not a valid choice"),
    ],
)
def test_what_is_laxer_or_unclear_is_refused_at_its_field(session, browser, zone, other, field, message):
    page = browser.post(f"/rules/{RULE}/overrides", data=stricter(zone) | other)

    assert page.status_code == 422
    assert message in at_field(page.text, field)
    assert session.scalars(select(RuleOverride)).all() == []


@pytest.mark.parametrize(
    ("rule_id", "amount", "accepted"),
    [("gp_bid_period_min_20d", 21, True), ("gp_bid_period_min_20d", 20, False)],
)
def test_a_minimum_period_is_stricter_when_it_is_longer(browser, zone, rule_id, amount, accepted):
    sent = browser.post(f"/rules/{rule_id}/overrides", data=stricter(zone, amount=amount))

    assert sent.status_code == (302 if accepted else 422), at_field(sent.text, "amount")


def test_an_organization_elsewhere_is_not_offered(session, browser):
    foreign = make_organization()
    session.commit()

    assert browser.post(f"/rules/{RULE}/overrides", data=stricter(foreign)).status_code == 422


def test_what_binds_from_above_is_shown_and_what_others_do_is_not(session, as_user, zone):
    below, elsewhere = make_organization(zone), make_organization()
    for organization, reason in ((zone, "上级要求"), (below, "本科室要求"), (elsewhere, "外单位要求")):
        session.add(
            RuleOverride(
                rule_id=RULE,
                organization_id=organization.id,
                amount=5,
                reason=reason,
                effective_from=date(2026, 1, 1),
            )
        )
    there = make_user(RoleName.administrator, organization=below)
    session.commit()

    page = as_user(there).get(f"/rules/{RULE}").text

    assert "上级要求" in page
    assert "本科室要求" in page
    assert "外单位要求" not in page
    assert page.count("/end") == 1


def make_override(session: Session, organization: Organization, since: date) -> RuleOverride:
    kept = RuleOverride(
        rule_id=RULE, organization_id=organization.id, amount=5, reason="x", effective_from=since
    )
    session.add(kept)
    session.commit()
    return kept


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"on": "2026-03-31", "reason": "统一口径"}, None),
        ({"on": "2026-01-01", "reason": "统一口径"}, None),
        ({"on": "2025-12-31", "reason": "统一口径"}, "on"),
        ({"on": "", "reason": "统一口径"}, "on"),
        ({"on": "2026-03-31", "reason": ""}, "reason"),
    ],
)
def test_an_override_ends_with_a_day_and_a_reason(session, browser, zone, form, field):
    kept = make_override(session, zone, date(2026, 1, 1))

    page = browser.post(f"/rules/{RULE}/overrides/{kept.id}/end", data=form)

    session.refresh(kept)
    if field is None:
        assert page.status_code == 302
        assert kept.effective_to == date.fromisoformat(str(form["on"]))
    else:
        assert page.status_code == 422
        assert at_field(page.text, f"{field}-{kept.id}")
        assert kept.effective_to is None


def test_an_override_elsewhere_or_above_is_not_ended(session, as_user, zone):
    below = make_organization(zone)
    there = as_user(make_user(RoleName.administrator, organization=below))
    above, foreign = (
        make_override(session, place, date(2026, 1, 1)) for place in (zone, make_organization())
    )
    form = {"on": "2026-03-31", "reason": "x"}

    for kept in (above, foreign):
        assert there.post(f"/rules/{RULE}/overrides/{kept.id}/end", data=form).status_code == 404
    other = f"/rules/gp_bid_period_min_20d/overrides/{above.id}/end"
    assert there.post(other, data=form).status_code == 404


def test_an_override_that_ended_can_be_set_anew(session, browser, zone):
    browser.post(f"/rules/{RULE}/overrides", data=stricter(zone))
    kept = session.scalars(select(RuleOverride)).one()
    browser.post(f"/rules/{RULE}/overrides/{kept.id}/end", data={"on": "2026-01-31", "reason": "x"})

    browser.post(f"/rules/{RULE}/overrides", data=stricter(zone, amount=4))

    session.refresh(kept)
    assert (kept.amount, kept.effective_to) == (4, None)


def test_the_page_computes_with_the_stricter_period(session, browser, zone):
    make_override(session, zone, date(2026, 1, 1))
    calendar = calendar_for(session)

    page = browser.get(f"/rules/{RULE}?on=2026-09-14").text
    before = browser.get(f"/rules/{RULE}?on=2025-09-15").text

    assert clock_words(calendar.add_working(date(2026, 9, 14), 5)) in page
    assert clock_words(calendar.add_working(date(2025, 9, 15), 7)) in before


def clock_words(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


# -- thresholds ---------------------------------------------------------------------------------------------


def value_form(**other: object) -> dict[str, object]:
    return {
        "organization": 0,
        "province": "江西",
        "level": "county",
        "category": "goods_services",
        "year": 2026,
        "value": "2,500,000",
        "document_number": "赣财购〔2026〕1号",
        "reason": "",
    } | other


@pytest.mark.parametrize("role", [RoleName.administrator, RoleName.officer])
def test_everybody_reads_thresholds_and_administrators_set_them(session, as_user, zone, role):
    client = as_user(make_user(role, organization=zone))
    may = Permission.rule_edit in GRANTS[role]

    assert client.get("/rules/thresholds").status_code == 200
    page = client.get(f"/rules/thresholds/{FLOOR}")
    assert ('name="document_number"' in page.text) is may
    sent = client.post(f"/rules/thresholds/{FLOOR}", data=value_form())
    assert sent.status_code == (302 if may else 403)


def test_every_threshold_has_a_page(session, browser):
    for name in load_catalogue().thresholds:
        assert browser.get(f"/rules/thresholds/{name}").status_code == 200, name
    assert browser.get("/rules/thresholds/no_such").status_code == 404
    assert browser.post("/rules/thresholds/no_such", data=value_form()).status_code == 404


def test_a_province_sets_its_value_by_a_document(session, browser):
    browser.post(f"/rules/thresholds/{FLOOR}", data=value_form())

    place = {"province": "江西", "level": "county", "category": "goods_services"}
    assert threshold(session, FLOOR, year=2026, **place).value == 2_500_000
    assert threshold(session, FLOOR, year=2025, **place).value == 2_000_000
    page = browser.get(f"/rules/thresholds/{FLOOR}").text
    assert "赣财购〔2026〕1号" in page
    assert "≥ ¥2,500,000" in page


@pytest.mark.parametrize(
    ("threshold_id", "other", "field"),
    [
        (FLOOR, {"document_number": " "}, "document_number"),
        (FLOOR, {"value": ""}, "value"),
        (FLOOR, {"value": "much"}, "value"),
        (FLOOR, {"value": "-1"}, "value"),
        (FLOOR, {"value": "1.234"}, "value"),
        (FLOOR, {"year": ""}, "year"),
        (FLOOR, {"year": 1989}, "year"),
        (FLOOR, {"year": 2999}, "year"),
        (FLOOR, {"level": "village"}, "level"),
        (FLOOR, {"category": "gold"}, "category"),
        (CAP, {"organization": "own", "value": "12", "reason": "x"}, "value"),
        (CAP, {"organization": "own", "value": "10", "reason": "x"}, "value"),
        (CAP, {"organization": "own", "value": "5", "reason": " "}, "reason"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(session, browser, zone, threshold_id, other, field):
    if other.get("organization") == "own":
        other = other | {"organization": zone.id}

    page = browser.post(f"/rules/thresholds/{threshold_id}", data=value_form(**other))

    assert page.status_code == 422
    assert at_field(page.text, field)
    assert session.scalars(select(ThresholdValue)).all() == []


def test_a_threshold_that_is_a_day_takes_no_amount(browser):
    page = browser.post("/rules/thresholds/deed_tax_exemption_sunset", data=value_form())

    assert page.status_code == 422


def test_an_organization_sets_its_own_stricter_value(session, browser, as_user, zone):
    own = value_form(organization=zone.id, province="", level="", category="", value="5", reason="从严")
    assert browser.post(f"/rules/thresholds/{CAP}", data=own).status_code == 302

    below = make_organization(zone)
    assert threshold(session, CAP, year=2026, organization_path=below.path).value == Decimal(5)
    shown = as_user(make_user(organization=below))
    shown.post("/language", data={"locale": "en"})
    assert "≤ 5%" in shown.get("/rules/thresholds").text
    elsewhere = as_user(make_user())
    assert "从严" not in elsewhere.get(f"/rules/thresholds/{CAP}").text


def test_a_value_set_by_mistake_is_taken_back_with_a_reason(session, browser):
    browser.post(f"/rules/thresholds/{FLOOR}", data=value_form(province="江酉"))
    kept = session.scalars(select(ThresholdValue)).one()
    address = f"/rules/thresholds/{FLOOR}/{kept.id}/withdraw"

    refused = browser.post(address, data={"reason": ""})
    assert refused.status_code == 422
    assert at_field(refused.text, f"reason-{kept.id}")
    assert (
        browser.post(f"/rules/thresholds/{CAP}/{kept.id}/withdraw", data={"reason": "x"}).status_code == 404
    )
    assert browser.post(address, data={"reason": "省名写错"}).status_code == 302

    assert session.scalars(select(ThresholdValue)).all() == []


def test_a_value_of_an_organization_elsewhere_is_not_taken_back(session, browser, as_user, zone):
    foreign = make_organization()
    kept = ThresholdValue(
        threshold_id=CAP, organization_id=foreign.id, year=2026, value=Decimal(5), reason="x"
    )
    session.add(kept)
    session.commit()

    address = f"/rules/thresholds/{CAP}/{kept.id}/withdraw"
    assert browser.post(address, data={"reason": "x"}).status_code == 404
    officer = as_user(make_user(organization=foreign))
    assert officer.post(address, data={"reason": "x"}).status_code == 403


def test_the_years_on_offer_reach_into_the_future(session, browser):
    far = clock.today().year + 5

    assert browser.post(f"/rules/thresholds/{FLOOR}", data=value_form(year=far)).status_code == 302
    assert browser.post(f"/rules/thresholds/{FLOOR}", data=value_form(year=far + 1)).status_code == 422
