"""A signing starts the clock of the publication, and the publication meets it."""

from datetime import timedelta

from playwright.sync_api import expect

from core import clock
from core.formats import short_day
from tests.browser.people import ready_contract

TITLE = "浏览器测试合同"


def test_a_signed_contract_has_to_be_published_and_its_publication_meets_the_clock(visit, writes, office):
    today = clock.today()
    with writes() as session:
        address = f"/records/{ready_contract(session, TITLE, today)}"

    page = visit("approver").open(address)
    expect(page.locator("#deadlines")).not_to_contain_text("公告政府采购合同")
    page.get_by_role("link", name="签订", exact=True).click()
    expect(page.get_by_label("日期")).to_have_value(today.isoformat())
    page.get_by_label("用印").fill("采购合同专用章，4 份（示例）")
    page.get_by_role("button", name="签订").click()
    expect(page.get_by_role("status").first).to_have_text("已办理：签订")
    clock_line = page.locator("#deadlines tr", has_text="公告政府采购合同")
    expect(clock_line).to_contain_text("政府采购法实施条例 第五十条")
    expect(clock_line.locator(".lamp")).not_to_have_class("lamp met")

    officer = visit("officer")
    page = officer.open("/")
    expect(page.locator("tbody tr", has_text=TITLE).filter(has_text="公告政府采购合同")).to_have_count(1)
    page.locator("tbody tr", has_text=TITLE).first.get_by_role("link", name="办理").click()
    page.get_by_role("link", name="登记合同公告").click()
    page.get_by_label("日期").fill(today.isoformat())
    page.get_by_role("button", name="登记合同公告").click()
    clock_line = page.locator("#deadlines tr", has_text="公告政府采购合同")
    expect(clock_line).to_contain_text("已满足")
    with office.test_request_context():
        expect(page.get_by_role("list", name="进度")).to_contain_text(short_day(today))
    expect(page.locator("#history")).to_contain_text("登记合同公告")


def test_a_publication_before_the_signing_is_refused_at_the_field(visit, writes):
    today = clock.today()
    with writes() as session:
        address = f"/records/{ready_contract(session, f'{TITLE}二', today)}"
    page = visit("approver").open(address)
    page.get_by_role("link", name="签订", exact=True).click()
    page.get_by_role("button", name="签订").click()

    page = visit("officer").open(address)
    page.get_by_role("link", name="登记合同公告").click()
    early = (today - timedelta(1)).isoformat()
    page.get_by_label("日期").fill(early)
    page.get_by_role("button", name="登记合同公告").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("日期")).to_have_value(early)
    expect(page.locator(".field .error")).not_to_be_empty()
