"""How often something may be done: both sides of each limit, whom it counts, and what is told."""

import io
import logging
import re
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask_security import hash_password
from limits import parse_many

import core.limits
from app import LIMITS, create_app
from core.config import DEFAULTS
from core.db import db
from core.errors import Misconfigured
from core.limits import by_address, figure
from core.permissions import RoleName
from tests.conftest import SETTINGS, missing
from tests.factories import make_organization, make_user
from tests.factories.files import pdf
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
WRONG = "not the password"
FIRM = {"title": "示例环境公司", "contact": "李联系", "password": PASSWORD, "phone": "0796-0000000"}


@pytest.fixture(autouse=True)
def counted(app, monkeypatch):
    """Count as in production, with three times of everything in a minute."""
    monkeypatch.setitem(app.config, "RATE_LIMIT_TIMES", 1)
    app.extensions["limits"].reset()
    core.limits._warn_once.cache_clear()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
    app.extensions["limits"].reset()


@pytest.fixture
def another(app, engine_url):
    """A function that starts another process's application on the same database."""
    made = []

    def make(**settings):
        own = create_app(SETTINGS | {"DATABASE_URL": engine_url, "RATE_LIMIT_TIMES": 1} | settings)
        made.append(own)
        return own

    yield make
    for own in made:
        with own.app_context():
            db.engine.dispose()


@pytest.fixture
def limit(app, monkeypatch):
    """A function that gives one limit three times a minute, and all others plenty."""

    def give(setting: str) -> None:
        for each in LIMITS:
            few = "3 per minute" if each.setting == setting else "1000 per minute"
            monkeypatch.setitem(app.config, each.setting, few)

    return give


@pytest.fixture
def office(session, app):
    with app.app_context():
        digest = hash_password(PASSWORD)
    user = make_user(password=digest, organization=make_organization(name="示例经开区"))
    session.commit()
    return user


class Doors:
    """The ways to knock at each door once, by the setting that limits it."""

    def __init__(self, app, as_user, user):
        self.stranger, self.browser = app.test_client(), as_user(user)
        self.email, self.path = user.email, "/calendar/feed/nobody.ics"
        self.serial = 0

    def login_address(self):
        self.serial += 1
        return self.stranger.post("/login", data={"email": f"n{self.serial}@example.org", "password": WRONG})

    def login_account(self):
        self.serial += 1
        return self.stranger.post(
            "/login",
            data={"email": self.email, "password": WRONG},
            environ_base={"REMOTE_ADDR": f"203.0.113.{self.serial}"},
        )

    def code(self):
        return self.browser.post("/verify", data={"password": WRONG})

    def registration(self):
        return self.stranger.post("/register", data=FIRM)

    def upload(self):
        return self.browser.post(
            "/records/1/documents",
            data={"file": (io.BytesIO(pdf()), "一.pdf")},
            content_type="multipart/form-data",
        )

    def search(self):
        return self.browser.get("/search?q=示例")

    def suggest(self):
        return self.browser.get("/search/suggest/vendor?query=示例")

    def feed(self):
        return self.stranger.get(self.path)

    def feed_misses(self):
        self.serial += 1
        return self.stranger.get(f"/calendar/feed/{self.serial}.ics")


@pytest.fixture
def doors(app, as_user, office):
    return Doors(app, as_user, office)


@pytest.mark.parametrize("setting", [each.setting for each in LIMITS])
def test_the_third_time_passes_the_fourth_is_refused_until_the_window_has_passed(
    setting, limit, doors, counted
):
    limit(setting)
    knock = getattr(doors, setting.removeprefix("LIMIT_").lower())

    assert [knock().status_code == 429 for _ in range(4)] == [False, False, False, True]
    counted.shift(timedelta(seconds=59))
    assert knock().status_code == 429
    counted.shift(timedelta(seconds=2))
    assert [knock().status_code == 429 for _ in range(4)] == [False, False, False, True]


# -- whom it counts ------------------------------------------------------------------------------------------


def test_an_office_behind_one_address_may_sign_in_as_often_as_it_likes(app, office, limit):
    limit("LIMIT_LOGIN_ADDRESS")
    for _ in range(10):
        answer = app.test_client().post("/login", data={"email": office.email, "password": PASSWORD})
        assert answer.status_code == 302


def test_who_used_an_address_up_closes_no_other_one(limit, doors, app):
    limit("LIMIT_LOGIN_ADDRESS")
    for _ in range(4):
        doors.login_address()
    wrong = {"email": "x@example.org", "password": WRONG}
    answer = app.test_client().post("/login", data=wrong, environ_base={"REMOTE_ADDR": "198.51.100.7"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:203.0.113.5", "203.0.113.5", True),
        ("203.0.113.5", "203.0.113.6", False),
    ],
)
def test_of_ipv6_a_network_of_64_bits_is_one_visitor(limit, client, first, second, is_one):
    limit("LIMIT_REGISTRATION")
    for _ in range(3):
        client.post("/register", data=FIRM, environ_base={"REMOTE_ADDR": first})
    answer = client.post("/register", data=FIRM, environ_base={"REMOTE_ADDR": second})

    assert (answer.status_code == 429) is is_one


def test_an_account_is_one_however_its_name_is_written_and_sent(limit, office, app):
    limit("LIMIT_LOGIN_ACCOUNT")
    client = app.test_client()
    client.post("/login", data={"email": office.email, "password": WRONG})
    client.post("/login", data={"email": f" {office.email.upper()} ", "password": WRONG})
    client.post("/login", json={"email": office.email, "password": WRONG})

    assert client.post("/login", data={"email": office.email, "password": WRONG}).status_code == 429


def test_the_accounts_of_a_vendor_count_together_and_those_of_the_office_apart(session, limit, as_user):
    limit("LIMIT_UPLOAD")
    vendor = make_vendor(make_organization())
    people = [make_party_user(vendor), make_party_user(vendor, RoleName.vendor_agent)]
    officers = [make_user(organization=vendor.organization) for _ in range(2)]
    session.commit()

    def send(browser, path):
        return browser.post(path, data={"file": (io.BytesIO(b"x"), "一.pdf")}).status_code

    first, second = (as_user(person) for person in people)
    assert [send(first, "/portal/pledge") == 429 for _ in range(3)] == [False] * 3
    assert send(second, "/portal/file/submit") == 429
    first, second = (as_user(person) for person in officers)
    assert [send(first, "/records/1/documents") == 429 for _ in range(4)] == [False, False, False, True]
    assert send(second, "/records/1/documents") != 429


def test_a_form_without_a_file_is_no_upload(limit, as_user, office):
    limit("LIMIT_UPLOAD")
    browser = as_user(office)

    assert {browser.post("/settings/notifications/feed/revoke").status_code for _ in range(5)} == {302}


@pytest.mark.parametrize(("proxies", "is_believed"), [(0, False), (1, True)])
def test_only_a_trusted_proxy_says_who_the_visitor_is(another, proxies, is_believed, caplog):
    own = another(TRUSTED_PROXIES=proxies)
    own.view_functions["office.health"] = by_address
    with caplog.at_level(logging.WARNING, "core.limits"):
        answer = own.test_client().get("/healthz", headers={"X-Forwarded-For": "192.0.2.66, 198.51.100.7"})

    assert answer.text == ("address:198.51.100.7" if is_believed else "address:127.0.0.1")
    assert ("PROCUREMENT_TRUSTED_PROXIES" in caplog.text) is not is_believed


# -- what is told --------------------------------------------------------------------------------------------


def test_the_page_says_how_long_to_wait_and_what_to_do(limit, doors, counted):
    limit("LIMIT_SEARCH")
    for _ in range(3):
        doors.search()
    counted.shift(timedelta(seconds=20))
    answer = doors.search()

    assert answer.status_code == 429
    assert 40 <= int(answer.headers["Retry-After"]) <= 42
    assert "操作过于频繁" in answer.text
    assert f"请在 {answer.headers['Retry-After']} 秒后重试" in answer.text
    assert "查询词写得长一些" in answer.text
    assert 'href="/search?q=示例"' in answer.text


@pytest.mark.parametrize(
    ("figures", "words"), [("1 per minute", "61 秒"), ("1 per hour", "60 分钟"), ("1 per day", "24 小时")]
)
def test_a_long_wait_is_told_in_minutes_or_hours(app, monkeypatch, doors, figures, words):
    monkeypatch.setitem(app.config, "LIMIT_SEARCH", figures)
    doors.search()

    assert f"请在 {words}后重试" in doors.search().text


def test_a_program_is_told_in_data(limit, doors):
    limit("LIMIT_SEARCH")
    for _ in range(3):
        doors.search()
    answer = doors.browser.get("/search?q=x", headers={"Accept": "application/json"})

    assert answer.status_code == 429
    assert answer.json["code"] == 429
    assert "秒后重试" in answer.json["message"]
    assert int(answer.headers["Retry-After"]) == 61


def test_what_was_typed_comes_back_and_can_be_sent_again_but_never_the_password(limit, doors, counted):
    limit("LIMIT_REGISTRATION")
    for _ in range(3):
        doors.registration()
    refused = doors.registration()
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', refused.text))

    assert {name: kept.get(name) for name in FIRM} == FIRM | {"password": None}
    assert 'action="/register"' in refused.text
    counted.shift(timedelta(seconds=61))
    again = doors.stranger.post("/register", data=kept)
    assert again.status_code == 422
    assert 'value="示例环境公司"' in again.text


def test_a_refused_sign_in_gives_nothing_back(limit, doors):
    limit("LIMIT_LOGIN_ACCOUNT")
    for _ in range(3):
        doors.login_account()
    refused = doors.login_account()

    assert refused.status_code == 429
    assert WRONG not in refused.text
    assert 'href="/login"' in refused.text
    assert "请联系本单位管理员重置" in refused.text


def test_the_page_leads_a_vendor_back_to_its_portal(session, limit, as_user):
    limit("LIMIT_UPLOAD")
    user = make_party_user(make_vendor(make_organization()))
    session.commit()
    browser = as_user(user)
    for _ in range(4):
        answer = browser.post("/portal/pledge", data={"file": (io.BytesIO(b"x"), "一.pdf"), "once": "o"})

    assert answer.status_code == 429
    assert 'href="/portal/"' in answer.text
    assert 'name="once" value="o"' in answer.text


# -- figures and where they are kept -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "times", "figures"),
    [
        ("60 per 10 minutes; 600 per day", 1, "60 per 10 minute; 600 per 1 day"),
        ("60 per 10 minutes; 600 per day", 20, "1200 per 10 minute; 12000 per 1 day"),
    ],
)
def test_a_figure_is_multiplied(words, times, figures):
    assert figure(words, times) == figures


def test_every_default_figure_can_be_read():
    for each in LIMITS:
        assert parse_many(DEFAULTS[each.setting])


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"RATE_LIMIT_STORAGE": "somewhere"}, "PROCUREMENT_RATE_LIMIT_STORAGE"),
        ({"RATE_LIMIT_STORAGE": "mongodb://127.0.0.1"}, "PROCUREMENT_RATE_LIMIT_STORAGE"),
        ({"LIMIT_SEARCH": "often"}, "PROCUREMENT_LIMIT_SEARCH"),
    ],
    ids=str,
)
def test_a_setting_that_says_nothing_is_refused_at_the_start(wrong, cure):
    with pytest.raises(Misconfigured, match=cure):
        create_app(SETTINGS | wrong)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asks(app, times: int) -> list[int]:
    client = app.test_client()
    return [client.get("/calendar/feed/nobody.ics").status_code for _ in range(times)]


def redis_at(port: int) -> dict[str, str]:
    return {"RATE_LIMIT_STORAGE": f"redis://127.0.0.1:{port}/0", "LIMIT_FEED": "2 per minute"}


def test_a_redis_that_does_not_answer_closes_nothing_and_the_log_says_so(another, caplog):
    with caplog.at_level(logging.WARNING, "core.limits"):
        answers = asks(another(**redis_at(free_port())), 3)

    assert answers == [404, 404, 429]
    assert "falling back to in-memory storage" in caplog.text


def test_processes_that_share_redis_count_together(another):
    program = shutil.which("redis-server")
    if program is None:
        missing("redis", "no redis-server on this machine")
    port = free_port()
    with subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"],
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            answers_soon(port)
            first, second = another(**redis_at(port)), another(**redis_at(port))
            assert [*asks(first, 1), *asks(second, 1), *asks(first, 1), *asks(second, 1)] == [
                404,
                404,
                429,
                429,
            ]
            server.terminate()
            server.wait(timeout=10)
            assert asks(first, 3) == [404, 404, 429]  # by itself, and nobody is shut out
        finally:
            server.terminate()


def answers_soon(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("redis-server does not answer")
