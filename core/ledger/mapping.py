"""Which heading of a file holds which column of a sheet: guessed, corrected, remembered."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.ledger.archive import letters
from core.ledger.headings import AmountUnit, Heading, plain, whole
from core.ledger.sheets import Column, Sheet

# a heading that holds a title, or is held by one, has to be more than half of it
LIKENESS = 0.5
EXACT = 2.0
SAMPLE = '{"columns": {"title": "Heading", "amount": "F"}, "units": {"amount": "wan"}, "heading_row": 3}'


def guess(sheet: Sheet, headings: Sequence[Heading]) -> dict[str, int]:
    """Return for each column that is recognised the position of its heading; neither is used twice."""
    found = _matched(sheet, headings)
    return {column.name: found[column.name][1] for column in sheet.columns if column.name in found}


def known(sheet: Sheet, headings: Sequence[Heading]) -> float:
    """Return how much of a sheet headings hold: what is needed counts double, what is only alike half."""
    found = _matched(sheet, headings)
    return sum(
        (2 if column.required else 1) * (1 if found[column.name][0] > 1 else 0.5)
        for column in sheet.columns
        if column.name in found
    )


def _matched(sheet: Sheet, headings: Sequence[Heading]) -> dict[str, tuple[float, int]]:
    """Return by column how sure it is, and where; the surest first."""
    found: dict[str, tuple[float, int]] = {}
    taken: set[int] = set()
    for score, name, position in sorted(_likely(sheet, headings), key=lambda one: -one[0]):
        if name not in found and position not in taken:
            found[name] = (score, position)
            taken.add(position)
    return found


def _likely(sheet: Sheet, headings: Sequence[Heading]) -> Iterator[tuple[float, str, int]]:
    for heading in headings:
        written = {form for form in _forms(heading) if form}
        for rank, column in enumerate(sheet.columns):
            pairs = ((one, title) for one in written for title in _titles(column))
            score = max((_likeness(one, title) for one, title in pairs), default=0.0)
            if score > LIKENESS:
                # of equals the earlier column and the earlier heading win
                yield score - rank / 10_000, column.name, heading.position


def _forms(heading: Heading) -> Iterable[str]:
    text = heading.text
    return (whole(text), plain(text), plain(heading.group + text) if heading.group else "")


def _titles(column: Column) -> frozenset[str]:
    return _written(column.titles)


@cache
def _written(titles: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for title in titles for form in (whole(title), plain(title)))


def _likeness(written: str, title: str) -> float:
    if written == title:
        return EXACT
    if title in written:
        return len(title) / len(written)
    if written in title:
        return len(written) / len(title)
    return 0.0


def fingerprint(headings: Sequence[Heading]) -> str:
    """Return what a set of headings is remembered by."""
    written = "\n".join(f"{heading.position} {whole(heading.group + heading.text)}" for heading in headings)
    return hashlib.sha256(written.encode()).hexdigest()


def checked(sheet: Sheet, headings: Sequence[Heading], given: Mapping[str, int | None]) -> dict[str, int]:
    """Return a mapping that somebody has corrected; raise InvalidInput for one that cannot be."""
    positions = {heading.position for heading in headings}
    chosen = {name: position for name, position in given.items() if position is not None}
    wrong: dict[str, Any] = {}
    taken: dict[int, str] = {}
    for column in sheet.columns:
        position = chosen.get(column.name)
        if position is None:
            if column.required:
                wrong[column.name] = _("“%(column)s” is needed: choose its heading.", column=column.shown)
        elif position not in positions:
            wrong[column.name] = _("There is no such heading.")
        elif position in taken:
            wrong[column.name] = _("The same heading is chosen for “%(column)s”.", column=taken[position])
        else:
            taken[position] = str(column.shown)
    if wrong:
        raise InvalidInput(wrong)
    return {column.name: chosen[column.name] for column in sheet.columns if column.name in chosen}


def checked_units(
    sheet: Sheet,
    headings: Sequence[Heading],
    columns: Mapping[str, int],
    given: Mapping[str, AmountUnit | None],
) -> dict[str, AmountUnit]:
    """Return the unit of each column of amounts, as its heading says or as somebody has answered.

    Raises InvalidInput where neither is known: a unit is never assumed.
    """
    by_position = {heading.position: heading for heading in headings}
    units: dict[str, AmountUnit] = {}
    wrong: dict[str, Any] = {}
    for column in sheet.columns:
        if column.type != "money" or column.name not in columns:
            continue
        heading = by_position[columns[column.name]]
        unit = given.get(column.name) or heading.unit
        if heading.is_foreign:
            wrong[f"unit_{column.name}"] = _("“%(heading)s” is in a foreign currency.", heading=heading.text)
        elif unit is None:
            wrong[f"unit_{column.name}"] = _(
                "Say in what “%(heading)s” is counted: yuan or ten thousand yuan?", heading=heading.text
            )
        else:
            units[column.name] = unit
    if wrong:
        raise InvalidInput(wrong)
    return units


class MappingFileSchema(Schema):
    """The shape of a mapping file."""

    columns = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    units = fields.Dict(
        keys=fields.String(), values=fields.Enum(AmountUnit, by_value=fields.String), load_default=dict
    )
    sheet = fields.String(load_default=None, allow_none=True)
    heading_row = fields.Integer(strict=True, validate=Range(min=1), load_default=None, allow_none=True)


@dataclass(frozen=True)
class Said:
    """What a mapping file says: where the headings are, which holds which column, and units of amounts."""

    columns: Mapping[str, str]
    units: Mapping[str, AmountUnit]
    sheet: str | None = None
    heading_row: int | None = None

    @classmethod
    def read(cls, text: bytes, sheet: Sheet) -> "Said":
        """Read a mapping file; raise InvalidInput for one that means nothing."""
        try:
            found = cls(**MappingFileSchema().load(orjson.loads(text)))
        except (orjson.JSONDecodeError, ValidationError):
            raise InvalidInput(
                {"mapping": _("A mapping file looks like this: %(sample)s", sample=SAMPLE)}
            ) from None
        names = {column.name for column in sheet.columns}
        unknown = sorted((found.columns.keys() | found.units.keys()) - names)
        if unknown:
            raise InvalidInput({"mapping": _("There is no column “%(name)s”.", name=unknown[0])})
        return found

    def positions(self, headings: Sequence[Heading]) -> dict[str, int | None]:
        """Return the mapping by positions; a heading is named by its text or by the letter of its column."""
        return {name: _position(where, headings) for name, where in self.columns.items()}


def _position(where: str, headings: Sequence[Heading]) -> int:
    for heading in headings:
        if where.strip() == heading.text or whole(where) == whole(heading.text):
            return heading.position
    for heading in headings:
        if where.strip().upper() == letters(heading.position + 1):
            return heading.position
    raise InvalidInput({"mapping": _("There is no heading “%(name)s”.", name=where)})
