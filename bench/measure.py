"""What a measurement is: a floor, the product, their ratio, a goal, and the last ratio as a guard."""

import gc
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 5
# a ratio below this share of the recorded one is a regression
TOLERANCE = 0.8

Work = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One line of the table; ``floor`` and ``product`` are in ``unit``, ``ratio`` is never below zero.

    A limit has no floor to race: there ``floor`` is what is allowed, and ``ratio`` how many times the
    product fits into it, so that its goal is 1.
    """

    name: str
    floor: float
    product: float
    ratio: float
    goal: float
    unit: str
    reason: str = ""
    is_limit: bool = False

    @property
    def is_met(self) -> bool:
        """Return whether the goal is reached."""
        return self.ratio >= self.goal

    @property
    def verdict(self) -> str:
        """Return ok, or MISS with the reason."""
        return "ok" if self.is_met else f"MISS: {self.reason or 'not explained yet'}"


@dataclass(frozen=True)
class Goal:
    """What a comparison is called, what it must reach, and why it does not where it does not."""

    name: str
    least: float
    reason: str = ""


def race(goal: Goal, floor: Work, product: Work, *, each: int = 1, rounds: int = ROUNDS) -> Line:
    """Run floor and product in turn and compare them: milliseconds for one of ``each``, median of rounds."""
    taken = [(seconds(floor), seconds(product)) for _ in range(rounds)]
    return of_seconds(goal, taken, each=each)


def of_seconds(goal: Goal, taken: Sequence[tuple[float, float]], *, each: int = 1) -> Line:
    """Return the line of rounds that were timed elsewhere, as (floor, product) seconds."""
    floor, product = (median(side) / each * 1000 for side in zip(*taken, strict=True))
    # the median of the rounds' ratios: what slows a whole round slows both of its sides
    ratio = median(one / other for one, other in taken)
    return Line(goal.name, floor, product, ratio, goal.least, "ms", goal.reason)


def limit(goal: Goal, allowed: float, found: float, unit: str) -> Line:
    """Return the line of a value that may not exceed what is allowed."""
    ratio = allowed / found if found > 0 else float("inf")
    return Line(goal.name, allowed, found, ratio, goal.least, unit, goal.reason, is_limit=True)


def seconds(work: Work) -> float:
    """Return how long the work takes, with the collector of garbage out of the way."""
    gc.collect()
    gc.disable()
    try:
        begun = perf_counter()
        work()
        return perf_counter() - begun
    finally:
        gc.enable()


def repeat(work: Work, times: int) -> Work:
    """Return the work done several times over."""

    def several() -> None:
        for _ in range(times):
            work()

    return several


# -- the guard ----------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, float]:
    """Return the recorded ratios by name; none when there is no record yet."""
    return json.loads(path.read_text()) if path.exists() else {}


def write(path: Path, lines: Iterable[Line]) -> None:
    """Record the ratios of these lines; what was not measured this time is kept."""
    known = read(path) | {line.name: round(min(line.ratio, 1000.0), 3) for line in lines}
    path.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")


def regressions(lines: Iterable[Line], recorded: Mapping[str, float]) -> list[str]:
    """Return what fell behind its recorded ratio; a limit that is kept is never a regression."""
    return [
        f"{line.name}: {line.ratio:.2f} is below {TOLERANCE} × {recorded[line.name]:.2f}"
        for line in lines
        if line.name in recorded
        and line.ratio < TOLERANCE * recorded[line.name]
        and not (line.is_limit and line.is_met)
    ]


# -- the table ----------------------------------------------------------------------------------------------

HEADINGS = ("workload", "floor", "product", "ratio", "goal", "verdict")
FORMAT = "{:<36} {:>12} {:>12} {:>7} {:>6}  {}"


def heading() -> str:
    """Return the first line of the table."""
    return FORMAT.format(*HEADINGS)


def row(line: Line) -> str:
    """Return a line of the table."""
    sides = [f"{value:,.{2 if value < 1000 else 0}f} {line.unit}" for value in (line.floor, line.product)]
    return FORMAT.format(line.name, *sides, f"{line.ratio:.2f}", f"{line.goal:.2f}", line.verdict)
