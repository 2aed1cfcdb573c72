"""The catalogue's YAML files, read once and refused whole if anything in them does not hold together."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml

from deadlines.rules import (
    GOVERNMENT_METHODS,
    METHOD_TRAIT,
    Catalogue,
    Cause,
    Ceiling,
    Event,
    Grade,
    Method,
    Nature,
    Party,
    Rule,
    Scope,
    Statute,
    Threshold,
    Trait,
    Wording,
)
from deadlines.terms import Bound, Direction, Period, Side, Unit

# libyaml reads the catalogue some eight times faster; PyYAML can be built without it
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Entry = Mapping[str, Any]
T = TypeVar("T")


class BrokenCatalogue(Exception):
    """Refuse a catalogue that contradicts itself; the message names the file, the entry and the fault."""


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that comes with the program."""
    return read_catalogue(files("deadlines").joinpath("catalogue"))


def read_catalogue(folder: Traversable) -> Catalogue:
    """Read and check a catalogue from its folder."""
    statutes = _vocabulary(folder, "statutes", _statute)
    parties = _vocabulary(folder, "parties", _party)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.joinpath("rules").iterdir(), key=lambda path: path.name):
        for entry in _entries(path):
            rule = _built(path, entry, partial(_rule, path.name.split(".")[0], statutes, parties))
            if rule.id in rules:
                raise BrokenCatalogue(f"{path.name}: {rule.id}: the id is used twice")
            rules[rule.id] = rule
    catalogue = Catalogue(
        rules=rules,
        events=_vocabulary(folder, "events", lambda entry: Event(entry["id"], _wording(entry))),
        traits=_vocabulary(folder, "traits", _trait),
        causes=_vocabulary(folder, "causes", _cause),
        statutes=statutes,
        parties=parties,
        thresholds=_thresholds(folder, statutes),
    )
    for fault in _faults(catalogue):
        raise BrokenCatalogue(fault)
    return catalogue


def _vocabulary(folder: Traversable, name: str, build: Callable[[Entry], T]) -> dict[str, T]:
    path = folder.joinpath(f"{name}.yaml")
    content: Mapping[str, Entry] = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - is safe
    return {key: _built(path, {"id": key, **entry}, build) for key, entry in content.items()}


def _entries(path: Traversable) -> list[Entry]:
    entries: list[Entry] = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - is safe
    return entries


def _built(path: Traversable, entry: Entry, build: Callable[[Entry], T]) -> T:
    try:
        return build(entry)
    except KeyError as missing:
        raise BrokenCatalogue(f"{path.name}: {entry.get('id')}: {missing} is missing or unknown") from missing
    except (TypeError, ValueError) as wrong:
        raise BrokenCatalogue(f"{path.name}: {entry.get('id')}: {wrong}") from wrong


def _wording(entry: Entry) -> Wording:
    return Wording(zh=entry["zh"], en=entry["en"])


def _trait(entry: Entry) -> Trait:
    return Trait(entry["id"], _wording(entry), tuple(entry.get("implies", ())))


def _cause(entry: Entry) -> Cause:
    return Cause(entry["id"], _wording(entry), entry["basis"])


def _statute(entry: Entry) -> Statute:
    return Statute(entry["id"], _wording(entry), entry.get("effective_from"), entry.get("effective_to"))


def _party(entry: Entry) -> Party:
    return Party(entry["id"], _wording(entry), Side(entry["side"]), bool(entry.get("with_vendor")))


def _rule(domain: str, statutes: Mapping[str, Statute], parties: Mapping[str, Party], entry: Entry) -> Rule:
    statute, obliged = statutes[entry["statute"]], parties[entry["obliged"]]
    if not entry["article"]:
        raise ValueError("a rule needs an article")
    return Rule(
        id=entry["id"],
        domain=domain,
        title=_wording(entry["title"]),
        anchor=entry["anchor"],
        target=entry["target"],
        period=_period(entry, obliged.side),
        statute=statute,
        article=entry["article"],
        grade=Grade(entry["grade"]),
        obliged=obliged,
        consequence=_wording(entry["consequence"]),
        nature=Nature(entry["nature"]),
        methods=_methods(entry.get("methods", ())),
        when=frozenset(entry.get("when", ())),
        unless=frozenset(entry.get("unless", ())),
        derives=tuple(entry.get("derives", ())),
        joint=tuple(entry.get("joint", ())),
        pausable=tuple(entry.get("pausable", ())),
        ladder=tuple(entry["ladder"]),
        overdue_every=entry.get("overdue_every", 7),
        effective_from=entry.get("effective_from", statute.effective_from),
        effective_to=entry.get("effective_to", statute.effective_to),
        notes=_wording(entry["notes"]) if "notes" in entry else None,
        article_checked=entry.get("article_checked", True),
    )


def _period(entry: Entry, side: Side) -> Period:
    period = entry["period"]
    amount = period["amount"]
    if not isinstance(amount, int) or amount < 0:
        raise ValueError(f"{amount!r} is not a length of time")
    if entry["roll"] not in ("rest_day", "never"):
        raise ValueError(f"{entry['roll']!r} is not a way to roll")
    return Period(
        amount=amount,
        unit=Unit(period["unit"]),
        direction=Direction(period["direction"]),
        bound=Bound(period["bound"]),
        rolls=entry["roll"] == "rest_day",
        side=side,
    )


def _methods(names: Any) -> frozenset[Method]:
    return GOVERNMENT_METHODS if names == "government" else frozenset(map(Method, names))


def _thresholds(folder: Traversable, statutes: Mapping[str, Statute]) -> dict[str, Threshold]:
    path = folder.joinpath("thresholds.yaml")
    found: dict[str, Threshold] = {}
    for entry in _entries(path):
        threshold = _built(path, entry, partial(_threshold, statutes))
        if threshold.id in found:
            raise BrokenCatalogue(f"{path.name}: {threshold.id}: the id is used twice")
        found[threshold.id] = threshold
    return found


def _threshold(statutes: Mapping[str, Statute], entry: Entry) -> Threshold:
    value: float | date = entry["value"]
    return Threshold(
        id=entry["id"],
        title=_wording(entry["title"]),
        applies_to=_wording(entry["applies_to"]),
        scope=Scope(**entry["scope"]),
        value=value if isinstance(value, date) else Decimal(str(value)),
        unit=entry["unit"],
        bound=Ceiling(entry["bound"]),
        statute=statutes[entry["statute"]],
        article=entry["article"],
        grade=Grade(entry["grade"]),
        notes=_wording(entry["notes"]) if "notes" in entry else None,
    )


def _faults(catalogue: Catalogue) -> Iterator[str]:
    methods = {f"{METHOD_TRAIT}{method}" for method in Method}
    if methods - catalogue.traits.keys():
        yield f"traits.yaml: {sorted(methods - catalogue.traits.keys())} are missing"
    for trait in catalogue.traits.values():
        for unknown in set(trait.implies) - catalogue.traits.keys():
            yield f"traits.yaml: {trait.id}: unknown trait {unknown}"
    for rule in catalogue.rules.values():
        yield from (f"{rule.domain}.yaml: {rule.id}: {fault}" for fault in _rule_faults(rule, catalogue))


def _rule_faults(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    vocabularies: tuple[tuple[str, Iterable[str], Collection[str]], ...] = (
        ("event", (rule.anchor, rule.target, *rule.derives), catalogue.events),
        ("trait", rule.when | rule.unless, catalogue.traits),
        ("cause", rule.pausable, catalogue.causes),
        ("rule", rule.joint, catalogue.rules),
    )
    for kind, used, known in vocabularies:
        yield from (f"unknown {kind} {word}" for word in used if word not in known)
    for other in rule.joint:
        if other in catalogue.rules and rule.id not in catalogue.rules[other].joint:
            yield f"{other} does not name this rule as joint in return"
    if list(rule.ladder) != sorted(set(rule.ladder), reverse=True) or min(rule.ladder, default=0) < 0:
        yield "a ladder descends, without repeating, to no less than 0 days"
    if rule.nature in (Nature.validity, Nature.retention) and rule.period.rolls:
        yield "validity and retention never roll"
