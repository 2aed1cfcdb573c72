"""What the catalogue makes of a record's dates: which clocks run, to which day, and what breaks a rule."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from deadlines.calendar import Calendar
from deadlines.corrections import RuleBook, Subject
from deadlines.ladder import Ladder
from deadlines.periods import Computation, compute
from deadlines.rules import Rule
from deadlines.terms import Direction, Exclusion, Role

# an event or a rule, and the occurrence that tells apart several of one name
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """When an event of a record is planned, and when it happened."""

    planned_on: date | None = None
    occurred_on: date | None = None
    # fixed by the law itself, and certain without anybody's doing
    derived: bool = False
    provisional: bool = False

    @property
    def on(self) -> date:
        """Return the day that counts."""
        day = self.occurred_on or self.planned_on
        if day is None:
            raise ValueError("an event without a day")
        return day

    @property
    def is_certain(self) -> bool:
        """Tell whether a duty may start from it: it has happened, or the law fixes it."""
        return self.derived or self.occurred_on is not None


Facts = dict[Key, Fact]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days taken out of the periods of a record; of one clock when ``clock`` names it."""

    starts_on: date
    ends_on: date | None
    cause: str
    clock: Key | None = None

    def concerns(self, rule: Rule, occurrence: str) -> bool:
        """Tell whether it stops the clock of a rule."""
        return self.cause in rule.pausable if self.clock is None else self.clock == (rule.id, occurrence)


class Days(NamedTuple):
    """The days of a clock, named as the columns that keep them."""

    anchor_on: date
    strict_on: date | None
    rolled_on: date | None
    effective_on: date | None
    recommended_on: date | None
    floor_on: date | None
    provisional: bool
    due_on: date


@dataclass(slots=True)
class Clock:
    """A clock as the catalogue wants it."""

    rule: Rule
    occurrence: str
    days: Days
    met_on: date | None = None
    is_paused: bool = False
    # a joint rule of another statute that asks for more makes this one idle
    is_idle: bool = False

    @property
    def is_owed(self) -> bool:
        """Tell whether somebody has to act by its day; what never reminds afterwards only marks a day."""
        return not self.is_idle and self.rule.overdue_every > 0

    @property
    def first_alert_on(self) -> date | None:
        """Return the day of the first reminder, if it runs and reminds at all."""
        if self.is_idle or self.is_paused or self.met_on is not None:
            return None
        return Ladder.of(self.rule.ladder, self.rule.overdue_every).first_look(self.days.due_on)


@dataclass(frozen=True, slots=True)
class Breach:
    """A known date that a rule does not permit, or that nobody can judge before a calendar is published."""

    rule: Rule
    target: Key
    target_on: date
    lawful_on: date | None
    provisional: bool

    @property
    def is_refused(self) -> bool:
        """Tell whether the date may not be entered; what others did late is a fact all the same."""
        return self.rule.blocks and self.lawful_on is not None


@dataclass(slots=True)
class Wound:
    """What a change of dates leads to: clocks to run (None: to stop), and the days that the law fixes."""

    facts: Facts
    clocks: dict[Key, Clock | None] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)


class Clockwork:
    """The rules and the calendar at work on the dates of one record after another."""

    def __init__(self, book: RuleBook, calendar: Calendar) -> None:
        self.book = book
        self.calendar = calendar
        self._read: dict[tuple[str, int, date, bool], tuple[Computation, Days]] = {}

    def wind(
        self,
        subject: Subject,
        facts: Mapping[Key, Fact],
        changed: Iterable[Key],
        pauses: Sequence[Pause] = (),
    ) -> Wound:
        """Return the clocks that the changed dates touch, and the days derived from them in turn."""
        wound = Wound(dict(facts), changed=set(changed))
        waiting = deque(wound.changed)
        while waiting:
            event, occurrence = waiting.popleft()
            for rule_id in (*self.book.anchored_on(event), *self.book.touching(event)):
                self._run(rule_id, occurrence, subject, wound, pauses, waiting)
        self._settle_joints(wound)
        return wound

    def wind_all(self, subject: Subject, facts: Mapping[Key, Fact]) -> Wound:
        """Return every clock of a record that has none yet."""
        wound = Wound(dict(facts), changed=set(facts))
        waiting, openings = deque(facts), self.book.openings(subject)
        while waiting:
            event, occurrence = waiting.popleft()
            for rule_id in openings.get(event, ()):
                self._run_one(rule_id, occurrence, subject, wound, (), waiting)
        self._settle_joints(wound)
        return wound

    def breaches(self, subject: Subject, wound: Wound, pauses: Sequence[Pause] = ()) -> Iterator[Breach]:
        """Find the known dates that a changed date, of anchor or target, puts in breach of a rule."""
        seen: set[tuple[str, Key]] = set()
        for event, occurrence in sorted(wound.changed):
            pairs = [(rule_id, (event, occurrence)) for rule_id in self.book.touching(event)]
            for rule_id in self.book.anchored_on(event):
                target = self.book.catalogue.rules[rule_id].target
                known = (key for key in wound.facts if key[0] == target)
                pairs += [(rule_id, key) for key in known if occurrence in ("", key[1])]
            for rule_id, key in pairs:
                if (rule_id, key) not in seen:
                    seen.add((rule_id, key))
                    yield from self._breach(rule_id, key, subject, wound.facts, pauses)

    def read(
        self, rule: Rule, anchor: Fact, exclusions: Sequence[Exclusion] = ()
    ) -> tuple[Computation, Days]:
        """Compute a rule from its anchor; nothing is certain that starts from an uncertain day."""
        key = (rule.id, rule.period.amount, anchor.on, anchor.provisional)
        if not exclusions and key in self._read:
            return self._read[key]
        result = compute(rule.period, anchor.on, self.calendar, exclusions=exclusions)
        if anchor.provisional and not result.provisional:
            result = _uncertain(result)
        reading = (result, _days(result))
        if not exclusions:
            self._read[key] = reading
        return reading

    def _run(
        self,
        rule_id: str,
        occurrence: str,
        subject: Subject,
        wound: Wound,
        pauses: Sequence[Pause],
        waiting: deque[Key],
    ) -> None:
        """Run a rule and, for the stricter of them governs, those of other statutes on the same matter."""
        joints = () if (rule_id, occurrence) in wound.clocks else self.book.catalogue.rules[rule_id].joint
        self._run_one(rule_id, occurrence, subject, wound, pauses, waiting)
        for joint in joints:
            if (joint, occurrence) not in wound.clocks:
                self._run(joint, occurrence, subject, wound, pauses, waiting)

    def _run_one(
        self,
        rule_id: str,
        occurrence: str,
        subject: Subject,
        wound: Wound,
        pauses: Sequence[Pause],
        waiting: deque[Key],
    ) -> None:
        anchor = wound.facts.get((self.book.catalogue.rules[rule_id].anchor, occurrence))
        rule = self.book.applying(rule_id, subject, anchor.on) if anchor else None
        if anchor is None or rule is None or not _starts(rule, anchor):
            clock = None
        else:
            stops = [pause for pause in pauses if pause.concerns(rule, occurrence)] if pauses else []
            target = wound.facts.get((rule.target, occurrence))
            clock = Clock(
                rule,
                occurrence,
                self.read(rule, anchor, _exclusions(stops) if stops else ())[1],
                met_on=target.occurred_on if target else None,
                is_paused=any(stop.ends_on is None for stop in stops),
            )
        wound.clocks[rule_id, occurrence] = clock
        self._derive(rule_id, occurrence, clock, wound, waiting)

    def _derive(
        self, rule_id: str, occurrence: str, clock: Clock | None, wound: Wound, waiting: deque[Key]
    ) -> None:
        for event in self.book.catalogue.rules[rule_id].derives:
            key = (event, occurrence)
            known = wound.facts.get(key)
            if known is not None and not known.derived:
                continue  # what has been announced goes before what the law would fix
            if clock is not None:
                days = clock.days
                fact = Fact(planned_on=days.due_on, derived=True, provisional=days.provisional)
                is_changed, wound.facts[key] = fact != known, fact
            elif known is not None and not self._derived_otherwise(event, occurrence, wound):
                is_changed = True
                del wound.facts[key]
            else:
                is_changed = False
            if is_changed:
                wound.changed.add(key)
                waiting.append(key)

    def _derived_otherwise(self, event: str, occurrence: str, wound: Wound) -> bool:
        rules = (self.book.catalogue.rules[rule_id] for rule_id in self.book.touching(event))
        return any(event in rule.derives and wound.clocks.get((rule.id, occurrence)) for rule in rules)

    def _settle_joints(self, wound: Wound) -> None:
        for (rule_id, occurrence), clock in wound.clocks.items():
            if clock is None or not clock.rule.joint:
                continue
            peers = (wound.clocks.get((joint, occurrence)) for joint in clock.rule.joint)
            clock.is_idle = any(
                _rank(peer) < _rank(clock)
                for peer in peers
                if peer is not None and peer.rule.target == clock.rule.target and peer.rule.id != rule_id
            )

    def _breach(
        self, rule_id: str, key: Key, subject: Subject, facts: Facts, pauses: Sequence[Pause]
    ) -> Iterator[Breach]:
        base = self.book.catalogue.rules[rule_id]
        target = facts.get(key)
        own = (base.anchor, key[1])
        anchor = facts.get(own) or facts.get((base.anchor, ""))
        if target is None or target.derived or anchor is None or key[0] != base.target:
            return
        rule = self.book.applying(rule_id, subject, anchor.on)
        if rule is None:
            return
        stops = [pause for pause in pauses if pause.concerns(rule, key[1])]
        result, days = self.read(rule, anchor, _exclusions(stops))
        permitted = _permits(result, target.on)
        if permitted is not True:
            lawful_on = days.effective_on or (days.floor_on if permitted is False else None)
            yield Breach(rule, key, target.on, lawful_on, days.provisional)


def _starts(rule: Rule, anchor: Fact) -> bool:
    """A plan starts no duty that follows it, but what has to be done before it can be late already."""
    return anchor.is_certain or rule.period.direction is Direction.before


def _exclusions(stops: Sequence[Pause]) -> list[Exclusion]:
    return [Exclusion(stop.starts_on, stop.ends_on, stop.cause) for stop in stops if stop.ends_on is not None]


def _days(result: Computation) -> Days:
    known = result.effective_on or result.floor_on or result.strict_on or result.anchor_on
    return Days(
        anchor_on=result.anchor_on,
        strict_on=result.strict_on,
        rolled_on=result.rolled_on,
        effective_on=result.effective_on,
        recommended_on=result.recommended_on,
        floor_on=result.floor_on,
        provisional=result.provisional,
        # a window opens on its effective day; its last day, by which to act, is the anchor
        due_on=result.anchor_on if result.period.is_window else known,
    )


def _uncertain(result: Computation) -> Computation:
    return replace(
        result,
        strict_on=None,
        rolled_on=None,
        effective_on=None,
        recommended_on=None,
        floor_on=result.effective_on or result.floor_on,
    )


def _permits(result: Computation, day: date) -> bool | None:
    if result.role is Role.due and result.floor_on and day <= result.floor_on:
        return True  # in time already, wherever the last day comes to lie
    return result.permits(day)


def _rank(clock: Clock) -> tuple[int, str]:
    day = clock.days.due_on.toordinal()
    return (-day if clock.rule.role is Role.earliest else day, clock.rule.id)
