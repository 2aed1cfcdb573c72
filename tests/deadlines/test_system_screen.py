"""The state of the system: for administrators, with its warnings, and without a secret."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core.config import DEFAULTS
from core.permissions import GRANTS, Permission, RoleName
from tests.factories import make_user

SECRETS = ("SECRET_KEY", "PASSWORD_SALT", "MAIL_PASSWORD", "MAIL_USERNAME", "DATABASE_URL", "KEY_FILES")


@pytest.fixture
def browser(session: Session, as_user) -> FlaskClient:
    client = as_user(make_user(RoleName.administrator))
    session.commit()
    client.post("/language", data={"locale": "en"})
    return client


@pytest.mark.parametrize("role", list(RoleName))
def test_only_administrators_see_it(session, as_user, role):
    may = Permission.user_edit in GRANTS[role]

    assert as_user(make_user(role)).get("/system/").status_code == (200 if may else 403)


def test_it_says_how_the_database_stands(app: Flask, session, browser):
    page = browser.get("/system/").text

    engine = {"sqlite": "SQLite 3", "postgresql": "PostgreSQL 1"}[session.get_bind().dialect.name]
    assert engine in page
    assert "Up to date" in page
    assert "To be migrated" not in page


def test_it_counts_the_law_and_the_years(browser):
    page = browser.get("/system/").text

    assert "2004–2026" in page
    assert "checked against the full text" in page


def test_no_secret_is_shown(app: Flask, browser, monkeypatch):
    for name in SECRETS:
        if name not in {"SECRET_KEY", "DATABASE_URL"}:
            monkeypatch.setitem(app.config, name, f"guarded-{name}")

    page = browser.get("/system/").text

    assert "guarded-" not in page
    assert app.config["SECRET_KEY"] not in page
    assert app.config["DATABASE_URL"] not in page
    for name in SECRETS:
        assert f"PROCUREMENT_{name}<" not in page
    assert "PROCUREMENT_MAIL_SERVER" in page


def test_open_sample_accounts_are_warned_of(session, browser):
    assert "Sample accounts are open" not in browser.get("/system/").text

    make_user(is_demo=True)
    session.commit()

    assert "Sample accounts are open" in browser.get("/system/").text


def test_every_setting_shown_has_a_default(app: Flask):
    from deadlines.views.system import SHOWN

    assert set(SHOWN) <= set(DEFAULTS)
    assert not set(SHOWN) & set(SECRETS)
