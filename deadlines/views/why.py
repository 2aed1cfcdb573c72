"""Why this date: the computation of one deadline, day by day, in the reader's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.formats import day as full_day
from core.i18n import gettext as _
from core.i18n import language
from core.organizations import Organization
from deadlines.calendar import FESTIVAL_LABELS, Calendar
from deadlines.corrections import calendar_for, rule_book
from deadlines.explain import reason
from deadlines.models import Deadline, Interval
from deadlines.periods import Computation, compute
from deadlines.rules import Rule
from deadlines.terms import DayCount, Direction, Exclusion, Role, Unit, Why


@dataclass(frozen=True)
class Shown:
    """One day of the strip; ``why`` is a code of the template or the word to show."""

    on: date
    counted: bool
    why: str
    said: str


@dataclass(frozen=True)
class Panel:
    """A computation as a page shows it."""

    rule: Rule
    result: Computation
    effective_on: date | None
    days: Sequence[Shown]
    summary: str

    @property
    def is_backward(self) -> bool:
        """Tell whether the day was sought before its anchor."""
        return self.rule.period.direction is Direction.before

    @property
    def rests_on(self) -> str:
        """Return which years' calendars are missing, in words."""
        return ", ".join(map(str, self.result.missing_years))


def of(session: Session, deadline: Deadline, today: date) -> Panel:
    """Explain a deadline with the rule and the pauses that hold for it."""
    rule = rule_of(session, deadline)
    stops = session.scalars(
        select(Interval).where(
            Interval.record_id == deadline.record_id,
            (Interval.deadline_id == deadline.id) | Interval.deadline_id.is_(None),
        )
    )
    paused = [
        Exclusion(stop.starts_on, stop.ends_on or max(today, stop.starts_on), stop.cause)
        for stop in stops
        if stop.deadline_id or stop.cause in rule.pausable
    ]
    return panel(rule, deadline.anchor_on, paused, calendar_for(session))


def rule_of(session: Session, deadline: Deadline) -> Rule:
    """Return the rule of a deadline as it holds for the organization that keeps its record."""
    place = Organization.__table__.c  # whose reader may not see it: a vendor reads its own deadlines too
    path = session.execute(select(place.path).where(place.id == deadline.organization_id)).scalar_one()
    return rule_book(session).rule_for(deadline.rule_id, path, deadline.anchor_on, deadline.record.traits)


def panel(rule: Rule, anchor_on: date, exclusions: Iterable[Exclusion], calendar: Calendar) -> Panel:
    """Compute a rule from a day and prepare what the page shows."""
    result = compute(rule.period, anchor_on, calendar, exclusions=exclusions)
    return Panel(
        rule=rule,
        result=result,
        effective_on=result.effective_on,
        days=[_shown(day) for day in result.days],
        summary=_summary(rule, result),
    )


CODES = {
    Why.start: "start",
    Why.weekend: "weekend",
    Why.make_up: "makeup",
    Why.excluded: "excluded",
    Why.unpublished: "unpublished",
    Why.rolled: "rest",
}


def _shown(day: DayCount) -> Shown:
    word = CODES.get(day.why, "")
    if day.why is Why.holiday and day.festival:
        word = str(FESTIVAL_LABELS[day.festival])
    return Shown(on=day.on, counted=day.counted, why=word, said=str(reason(day)))


def unit_words(unit: Unit, amount: int) -> str:
    """Return an amount with its unit, such as "7 working days"."""
    match unit:
        case Unit.calendar_day:
            return _("%(amount)d days", amount=amount)
        case Unit.working_day:
            return _("%(amount)d working days", amount=amount)
        case Unit.month:
            return _("%(amount)d months", amount=amount)
        case _:
            return _("%(amount)d years", amount=amount)


def period_words(rule: Rule) -> str:
    """Say a rule's period in a few words."""
    length = unit_words(rule.period.unit, rule.period.amount)
    match rule.role:
        case Role.due:
            return _("within %(length)s after it", length=length)
        case Role.earliest if rule.period.is_window:
            return _("within the %(length)s before it", length=length)
        case Role.earliest:
            return _("not before %(length)s have passed", length=length)
        case _:
            return _("at least %(length)s before it", length=length)


def _summary(rule: Rule, result: Computation) -> str:
    """Return the explanation as one text that can be copied into a letter."""
    title = rule.title.to(language())
    source = f"{rule.statute.title.to(language())} {rule.article}"
    if result.effective_on is None:
        return _(
            "%(title)s (%(source)s): counted from %(anchor)s, not before %(floor)s; "
            "the calendar of %(years)s is not published.",
            title=title, source=source, anchor=full_day(result.anchor_on), floor=full_day(result.floor_on),
            years=", ".join(map(str, result.missing_years)),
        )  # fmt: skip
    facts = {
        "title": title,
        "source": source,
        "period": period_words(rule),
        "anchor": full_day(result.anchor_on),
        "due": full_day(result.effective_on),
    }
    if rule.period.direction is Direction.before:
        return _("%(title)s (%(source)s): %(period)s, counted back from %(anchor)s: %(due)s.", **facts)
    return _(
        "%(title)s (%(source)s): %(period)s, counted from %(anchor)s (that day not counted): %(due)s.",
        **facts,
    )
