"""A question before what cannot be taken back: dismissed it changes nothing, accepted it acts once."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from core import clock
from tests.browser.people import raise_need, register_vendor


@dataclass
class Register:
    """The register of vendors with two rows of the test ticked."""

    page: Page
    rows: list[Locator]

    def expect_rows(self, state: str) -> None:
        """Wait until both rows show a state."""
        for row in self.rows:
            expect(row).to_contain_text(state)


@pytest.fixture
def register(visit, writes) -> Register:
    with writes() as session:
        numbers = [register_vendor(session, f"批量{serial}", clock.today()) for serial in (1, 2)]
    page = visit("officer").open("/admin/vendor/")
    rows = [page.locator("tbody tr", has_text=number) for number in numbers]
    for row in rows:
        row.get_by_role("checkbox").check()
    expect(page.locator("#batch .num")).to_have_text("2")
    return Register(page, rows)


def test_a_dismissed_question_leaves_the_rows_as_they_are(register):
    page = register.page
    page.get_by_role("button", name="提交审核").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("提交审核")
    expect(dialog.get_by_role("button", name="取消")).to_be_focused()
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    page.reload()
    register.expect_rows("已登记")


def test_an_accepted_question_acts_on_every_row(register):
    page = register.page
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("dialog").get_by_role("button", name="继续").click()
    expect(page.get_by_role("status")).to_contain_text("2")
    register.expect_rows("审核中")


def test_the_question_is_answered_from_the_keyboard(register):
    page = register.page
    page.get_by_role("button", name="提交审核").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="提交审核")).to_be_focused()
    register.expect_rows("已登记")

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").get_by_role("button", name="继续")).to_be_focused()
    page.keyboard.press("Enter")
    register.expect_rows("审核中")


def test_an_approval_is_asked_for_once_more(visit, writes):
    with writes() as session:
        record_id = raise_need(session, "待批准的采购", clock.today(), submitted=True)
    page = visit("approver").open(f"/records/{record_id}")
    page.get_by_role("button", name="批准").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    page.reload()
    expect(page.locator(".sub")).to_contain_text("审核中")
    page.get_by_role("button", name="批准").click()
    page.get_by_role("dialog").get_by_role("button", name="继续").click()
    expect(page.locator(".sub")).to_contain_text("已批准")
