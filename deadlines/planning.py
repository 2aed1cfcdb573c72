"""Planning backwards: the latest day for every step of a purchase, from the day its service must start.

Two plans are computed. In the tight one each step comes on the last working day that still leaves every
minimum period after it; duties with a maximum period are taken to be done at once. The prudent one leaves
each of those duties its full statutory time as well. Both are lawful when computed forwards from any step.

Where a year's holidays are not published, both are computed twice, as if none and as if all of its days were
rest days. A date on which the two agree is certain; otherwise it is None, and the two are its bounds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from deadlines.calendar import SATURDAY, Calendar, Festival, YearArrangement
from deadlines.loading import LOADER, BrokenCatalogue, load_catalogue
from deadlines.periods import compute
from deadlines.rules import Catalogue, Event, Method, Rule
from deadlines.terms import Bound, Direction

ONE_DAY = timedelta(days=1)
SERVICE_START = "service_start"
# no plan reaches further back, however many days turn out to be rest days
YEARS_BACK = 2


@dataclass(frozen=True, slots=True)
class Link:
    """A later step that this one must precede, and the period the law puts between them."""

    to: str
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a method's template: its event, those that happen with it, and what follows."""

    event: str
    also: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """The latest day for one step; None with bounds around it while a calendar is not published."""

    event: Event
    latest_on: date | None
    prudent_on: date | None
    floor_on: date
    ceiling_on: date
    rules: tuple[Rule, ...]

    @property
    def provisional(self) -> bool:
        """Tell whether the latest day depends on a calendar that is not published."""
        return self.latest_on is None


def plan(
    method: Method, service_start: date, calendar: Calendar, catalogue: Catalogue | None = None
) -> list[Step]:
    """Return every step before the service starts, the first step first."""
    catalogue = catalogue or load_catalogue()
    stages = templates()[method]
    unknown = [
        year
        for year in range(service_start.year - YEARS_BACK, service_start.year + 1)
        if not calendar.published(year)
    ]
    idlest = calendar.with_years(map(_all_rest, unknown)) if unknown else calendar
    busiest = calendar.with_years(map(_all_worked, unknown)) if unknown else calendar
    plans = [
        _backwards(stages, service_start, assumed, catalogue, prudent)
        for prudent in (False, True)
        for assumed in (idlest, busiest)
    ]
    steps = [_step(stage, plans, catalogue, service_start) for stage in reversed(stages)]
    return sorted(steps, key=lambda step: step.ceiling_on)


@cache
def templates() -> Mapping[Method, tuple[Stage, ...]]:
    """Return every method's steps, last first, checked against the shipped catalogue."""
    text = files("deadlines").joinpath("catalogue/plans.yaml").read_text(encoding="utf-8")
    return read_templates(yaml.load(text, LOADER), load_catalogue())  # noqa: S506 - is safe


def read_templates(content: Mapping[str, Any], catalogue: Catalogue) -> dict[Method, tuple[Stage, ...]]:
    """Read step templates and refuse one that names unknown words or puts a rule between wrong steps."""
    found = {Method(method): tuple(map(_stage, stages)) for method, stages in content.items()}
    for method, stages in found.items():
        for fault in _faults(stages, catalogue):
            raise BrokenCatalogue(f"plans.yaml: {method}: {fault}")
    return found


def _stage(entry: Mapping[str, Any]) -> Stage:
    links = [
        Link(*next(iter(target.items()))) if isinstance(target, dict) else Link(target)
        for target in entry["to"]
    ]
    return Stage(entry["event"], tuple(entry.get("also", ())), tuple(links))


def _faults(stages: Sequence[Stage], catalogue: Catalogue) -> Iterator[str]:
    names: dict[str, set[str]] = {SERVICE_START: set()}
    for stage in stages:
        names[stage.event] = {stage.event, *stage.also}
        yield from (f"unknown event {event}" for event in names[stage.event] - catalogue.events.keys())
        for link in stage.links:
            rule = catalogue.rules.get(link.rule_id or "")
            if link.to not in names:
                yield f"{stage.event} leads to {link.to}, which does not follow"
            elif link.rule_id and rule is None:
                yield f"unknown rule {link.rule_id}"
            elif rule and not _lies_between(rule, names[stage.event], names[link.to]):
                yield f"{rule.id} does not lie between {stage.event} and {link.to}"


def _lies_between(rule: Rule, earlier: set[str], later: set[str]) -> bool:
    if rule.period.direction is Direction.after:
        return rule.anchor in earlier and rule.target in later
    return rule.target in earlier and rule.anchor in later


def _backwards(
    stages: Sequence[Stage], service_start: date, calendar: Calendar, catalogue: Catalogue, prudent: bool
) -> dict[str, date]:
    days = {SERVICE_START: service_start}
    for stage in stages:
        days[stage.event] = min(
            _latest(_rule_of(link, catalogue, service_start), days[link.to], calendar, prudent)
            for link in stage.links
        )
    return days


def _rule_of(link: Link, catalogue: Catalogue, on: date) -> Rule | None:
    rule = catalogue.rule(link.rule_id) if link.rule_id else None
    return rule if rule and rule.in_force(on) else None


def _latest(rule: Rule | None, target: date, calendar: Calendar, prudent: bool) -> date:
    """Find the last working day from which the target is lawful; prudently for a duty, the first one."""
    last = calendar.last_working(target)
    if rule is None:
        return last
    if rule.period.direction is Direction.before:
        return calendar.last_working(compute(rule.period, target, calendar).strict_on or target)

    def reaches(day: date) -> date:
        return compute(rule.period, day, calendar).effective_on or date.max

    if rule.period.bound is Bound.min:
        return _back_until(last, calendar, lambda day: reaches(day) <= target)
    if not prudent:
        return last
    return calendar.first_working(_back_until(last, calendar, lambda day: reaches(day) < target) + ONE_DAY)


def _back_until(day: date, calendar: Calendar, holds: Callable[[date], bool]) -> date:
    while not holds(day):
        day = calendar.last_working(day - ONE_DAY)
    return day


def _step(
    stage: Stage, plans: Sequence[Mapping[str, date]], catalogue: Catalogue, service_start: date
) -> Step:
    tight_floor, tight_ceiling, prudent_floor, prudent_ceiling = (days[stage.event] for days in plans)
    rules = (_rule_of(link, catalogue, service_start) for link in stage.links)
    return Step(
        event=catalogue.events[stage.event],
        latest_on=tight_floor if tight_floor == tight_ceiling else None,
        prudent_on=prudent_floor if prudent_floor == prudent_ceiling else None,
        floor_on=tight_floor,
        ceiling_on=tight_ceiling,
        rules=tuple(rule for rule in rules if rule),
    )


def _all_worked(year: int) -> YearArrangement:
    return YearArrangement(
        year, holidays=(), make_up=tuple(day for day in _days_of(year) if day.weekday() >= SATURDAY)
    )


def _all_rest(year: int) -> YearArrangement:
    return YearArrangement(year, holidays=tuple((day, Festival.other) for day in _days_of(year)), make_up=())


def _days_of(year: int) -> Iterator[date]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
