"""The work list: what is due, one click to the record, one click to the reason for a date."""

import re

import pytest
from playwright.sync_api import Page, expect

LINES = "main tbody tr:not(.group)"


@pytest.fixture
def page(visit) -> Page:
    return visit("officer", permissions=["clipboard-read", "clipboard-write"]).open("/")


def test_the_tiles_count_the_lines_and_filter_them(page):
    tile = page.get_by_role("list", name="到期情况").get_by_role("link").first
    expect(tile).to_contain_text("逾期")
    count = int(tile.locator("strong").inner_text())
    groups = page.locator("tr.group").all_inner_texts()
    assert groups[:2] == ["逾期", "7 天内"]
    assert len(groups) >= 4

    tile.click()
    expect(tile).to_have_attribute("aria-current", "true")
    expect(page.locator(LINES)).to_have_count(count)
    expect(page.locator("tr.group")).to_have_text(["逾期"])
    assert set(page.locator(f"{LINES} .lamp").all_inner_texts()) == {"逾期"}

    tile.click()
    expect(page.locator("tr.group")).to_have_text(groups)


def test_what_is_longest_overdue_comes_first(page):
    left = page.locator(f"{LINES} td:nth-child(5)").all_inner_texts()
    days = [int(text.replace("−", "-").split()[0]) for text in left if text != "—"]
    assert days == sorted(days)
    assert days[0] < 0


def test_a_line_is_one_click_from_its_record(page):
    line = page.locator(LINES, has_text="答复质疑")
    number = re.search(r"CG-\d{4}-\d{4}", line.inner_text())
    assert number is not None
    line.get_by_role("link", name="办理").click()
    expect(page.locator(".crumbs")).to_contain_text(number[0])
    expect(page.get_by_role("heading", level=1)).to_contain_text("园区环卫一体化服务")


def test_a_line_is_one_click_from_the_reason_for_its_date(page):
    line = page.locator(LINES, has_text="答复质疑")
    due = line.get_by_title("为什么是这一天")
    day = due.inner_text()
    due.click()
    panel = page.locator("#why")
    expect(panel.get_by_role("heading")).to_have_text(f"为什么是 {day}")
    expect(panel).to_contain_text("政府采购法 第五十三条")
    expect(page.locator("tr[aria-current]")).to_contain_text("答复质疑")


def test_the_explanation_can_be_copied_into_a_letter(page):
    page.locator(LINES, has_text="答复质疑").get_by_title("为什么是这一天").click()
    button = page.locator("[data-copy]")
    expect(button).to_have_text("复制说明")
    button.click()
    expect(button).to_have_text("已复制")
    words = page.evaluate("navigator.clipboard.readText()")
    assert words.startswith("答复质疑（中华人民共和国政府采购法")
    assert "第五十三条" in words
    assert "7 个工作日" in words
    assert re.search(r"\d{4}年\d{2}月\d{2}日", words)


def test_the_days_are_told_one_by_one(page):
    page.locator(LINES, has_text="答复质疑").get_by_role("link", name="园区环卫").click()
    page.locator("#deadlines tr", has_text="答复质疑").get_by_title("为什么是这一天").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("答复质疑")
    strip = page.get_by_role("list", name="逐日说明")
    expect(strip.locator("li").first).to_contain_text("起算")
    days = strip.locator("li").all_inner_texts()
    counted = [int(said) for said in (text.split()[-1] for text in days) if said.isdigit()]
    assert counted == [1, 2, 3, 4, 5, 6, 7]
    assert any("周六" in text for text in days)

    hit = strip.locator(".hit").inner_text().split()
    heading = page.get_by_role("heading", name="为什么是").inner_text()
    month, day = map(int, hit[0].split("-"))
    assert f"{month}月{day:02d}日" in heading.replace("年0", "年")
    assert hit[1] == "7"


def test_the_search_at_the_head_finds_a_record(page):
    page.keyboard.press("/")
    page.keyboard.type("环卫 一体化")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="园区环卫一体化服务").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("园区环卫一体化服务")
