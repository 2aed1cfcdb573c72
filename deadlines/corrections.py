"""The law's data as the office has corrected it: calendar, rules made stricter, local thresholds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from deadlines.calendar import Calendar, DayKind, Notice, YearArrangement
from deadlines.loading import load_catalogue
from deadlines.models import CalendarDay, CalendarYear, RuleOverride, ThresholdValue
from deadlines.rules import Catalogue, Ceiling, Grade, Method, Rule, Threshold, method_of
from deadlines.terms import Bound

Stamp = tuple[tuple[int, str], ...]
Index = dict[str, tuple[str, ...]]

_calendars: dict[Stamp, Calendar] = {}
KEPT_CALENDARS = 8
# the trait by which a record says to how much its parties have agreed
AGREED = "agreed."


def calendar_for(session: Session) -> Calendar:
    """Return the shipped calendar with the corrections of this database.

    The corrected years' checksums are its version: a request asks for them and builds nothing.
    """
    years = select(CalendarYear.year, CalendarYear.checksum).order_by(CalendarYear.year)
    stamp: Stamp = tuple((year, checksum) for year, checksum in session.execute(years))
    if stamp not in _calendars:
        while len(_calendars) >= KEPT_CALENDARS:
            _calendars.pop(next(iter(_calendars)))
        _calendars[stamp] = (
            Calendar.shipped().with_years(_corrected_years(session)) if stamp else Calendar.shipped()
        )
    return _calendars[stamp]


def keep_year(session: Session, arrangement: YearArrangement, *, by_id: int | None) -> CalendarYear:
    """Store a year in the place of the shipped one, or of its earlier correction."""
    plain = replace(arrangement, notices=arrangement.notices[-1:])
    notice = plain.notices[0] if plain.notices else Notice(title="")
    session.execute(delete(CalendarDay).where(CalendarDay.year == plain.year))
    kept = session.get(CalendarYear, plain.year) or CalendarYear(year=plain.year)
    kept.published = plain.published
    kept.source, kept.document_number = notice.title, notice.number or ""
    kept.issued_on, kept.url = notice.issued_on, notice.url or ""
    kept.remark, kept.checksum, kept.corrected_by_id = plain.remark or "", plain.checksum, by_id
    session.add(kept)
    session.flush()
    session.expire(kept, ["days"])
    kept.days = [
        *(CalendarDay(day=day, kind=DayKind.holiday, festival=festival) for day, festival in plain.holidays),
        *(CalendarDay(day=day, kind=DayKind.make_up) for day in plain.make_up),
    ]
    session.flush()
    return kept


def _corrected_years(session: Session) -> list[YearArrangement]:
    years = select(CalendarYear).options(selectinload(CalendarYear.days)).order_by(CalendarYear.year)
    return [_arrangement(year) for year in session.scalars(years.execution_options(populate_existing=True))]


def _arrangement(year: CalendarYear) -> YearArrangement:
    notice = Notice(year.source, year.document_number or None, year.issued_on, year.url or None)
    return YearArrangement(
        year=year.year,
        holidays=tuple((day.day, day.festival) for day in year.days if day.festival is not None),
        make_up=tuple(day.day for day in year.days if day.kind is DayKind.make_up),
        notices=(notice,) if year.source else (),
        published=year.published,
        remark=year.remark or None,
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules ask about a record: its traits, its method, and the organizations above it."""

    path: str
    traits: frozenset[str]
    method: Method | None


@dataclass(frozen=True, slots=True)
class Tightening:
    """A stricter amount or ladder that an organization has set for itself and those below it."""

    organization_id: int
    amount: int | None
    ladder: tuple[int, ...] | None
    effective_from: date
    effective_to: date | None

    def holds(self, path: str, on: date) -> bool:
        """Tell whether it binds an organization with this path on a day."""
        ended = self.effective_to is not None and self.effective_to < on
        return self.effective_from <= on and not ended and f"/{self.organization_id}/" in path


class RuleBook:
    """The catalogue with the overrides of this database, indexed by what an event touches."""

    def __init__(self, catalogue: Catalogue, tightenings: Mapping[str, Sequence[Tightening]]) -> None:
        self.catalogue = catalogue
        self.tightenings = tightenings
        self._anchored, self._touching = _indexes(catalogue)
        self._openings: dict[Subject, dict[str, tuple[str, ...]]] = {}
        self._subjects: dict[tuple[str, frozenset[str]], Subject] = {}

    def subject(self, path: str, traits: frozenset[str]) -> Subject:
        """Return what the rules ask about a record."""
        known = self._subjects.get((path, traits))
        if known is None:
            closed = self.catalogue.closed(traits)
            known = self._subjects[path, traits] = Subject(path, closed, method_of(closed))
        return known

    def rule_for(self, rule_id: str, path: str, on: date, traits: Collection[str] = ()) -> Rule:
        """Return the rule as it binds an organization with this path on a day: the strictest of all.

        The traits are those of the record, if it is one that the rule is asked for.
        """
        rule = _as_agreed(self.catalogue.rule(rule_id), traits)
        for tightening in self.tightenings.get(rule_id, ()):
            if tightening.holds(path, on):
                rule = _tightened(rule, tightening)
        return rule

    def anchored_on(self, event: str) -> tuple[str, ...]:
        """Return the ids of the rules that start from an event."""
        return self._anchored.get(event, ())

    def openings(self, subject: Subject) -> dict[str, tuple[str, ...]]:
        """Return by event the ids of the rules that it may start for a record, on whatever day."""
        known = self._openings.get(subject)
        if known is None:
            known = self._openings[subject] = {
                event: tuple(rule_id for rule_id in ids if _suits(self.catalogue.rules[rule_id], subject))
                for event, ids in self._anchored.items()
            }
        return known

    def touching(self, event: str) -> tuple[str, ...]:
        """Return the ids of the rules that lead to an event, or that fix its day."""
        return self._touching.get(event, ())

    def applying(self, rule_id: str, subject: Subject, on: date) -> Rule | None:
        """Return the rule if it governs the record on a day."""
        rule = self.catalogue.rules[rule_id]
        if not rule.applies(subject.method, subject.traits, on):
            return None
        if rule_id in self.tightenings or rule.grade is Grade.own_terms:
            return self.rule_for(rule_id, subject.path, on, subject.traits)
        return rule


def rule_book(session: Session) -> RuleBook:
    """Return the catalogue with every override of this database."""
    tightenings: dict[str, list[Tightening]] = {}
    rows = select(
        RuleOverride.rule_id,
        RuleOverride.organization_id,
        RuleOverride.amount,
        RuleOverride.ladder,
        RuleOverride.effective_from,
        RuleOverride.effective_to,
    )
    for rule_id, organization_id, amount, ladder, since, until in session.execute(rows):
        steps = tuple(ladder) if ladder is not None else None
        tightenings.setdefault(rule_id, []).append(Tightening(organization_id, amount, steps, since, until))
    return RuleBook(load_catalogue(), tightenings)


def _suits(rule: Rule, subject: Subject) -> bool:
    in_force = rule.effective_from or rule.effective_to or date.max
    return rule.applies(subject.method, subject.traits, in_force)


def is_stricter(rule: Rule, amount: int) -> bool:
    """Tell whether an amount asks for more than the rule does: a shorter limit, a longer minimum."""
    return amount < rule.period.amount if rule.period.bound is Bound.max else amount > rule.period.amount


def _as_agreed(rule: Rule, traits: Collection[str]) -> Rule:
    """Return a rule of the office's own with the amount that a record says: ``agreed.<rule>=<amount>``.

    A statute's period is not the parties' to settle: whatever a record says of one changes nothing.
    """
    if rule.grade is not Grade.own_terms:
        return rule
    own = f"{AGREED}{rule.id}="
    amount = next((int(trait.removeprefix(own)) for trait in traits if trait.startswith(own)), None)
    return rule if amount is None else replace(rule, period=replace(rule.period, amount=amount))


def _tightened(rule: Rule, tightening: Tightening) -> Rule:
    if tightening.amount is not None and is_stricter(rule, tightening.amount):
        rule = replace(rule, period=replace(rule.period, amount=tightening.amount))
    if tightening.ladder is not None:
        rule = replace(rule, ladder=tuple(sorted({*rule.ladder, *tightening.ladder}, reverse=True)))
    return rule


@dataclass(frozen=True, slots=True)
class ThresholdReading:
    """A threshold's value for one place and year, and who set it; ``kept`` is None for the shipped one."""

    threshold: Threshold
    value: Decimal | date
    kept: ThresholdValue | None = None


def threshold(
    session: Session,
    threshold_id: str,
    *,
    year: int,
    province: str = "",
    level: str = "",
    category: str = "",
    organization_path: str = "",
) -> ThresholdReading:
    """Return the value for a province, level, category and year: the most local, then the latest.

    An organization's own stricter value, set for it or by one above it, goes before the official one.
    """
    found = _threshold_of(threshold_id)
    rows = session.scalars(
        select(ThresholdValue).where(
            ThresholdValue.threshold_id == threshold_id,
            ThresholdValue.year <= year,
            ThresholdValue.province.in_({"", province}),
            ThresholdValue.level.in_({"", level}),
            ThresholdValue.category.in_({"", category}),
        )
    ).all()
    best = ThresholdReading(found, found.value)
    official = [row for row in rows if row.organization_id is None]
    if official:
        local = max(official, key=lambda row: (row.province, row.level, row.category, row.year))
        best = ThresholdReading(found, local.value, local)
    for own in rows:
        if f"/{own.organization_id}/" in organization_path and tightens(found, own.value, best.value):
            best = ThresholdReading(found, own.value, own)
    return best


def tightens(threshold: Threshold, value: Decimal, base: Decimal | date) -> bool:
    """Tell whether a value is stricter than another.

    A share is a cap or a floor; an amount in yuan says from where, or up to where, a duty holds, and
    so works the other way round.
    """
    if isinstance(base, date) or threshold.bound is Ceiling.fixed:
        return False
    is_cap = threshold.bound is Ceiling.max
    lower_is_stricter = is_cap if threshold.unit != "CNY" else not is_cap
    return value < base if lower_is_stricter else value > base


def _threshold_of(threshold_id: str) -> Threshold:
    return load_catalogue().thresholds[threshold_id]


def _indexes(catalogue: Catalogue) -> tuple[Index, Index]:
    """Return which rules start from an event, and which lead to it or fix its day."""
    if catalogue is not load_catalogue():
        return _indexed(catalogue)
    return _shipped_indexes()


@cache
def _shipped_indexes() -> tuple[Index, Index]:
    return _indexed(load_catalogue())


def _indexed(catalogue: Catalogue) -> tuple[Index, Index]:
    anchored: dict[str, list[str]] = {}
    touching: dict[str, list[str]] = {}
    for rule in catalogue.rules.values():
        anchored.setdefault(rule.anchor, []).append(rule.id)
        for event in {rule.target, *rule.derives}:
            touching.setdefault(event, []).append(rule.id)
    return (
        {event: tuple(ids) for event, ids in anchored.items()},
        {event: tuple(ids) for event, ids in touching.items()},
    )
