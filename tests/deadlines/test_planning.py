"""Planning backwards is lawful when computed forwards again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadlines.calendar import Calendar, Festival, YearArrangement
from deadlines.loading import BrokenCatalogue, load_catalogue
from deadlines.periods import compute
from deadlines.planning import SERVICE_START, Step, plan, read_templates, templates
from deadlines.rules import Method
from deadlines.terms import Direction

CALENDAR = Calendar.shipped()
CATALOGUE = load_catalogue()
OPEN_2027 = CALENDAR.with_years([YearArrangement(2027, ((date(2027, 1, 1), Festival.new_year),), ())])
starts = st.dates(date(2023, 6, 1), date(2026, 12, 31))
methods = st.sampled_from(Method)


def unlawful_links(method: Method, days: dict[str, date], calendar: Calendar) -> list[str]:
    """Compute every period of a plan forwards and name the steps that break one."""
    broken = []
    for stage in templates()[method]:
        for link in stage.links:
            earlier, later = days[stage.event], days[link.to]
            if earlier > later:
                broken.append(f"{stage.event} after {link.to}")
            if link.rule_id is None:
                continue
            period = CATALOGUE.rule(link.rule_id).period
            forwards = period.direction is Direction.after
            anchor, target = (earlier, later) if forwards else (later, earlier)
            if not compute(period, anchor, calendar).permits(target):
                broken.append(link.rule_id)
    return broken


def days_of(steps: list[Step], service_start: date, name: str) -> dict[str, date]:
    return {SERVICE_START: service_start} | {step.event.id: getattr(step, name) for step in steps}


@given(methods, starts)
def test_every_step_is_lawful_when_computed_forwards(method: Method, service_start: date) -> None:
    steps = plan(method, service_start, CALENDAR)

    assert unlawful_links(method, days_of(steps, service_start, "latest_on"), CALENDAR) == []
    assert unlawful_links(method, days_of(steps, service_start, "prudent_on"), CALENDAR) == []


@given(methods, starts)
def test_every_step_is_the_latest_its_followers_allow(method: Method, service_start: date) -> None:
    """Moving any single step to the next working day breaks a period or an order."""
    days = days_of(plan(method, service_start, CALENDAR), service_start, "latest_on")

    for event in days.keys() - {SERVICE_START}:
        moved = days | {event: OPEN_2027.first_working(days[event] + timedelta(days=1))}
        assert unlawful_links(method, moved, OPEN_2027) != []


@given(methods, starts)
def test_acts_fall_on_working_days_and_prudence_comes_first(method: Method, service_start: date) -> None:
    for step in plan(method, service_start, CALENDAR):
        assert step.latest_on is not None
        assert step.prudent_on is not None
        assert CALENDAR.is_working(step.latest_on)
        assert step.prudent_on <= step.latest_on <= service_start
        assert step.floor_on == step.ceiling_on == step.latest_on


def test_a_public_tender_is_planned_from_its_first_step() -> None:
    steps = plan(Method.public_tender, date(2026, 11, 2), CALENDAR)

    assert [(step.event.id, step.latest_on) for step in steps][:3] == [
        ("procurement_intention_published", date(2026, 9, 11)),
        ("tender_notice_published", date(2026, 10, 13)),
        ("tender_documents_first_issued", date(2026, 10, 13)),
    ]
    assert steps[-1].event.id == "contract_signed"
    assert [rule.id for rule in steps[2].rules] == ["gp_bid_period_min_20d", "gp_tender_doc_supply_5wd_issue"]


def test_a_plan_that_reaches_into_an_unpublished_year_gives_bounds() -> None:
    steps = plan(Method.public_tender, date(2027, 3, 1), CALENDAR)

    assert all(step.provisional and step.prudent_on is None for step in steps)
    signing = steps[-1]
    assert (signing.floor_on, signing.ceiling_on) == (date(2026, 12, 31), date(2027, 3, 1))


@given(methods, st.sets(st.dates(date(2027, 1, 1), date(2027, 3, 31)), max_size=60))
def test_the_bounds_hold_whatever_the_notice_will_say(method: Method, off: set[date]) -> None:
    service_start = date(2027, 3, 31)
    known = CALENDAR.with_years(
        [YearArrangement(2027, tuple((day, Festival.other) for day in sorted(off)), ())]
    )

    guessed = {step.event.id: step for step in plan(method, service_start, CALENDAR)}

    for step in plan(method, service_start, known):
        assert step.latest_on is not None
        assert guessed[step.event.id].floor_on <= step.latest_on <= guessed[step.event.id].ceiling_on
    floors = days_of(list(guessed.values()), service_start, "floor_on")
    assert all(day <= service_start for day in floors.values())


def test_every_method_has_a_plan() -> None:
    assert set(templates()) == set(Method)


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        ([{"event": "contract_dreamt", "to": [SERVICE_START]}], "unknown event contract_dreamt"),
        ([{"event": "contract_signed", "to": ["contract_filed"]}], "which does not follow"),
        ([{"event": "contract_signed", "to": [{SERVICE_START: "no_rule"}]}], "unknown rule no_rule"),
        (
            [
                {"event": "contract_signed", "to": [SERVICE_START]},
                {"event": "award_letter_issued", "to": [{"contract_signed": "gp_contract_file_7wd"}]},
            ],
            "does not lie between",
        ),
    ],
)
def test_a_broken_template_is_refused(stages: list[dict[str, object]], fault: str) -> None:
    with pytest.raises(BrokenCatalogue, match=fault):
        read_templates({"public_tender": stages}, CATALOGUE)
