"""A new year's holiday notice comes in: previewed, confirmed, and uncertain deadlines become certain."""

import pytest
from playwright.sync_api import Page, expect

from core.db import db
from deadlines.corrections import calendar_for

NOTICE = """# 年份: {year}
# 标题: {year} 年部分节假日安排（浏览器测试虚构）
# 文号: 示例〔{before}〕1号
# 发布日期: {before}-11-04
日期,结束,类型,节日
{year}-01-01,{year}-01-03,放假,元旦
{year}-05-01,{year}-05-05,放假,劳动节
{year}-10-01,{year}-10-07,放假,国庆
"""


@pytest.fixture
def year(office) -> int:
    """The first year whose arrangement is not known."""
    with office.app_context():
        return max(calendar_for(db.session).years) + 1


@pytest.fixture
def page(visit, year) -> Page:
    page: Page = visit("admin").open(f"/calendar/?year={year}")
    expect(page.locator(".sub")).to_contain_text("日历未公布")
    page.get_by_role("link", name="录入本年").click()
    return page


def test_a_notice_is_previewed_before_anything_moves(page, visit, year):
    provisional = visit("officer").open("/?whose=all&due=unpublished")
    uncertain = provisional.locator("tbody tr:not(.group)")
    expect(uncertain.first).to_contain_text("不早于")
    count = uncertain.count()

    notice = page.get_by_label("通知内容")
    notice.fill(NOTICE.format(year=year, before=year - 1).replace(f"{year}-10-01", f"{year}-13-01"))
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(notice).to_have_value(notice.input_value())

    notice.fill(NOTICE.format(year=year, before=year - 1))
    page.get_by_role("button", name="预览").click()
    moves = page.locator("main tbody tr")
    expect(moves.first).to_contain_text("日历未公布")
    expect(page.locator("main")).to_contain_text("作出投诉处理决定")
    provisional.reload()
    expect(uncertain).to_have_count(count)

    page.get_by_role("button", name="启用").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    provisional.reload()
    expect(uncertain).to_have_count(count)

    page.get_by_role("button", name="启用").click()
    page.get_by_role("dialog").get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{year} 年工作日历")
    expect(page.locator(".sub")).not_to_contain_text("日历未公布")
    provisional.reload()
    expect(uncertain).to_have_count(0)
    provisional.goto(provisional.url.replace("due=unpublished", ""))
    line = provisional.locator("tbody tr", has_text="作出投诉处理决定")
    expect(line.locator(".lamp")).to_have_text("正常")
