"""The kernel's commands."""

import pytest
from sqlalchemy import select

from app import create_app
from core.auth import User
from core.db import db
from core.organizations import Organization
from core.permissions import RoleName
from tests.conftest import SETTINGS
from tests.factories import make_organization, make_user

PASSWORD = "a password long enough"


@pytest.fixture
def run(app, session):
    """A function that runs a command and returns its result."""
    return lambda *words: app.test_cli_runner().invoke(args=words)


def test_the_first_office_is_set_up_from_the_command_line(run, session):
    county = run("organizations", "create", "xian", "示例县", "--kind", "county")
    zone = run("organizations", "create", "jkq", "经开区", "--kind", "zone", "--parent", "xian")
    person = run(
        "users", "create", "Officer@Example.org", "--name", "张三", "--role", "officer",
        "--role", "librarian", "--organization", "jkq", "--password", PASSWORD,
    )  # fmt: skip

    assert [done.exit_code for done in (county, zone, person)] == [0, 0, 0]
    made = session.scalars(select(User).where(User.email == "officer@example.org")).one()
    assert {role.name for role in made.roles} == {RoleName.officer, RoleName.librarian}
    assert made.organization.path.startswith(made.organization.parent.path)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--organization", "nowhere", "--password", PASSWORD), "no organization has the code nowhere"),
        (("--organization", "{code}", "--password", "eleven char"), "at least 12 characters"),
        (
            ("--organization", "{code}", "--password", PASSWORD, "--role", "administrator"),
            "an administrator holds no other role",
        ),
    ],
)
def test_a_wrong_account_is_refused_with_its_reason(run, session, words, says):
    code = make_organization().code
    session.commit()

    done = run(
        "users",
        "create",
        "a@example.org",
        "--name",
        "甲",
        "--role",
        "officer",
        *(w.format(code=code) for w in words),
    )

    assert done.exit_code == 2
    assert says in done.output


def test_an_account_is_created_only_once(run, session):
    user = make_user()
    session.commit()

    done = run(
        "users", "create", user.email.upper(), "--name", "甲", "--role", "officer",
        "--organization", user.organization.code, "--password", PASSWORD,
    )  # fmt: skip

    assert done.exit_code == 2
    assert "exists already" in done.output


def test_the_demonstration_accounts_are_disabled_and_nobody_else(run, session):
    sample, real = make_user(is_demo=True), make_user()
    session.commit()

    done = run("users", "disable-demo")

    session.expire_all()
    assert "disabled 1 accounts" in done.output
    assert (sample.active, real.active) == (False, True)


def test_an_organization_is_not_created_twice(run, session):
    place = make_organization()
    session.commit()

    done = run("organizations", "create", place.code, "又一个", "--kind", "zone")

    assert done.exit_code == 2
    assert session.scalars(select(Organization).where(Organization.name == "又一个")).all() == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///{folder}/none.db", "the database has no tables yet: run make migrate"),
        ("postgresql://nobody@127.0.0.1:1/none", "the database does not answer: "),
    ],
)
@pytest.mark.parametrize("words", ["deadlines agenda", "audit verify", "users disable-demo", "demo load"])
def test_a_database_that_is_not_ready_is_named_with_its_cure(tmp_path, url, words, says):
    office = create_app(SETTINGS | {"DATABASE_URL": url.format(folder=tmp_path)})

    done = office.test_cli_runner().invoke(args=words.split())
    with office.app_context():
        db.engine.dispose()

    assert done.exit_code == 1
    assert says in done.output
    assert len(done.output.splitlines()) == 1
