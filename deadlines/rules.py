"""The catalogue of statutory periods as values: which rule hangs on which event, for whom, since when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.errors import NotFound
from core.i18n import lazy_gettext as _
from deadlines.terms import Bound, Period, Role, Side

METHOD_TRAIT = "method."


class Method(StrEnum):
    """The ways to buy; the last follows the Bidding Law instead of the Procurement Law."""

    public_tender = "public_tender"
    invited_tender = "invited_tender"
    competitive_negotiation = "competitive_negotiation"
    competitive_consultation = "competitive_consultation"
    request_for_quotation = "request_for_quotation"
    single_source = "single_source"
    framework_agreement = "framework_agreement"
    bidding_law_tender = "bidding_law_tender"


GOVERNMENT_METHODS = frozenset(Method) - {Method.bidding_law_tender}


class Grade(StrEnum):
    """How well a rule's text has been verified, best first; only the first may refuse a date.

    The last is no statute: the office or the parties have settled it themselves, and a record may say to
    how much.
    """

    statute_text_match = "statute_text_match"
    page_excerpt = "page_excerpt"
    page_secondary = "page_secondary"
    none = "none"
    own_terms = "own_terms"


class Nature(StrEnum):
    """What ends with the period: a duty is missed, a right or option lapses, validity or keeping is over."""

    duty = "duty"
    right = "right"
    validity = "validity"
    retention = "retention"


class Ceiling(StrEnum):
    """How a threshold's value bounds what is compared with it."""

    max = "max"
    min = "min"
    fixed = "fixed"
    below = "below"


@dataclass(frozen=True, slots=True)
class Wording:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def to(self, language: str) -> str:
        """Return the words in the reader's language."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens on a day and starts or ends periods."""

    id: str
    title: Wording


@dataclass(frozen=True, slots=True)
class Trait:
    """A fact about a record that rules may ask for; it may imply wider ones."""

    id: str
    title: Wording
    implies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a running period may be paused, and where the law says so."""

    id: str
    title: Wording
    basis: str


@dataclass(frozen=True, slots=True)
class Statute:
    """A law or document that rules come from."""

    id: str
    title: Wording
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Who owes the duty, and on which side they stand."""

    id: str
    title: Wording
    side: Side
    # the office owes it together with the outside party of the record
    with_vendor: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One statutory period: from an anchor event to a target event."""

    id: str
    domain: str
    title: Wording
    anchor: str
    target: str
    period: Period
    statute: Statute
    article: str
    grade: Grade
    obliged: Party
    consequence: Wording
    nature: Nature = Nature.duty
    methods: frozenset[Method] = frozenset()
    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    derives: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()
    pausable: tuple[str, ...] = ()
    ladder: tuple[int, ...] = ()
    overdue_every: int = 7
    effective_from: date | None = None
    effective_to: date | None = None
    notes: Wording | None = None
    article_checked: bool = True

    @property
    def role(self) -> Role:
        """Name what the computed day means."""
        return self.period.role

    @property
    def blocks(self) -> bool:
        """Tell whether a date that undercuts this period is refused rather than warned about."""
        return (
            self.period.bound is Bound.min
            and self.obliged.side is Side.buyer  # what others did too early or too late is still a fact
            and self.grade is Grade.statute_text_match
        )

    def in_force(self, on: date) -> bool:
        """Tell whether the rule was law on that day."""
        started = self.effective_from is None or self.effective_from <= on
        return started and (self.effective_to is None or on <= self.effective_to)

    def applies(self, method: Method | None, traits: frozenset[str], on: date) -> bool:
        """Tell whether the rule governs a record with this method and these traits on that day."""
        return (
            (not self.methods or method in self.methods)
            and self.when <= traits
            and not self.unless & traits
            and self.in_force(on)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a threshold holds; None means everywhere."""

    province: str | None = None
    level: str | None = None
    category: str = "any"
    year_from: int | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount, share or day that decides what the law asks for."""

    id: str
    title: Wording
    applies_to: Wording
    scope: Scope
    value: Decimal | date
    unit: str
    bound: Ceiling
    statute: Statute
    article: str
    grade: Grade
    notes: Wording | None = None

    @property
    def is_left_to_places(self) -> bool:
        """Tell whether the law leaves the figure to provinces, and so only names a usual or least one."""
        return self.scope.level is not None


@dataclass(frozen=True)
class Catalogue:
    """Every rule with the vocabularies it speaks, indexed by event."""

    rules: Mapping[str, Rule]
    events: Mapping[str, Event]
    traits: Mapping[str, Trait]
    causes: Mapping[str, Cause]
    statutes: Mapping[str, Statute]
    parties: Mapping[str, Party]
    thresholds: Mapping[str, Threshold]
    _by_anchor: dict[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    _by_target: dict[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_anchor: dict[str, tuple[Rule, ...]] = {}
        by_target: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules.values():
            by_anchor[rule.anchor] = (*by_anchor.get(rule.anchor, ()), rule)
            by_target[rule.target] = (*by_target.get(rule.target, ()), rule)
        object.__setattr__(self, "_by_anchor", by_anchor)
        object.__setattr__(self, "_by_target", by_target)

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its id."""
        if rule_id not in self.rules:
            raise NotFound(_("There is no rule %(rule)s.", rule=rule_id))
        return self.rules[rule_id]

    def with_rules(self, overrides: Iterable[Rule]) -> "Catalogue":
        """Return a catalogue in which these rules stand instead of those with the same id."""
        rules = {**self.rules, **{rule.id: rule for rule in overrides}}
        return Catalogue(
            rules, self.events, self.traits, self.causes, self.statutes, self.parties, self.thresholds
        )

    def anchored_on(
        self, event: str, *, method: Method | None = None, traits: Iterable[str] = (), on: date
    ) -> tuple[Rule, ...]:
        """List the rules whose period starts (or, before it, ends) with this event on that day."""
        return self._governing(self._by_anchor.get(event, ()), method, traits, on)

    def targeting(
        self, event: str, *, method: Method | None = None, traits: Iterable[str] = (), on: date
    ) -> tuple[Rule, ...]:
        """List the rules that say when this event may or must happen."""
        return self._governing(self._by_target.get(event, ()), method, traits, on)

    def closed(self, traits: Iterable[str]) -> frozenset[str]:
        """Add to a record's traits the ones they imply."""
        found = set(traits)
        waiting = list(found)
        while waiting:
            trait = self.traits.get(waiting.pop())
            new = set(trait.implies) - found if trait else set()
            found |= new
            waiting += new
        return frozenset(found)

    def _governing(
        self, rules: tuple[Rule, ...], method: Method | None, traits: Iterable[str], on: date
    ) -> tuple[Rule, ...]:
        facts = self.closed(traits)
        chosen = method or method_of(facts)
        return tuple(rule for rule in rules if rule.applies(chosen, facts, on))


def method_of(traits: Iterable[str]) -> Method | None:
    """Read the method of procurement from a record's traits."""
    named = (trait.removeprefix(METHOD_TRAIT) for trait in traits if trait.startswith(METHOD_TRAIT))
    return next((Method(name) for name in sorted(named)), None)
