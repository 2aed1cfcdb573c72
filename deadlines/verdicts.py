"""Whether an announced date may stand: refused with the article, or entered with a caution."""

from dataclasses import dataclass, field
from datetime import date

from core.errors import Unlawful
from core.i18n import Text
from core.i18n import lazy_gettext as _
from deadlines.clocks import Changes, Face, Shift
from deadlines.clockwork import Breach, Key, Wound
from deadlines.models import Deadline
from deadlines.rules import Nature, Rule
from deadlines.terms import Role


@dataclass(frozen=True, slots=True)
class Caution:
    """A date that a rule does not permit, though it may be entered; the reader is told why."""

    rule: Rule
    event: str
    occurrence: str
    on: date
    lawful_on: date | None
    provisional: bool

    @property
    def message(self) -> Text:
        """Return the caution in words."""
        return _breach_text(self.rule, self.on, self.lawful_on)


@dataclass(slots=True)
class Announcement:
    """What an announced event led to."""

    changes: Changes = field(default_factory=Changes)
    cautions: list[Caution] = field(default_factory=list)

    @property
    def opened(self) -> list[Deadline]:
        """Return the deadlines that have begun to run."""
        return self.changes.opened

    @property
    def met(self) -> list[Deadline]:
        """Return the deadlines that the event has met, in time or late."""
        return self.changes.met

    @property
    def moved(self) -> list[Shift]:
        """Return the deadlines that have moved."""
        return self.changes.moved


def judge(face: Face, wound: Wound, announced: str, *, tolerate: bool) -> list[Caution]:
    """Return what speaks against the changed dates; raise Unlawful when the law leaves no choice."""
    cautions = []
    breaches = list(face.clockwork.breaches(face.subject, wound, face.pauses()))
    broken = {(breach.rule.id, breach.target) for breach in breaches}
    for breach in breaches:
        if _is_open_otherwise(face, wound, breach, broken):
            continue
        if breach.is_refused and not tolerate:
            raise _refusal(breach, announced)
        cautions.append(caution_of(breach))
    return cautions


def _is_open_otherwise(face: Face, wound: Wound, breach: Breach, broken: set[tuple[str, Key]]) -> bool:
    """Tell whether a right that one period has cut off may still be used within another one.

    A challenge to the documents comes too late after the award, one to the result does not; which of the two
    it is cannot be told from its day.
    """
    if breach.rule.nature is not Nature.right:
        return False
    book, (event, occurrence) = face.clockwork.book, breach.target
    for rule_id in book.touching(event):
        own = book.catalogue.rules[rule_id].anchor
        anchor = wound.facts.get((own, occurrence)) or wound.facts.get((own, ""))
        if anchor is None or rule_id == breach.rule.id or (rule_id, breach.target) in broken:
            continue
        rule = book.applying(rule_id, face.subject, anchor.on)
        if rule is not None and rule.nature is Nature.right:
            return True
    return False


def caution_of(breach: Breach) -> Caution:
    """Return a breach as the reader is told of it."""
    event, occurrence = breach.target
    return Caution(breach.rule, event, occurrence, breach.target_on, breach.lawful_on, breach.provisional)


def _refusal(breach: Breach, announced: str) -> Unlawful:
    return Unlawful(
        _breach_text(breach.rule, breach.target_on, breach.lawful_on),
        rule=breach.rule.id,
        statute=breach.rule.statute.title.zh,
        article=breach.rule.article,
        field=announced,
        lawful_on=breach.lawful_on,
    )


def _breach_text(rule: Rule, on: date, lawful_on: date | None) -> Text:
    facts = {"day": on.isoformat(), "statute": rule.statute.title.zh, "article": rule.article}
    if lawful_on is None:
        return _(
            "%(day)s cannot be checked against %(statute)s %(article)s: the calendar is not published.",
            **facts,
        )
    facts["lawful"] = lawful_on.isoformat()
    if rule.role is Role.earliest:
        return _("%(day)s is too early: %(statute)s %(article)s allows %(lawful)s at the earliest.", **facts)
    return _("%(day)s is too late: %(statute)s %(article)s allows %(lawful)s at the latest.", **facts)
