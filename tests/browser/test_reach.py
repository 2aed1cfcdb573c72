"""The same work without a mouse, without scripts, on a telephone and at double size."""

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.cli import demo_password
from tests.browser.conftest import PHONE
from tests.browser.people import raise_need, register_vendor
from tests.browser.test_purchase import raise_need as fill_in_need

# 200 % at 1366 × 900: half the room, everything twice as large
DOUBLED = {"width": 683, "height": 450}
FORMS = ("/records/new/contract", "/search?q=示例", "/records/999999")
WIDE_PAGES = ("/", "/plan/", "/admin/contract/", "/rules/", "/calendar/", "/inbox", "/settings/notifications")
STOPS = 80
FOCUS = """() => {
  const at = document.activeElement;
  const words = at === document.body ? '' : at.getAttribute('aria-label') || at.innerText || '';
  return [words, parseFloat(getComputedStyle(at).outlineWidth)];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press the tabulator until a link or button of this name has the focus, and see that it shows."""
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        said, width = page.evaluate(FOCUS)
        if name in said:
            assert width >= 2, f"the focus on {name} cannot be seen"
            return
    pytest.fail(f"{name} is not reached with the tabulator")


def test_the_way_from_the_door_to_a_record_needs_no_mouse(visit):
    visitor = visit()
    page = visitor.open("/login")
    expect(page.get_by_label("邮箱")).to_be_focused()
    page.keyboard.type("officer@demo.example")
    page.keyboard.press("Tab")
    page.keyboard.type(demo_password())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, "答复质疑")
    page.keyboard.press("Enter")
    expect(page.locator("#why")).to_contain_text("政府采购法 第五十三条")
    tab_to(page, "园区环卫一体化服务")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("园区环卫一体化服务")
    tab_to(page, "更多")
    page.keyboard.press("Enter")
    expect(page.locator(".head .drop-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".head .drop-panel")).to_be_hidden()


def test_a_vendor_is_found_from_the_keyboard_while_typing(visit):
    page = visit("officer").open("/records/new/contract")
    vendor = page.get_by_role("combobox", name="供应商")
    vendor.focus()
    page.keyboard.type("博能")
    expect(page.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    value = vendor.input_value()
    assert value.startswith("GYS-")
    assert value.endswith("博能（示例）")


def test_the_main_work_is_done_without_scripts(visit, writes):
    with writes() as session:
        waiting = raise_need(session, "无脚本待批准", clock.today(), submitted=True)
    page = visit("officer", java_script_enabled=False).open("/")
    page.get_by_role("link", name="答复质疑").first.click()
    expect(page.locator("#why")).to_contain_text("第五十三条")
    account = page.locator("summary", has_text="采购经办甲")
    account.click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    account.click()
    page.get_by_role("link", name="新建采购项目").click()
    fill_in_need(page, "无脚本新建的采购")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".sub")).to_contain_text("审核中")
    page.get_by_role("searchbox").fill("无脚本新建")
    page.keyboard.press("Enter")
    expect(page.locator("main tbody tr")).to_have_count(1)

    page = visit("approver", java_script_enabled=False).open(f"/records/{waiting}")
    page.get_by_role("button", name="批准").click()
    expect(page.locator(".sub")).to_contain_text("已批准")


def test_a_batch_asks_its_question_without_scripts(visit, writes):
    with writes() as session:
        number = register_vendor(session, "无脚本的供应商", clock.today())
    page = visit("officer", java_script_enabled=False).open("/admin/vendor/")
    row = page.locator("tbody tr", has_text=number)
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("提交审核")
    expect(page.locator("main")).to_contain_text(number)
    page.get_by_role("link", name="取消").click()
    expect(row).to_contain_text("已登记")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("button", name="继续").click()
    expect(row).to_contain_text("审核中")


def test_a_telephone_shows_every_page_without_moving_sideways(visit, writes):
    with writes() as session:
        own = raise_need(session, "手机上的采购", clock.today())
    visitor = visit("officer", PHONE)
    for path in (
        *WIDE_PAGES,
        f"/records/{own}",
        "/records/new/contract",
        "/search?q=示例",
        "/records/999999",
    ):
        visitor.open(path)
        assert visitor.sideways() <= 0, path


def test_the_menu_opens_on_a_telephone(visit):
    page = visit("officer", PHONE).open("/")
    menu = page.get_by_role("navigation", name="主导航（小屏）")
    expect(menu).to_be_hidden()
    page.locator("summary", has_text="菜单").click()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="合同").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("合同")


def test_a_page_at_double_size_stays_whole(visit):
    visitor = visit("officer", DOUBLED, device_scale_factor=2)
    for path in WIDE_PAGES:
        page = visitor.open(path)
        assert visitor.sideways() <= 0, path
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
