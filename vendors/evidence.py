"""What each service demands of a vendor, as data, and until when a vendor meets it: pure arithmetic.

Only what a statute or a national rule asks for stands here; a library may ask for more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind

# a need without an end is met until the last of days, one that is not met since before the first
FOR_GOOD, NEVER = date.max, date.min
A_DAY = timedelta(days=1)


class Credential(StrEnum):
    """What a person is registered or licensed as."""

    fire_engineer_first = "fire_engineer_first"
    fire_engineer_second = "fire_engineer_second"
    fire_operator_middle = "fire_operator_middle"
    fire_operator_basic = "fire_operator_basic"
    eia_engineer = "eia_engineer"
    safety_evaluator = "safety_evaluator"
    special_operation = "special_operation"


CREDENTIAL_LABELS: dict[Credential, LazyString] = {
    Credential.fire_engineer_first: _("Registered fire engineer, first class"),
    Credential.fire_engineer_second: _("Registered fire engineer, second class"),
    Credential.fire_operator_middle: _("Fire system operator, middle grade or above"),
    Credential.fire_operator_basic: _("Fire system operator, basic grade"),
    Credential.eia_engineer: _("EIA engineer"),
    Credential.safety_evaluator: _("Safety evaluator"),
    Credential.special_operation: _("Special operation certificate"),
}


class Key(StrEnum):
    """The name of a requirement."""

    cma = "cma"
    eia_filing = "eia_filing"
    fire_engineers = "fire_engineers"
    fire_operators = "fire_operators"
    fire_premises = "fire_premises"
    hazardous_waste = "hazardous_waste"
    safety_evaluation = "safety_evaluation"
    sanitation_permit = "sanitation_permit"


@dataclass(frozen=True)
class Paper:
    """A certificate that somebody has verified, and the days between which it holds."""

    kind: CertificateKind
    issued_on: date
    expires_on: date | None


@dataclass(frozen=True)
class Staffer:
    """A verified person with one credential; ``who`` tells people apart."""

    who: str
    credential: Credential
    expires_on: date | None


@dataclass(frozen=True)
class Held:
    """What a vendor has, as far as somebody has verified it."""

    papers: Sequence[Paper] = ()
    staff: Sequence[Staffer] = ()
    area: int = 0


@dataclass(frozen=True)
class Requirement:
    """One thing that a service demands, who grants it, where it is checked, and until when it is met."""

    key: Key
    label: LazyString
    authority: LazyString
    source: LazyString
    met_until: Callable[[Held, date], date] = field(compare=False)
    # the certificates of which one meets it; none: it asks for people or premises
    kinds: tuple[CertificateKind, ...] = ()
    # what the deadline catalogue knows of it
    validity: str | None = None
    renewal: str | None = None


def by_paper(*kinds: CertificateKind) -> Callable[[Held, date], date]:
    """Return the rule that one of these certificates is in force; without a gap a renewal carries on."""

    def met_until(held: Held, on: date) -> date:
        papers = [paper for paper in held.papers if paper.kind in kinds]
        return carried_on(((paper.issued_on, paper.expires_on or FOR_GOOD) for paper in papers), on)

    return met_until


def by_staff(
    count: int, among: Iterable[Credential], *, higher: Iterable[Credential] = (), of_whom: int = 0
) -> Callable[[Held, date], date]:
    """Return the rule that so many people are on the staff, some of them of a higher grade."""
    all_of, best = frozenset(among) | frozenset(higher), frozenset(higher)

    def met_until(held: Held, on: date) -> date:
        enough = _last_day_of(held.staff, all_of, count, on)
        return min(enough, _last_day_of(held.staff, best, of_whom, on)) if of_whom else enough

    return met_until


def by_area(least: int) -> Callable[[Held, date], date]:
    """Return the rule that the premises are so many square metres large."""
    return lambda held, _on: FOR_GOOD if held.area >= least else NEVER


def carried_on(spans: Iterable[tuple[date, date]], on: date) -> date:
    """Return the last day of the unbroken chain of spans that holds a day, or the last day before it."""
    ordered = sorted(spans)
    last = max((end for start, end in ordered if start <= on), default=NEVER)
    if last < on:
        return last
    for start, end in ordered:
        if last < end and (last == FOR_GOOD or start <= last + A_DAY):
            last = end
    return last


def _last_day_of(staff: Sequence[Staffer], among: frozenset[Credential], count: int, on: date) -> date:
    """Return until when ``count`` people hold one of the credentials."""
    longest: dict[str, date] = {}
    for person in staff:
        if person.credential in among:
            until = person.expires_on or FOR_GOOD
            longest[person.who] = max(longest.get(person.who, NEVER), until)
    days = sorted(longest.values(), reverse=True)
    return days[count - 1] if len(days) >= count else NEVER


C, K, E = ServiceCategory, CertificateKind, Credential

PROVINCIAL_EMERGENCY = _("Provincial emergency management authority")
MARKET_REGULATION = _("CNCA or the provincial market regulator")
ECOLOGY = _("Ecology and environment authority")
SANITATION = _("City or county sanitation authority")
FIRE = _("Fire and rescue authority")
FIRE_REGISTRY = _("Information system of fire technical services")


def _paper(
    key: Key, authority: LazyString, source: LazyString, *kinds: CertificateKind, **rules: str
) -> Requirement:
    label = CERTIFICATES[kinds[0]].label
    return Requirement(key, label, authority, source, by_paper(*kinds), kinds, **rules)


REQUIREMENTS: dict[ServiceCategory, tuple[Requirement, ...]] = {
    C.safety_evaluation: (
        _paper(
            Key.safety_evaluation,
            PROVINCIAL_EMERGENCY,
            _("Public register of the emergency management authority"),
            K.safety_evaluation,
            validity="safety_eval_cert_validity_5y",
            renewal="safety_eval_cert_renewal_3m",
        ),
    ),
    C.testing: (
        _paper(
            Key.cma,
            MARKET_REGULATION,
            _("National register of accredited inspection bodies"),
            K.cma,
            validity="cma_validity_6y",
            renewal="cma_renewal_3m",
        ),
    ),
    C.eia: (
        _paper(
            Key.eia_filing,
            ECOLOGY,
            _("National EIA credit platform, looked up before every pick"),
            K.eia_filing,
        ),
    ),
    C.sanitation: (
        _paper(
            Key.sanitation_permit,
            SANITATION,
            _("The permit itself and the authority that issued it"),
            K.sanitation_permit,
            renewal="sanitation_permit_renewal_30d",
        ),
    ),
    C.hazardous_waste: (
        _paper(
            Key.hazardous_waste,
            ECOLOGY,
            _("Published list of permits of the ecology authority"),
            K.hazardous_waste,
            K.hazardous_waste_collection,
            validity="hazwaste_permit_validity_5y",
            renewal="hazwaste_permit_renewal_30wd",
        ),
    ),
    C.fire: (
        Requirement(Key.fire_premises, _("Premises of at least 200 m²"), FIRE, FIRE_REGISTRY, by_area(200)),
        Requirement(
            Key.fire_engineers,
            _("Two registered fire engineers, one of them first class"),
            FIRE,
            FIRE_REGISTRY,
            by_staff(2, {E.fire_engineer_second}, higher={E.fire_engineer_first}, of_whom=1),
            validity="fire_engineer_registration_3y",
            renewal="fire_engineer_registration_renewal_3m",
        ),
        Requirement(
            Key.fire_operators,
            _("Six fire system operators, two of them middle grade"),
            FIRE,
            FIRE_REGISTRY,
            by_staff(6, {E.fire_operator_basic}, higher={E.fire_operator_middle}, of_whom=2),
        ),
    ),
}
KNOWN = {(category, each.key): each for category, needed in REQUIREMENTS.items() for each in needed}


@dataclass(frozen=True)
class Need:
    """One requirement of one service, and until when a vendor meets it."""

    category: ServiceCategory
    key: Key
    met_until: date

    @property
    def requirement(self) -> Requirement:
        """Return what is required."""
        return KNOWN[self.category, self.key]

    def is_met(self, on: date) -> bool:
        """Tell whether the vendor meets it on a day; its last day counts."""
        return on <= self.met_until

    def words(self, on: date) -> Text:
        """Return what to tell the office and the vendor alike."""
        label = self.requirement.label
        if self.met_until == NEVER:
            return _("%(what)s: not met by what has been verified.") % {"what": label}
        day = self.met_until.isoformat()
        if not self.is_met(on):
            return _("%(what)s: ended on %(day)s. Hand in the renewed paper.") % {"what": label, "day": day}
        if self.met_until == FOR_GOOD:
            return _("%(what)s: in order.") % {"what": label}
        return _("%(what)s: in order until %(day)s.") % {"what": label, "day": day}


def needs(held: Held, categories: Iterable[ServiceCategory], on: date) -> list[Need]:
    """Return every requirement of these services, and until when it is met as seen on a day."""
    return [
        Need(category, each.key, each.met_until(held, on))
        for category in sorted(set(categories))
        for each in REQUIREMENTS.get(category, ())
    ]
