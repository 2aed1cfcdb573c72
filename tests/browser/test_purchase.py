"""A purchase from its need to its notice: an unlawful deadline is refused, a lawful one starts the clocks."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from tests.browser.people import prepare_notice

TITLE = "浏览器测试采购"


def step(page: Page, label: str) -> None:
    """Open the form of a step, wherever the page keeps its button."""
    actions = page.locator(".head .bar")
    if not actions.get_by_role("link", name=label, exact=True).is_visible():
        actions.locator("summary", has_text="更多").click()
    actions.get_by_role("link", name=label, exact=True).click()


def raise_need(page: Page, title: str) -> str:
    """Fill in the form of a new tender and return the address of its page."""
    page.get_by_label("项目名称").fill(title)
    page.get_by_label("采购方式").select_option(label="公开招标")
    page.get_by_label("服务类别").select_option(label="环境保护")
    page.get_by_label("预算金额").fill("2,360,000")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    return re.sub(r"^https?://[^/]+", "", page.url)


@pytest.fixture(scope="module")
def today() -> date:
    return clock.today()


def test_a_tender_goes_from_its_need_to_a_lawful_notice(visit, writes, today):
    officer, approver = visit("officer"), visit("approver")
    page = officer.open("/")
    page.get_by_role("link", name="新建采购项目").click()
    address = raise_need(page, TITLE)
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("status").first).to_have_text("已办理。")
    expect(page.locator(".sub")).to_contain_text("审核中")

    table = approver.open(address)
    table.get_by_role("button", name="批准").click()
    table.get_by_role("dialog").get_by_role("button", name="继续").click()
    expect(table.locator(".sub")).to_contain_text("已批准")

    with writes() as session:
        prepare_notice(session, TITLE, today)
    refuse_too_early_a_deadline(officer.open(address), today)
    officer.open(address)
    expect(page.locator("#deadlines")).not_to_contain_text("招标文件发出至投标截止")
    publish_lawfully(page, today)


def refuse_too_early_a_deadline(page: Page, today: date) -> None:
    step(page, "发布公告")
    early = today + timedelta(18)
    page.get_by_label("公告日期").fill(today.isoformat())
    page.get_by_label("采购文件发出日期").fill(today.isoformat())
    page.get_by_label("文件提供截止").fill((today + timedelta(15)).isoformat())
    deadline = page.get_by_label("投标（响应）截止日期")
    deadline.fill(early.isoformat())
    page.get_by_role("button", name="发布公告").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("第三十五条")
    at_field = page.locator(".field", has=page.locator("#deadline_on")).locator(".error")
    expect(at_field).to_contain_text("政府采购法")
    expect(at_field).to_contain_text("第三十五条")
    assert lawful_from(at_field.inner_text()) >= today + timedelta(20)
    expect(deadline).to_have_attribute("aria-invalid", "true")
    expect(deadline).to_have_value(early.isoformat())
    expect(page.get_by_label("文件提供截止")).to_have_value((today + timedelta(15)).isoformat())
    summary.get_by_role("link").click()
    expect(deadline).to_be_focused()


def publish_lawfully(page: Page, today: date) -> None:
    step(page, "发布公告")
    page.get_by_label("公告日期").fill(today.isoformat())
    page.get_by_label("采购文件发出日期").fill(today.isoformat())
    page.get_by_label("文件提供截止").fill((today + timedelta(15)).isoformat())
    lawful = today + timedelta(28)
    page.get_by_label("投标（响应）截止日期").fill(lawful.isoformat())
    page.get_by_role("button", name="发布公告").click()
    expect(page.get_by_role("status").first).to_contain_text("已办理：发布公告")
    clocks = page.locator("#deadlines")
    for title, article in (
        ("招标文件发出至投标截止", "政府采购法 第三十五条"),
        ("可能影响投标的澄清、修改", "政府采购法实施条例 第三十一条"),
    ):
        expect(clocks.locator("tr", has_text=title)).to_contain_text(article)
    expect(page.get_by_role("list", name="进度")).to_contain_text("投标截止")


def lawful_from(refusal: str) -> date:
    """Return the earliest lawful day that a refusal names."""
    found = re.findall(r"\d{4}-\d{2}-\d{2}", refusal)
    assert found, refusal
    return date.fromisoformat(found[-1])
