"""The portal on a vendor's phone: no barrier on any page, and a renewed certificate in two clicks."""

import re
from datetime import timedelta

import pytest

from core import clock
from tests.browser.conftest import AXE, OFFICE, PHONE
from tests.browser.test_pages import FRAME, LATIN
from tests.factories.files import pdf

PATHS = (
    "",
    "duties",
    "file",
    "file/submit",
    "file/add_contact",
    "file/propose_account",
    "file/add_agent",
    "file/declare_size",
    "file/add_person",
    "account",
    "agents",
    "people",
    "size",
    "pledge",
    "papers",
    "papers/new",
    "libraries",
    "commissions",
    "contracts",
    "messages",
    "messages?show=done",
    "users",
    "users/new",
)


@pytest.mark.parametrize("size", [PHONE, OFFICE], ids=["phone", "office"])
def test_no_page_of_the_portal_holds_a_barrier_or_runs_over_its_side(visit, doctor, size):
    visitor = visit("vendor", size)

    for path in PATHS:
        page = visitor.open(f"/portal/{path}")
        assert visitor.status == 200, path
        assert visitor.sideways() <= 0, path
        page.evaluate(AXE.read_text("utf-8"))
        assert doctor.serious_barriers(page) == [], path
        assert [words for words in page.locator(FRAME).all_inner_texts() if LATIN.search(words)] == [], path


def fill_in(page, number: str) -> None:
    today = clock.today()
    page.fill("#certificate_number", number)
    page.fill("#issued_on", today.isoformat())
    page.fill("#expires_on", (today + timedelta(days=2190)).isoformat())
    page.set_input_files(
        "#file", files=[{"name": "新证书.pdf", "mimeType": "application/pdf", "buffer": pdf()}]
    )


def test_from_a_reminders_link_a_renewed_certificate_is_two_clicks_away(visit):
    visitor = visit("vendor", PHONE)
    home = visitor.open("/portal/")
    renew = home.locator("a.btn.primary").first.get_attribute("href")
    paper = re.fullmatch(r"/portal/papers/(\d+)/renew", renew)
    assert paper
    page = visitor.open(f"/portal/papers/{paper[1]}")  # where the reminder leads

    page.click("main a.btn.primary")
    fill_in(page, "CMA-新-0001")
    page.click("main button.btn.primary")
    page.wait_for_load_state()

    assert re.search(r"/portal/papers/\d+/done$", page.url)
    assert "接下来" in page.inner_text("main")


def test_without_scripts_a_refused_form_keeps_its_words_and_its_file(visit):
    visitor = visit("vendor", PHONE, java_script_enabled=False)
    page = visitor.open("/portal/papers/new?category=testing&certificate=cma")
    fill_in(page, "")
    page.fill("#issuer", "示例机关")
    page.click("main button.btn.primary")

    assert visitor.status == 422
    assert page.input_value("#issuer") == "示例机关"
    assert "新证书.pdf" in page.inner_text("main")
    page.click(".summary a")
    page.fill("#certificate_number", "CMA-新-0002")
    page.click("main button.btn.primary")
    assert page.url.split("#")[0].endswith("/done")
