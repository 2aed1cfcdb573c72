"""The documented JSON shape of a computed day, and the words for it."""

from datetime import date

import pytest

from deadlines.calendar import Calendar, Festival
from deadlines.explain import WHY_LABELS, reason
from deadlines.loading import load_catalogue
from deadlines.periods import compute
from deadlines.schemas import explanation
from deadlines.terms import DayCount, Exclusion, Why

CALENDAR = Calendar.shipped()
CATALOGUE = load_catalogue()
KEYS = [
    *("rule", "anchor_on", "unit", "amount", "bound", "direction", "role"),
    *("strict_on", "rolled_on", "effective_on", "recommended_on", "provisional", "missing_years"),
    *("statute", "article", "grade", "days"),
]


def explain(rule_id, on, exclusions=()):
    rule = CATALOGUE.rule(rule_id)
    return explanation(rule, compute(rule.period, on, CALENDAR, exclusions=exclusions))


def test_a_day_is_explained_in_the_documented_shape() -> None:
    shape = explain("gp_contract_publish_2wd", date(2026, 9, 30))

    assert list(shape) == KEYS
    assert shape | {"days": []} == {
        "rule": "gp_contract_publish_2wd",
        "anchor_on": "2026-09-30",
        "unit": "working_day",
        "amount": 2,
        "bound": "max",
        "direction": "after",
        "role": "due",
        "strict_on": "2026-10-09",
        "rolled_on": "2026-10-09",
        "effective_on": "2026-10-09",
        "recommended_on": "2026-10-09",
        "provisional": False,
        "missing_years": [],
        "statute": "中华人民共和国政府采购法实施条例（国务院令第658号）",
        "article": "第五十条",
        "grade": "statute_text_match",
        "days": [],
    }
    assert shape["days"][0] == {"on": "2026-09-30", "counted": False, "why": "start"}
    assert shape["days"][1] == {"on": "2026-10-01", "counted": False, "why": "holiday"}
    assert [day["on"] for day in shape["days"] if day["counted"]] == ["2026-10-08", "2026-10-09"]


def test_dates_nobody_can_know_are_null() -> None:
    shape = explain("gp_eval_report_2wd", date(2026, 12, 30))

    assert [shape[key] for key in KEYS if key.endswith("_on")] == ["2026-12-30", None, None, None, None]
    assert (shape["provisional"], shape["missing_years"]) == (True, [2027])
    assert shape["days"][-1] == {"on": "2027-01-01", "counted": False, "why": "unpublished"}


def test_an_exclusion_shows_in_the_explanation() -> None:
    pause = Exclusion(date(2026, 3, 3), date(2026, 3, 4))
    shape = explain("gp_contract_publish_2wd", date(2026, 3, 2), exclusions=[pause])

    assert shape["effective_on"] == "2026-03-06"
    assert [day["why"] for day in shape["days"]] == ["start", "excluded", "excluded", "working", "working"]


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_words(why: Why) -> None:
    assert WHY_LABELS[why]
    assert reason(DayCount(date(2026, 3, 2), False, why)) == WHY_LABELS[why]


def test_a_holiday_is_named() -> None:
    day = DayCount(date(2026, 10, 1), False, Why.holiday, Festival.national_day)

    assert "National Day" in str(reason(day))
