"""A running office and a real browser that reports every breach of the content policy."""

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    sync_playwright,
)
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

import demo.loading
from app import create_app
from core import clock
from core.cli import demo_password
from core.db import db, writing
from deadlines import worker
from deadlines.heartbeat import Pulse, beat
from deadlines.sending import Post
from tests.conftest import SETTINGS, missing

CHROMIUM = os.environ.get("PROCUREMENT_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OFFICE = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# a refusal is a page of ours; the browser reports its status as if a part of the page were missing
STATUS_REPORT = "Failed to load resource: the server responded with a status of"
LONGEST_WAIT = 30_000
# flask-security's form of the second factor offers its choices in the old way
FORM_OF_THE_LIBRARY = "ignore:Passing SelectField choices as tuples:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder; its server runs in the test's process, so its warnings count here."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings(FORM_OF_THE_LIBRARY))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own, with the demonstration zone loaded and reminded."""
    place = tmp_path_factory.mktemp("office")
    application = create_app(
        SETTINGS
        | {
            "DATABASE_URL": f"sqlite:///{place}/office.db",
            "DOCUMENT_DIR": str(place / "documents"),
            "WTF_CSRF_ENABLED": True,
            "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        }
    )
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with application.app_context():
        upgrade()
        demo.loading.load(db.session)
        db.session.commit()
        with db.sessionmaker() as session:
            worker.tidy(session)
            worker.sweep_all(session, Post.of(application.config).channels)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def writes(office: Flask) -> Callable[[], Any]:
    """A function that opens a session on the office's database and commits what is done in it."""

    @contextmanager
    def open_session() -> Iterator[Session]:
        with office.test_request_context(), db.sessionmaker() as session:
            session.info["warnings"] = []
            writing(session)
            yield session
            session.commit()

    return open_session


@pytest.fixture(scope="session")
def address(office: Flask) -> Iterator[str]:
    """Where the office answers."""
    server = make_server("127.0.0.1", 0, office, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    if not Path(CHROMIUM).exists():
        missing("chromium", f"{CHROMIUM} is not there")
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the whole run."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield running
    running.close()


class Visitor:
    """A person at a browser; complaints are what the page must never cause."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.complaints: list[str] = []
        self.status = 0
        context.set_default_timeout(LONGEST_WAIT)
        context.on("page", self._watch)
        context.on("response", self._check_answer)
        self.page: Page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._check_words)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", self._check_host)

    def _check_words(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(STATUS_REPORT):
            self.complaints.append(f"{said.location['url']}: {said.text}")

    def _check_host(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _check_answer(self, answer: Response) -> None:
        is_page = answer.request.is_navigation_request()
        if answer.status >= (500 if is_page else 400):
            self.complaints.append(f"{answer.request.method} {answer.url}: {answer.status}")
        if is_page:
            self.status = answer.status

    def open(self, path: str) -> Page:
        """Go to a page of the office."""
        self.page.goto(self.address + path)
        return self.page

    def sign_in(self, email: str, password: str | None = None) -> Page:
        """Sign in with the form, as a person would."""
        self.open("/login")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password or demo_password())
        self.page.click("main .btn.primary")
        self.page.wait_for_load_state()
        return self.page

    def expect_clean(self) -> None:
        """Fail on anything that the browser complained of."""
        assert self.complaints == []

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return width


class Doctor:
    """Looks for barriers with axe; a part of a page that it has seen in the same form is not seen twice."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def serious_barriers(self, page: Page) -> list[str]:
        """Return what axe finds serious or critical on this page."""
        parts: list[str] = page.evaluate(PARTS)
        marks = [hashlib.sha256(_lasting(part).encode()).hexdigest() for part in parts]
        known = [position for position, mark in enumerate(marks) if mark in self.seen]
        self.seen.update(marks)
        if len(known) == len(parts):
            return []
        found: list[str] = page.evaluate(EXAMINE, [known, AXE_TAGS])
        return found


# the parts that pages have in common, and those that most of them have alone
PARTS = """() => {
  window.examined = [...document.querySelectorAll(
    'nav.side, header.top, header.band, main > *, main section.card, main tbody tr')];
  return examined.map(part => part.outerHTML + innerWidth);
}"""
EXAMINE = """async ([known, tags]) => {
  const left_out = known.map(position => examined[position]);
  const options = {runOnly: tags, resultTypes: ['violations'], elementRef: true};
  const found = await axe.run({include: [document], exclude: left_out}, options);
  return found.violations
    .filter(violation => ['serious', 'critical'].includes(violation.impact))
    .flatMap(violation => violation.nodes.map(node => violation.id + ': ' + node.html.slice(0, 160)));
}"""


def _lasting(part: str) -> str:
    """Return what has to be looked at: tokens, addresses and the present place in the menu do not matter."""
    return re.sub(r'name="(csrf_token|next)"[^>]*>|href="[^"]*"| aria-current="page"', "", part)


@pytest.fixture(scope="session")
def doctor() -> Doctor:
    """Who looks for barriers, with one memory for the whole run."""
    return Doctor()


@pytest.fixture(scope="session")
def cookies(browser: Browser, address: str) -> Callable[[str], Any]:
    """A function that returns the cookies of a signed-in role; each signs in once a run."""
    kept: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in kept:
            context = browser.new_context(locale="zh-CN")
            visitor = Visitor(context, address)
            visitor.sign_in(f"{role}@demo.example")
            kept[role] = context.storage_state()
            context.close()
            visitor.expect_clean()
        return kept[role]

    return of


@pytest.fixture
def visit(
    browser: Browser, address: str, office: Flask, cookies: Callable[[str], Any]
) -> Iterator[Callable[..., Visitor]]:
    """A function that seats a person at a browser of a given size; every page is watched to the end."""
    _show_a_sign_of_life(office)
    visitors: list[Visitor] = []

    def seat(role: str | None = None, size: dict[str, int] = OFFICE, **options: Any) -> Visitor:
        context = browser.new_context(
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=cookies(role) if role else None,
            **options,
        )
        visitors.append(Visitor(context, address))
        return visitors[-1]

    yield seat
    for visitor in visitors:
        visitor.context.close()
        visitor.expect_clean()


def _show_a_sign_of_life(office: Flask) -> None:
    now = clock.now()
    with office.app_context(), db.sessionmaker() as session:
        beat(session, Pulse("office:1", now, leads=True), now=now, own_clock=now)
        session.commit()
