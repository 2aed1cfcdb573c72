"""The reference of rules for readers: ``python -m deadlines.reference > docs/rules.md``."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from deadlines.loading import load_catalogue
from deadlines.rules import GOVERNMENT_METHODS, Catalogue, Grade, Rule, Threshold
from deadlines.terms import Bound, Direction

GRADES = {
    Grade.statute_text_match: "found word for word in a stored text; only this grade refuses a date",
    Grade.page_excerpt: "wording seen in an excerpt; the article may be from memory",
    Grade.page_secondary: "figure confirmed by a secondary source only",
    Grade.none: "from memory, to be checked before anybody relies on it",
    Grade.own_terms: "set by the office or agreed between the parties; no statute",
}


def reference(catalogue: Catalogue) -> str:
    """Write the whole catalogue as one Markdown page."""
    return "\n".join(_lines(catalogue)) + "\n"


def _lines(catalogue: Catalogue) -> Iterator[str]:
    rules = sorted(catalogue.rules.values(), key=lambda rule: (rule.domain, rule.anchor, rule.id))
    yield "# Statutory periods"
    yield ""
    yield "Written from `deadlines/catalogue/` by `python -m deadlines.reference`; do not edit."
    yield ""
    yield f"{len(rules)} rules, {len(catalogue.thresholds)} thresholds. Grades:"
    yield ""
    for grade, meaning in GRADES.items():
        count = sum(rule.grade is grade for rule in rules)
        yield f"* `{grade}` ({count}): {meaning}"
    for domain, members in groupby(rules, key=lambda rule: rule.domain):
        yield from _section(domain, list(members), catalogue)
    yield from _thresholds(catalogue.thresholds.values())
    yield from _vocabulary(
        "Traits", ((trait.id, trait.title.zh, trait.title.en) for trait in catalogue.traits.values())
    )
    yield from _vocabulary(
        "Causes for a pause",
        (
            (cause.id, cause.title.zh, f"{cause.title.en} ({cause.basis})")
            for cause in catalogue.causes.values()
        ),
    )
    yield from _vocabulary(
        "Events", ((event.id, event.title.zh, event.title.en) for event in catalogue.events.values())
    )


def _section(domain: str, rules: Sequence[Rule], catalogue: Catalogue) -> Iterator[str]:
    yield ""
    yield f"## {domain.replace('_', ' ').capitalize()}"
    for rule in rules:
        yield ""
        yield f"### `{rule.id}`"
        yield ""
        yield f"{rule.title.zh} · {rule.title.en}"
        yield ""
        yield from (f"* {line}" for line in _facts(rule, catalogue))


def _facts(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    anchor, target = catalogue.events[rule.anchor], catalogue.events[rule.target]
    yield f"{_period(rule)}: `{rule.anchor}` ({anchor.title.en}) → `{rule.target}` ({target.title.en})"
    checked = "" if rule.article_checked else " (article to be checked)"
    yield f"{rule.statute.title.zh} {rule.article}{checked} · `{rule.grade}`{_force(rule)}"
    yield f"{rule.obliged.title.zh} · {rule.obliged.title.en}; {rule.nature}, {_reading(rule)}"
    yield f"{rule.consequence.zh} · {rule.consequence.en}"
    if rule.methods:
        every = rule.methods == GOVERNMENT_METHODS
        yield "methods: " + ("all of government procurement" if every else _codes(sorted(rule.methods)))
    for label, words in (
        ("when", sorted(rule.when)),
        ("unless", sorted(rule.unless)),
        ("brings about", rule.derives),
        ("joint with", rule.joint),
        ("pauses for", rule.pausable),
    ):
        if words:
            yield f"{label}: {_codes(words)}"
    if rule.ladder:
        yield "reminders: " + ", ".join(map(str, rule.ladder)) + " days before"
    if rule.notes:
        yield f"{rule.notes.zh} · {rule.notes.en}"


def _period(rule: Rule) -> str:
    period = rule.period
    unit = period.unit.replace("_", " ") + ("" if period.amount == 1 else "s")
    sign = "≤" if period.bound is Bound.max else "≥"
    return f"**{sign} {period.amount} {unit} {'after' if period.direction is Direction.after else 'before'}**"


def _force(rule: Rule) -> str:
    started = f", in force from {rule.effective_from}" if rule.effective_from else ""
    return started + (f" to {rule.effective_to}" if rule.effective_to else "")


def _reading(rule: Rule) -> str:
    if not rule.period.rolls:
        return "never moves off a rest day"
    return "read strictly" if rule.obliged.side.value == "buyer" else "read leniently"


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _thresholds(thresholds: Iterable[Threshold]) -> Iterator[str]:
    yield ""
    yield "## Thresholds"
    yield ""
    yield "| id | name | value | scope | statute | grade |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for item in thresholds:
        scope = " ".join(filter(None, (item.scope.province, item.scope.level, item.scope.category)))
        since = f" from {item.scope.year_from}" if item.scope.year_from else ""
        yield (
            f"| `{item.id}` | {item.title.zh} · {item.title.en} | {item.bound} {item.value} {item.unit} "
            f"| {scope}{since} | {item.statute.title.zh} {item.article} | `{item.grade}` |"
        )


def _vocabulary(title: str, words: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield "| id | Chinese | English |"
    yield "| --- | --- | --- |"
    for word, zh, en in words:
        yield f"| `{word}` | {zh} | {en} |"


if __name__ == "__main__":
    sys.stdout.write(reference(load_catalogue()))
