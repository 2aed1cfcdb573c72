"""Signing in, being locked out, and sessions that end."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask_security import hash_password

from core import clock
from core.permissions import RoleName
from tests.factories import make_user

PASSWORD = "correct horse battery"


@pytest.fixture
def officer(app, session):
    with app.app_context():
        digest = hash_password(PASSWORD)
    user = make_user(password=digest)
    session.commit()
    return user


def sign_in(client, user, password=PASSWORD):
    return client.post("/login", data={"email": user.email, "password": password})


def is_in(client) -> bool:
    return client.get("/change").status_code == 200


def test_the_right_password_opens(client, officer):
    assert sign_in(client, officer).status_code == 302
    assert is_in(client)


def test_wrong_passwords_and_unknown_addresses_are_answered_alike(client, officer):
    wrong = sign_in(client, officer, "not the password")
    unknown = client.post("/login", data={"email": "nobody@example.org", "password": "not the password"})

    assert wrong.status_code == unknown.status_code
    assert wrong.text.replace(officer.email, "#") == unknown.text.replace("nobody@example.org", "#")


@pytest.mark.parametrize(("failures", "opens"), [(4, True), (5, False)])
def test_the_fifth_failure_locks_even_the_right_password_out(client, officer, failures, opens):
    for _ in range(failures):
        sign_in(client, officer, "not the password")

    sign_in(client, officer)

    assert is_in(client) is opens


@pytest.mark.parametrize(("minutes", "opens"), [(14, False), (16, True)])
def test_a_lockout_ends_after_a_quarter_of_an_hour(client, officer, minutes, opens):
    for _ in range(5):
        sign_in(client, officer, "not the password")

    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        sign_in(client, officer)
        assert is_in(client) is opens


def test_a_session_ends_when_the_account_is_disabled(client, session, officer):
    sign_in(client, officer)
    officer.active = False
    session.commit()

    assert not is_in(client)


def test_other_sessions_end_when_the_password_changes(app, client, officer):
    elsewhere = app.test_client()
    sign_in(elsewhere, officer)
    sign_in(client, officer)

    new = "a longer and newer one"
    client.post("/change", data={"password": PASSWORD, "new_password": new, "new_password_confirm": new})

    assert not is_in(elsewhere)


@pytest.mark.parametrize(("minutes", "still_in"), [(29, True), (31, False)])
def test_an_idle_session_ends(client, officer, minutes, still_in):
    sign_in(client, officer)

    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        assert is_in(client) is still_in


def test_a_busy_session_ends_after_eight_hours(client, officer):
    sign_in(client, officer)
    start = clock.now()

    seen = []
    for minutes in [*range(20, 480, 20), 479, 481]:
        with time_machine.travel(start + timedelta(minutes=minutes)):
            seen.append(is_in(client))

    assert seen == [True] * 24 + [False]


@pytest.mark.parametrize(
    ("role", "demanded"),
    [
        (RoleName.officer, True),
        (RoleName.finance, True),
        (RoleName.administrator, True),
        (RoleName.auditor, False),
    ],
)
def test_a_second_factor_is_demanded_of_those_who_decide(app, session, as_user, monkeypatch, role, demanded):
    monkeypatch.setitem(app.config, "TOTP_REQUIRED", True)
    user = make_user(role)
    session.commit()

    response = as_user(user).get("/change")

    assert (response.status_code == 302 and "tf-setup" in response.headers["Location"]) is demanded


def test_passwords_are_kept_as_argon2(app, monkeypatch):
    from app import create_app

    fresh = create_app({"DATABASE_URL": "sqlite://"})
    with fresh.app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$")


# flask-security's form of the second factor offers its choices in the old way
@pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")
def test_a_wrong_code_at_the_set_up_is_answered_in_the_readers_language(session, as_user):
    browser = as_user(make_user())
    with browser.session_transaction() as cookie:
        cookie["fs_paa"] = clock.now().timestamp()  # the password was typed just now
    shown = browser.post("/tf-setup", data={"setup": "authenticator"}).text
    action = re.search(r'action="([^"]*tf-setup/[^"]+)"', shown)
    assert action is not None

    answer = browser.post(action[1], data={"code": "000000"}, follow_redirects=True)

    assert "动态码不正确" in answer.text
    assert "Invalid code" not in answer.text
