"""A vendor's file, what is missing and declarations of interest on the screens; and the commands."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core import audit, clock
from core.auth import SYSTEM
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.contracts import make_contract
from tests.factories.vendors import make_qualification, make_vendor
from tests.vendors.test_review import paper
from vendors import accounts, needs, papers, returns
from vendors.categories import ServiceCategory
from vendors.dossier import VendorAccount
from vendors.models import QualificationStatus, VendorStatus
from vendors.ties import Tie

DAY = date(2026, 3, 2)


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def librarian(zone, as_user, session):
    return in_english(as_user(make_user(RoleName.librarian, organization=zone)), session)


@pytest.fixture
def officer(zone, as_user, session):
    return in_english(as_user(make_user(organization=make_organization(zone))), session)


def in_english(browser, session):
    session.commit()
    browser.post("/language", data={"locale": "en", "next": "/"})
    return browser


def test_an_account_is_entered_by_one_and_confirmed_by_another(officer, librarian, zone, session):
    vendor = make_vendor(zone)
    session.commit()
    acts = f"/records/{vendor.id}/act"
    typed = {"holder": vendor.title, "bank": "示例银行", "number": "6222 0212 3456 7890", "on": "2026-03-02"}

    assert officer.post(f"{acts}/propose_account", data=typed).status_code == 302
    page = librarian.get(f"/records/{vendor.id}").text
    assert "Payments held" in page
    assert "62220212" not in page
    wrong = {"number": "6222021234567891", "on": "2026-03-03"}
    refused = librarian.post(f"{acts}/confirm_account", data=wrong)
    assert refused.status_code == 422
    assert "compare both papers" in refused.text
    right = {"number": "6222021234567890", "on": "2026-03-03"}
    assert librarian.post(f"{acts}/confirm_account", data=right).status_code == 302

    session.expire_all()
    assert session.scalars(select(VendorAccount)).one().is_current
    assert "Payments held" not in librarian.get(f"/records/{vendor.id}").text


def test_a_file_is_returned_field_by_field(librarian, zone, session):
    vendor = make_vendor(zone, VendorStatus.under_review)
    session.commit()
    asked = librarian.get(f"/records/{vendor.id}/act/send_back").get_data(as_text=True)
    assert f"Now: {vendor.title}" in asked  # the reviewer sees what the remark is about
    typed = {"on": "2026-03-03", "remark_address": "与执照不符"}

    assert librarian.post(f"/records/{vendor.id}/act/send_back", data=typed).status_code == 302

    page = librarian.get(f"/records/{vendor.id}").text
    assert "To be corrected" in page
    assert "与执照不符" in page


def test_what_is_missing_is_listed_for_the_registers_in_sight(officer, zone, session):
    vendor, foreign = make_vendor(zone), make_vendor()
    lapsed = make_vendor(zone)
    for each in (vendor, foreign):
        papers.offer_service(session, each, by=SYSTEM, on=DAY, category="sanitation")
    make_qualification(lapsed, QualificationStatus.verified, expires_on=date(2024, 5, 31))
    needs.refresh_all(session, DAY)
    session.commit()

    page = officer.get("/admin/missing/").text
    assert vendor.title in page
    assert lapsed.title in page
    assert "Sanitation service permit" in page
    assert "31 May 2024" in page
    assert foreign.title not in page
    narrowed = officer.get("/admin/missing/?category=testing").text
    assert lapsed.title in narrowed
    assert vendor.title not in narrowed
    assert "示例" in officer.get("/admin/missing/export/csv/").text


def test_a_contract_turns_red_while_its_vendors_papers_do_not_hold(librarian, zone, session):
    vendor = make_vendor(zone)
    last = clock.today()
    held = make_qualification(vendor, QualificationStatus.verified, expires_on=date(2024, 5, 31))
    contract = make_contract(organization=zone, vendor=vendor, category=ServiceCategory.testing)
    needs.refresh_all(session, last)
    session.commit()
    assert "papers lapsed" in shown(librarian, "/admin/contract/")
    assert "Hand in the renewed paper" in shown(librarian, f"/records/{contract.id}")

    session.info["unaudited"] = True
    held.expires_on = last
    session.commit()
    needs.refresh_all(session, last)
    session.commit()

    assert "papers lapsed" not in shown(librarian, "/admin/contract/")
    assert "Hand in the renewed paper" not in shown(librarian, f"/records/{contract.id}")


def shown(browser, path):
    page = browser.get(path)
    assert page.status_code == 200
    return page.text


def test_an_officer_declares_a_tie_sees_the_own_alone_and_takes_it_back(officer, librarian, session):
    empty = officer.post("/ties", data={"kind": "kinship"})
    assert empty.status_code == 422
    assert "Give a name or a number" in empty.text

    assert officer.post("/ties", data={"kind": "kinship", "name": "示例甲"}).status_code == 302
    tie = session.scalars(select(Tie)).one()
    page = officer.get("/ties").text
    assert "示**" in page
    assert "示例甲" not in page
    assert "示**" not in librarian.get("/ties").text
    assert librarian.post(f"/ties/{tie.id}/withdraw").status_code == 404
    assert officer.post(f"/ties/{tie.id}/withdraw").status_code == 302
    assert "Taken back" in officer.get("/ties").text


def test_a_code_is_checked_on_the_command_line(app):
    runner = app.test_cli_runner()

    right = runner.invoke(args=["vendors", "check-code", "91350100 m000100y43"])
    wrong = runner.invoke(args=["vendors", "check-code", "91350100M000100Y44"])

    assert (right.exit_code, right.output) == (0, "91350100M000100Y43\n")
    assert wrong.exit_code == 1
    assert "18" in wrong.output
    assert "“4”" in wrong.output


def test_what_a_vendor_lacks_is_told_on_the_command_line(app, session, zone):
    vendor = make_vendor(zone)
    papers.offer_service(session, vendor, by=SYSTEM, on=DAY, category="testing")
    session.commit()
    runner = app.test_cli_runner()

    told = runner.invoke(args=["vendors", "missing", vendor.credit_code, "--format", "json"])
    absent = runner.invoke(args=["vendors", "missing", "GYS-1900-0001"])

    assert json.loads(told.output) == {
        "vendor": vendor.number,
        "missing": [{"category": "testing", "need": "cma", "met_until": None}],
    }
    assert "1 of 1 missing" in runner.invoke(args=["vendors", "missing", vendor.number]).output
    assert absent.exit_code == 1
    assert "no vendor has this number" in absent.output


def test_the_whole_number_is_shown_to_who_pays_alone_and_the_trail_says_so(officer, zone, as_user, session):
    vendor, foreign = make_vendor(zone), make_vendor()
    finance = in_english(as_user(make_user(RoleName.finance, organization=zone)), session)
    paths = []
    for each in (vendor, foreign):
        account = accounts.propose(
            session, each, by=SYSTEM, on=DAY, holder="示例", bank="示例银行", number="6222021234567890"
        )
        paths.append(f"/accounts/{each.id}/{account.id}")
    session.commit()
    own, others = paths

    assert "6222021234567890" not in shown(officer, own)
    assert officer.post(own).status_code == 403
    assert "6222021234567890" not in shown(finance, own)
    assert "6222021234567890" in finance.post(own).text
    assert finance.post(others).status_code == finance.get(others).status_code == 404
    assert finance.post(f"/accounts/{vendor.id}/999").status_code == 404
    actions = [event.action for event in audit.history(session, vendor)]
    assert actions.count("vendor.show_account") == 1


def test_the_reviewer_opens_the_old_and_the_new_paper_side_by_side(librarian, zone, session):
    vendor = make_vendor(zone, VendorStatus.under_review)
    session.commit()
    old = paper(vendor, "营业执照", "旧执照.pdf", clock.now() - timedelta(days=1))
    session.add(old)
    returns.send_back(session, vendor, by=SYSTEM, on=DAY, remark_papers="示例：看不清")
    session.commit()
    new = paper(vendor, "营业执照", "新执照.pdf", clock.now() + timedelta(days=1))
    session.add(new)
    session.commit()

    page = librarian.get(f"/records/{vendor.id}").text

    row = page[page.index("Changed since the last decision") :]
    assert row.index(f'href="/documents/{old.id}"') < row.index(f'href="/documents/{new.id}"')
