"""Every page of the menu as every role sees it: no barrier, no breach of the policy, nothing too wide."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import AXE, PHONE, Visitor

ROLES = ("officer", "approver", "finance", "librarian", "assets", "auditor", "admin")
LINKS = "selector => [...new Set([...document.querySelectorAll(selector)].map(link => link.pathname))]"
MENU = "nav.side a, .top-tools a"
# from each page to the first record, rule, threshold or person that it lists
FIRST = ", ".join(f"main tbody a[href^='/{place}/']" for place in ("records", "rules", "people"))
# what no record fills in: it has to be in the language of the page
FRAME = "nav.side, .top-tools > a, main h1, main h2, main legend, main label, main th[scope=col], main .btn"
LATIN = re.compile(r"(?<![-.\w])(?!CSV|JSON|PDF|XLSX|Excel|Logo|CMA|[A-Z]+-)[A-Za-z]{3,}")
# a form that each role may open, and pages that no menu names
FORMS = {
    "officer": ("/records/new/tender", "/records/new/contract", "/records/new/vendor", "/search?q=示例"),
    "assets": ("/records/new/transfer",),
    "librarian": ("/records/new/qualification",),
    "finance": ("/settings/notifications",),
    "admin": ("/people/new", "/calendar/import", "/organizations/"),
}
REFUSALS = {"/records/999999": 404, "/records/new/nothing": 404, "/calendar/import": 403}
MOST_PAGES = 60


def menu(page: Page) -> list[str]:
    """Return where the menu and the account lead, on this page's host."""
    found: list[str] = page.evaluate(LINKS, MENU)
    return found


class Walk:
    """One role's way through its pages, with what is wrong on each."""

    def __init__(self, visitor: Visitor, doctor, pictures: Path) -> None:
        self.visitor, self.doctor, self.pictures = visitor, doctor, pictures
        self.walked: list[str] = []
        self.wrong: dict[str, list[str]] = {}

    def look(self, path: str, status: int = 200) -> Page:
        """Open a page, take its picture, and note what is wrong with it."""
        page = self.visitor.open(path)
        self.walked.append(path)
        assert self.visitor.status == status, path
        page.screenshot(path=self.pictures / f"{len(self.walked):02}.jpg", quality=70, type="jpeg")
        found = self.doctor.serious_barriers(page)
        if self.visitor.sideways() > 0:
            found.append(f"wider than its window by {self.visitor.sideways()}")
        words = page.locator(FRAME).all_inner_texts()
        found += [f"not in Chinese: {word}" for word in words if LATIN.search(word)]
        if found:
            self.wrong[path] = found
        return page


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_role_has_barriers_or_breaks_the_policy(visit, doctor, role, tmp_path):
    visitor = visit(role)
    visitor.context.add_init_script(path=AXE)
    walk = Walk(visitor, doctor, tmp_path)
    waiting = [*menu(visitor.open("/")), *FORMS.get(role, ())]
    while waiting:
        page = walk.look(waiting.pop(0))
        first = page.evaluate(LINKS, FIRST)[:1]
        waiting += [inner for inner in first if inner not in walk.walked + waiting]
        assert len(walk.walked) < MOST_PAGES
    for path, status in REFUSALS.items():
        if role != "admin" or status != 403:
            walk.look(path, status)
    assert walk.wrong == {}
    assert len(walk.walked) > 8


def test_the_pages_of_a_telephone_have_no_barriers_either(visit, doctor, tmp_path):
    visitor = visit("officer", PHONE)
    visitor.context.add_init_script(path=AXE)
    walk = Walk(visitor, doctor, tmp_path)
    for path in ("/", "/admin/contract/", "/records/new/tender", "/inbox", "/calendar/?year=2026"):
        page = walk.look(path)
    page.locator("summary", has_text="菜单").click()
    assert doctor.serious_barriers(page) == []
    assert walk.wrong == {}
