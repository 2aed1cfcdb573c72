"""The language switch on every kind of page, there and back."""

import re

from playwright.sync_api import expect

PAGES = {
    "/": ("待办", "To do"),
    "/plan/": ("反排计划", "Plan backwards"),
    "/records/new/tender": ("新建采购项目", "New: Tender"),
    "/rules/gp_contract_sign_30d?on=2026-03-02": ("签订政府采购合同", None),
    "/calendar/?year=2026": ("2026 年工作日历", "Working calendar 2026"),
    "/inbox?show=done": ("站内信", "Inbox"),
    "/settings/notifications": ("提醒方式", "How I am reminded"),
    "/change": ("修改密码", "Change password"),
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FRAME = "nav.side a:not(.side-name), main h1, main th[scope=col], main .btn, main label:not(.choice label)"


def test_every_kind_of_page_is_read_in_both_languages(visit):
    visitor = visit("officer")
    for path, (chinese, english) in PAGES.items():
        page = visitor.open(path)
        here = page.url
        expect(page.get_by_role("heading", level=1)).to_have_text(chinese)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.get_by_role("heading", level=1)).not_to_have_text(chinese)
        if english:
            expect(page.get_by_role("heading", level=1)).to_have_text(english)
        assert page.url == here
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(chinese)
        assert page.url == here


def test_a_refusal_speaks_the_language_that_was_chosen(visit):
    visitor = visit("officer")
    heading = visitor.page.get_by_role("heading", level=1)
    visitor.open("/records/999999")
    expect(heading).to_have_text("没有这个页面或记录")
    visitor.open("/").get_by_role("button", name="English").click()
    expect(heading).to_have_text("To do")
    visitor.open("/records/999999")
    expect(heading).to_have_text("There is no such page or record")


def test_no_chinese_word_is_left_in_the_frame_of_an_english_page(visit):
    visitor = visit("officer")
    page = visitor.open("/")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    left = {}
    for path in page.locator("nav.side a").evaluate_all("links => links.map(link => link.pathname)"):
        words = visitor.open(path).locator(FRAME).all_inner_texts()
        if wrong := [word for word in words if CHINESE.search(word)]:
            left[path] = wrong
    assert left == {}
