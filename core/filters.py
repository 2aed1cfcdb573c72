"""What a register can be narrowed by: choices, spans of days and amounts, beginnings of texts, links."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from core import engine
from core.clock import SHANGHAI
from core.errors import InvalidInput
from core.forms import parse_money
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.marks import BadQuery
from core.organizations import NOTHING, Organization
from core.register import Column, Condition, Pin

Values = Mapping[str, Sequence[str]]

MOST_OPTIONS = 500


@dataclass
class Filter:
    """Narrow a list by one column."""

    column: Column
    widget: str = "text"
    # how the rows are sorted when nothing else is asked for: along the filter's own column, or None
    direction: Literal["up", "down"] | None = "down"

    @property
    def name(self) -> str:
        """Return the name in the address."""
        return self.column.name

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name that the filter reads from the address."""
        return (self.name,)

    @property
    def lookup(self) -> str | None:
        """Return the address that suggests what to type, or None."""
        kind = self.column.leads_to
        return f"/search/suggest/{kind}" if kind and kind != "record" else None

    def clause(self, session: Session, given: Values) -> Condition | None:
        """Return the condition that was asked for, or None; raise BadQuery on what cannot be read."""
        texts = [text for text in given.get(self.name, ()) if text != ""]
        return self.condition(session, texts) if texts else None

    def condition(self, session: Session, texts: Sequence[str]) -> Condition:
        """Return the condition for the text of the address: a beginning, letter by letter."""
        start = texts[0].strip()[:200]
        source, kind = self.column.source, self.column.source.type
        beyond = _beyond(start)
        if beyond <= start or not engine.sorts_by_code_point(session):
            like = bindparam(f"{self.name}_like", _escaped(start) + "%", kind)
            return Condition(source.like(like, escape="/"), (self.name, "like"), {like.key: like.value})
        # The span of the index in which such texts stand, and nothing beside it: PostgreSQL takes a LIKE
        # for so rare that it would rather sort whatever it finds than walk the index.
        values = {f"{self.name}_first": start, f"{self.name}_beyond": beyond}
        first, last = (bindparam(name, value, kind) for name, value in values.items())
        return Condition(and_(source >= first, source < last), (self.name, "span"), values)

    def options(self, session: Session) -> Sequence[tuple[str, Text]]:
        """Return what a list of choices offers."""
        return ()

    def words(self, session: Session, given: Values) -> str:
        """Return what is asked for, in words, for the chip above the list."""
        known = dict(self.options(session))
        return "、".join(str(known.get(text, text)) for text in given.get(self.name, ()) if text)


@dataclass
class ChoiceFilter(Filter):
    """Narrow by the values of an enumeration; several may be named."""

    widget: str = "choice"
    direction: Literal["up", "down"] | None = None

    def condition(self, session: Session, texts: Sequence[str]) -> Condition:
        """Return the condition; a value that the enumeration does not have is refused."""
        known = self.column.source.type.enum_class
        try:
            wanted = [known(text) for text in texts]
        except ValueError:
            raise BadQuery(_("“%(label)s” has no such value.") % {"label": self.column.label}) from None
        source = self.column.source
        values = {f"{self.name}_{place}": value for place, value in enumerate(wanted)}
        bound = [bindparam(name, value, source.type) for name, value in values.items()]
        if len(bound) == 1:
            pin = Pin(self.column, wanted[0], and_(source >= bound[0], source <= bound[0]))
            return Condition(source == bound[0], (self.name, 1), values, pin)
        clauses = [source == each for each in bound]
        return Condition(or_(*clauses), (self.name, len(wanted)), values)

    def options(self, session: Session) -> Sequence[tuple[str, Text]]:
        """Return every value with its label."""
        return [(m.value, self.column.choices.get(m, m.value)) for m in self.column.source.type.enum_class]


@dataclass
class YesNoFilter(Filter):
    """Narrow by a fact that holds or does not."""

    widget: str = "choice"
    direction: Literal["up", "down"] | None = None

    def condition(self, session: Session, texts: Sequence[str]) -> Condition:
        """Return the condition for yes or no."""
        if texts[0] not in {"yes", "no"}:
            raise BadQuery(_("“%(label)s” has no such value.") % {"label": self.column.label})
        return Condition(self.column.source.is_(texts[0] == "yes"), (self.name, texts[0]))

    def options(self, session: Session) -> Sequence[tuple[str, Text]]:
        """Return yes and no."""
        return [("yes", _("Yes")), ("no", _("No"))]


@dataclass
class SpanFilter(Filter):
    """Narrow by the first and last day, or the least and greatest amount; both belong to the span."""

    direction: Literal["up", "down"] | None = "up"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the two ends."""
        return f"{self.name}_from", f"{self.name}_to"

    def clause(self, session: Session, given: Values) -> Condition | None:
        """Return the condition for whichever end was given."""
        low, high = (next(iter(given.get(name, ())), "").strip() for name in self.names)
        source, (first, last) = self.column.source, self.names
        values: dict[str, Any] = {}
        if low:
            values[first] = self._low(low)
        if high:
            values[last] = self._high(high)
        if not values:
            return None
        bound = {name: bindparam(name, value, source.type) for name, value in values.items()}
        until = operator.lt if self.column.nature == "moment" else operator.le
        clauses = [operator.ge(source, bound[name]) for name in bound if name == first]
        clauses += [until(source, bound[name]) for name in bound if name == last]
        return Condition(and_(*clauses), tuple(values), values)

    def words(self, session: Session, given: Values) -> str:
        """Return the span with a dash."""
        low, high = (next(iter(given.get(name, ())), "") for name in self.names)
        return f"{low} – {high}" if low or high else ""

    def _low(self, text: str) -> Any:
        value = self._read(text)
        return _start(value) if self.column.nature == "moment" else value

    def _high(self, text: str) -> Any:
        value = self._read(text)
        return _start(value + timedelta(days=1)) if self.column.nature == "moment" else value

    def _read(self, text: str) -> Any:
        try:
            return ENDS[self.column.nature](text)
        except (ValueError, OverflowError, InvalidInput):
            raise BadQuery(_("“%(label)s” cannot be read.") % {"label": self.column.label}) from None


@dataclass
class LinkFilter(Filter):
    """Narrow by the organization, person or record that a row points at: by id, number or name."""

    widget: str = "link"
    direction: Literal["up", "down"] | None = None

    def condition(self, session: Session, texts: Sequence[str]) -> Condition:
        """Return the condition; what cannot be found is refused."""
        numbers = [self._number(session, text.strip()) for text in texts]
        return Condition(self.column.pointer.in_(numbers))

    def words(self, session: Session, given: Values) -> str:
        """Return the name of what a row points at."""
        numbers = [text for text in given.get(self.name, ()) if text.isdigit() and text.isascii()]
        if not numbers:
            return super().words(session, given)
        other = self.column.other
        named = session.scalars(select(self.column.source).where(other.id.in_([int(n) for n in numbers])))
        return "、".join(str(name) for name in named)

    def _number(self, session: Session, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text)
        other = self.column.other
        named = [self.column.source == text]
        if hasattr(other, "number"):
            named.append(other.number == text.split(" ", 1)[0])
        found = session.scalars(select(other.id).where(or_(*named)).limit(2)).all()
        if len(found) != 1:
            raise BadQuery(
                _("Nothing is found under this number or name.")
                if not found
                else _("More than one is called so: type the number.")
            )
        return int(found[0])


@dataclass
class OrganizationFilter(LinkFilter):
    """Narrow by an organization of those that the person sees."""

    widget: str = "choice"

    def options(self, session: Session) -> Sequence[tuple[str, Text]]:
        """Return the organizations in scope, those above before those below."""
        scope = session.info.get("scope", NOTHING)
        shown = select(Organization.id, Organization.name).order_by(Organization.path)
        if not scope.everything:
            shown = shown.where(Organization.id.in_(sorted(scope.own)))
        return [(str(number), name) for number, name in session.execute(shown.limit(MOST_OPTIONS))]

    def words(self, session: Session, given: Values) -> str:
        """Return the organizations' names from the options."""
        return Filter.words(self, session, given)


def build(column: Column) -> Filter:
    """Return the filter that suits a column."""
    if column.other is not None:
        points_at_organization = column.pointer.name == "organization_id"
        return OrganizationFilter(column) if points_at_organization else LinkFilter(column)
    if column.nature in ENDS:
        return SpanFilter(column, widget=column.nature)
    return {"choice": ChoiceFilter, "yes_no": YesNoFilter}.get(column.nature, Filter)(column)


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _beyond(start: str) -> str:
    """Return the least text, by code point, that is greater than every text with this beginning."""
    for end in range(len(start), 0, -1):
        code = ord(start[end - 1]) + 1
        if code < 0x110000:
            return start[: end - 1] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
    return chr(0x10FFFF)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**31:
        raise ValueError
    return number


ENDS: dict[str, Callable[[str], Any]] = {
    "money": parse_money,
    "day": date.fromisoformat,
    "moment": date.fromisoformat,
    "number": _whole,
}
