"""Two people edit one record: the later one sees both versions and loses nothing."""

from playwright.sync_api import expect

from core import clock
from tests.browser.people import raise_need


def test_the_later_editor_sees_both_versions_and_nothing_is_overwritten(visit, writes):
    with writes() as session:
        record_id = raise_need(session, "两人同时修改的采购", clock.today())
    first, second = visit("officer"), visit("colleague")
    mine, theirs = first.open(f"/records/{record_id}/edit"), second.open(f"/records/{record_id}/edit")

    mine.get_by_label("预算金额").fill("910000")
    mine.get_by_role("button", name="保存").click()
    expect(mine.get_by_role("status").first).to_be_visible()

    theirs.get_by_label("项目名称").fill("改过的名称")
    theirs.get_by_role("button", name="保存").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("有人同时修改了这条记录")
    assert second.status == 409
    budget = theirs.get_by_role("row", name="预算金额")
    expect(budget.get_by_role("cell")).to_contain_text(["800000", "910000", "不同"])
    title = theirs.get_by_role("row", name="项目名称")
    expect(title.get_by_role("cell")).to_contain_text(["改过的名称", "两人同时修改的采购", "不同"])
    expect(theirs.get_by_role("row", name="采购方式")).to_contain_text("相同")

    theirs.get_by_role("link", name="打开当前版本").click()
    expect(theirs.get_by_label("预算金额")).to_have_value("910000.00")
    expect(theirs.get_by_label("项目名称")).to_have_value("两人同时修改的采购")
    theirs.get_by_label("项目名称").fill("改过的名称")
    theirs.get_by_role("button", name="保存").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("改过的名称")
    expect(theirs.locator("main")).to_contain_text("¥910,000.00")
