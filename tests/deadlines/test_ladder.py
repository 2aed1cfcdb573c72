"""On which days a deadline reminds, and whom."""

from datetime import date, timedelta

import pytest

from deadlines.ladder import Ladder, Reach

DUE = date(2026, 12, 31)
USUAL = Ladder((90, 60, 30, 15, 7, 3, 1, 0))
SHORT = Ladder((3, 1, 0))
ONCE = Ladder((30,), overdue_every=0)


@pytest.mark.parametrize(
    ("days_left", "step"),
    [
        (91, None),
        (90, 90),
        (89, 90),
        (61, 90),
        (60, 60),
        (8, 15),
        (7, 7),
        (4, 7),
        (3, 3),
        (2, 3),
        (1, 1),
        (0, 0),
        (-1, 0),
        (-6, 0),
        (-7, -7),
        (-13, -7),
        (-14, -14),
        (-700, -700),
    ],
)
def test_the_most_urgent_step_reached_counts(days_left: int, step: int | None):
    assert USUAL.step_on(DUE, DUE - timedelta(days=days_left)) == step


@pytest.mark.parametrize(
    ("days_left", "looks_again_at"),
    [(91, 90), (90, 60), (61, 60), (60, 30), (1, 0), (0, -7), (-1, -7), (-7, -14), (-13, -14)],
)
def test_the_next_look_is_the_day_of_the_next_step(days_left: int, looks_again_at: int):
    assert USUAL.next_look(DUE, DUE - timedelta(days=days_left)) == DUE - timedelta(days=looks_again_at)


def test_the_next_look_always_lies_ahead():
    for ladder in (USUAL, SHORT, Ladder((15,)), Ladder((30, 15, 5), overdue_every=3)):
        for days in range(-60, 120):
            on = DUE - timedelta(days=days)
            assert ladder.next_look(DUE, on) > on


def test_a_ladder_without_overdue_steps_ends():
    assert ONCE.step_on(DUE, DUE + timedelta(days=100)) == 30
    assert ONCE.next_look(DUE, DUE) is None


def test_a_ladder_without_steps_never_reminds():
    silent = Ladder.of([])

    assert silent.first_look(DUE) is None
    assert silent.step_on(DUE, DUE + timedelta(days=9)) is None
    assert silent.next_look(DUE, DUE) is None


@pytest.mark.parametrize(
    ("ladder", "reaches"),
    [
        (USUAL, {90: Reach.owner, 30: Reach.owner, 15: Reach.deputy, 7: Reach.deputy, 3: Reach.head}),
        (USUAL, {1: Reach.head, 0: Reach.head, -7: Reach.head}),
        (SHORT, {3: Reach.owner, 1: Reach.head, 0: Reach.head, -7: Reach.head}),
        (Ladder((1, 0)), {1: Reach.deputy, 0: Reach.head}),
    ],
)
def test_it_climbs_from_owner_to_deputy_to_head(ladder: Ladder, reaches: dict[int, Reach]):
    assert {step: ladder.reach(step) for step in reaches} == reaches


@pytest.mark.parametrize("steps", [(1, 3), (3, 3, 1), (3, -1)])
def test_a_ladder_that_does_not_fall_is_refused(steps: tuple[int, ...]):
    with pytest.raises(ValueError, match="falls from step to step"):
        Ladder(steps)
