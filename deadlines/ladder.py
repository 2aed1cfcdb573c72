"""The days on which a deadline reminds, and how high each reminder reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum


class Reach(IntEnum):
    """How far up a reminder goes: each level adds a person to those before."""

    owner = 0
    deputy = 1
    head = 2


@dataclass(frozen=True, slots=True)
class Ladder:
    """Days before the last day at which to remind, the furthest first.

    A step that has passed gives way to the next one: whoever looks late meets only the most urgent.
    After the last day a step comes every so many days and is written as a negative number. Owner,
    deputy and head come in by thirds of the ladder, so that three steps climb as high as eight.
    """

    steps: tuple[int, ...]
    overdue_every: int = 7

    def __post_init__(self) -> None:
        if list(self.steps) != sorted(set(self.steps), reverse=True) or min(self.steps, default=0) < 0:
            raise ValueError(f"a ladder falls from step to step to no less than 0, unlike {self.steps}")

    @classmethod
    def of(cls, steps: Sequence[int], overdue_every: int = 7) -> "Ladder":
        """Return the ladder of these days, in any order; without a step it never reminds."""
        return cls(tuple(sorted(set(steps), reverse=True)), overdue_every if steps else 0)

    @property
    def deputy_from(self) -> int:
        """Return the first step that the owner's deputy hears of as well."""
        return self.steps[len(self.steps) * 3 // 8]

    @property
    def head_from(self) -> int:
        """Return the first step that the head of the organization hears of as well."""
        return self.steps[len(self.steps) * 5 // 8]

    def reach(self, step: int) -> Reach:
        """Return how far up a step goes."""
        if step <= self.head_from:
            return Reach.head
        return Reach.deputy if step <= self.deputy_from else Reach.owner

    def first_look(self, due_on: date) -> date | None:
        """Return the day of the first reminder; it may have passed, and is then made up for at once."""
        return due_on - timedelta(days=self.steps[0]) if self.steps else None

    def step_on(self, due_on: date, on: date) -> int | None:
        """Return the most urgent step reached on a day, or None before the first."""
        left = (due_on - on).days
        if self.overdue_every and left <= -self.overdue_every:
            return left // -self.overdue_every * -self.overdue_every
        return min((step for step in self.steps if step >= left), default=None)

    def after(self, step: int | None) -> int | None:
        """Return the step that follows one, the first for None; None when the ladder ends."""
        if step is None:
            return self.steps[0] if self.steps else None
        if lower := [s for s in self.steps if s < step]:
            return lower[0]
        return min(step, 0) - self.overdue_every if self.overdue_every else None

    def next_look(self, due_on: date, on: date) -> date | None:
        """Return the first day after ``on`` that brings a new step, if one does."""
        step = self.after(self.step_on(due_on, on))
        return None if step is None else due_on - timedelta(days=step)


DEFAULT = Ladder((90, 60, 30, 15, 7, 3, 1, 0))
