"""Large files over a poor line: a bar that fills, a break that costs one piece, and no script needed."""

import random
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from core import clock
from core.documents import Document
from core.intake import jobs
from core.intake.jobs import Desk
from core.intake.parts import PIECE
from procurement.models import Tender
from tests.browser.conftest import PHONE, Visitor
from tests.factories import files
from tests.factories.scanners import clamd

MEGABYTES = 12
PIECES = "**/parts/*?offset=*"
OFFSET = re.compile(r"offset=(\d+)")
# what the browser says of a line that is cut
CUT = "net::ERR_"
PATIENCE = 30_000
DRAWN = """async () => {
  const page = document.querySelector('img.sheet');
  await page.decode();
  return page.naturalWidth;
}"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A PDF of more than two pieces, which no compression makes smaller."""

    def weigh(document: pikepdf.Pdf) -> None:
        noise = document.make_stream(random.Random(7).randbytes(MEGABYTES * 1024 * 1024))
        document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Noise=noise))

    path = tmp_path_factory.mktemp("large") / "竣工图.pdf"
    path.write_bytes(files.pdf(pages=2, act=weigh))
    return path


class Line:
    """A line that breaks off at one piece, so many times, and keeps what was asked of it."""

    def __init__(self, page: Page, *, breaks_at: int, answers: bool = True) -> None:
        self.offsets: list[int] = []
        self.broken = False
        self.breaks_at, self.answers = breaks_at, answers
        page.route(PIECES, self._carry)

    def _carry(self, route: Route) -> None:
        at = int(OFFSET.search(route.request.url)[1])
        self.offsets.append(at)
        if at != self.breaks_at or self.broken:
            route.continue_()
            return
        self.broken = True
        if self.answers:
            route.abort("connectionreset")


def forgive_the_line(visitor: Visitor) -> None:
    """Forget the one complaint that a cut line has caused."""
    assert [CUT in said for said in visitor.complaints] == [True]
    visitor.complaints.clear()


def scan(office, writes) -> tuple[int, int, int]:
    """Let the worker scan what came last; return its id, its size and how many pages are drawn."""
    with clamd() as scanner, writes() as session:
        desk = Desk(office.extensions["documents"], scanner.scanner)
        jobs.scan_all(session, desk, moment=lambda _session: clock.now())
        last = session.scalars(select(Document).order_by(Document.id.desc()).limit(1)).one()
        return last.id, last.size, last.previews


def test_a_large_certificate_goes_on_after_a_break_and_is_seen_as_pictures(office, visit, writes, large):
    visitor = visit("vendor", PHONE)
    page = visitor.open("/portal/papers/new?category=testing&certificate=cma")
    line = Line(page, breaks_at=PIECE)
    size = large.stat().st_size
    page.fill("#certificate_number", "CMA-大-0001")
    page.fill("#issued_on", clock.today().isoformat())
    page.fill("#expires_on", (clock.today() + timedelta(days=2190)).isoformat())
    page.set_input_files("#file", large)
    page.click("main button.btn.primary")
    expect(page.locator("[data-upload-said]")).to_have_text("连接中断，正在重试……", timeout=PATIENCE)
    assert page.locator("[data-upload-bar]").evaluate("bar => [bar.value, bar.max]") == [PIECE, size]
    page.wait_for_url("**/done")
    forgive_the_line(visitor)

    assert line.offsets == [0, PIECE, PIECE, 2 * PIECE, 3 * PIECE]
    page.get_by_role("link", name="查看证书").click()
    page.get_by_role("link", name="竣工图.pdf").click()
    assert scan(office, writes)[1:] == (size, 2)
    page.reload()
    expect(page.locator("main .lamp")).to_contain_text("未发现病毒")
    expect(page.get_by_role("img", name="第 1 页")).to_be_visible()
    assert page.evaluate(DRAWN) > 100


def test_whoever_left_the_page_in_the_middle_goes_on_where_the_file_stopped(visit, large):
    page = visit("vendor", PHONE).open("/portal/pledge")
    line = Line(page, breaks_at=2 * PIECE, answers=False)
    page.set_input_files("#file", large)
    with page.expect_request(lambda request: f"offset={2 * PIECE}" in request.url):
        page.click("main button.btn.primary")
    page.reload()
    page.set_input_files("#file", large)
    page.click("main button.btn.primary")
    expect(page.get_by_role("link", name="竣工图.pdf")).to_be_visible(timeout=PATIENCE)

    assert line.offsets == [0, PIECE, 2 * PIECE, 2 * PIECE, 3 * PIECE]


def test_without_scripts_a_large_file_comes_in_with_its_form(visit, large):
    page = visit("vendor", PHONE, java_script_enabled=False).open("/portal/pledge")
    before = page.get_by_role("link", name="竣工图.pdf").count()
    page.set_input_files("#file", large)
    page.click("main button.btn.primary")

    expect(page.get_by_role("link", name="竣工图.pdf")).to_have_count(before + 1, timeout=PATIENCE)


def test_at_the_office_a_large_file_goes_on_after_a_break_too(office, visit, writes, large):
    with writes() as session:
        record = session.scalars(select(Tender.id).order_by(Tender.id.desc()).limit(1)).one()
    visitor = visit("officer")
    page = visitor.open(f"/records/{record}")
    line = Line(page, breaks_at=PIECE)
    page.locator("#documents #label").fill("竣工图")
    page.locator("#documents #file").set_input_files(large)
    page.locator("#documents form .btn").click()
    expect(page.locator("#documents tbody tr")).to_contain_text("等待病毒查杀", timeout=PATIENCE)
    forgive_the_line(visitor)

    assert line.offsets == [0, PIECE, PIECE, 2 * PIECE, 3 * PIECE]
    visitor.open(f"/documents/{scan(office, writes)[0]}/about")
    expect(page.get_by_role("img", name="第 2 页")).to_be_attached()
    assert page.evaluate(DRAWN) > 100


def test_a_line_that_stays_broken_is_said_beside_the_file_and_the_form_waits(visit, large):
    visitor = visit("vendor", PHONE)
    page = visitor.open("/portal/pledge")
    page.route("**/portal/parts", lambda route: route.abort("internetdisconnected"))
    page.set_input_files("#file", large)
    page.click("main button.btn.primary")

    said = page.locator("[data-upload-error]")
    expect(said).to_contain_text("连接中断")
    expect(said).to_be_focused()
    expect(page.locator("main button.btn.primary")).to_be_enabled()
    forgive_the_line(visitor)
