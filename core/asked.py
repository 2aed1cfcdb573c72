"""What the address of a list asks for: words, filters, an order and a place, each checked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from core import search
from core.filters import Filter
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.marks import BadQuery, Mark
from core.register import Column, Condition, Order, decode

PLACES = frozenset({"after", "before"})


@dataclass
class Asked:
    """The checked wish of one request; ``problems`` says what could not be read, by name."""

    given: Mapping[str, Sequence[str]]
    words: str
    order: Order
    criteria: list[Condition] = field(default_factory=list)
    at: Mark | None = None
    backwards: bool = False
    problems: dict[str, Text] = field(default_factory=dict)

    @property
    def is_bare(self) -> bool:
        """Return whether nothing is asked for but a page."""
        return not self.given.keys() - PLACES

    def address(self, without: Iterable[str] = (), **changed: Any) -> str:
        """Return the query string with some names changed; the place in the list is given up."""
        dropped = PLACES | set(without) | set(changed)
        pairs = [
            (name, text)
            for name, texts in self.given.items()
            for text in texts
            if text and name not in dropped
        ]
        pairs += [(name, text) for name, text in changed.items() if text]
        return "?" + urlencode(pairs)


def read(
    session: Session,
    given: Mapping[str, Sequence[str]],
    *,
    matching: Callable[[str], ColumnElement[bool] | None],
    always: Sequence[ColumnElement[bool]],
    narrowing: Sequence[Filter],
    sortable: Mapping[str, Column],
    default: Order,
) -> Asked:
    """Return what the address asks for; what cannot be read becomes a problem, never an error."""
    asked = Asked(
        given, _one(given, "q").strip()[: search.LONGEST], default, [Condition(each) for each in always]
    )
    found = matching(asked.words)
    if found is not None:
        asked.criteria.append(Condition(found))
    for each in narrowing:
        _narrow(session, asked, each)
    try:
        asked.order = _order(given, narrowing, sortable, default)
        for name in PLACES:
            if _one(given, name):
                asked.at, asked.backwards = decode(_one(given, name), asked.order), name == "before"
    except BadQuery as problem:
        asked.problems["sort"] = problem.message
    return asked


def _narrow(session: Session, asked: Asked, each: Filter) -> None:
    try:
        clause = each.clause(session, asked.given)
    except BadQuery as problem:
        asked.problems[each.names[0]] = problem.message
    else:
        if clause is not None:
            asked.criteria.append(clause)


def _order(
    given: Mapping[str, Sequence[str]],
    narrowing: Sequence[Filter],
    sortable: Mapping[str, Column],
    default: Order,
) -> Order:
    name = _one(given, "sort")
    if name:
        if name not in sortable:
            raise BadQuery(_("This list cannot be sorted by “%(name)s”.") % {"name": name[:40]})
        return Order(sortable[name], _one(given, "desc") == "1")
    # What is narrowed to a span or to a beginning is read off its own index: only then is it as quick among
    # a million rows. Nearest first is also what the reader of a span wants.
    for each in narrowing:
        if each.direction and each.name in sortable and any(_one(given, n).strip() for n in each.names):
            return Order(sortable[each.name], descending=each.direction == "down")
    return default


def _one(given: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(given.get(name, ())), "")
