"""H5 and H6: a contract drafted and a paper handed in over HTTP, beside a bare insert and update.

Both sides are served by gunicorn as the product serves itself, one worker with threads, and asked over one
connection that is kept open, by somebody signed in. Both write to the same tables of the same database under
the same settings of durability, and commit once a request. The floor is the least code that does the job:
Flask, its signed session, one query for who asks, and the bare insert or update. It checks no form and no
right, numbers nothing, keeps no trail and starts no clock.
"""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from app import create_app
from bench import contracts
from bench.databases import KEY, PLACE, Office, office
from bench.measure import Goal, Line, race
from bench.pages import sign_in

ENGINES = ("sqlite", "postgresql")
TIMES = {"quick": 100, "full": 1000}
GOAL = 0.4
PATIENCE = 30.0  # seconds until a server answers
FORM = {
    "title": "环卫一体化年度服务合同",
    "vendor": "GYS-1",
    "amount": "125000.00",
    "nature": "service",
    "award_letter_on": "2026-11-02",
}
NEW = "/records/new/contract"
SUBMIT = "update records set review = 'submitted', version = version + 1 where id = {0} and review = 'draft'"
WHO = "select u.id from users u join organizations o on o.id = u.organization_id where fs_uniquifier = {0}"
DRAFTS = (
    "select c.id from contracts c join records r on r.id = c.id"
    " where review = 'draft' and status = 'drafted' order by c.id"
)
WHY = "the work of the frameworks in one request: profiles/{0}.txt"


def run(engine: str, size: str) -> Iterator[Line]:
    """Draft contracts with validation, number, trail and clocks; then hand drafts in."""
    times = TIMES[size]
    with office(engine) as place, ExitStack() as stack:
        contracts.sign(place, 1000, searched=True)
        contracts.draft(place, 20 * times)
        floor, product = (stack.enter_context(_browser(place, side)) for side in ("bare_server", "server"))
        yield race(
            Goal(f"h5.create.{engine}", GOAL, WHY.format("h5")),
            _posting(floor, ["/create"] * 10 * times, FORM, times),
            _posting(product, [NEW] * 10 * times, FORM, times),
            each=times,
        )
        with closing(place.connect()) as connection:
            ids = [row[0] for row in connection.execute(DRAFTS) if row[0] > 0]
        half = len(ids) // 2
        yield race(
            Goal(f"h6.submit.{engine}", GOAL, WHY.format("h6")),
            _posting(floor, [f"/submit/{id_}" for id_ in ids[:half]], {}, times),
            _posting(product, [f"/records/{id_}/review/submit" for id_ in ids[half:]], {}, times),
            each=times,
        )


# -- somebody at a browser ----------------------------------------------------------------------------------


class Browser:
    """One open connection to a server, with the cookie and the token of somebody signed in."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._token: dict[str, str] = {}

    def take_token(self, address: str) -> None:
        """Open a form, and keep its token and the session that it belongs to for every later request.

        A person follows each answer to the next page, which takes the notices out of the session again.
        """
        answer = self._ask("GET", address, None)
        cookies = answer.headers.get_all("Set-Cookie") or []
        held = [cookie.split(";")[0] for cookie in cookies if cookie.startswith("session=")]
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
        assert found, f"no form at {address}: {answer.status}"
        assert held, f"no session from {address}"
        self._token = {"csrf_token": found[1]}
        self._headers["Cookie"] = held[0]

    def post(self, address: str, form: Mapping[str, str]) -> None:
        """Send a form, and expect to be sent on."""
        answer = self._ask("POST", address, urlencode({**form, **self._token}))
        body = answer.read()
        assert answer.status == 302, f"{answer.status}: {body.decode()[-2000:]}"

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, address: str, body: str | None) -> Any:
        self._connection.request(method, address, body, self._headers)
        return self._connection.getresponse()


def _posting(
    browser: Browser, addresses: Sequence[str], form: Mapping[str, str], times: int
) -> Callable[[], None]:
    waiting = iter(addresses)

    def post() -> None:
        for _ in range(times):
            browser.post(next(waiting), form)

    post()  # the first ones compile
    return post


@contextmanager
def _browser(place: Office, side: str) -> Iterator[Browser]:
    with _serving(place, side) as port:
        browser = Browser(port, _cookie(place))
        try:
            if side == "server":
                browser.take_token(NEW)
            yield browser
        finally:
            browser.close()


def _cookie(place: Office) -> str:
    client: FlaskClient = sign_in(place, place.app.test_client())
    held = client.get_cookie("session")
    assert held is not None
    return f"session={held.value}"


# -- the two servers ----------------------------------------------------------------------------------------


@contextmanager
def _serving(place: Office, side: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", f"bench.writes:{side}()", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "60"]
    told = {"BENCH_ENGINE": place.engine, "BENCH_URL": place.url, "BENCH_OFFICES": str(place.zone_id)}
    server = subprocess.Popen([*command, "--log-level", "error"], env={**os.environ, **told})
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def server() -> Flask:
    """Return the product, as gunicorn loads it."""
    documents = str(PLACE / "documents")
    return create_app({"DATABASE_URL": os.environ["BENCH_URL"], "SECRET_KEY": KEY, "DOCUMENT_DIR": documents})


def bare_server() -> Flask:
    """Return the floor, as gunicorn loads it."""
    zone = int(os.environ["BENCH_OFFICES"])
    return bare(
        Office(Flask("nobody"), os.environ["BENCH_ENGINE"], os.environ["BENCH_URL"], zone, [zone], 0, "")
    )


def bare(place: Office) -> Flask:
    """Return an application that writes what it is sent for whoever is signed in; a connection a thread."""
    app = Flask(__name__)
    app.secret_key = KEY
    numbers, mine = count(1), threading.local()
    (insert_record, record), (insert_contract, contract) = contracts.bare_draft(place, 0, "")

    def write(*statements: tuple[str, tuple[Any, ...]]) -> Response:
        connection = getattr(mine, "connection", None) or place.connect()
        mine.connection = connection
        if place.engine == "sqlite":
            connection.execute("begin immediate")
        connection.execute(WHO.format(place.mark), (session["_user_id"],)).fetchone()
        for statement, values in statements:
            assert connection.execute(statement, values).rowcount == 1
        connection.commit()
        return redirect("/")

    @app.post("/create")
    def create() -> Response:
        id_ = -next(numbers)
        head = (id_, record[1], f"HT{id_}", request.form["title"], *record[4:])
        return write((insert_record, head), (insert_contract, (id_, *contract[1:])))

    @app.post("/submit/<int:record_id>")
    def submit(record_id: int) -> Response:
        return write((SUBMIT.format(place.mark), (record_id,)))

    return app
