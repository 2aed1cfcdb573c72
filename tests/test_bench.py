"""The measurements: when a goal is met, and when a ratio has fallen behind the recorded one."""

import json

import pytest

from bench import measure
from bench.measure import Goal, Line

GOAL = Goal("h0.some", 0.5, "too much is asked")


def line(ratio: float, *, goal: float = 0.5, is_limit: bool = False) -> Line:
    return Line("h0.some", 1.0, 1.0, ratio, goal, "ms", "too much is asked", is_limit)


@pytest.mark.parametrize(("ratio", "verdict"), [(0.5, "ok"), (0.6, "ok"), (0.499, "MISS: too much is asked")])
def test_a_goal_is_met_from_its_ratio_on(ratio, verdict):
    assert line(ratio).verdict == verdict


@pytest.mark.parametrize(("found", "is_met"), [(1.9, True), (2.0, True), (2.01, False)])
def test_a_limit_is_kept_up_to_what_is_allowed(found, is_met):
    assert measure.limit(Goal("h0.idle", 1.0), 2.0, found, "ms").is_met is is_met


def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_sides():
    rounds = [(1.0, 2.0), (10.0, 20.0), (1.0, 10.0)]
    found = measure.of_seconds(GOAL, rounds, each=10)
    assert found.ratio == pytest.approx(0.5)
    assert (found.floor, found.product) == (pytest.approx(100), pytest.approx(1000))


def test_a_race_runs_both_sides_in_every_round():
    ran = []
    measure.race(GOAL, lambda: ran.append("floor"), lambda: ran.append("product"), rounds=3)
    assert ran == ["floor", "product"] * 3


@pytest.mark.parametrize(("ratio", "fallen"), [(0.81, 0), (0.8, 0), (0.79, 1)])
def test_a_ratio_may_not_fall_below_four_fifths_of_the_recorded_one(ratio, fallen):
    assert len(measure.regressions([line(ratio)], {"h0.some": 1.0})) == fallen


def test_what_was_never_recorded_cannot_fall_behind():
    assert measure.regressions([line(0.1)], {}) == []


@pytest.mark.parametrize(("ratio", "fallen"), [(1.0, 0), (0.9, 1)])
def test_a_limit_that_is_kept_is_no_regression(ratio, fallen):
    found = measure.regressions([line(ratio, goal=1.0, is_limit=True)], {"h0.some": 5.0})
    assert len(found) == fallen


def test_the_record_keeps_what_was_not_measured_this_time(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps({"h9.other": 0.7}))
    measure.write(path, [line(0.61234)])
    assert measure.read(path) == {"h0.some": 0.612, "h9.other": 0.7}


def test_without_a_record_nothing_is_known(tmp_path):
    assert measure.read(tmp_path / "none.json") == {}


def test_the_table_shows_both_sides_and_the_verdict():
    shown = measure.row(line(0.25))
    assert "1.00 ms" in shown
    assert "MISS: too much is asked" in shown
