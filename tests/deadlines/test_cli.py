"""The commands that other people's programs rely on."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from core.auth import SYSTEM
from deadlines import amendments
from deadlines.loading import load_catalogue
from tests import factories
from tests.conftest import SETTINGS
from tests.deadlines.test_amendments import year_2027
from tests.factories.alerts import make_deadline

EXPLAINED = {
    "rule",
    "anchor_on",
    "unit",
    "amount",
    "bound",
    "direction",
    "role",
    "strict_on",
    "rolled_on",
    "effective_on",
    "recommended_on",
    "provisional",
    "missing_years",
    "statute",
    "article",
    "grade",
    "days",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application where no database has been made yet."""
    return create_app(SETTINGS | {"DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('bare')}/none.db"})


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["deadlines", *arguments])


def read(app: Flask, *arguments: str) -> Any:
    result = run(app, *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_explain_prints_the_documented_shape(bare: Flask) -> None:
    told = read(bare, "explain", "gp_challenge_answer_7wd", "--on", "2026-09-18")
    assert set(told) == EXPLAINED
    assert (told["rule"], told["role"], told["effective_on"]) == (
        "gp_challenge_answer_7wd",
        "due",
        "2026-09-29",
    )
    assert told["days"][0] == {"on": "2026-09-18", "counted": False, "why": "start"}
    assert sum(day["counted"] for day in told["days"]) == 7


def test_explain_takes_excluded_days_out(bare: Flask) -> None:
    plain = read(bare, "explain", "fin_complaint_decision_30wd", "--on", "2026-03-02")
    paused = read(
        bare,
        "explain",
        "fin_complaint_decision_30wd",
        "--on",
        "2026-03-02",
        "--exclude",
        "2026-03-09..2026-03-10",
        "--exclude",
        "2026-03-12..2026-03-12",
    )
    assert (plain["effective_on"], paused["effective_on"]) == ("2026-04-14", "2026-04-17")


def test_explain_leaves_unknown_dates_null(bare: Flask) -> None:
    told = read(bare, "explain", "gp_eval_report_2wd", "--on", "2026-12-30")
    assert (told["effective_on"], told["provisional"], told["missing_years"]) == (None, True, [2027])


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "no_such_rule", "--on", "2026-09-18"),
        ("explain", "gp_challenge_answer_7wd"),
        ("explain", "gp_challenge_answer_7wd", "--on", "18.9.2026"),
        ("explain", "gp_challenge_answer_7wd", "--on", "2026-09-18", "--exclude", "2026-09"),
        ("explain", "gp_challenge_answer_7wd", "--on", "2026-09-18", "--exclude", "2026-09-21..2026-09-20"),
        ("calendar", "next"),
        ("plan", "barter", "--service-start", "2026-09-18"),
        ("plan", "public_tender"),
        ("rules", "--domain", "astrology"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_wrong(bare: Flask, arguments: tuple[str, ...]) -> None:
    result = run(bare, *arguments)
    assert result.exit_code == 2
    assert "Error:" in result.output


def test_rules_lists_the_whole_catalogue(bare: Flask) -> None:
    rules = read(bare, "rules")
    assert {rule["rule"] for rule in rules} == set(load_catalogue().rules)
    assert all(rule["statute"] and rule["article"] and rule["grade"] for rule in rules)
    assert {rule["domain"] for rule in read(bare, "rules", "--domain", "payment")} == {"payment"}


def test_calendar_shows_a_year_and_where_it_comes_from(bare: Flask) -> None:
    year = read(bare, "calendar", "2026")
    assert (year["published"], year["working_days"]) == (True, 248)
    assert "2026-10-01" in year["holidays"]["national_day"]
    assert year["notices"][0]["number"] == "国办发明电〔2025〕7号"


def test_calendar_says_that_a_year_is_not_published(bare: Flask) -> None:
    year = read(bare, "calendar", "2027")
    assert year["published"] is False
    assert "working_days" not in year


def test_plan_reaches_back_from_the_start_of_the_service(bare: Flask) -> None:
    document = read(bare, "plan", "public_tender", "--service-start", "2026-11-30")
    days = {step["event"]: step["latest_on"] for step in document["steps"]}
    assert days["tender_documents_first_issued"] <= "2026-11-10"
    assert days["tender_documents_first_issued"] < days["bid_submission_deadline"] <= "2026-11-30"


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "gp_challenge_answer_7wd", "--on", "2026-12-30"),
        ("rules",),
        ("calendar", "2026"),
        ("calendar", "2027"),
        ("plan", "public_tender", "--service-start", "2027-02-01"),
    ],
)
def test_without_a_database_the_law_can_still_be_asked(bare: Flask, arguments: tuple[str, ...]) -> None:
    result = run(bare, *arguments)
    assert result.exit_code == 0
    assert result.output.strip()
    assert not Path(bare.config["DATABASE_URL"].removeprefix("sqlite:///")).exists()


def test_a_database_without_tables_is_no_obstacle(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    app = create_app(SETTINGS | {"DATABASE_URL": f"sqlite:///{empty}"})
    assert read(app, "calendar", "2026")["published"]


def test_the_commands_know_the_corrected_calendar(app: Flask, session: Session) -> None:
    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)
    session.commit()
    told = read(app, "explain", "gp_eval_report_2wd", "--on", "2026-12-30")
    assert (told["effective_on"], told["provisional"]) == ("2027-01-04", False)
    assert read(app, "calendar", "2027")["published"]


def test_agenda_lists_what_a_person_owes(app: Flask, session: Session) -> None:
    officer = factories.make_user()
    late = make_deadline(date(2026, 9, 25), owner=officer)
    near = make_deadline(date(2026, 10, 8), owner=officer)
    make_deadline(date(2026, 10, 8))
    session.commit()

    document = read(app, "agenda", "--user", officer.email, "--today", "2026-09-30")

    assert [row["id"] for row in document["deadlines"]] == [late.id, near.id]
    assert [row["working_days_left"] for row in document["deadlines"]] == [-3, 1]
    assert [row["bucket"] for row in document["deadlines"]] == ["overdue", "month"]
    assert document["counts"]["overdue"] == 1
    everybody = read(app, "agenda", "--today", "2026-09-30", "--bucket", "month")
    assert len(everybody["deadlines"]) == 2
    text = run(app, "agenda", "--user", officer.email, "--today", "2026-09-30")
    assert late.record.number in text.output


def test_agenda_of_a_stranger_is_bad_usage(app: Flask, session: Session) -> None:
    result = run(app, "agenda", "--user", "nobody@example.org")
    assert result.exit_code == 2
