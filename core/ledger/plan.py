"""How one file is to be read: which sheet, which headings, which column is which, in what units."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.ledger import headings, mapping
from core.ledger.headings import AmountUnit, Found, Heading
from core.ledger.reading import Probe, Top
from core.ledger.sheets import Sheet

MOST_SAMPLES = 3
LONGEST_SAMPLE = 24


@dataclass(frozen=True)
class Plan:
    """A file's headings, and what they were found or said to hold."""

    sheet: str
    heading_row: int
    headings: Sequence[Heading]
    columns: Mapping[str, int] = field(default_factory=dict)
    # of the columns of amounts; complete only once it is settled
    units: Mapping[str, AmountUnit] = field(default_factory=dict)
    epoch_1904: bool = False
    # how many rows there may be below the headings
    total: int = 0
    # what the file holds besides: the names of its sheets, and the first cells under each heading
    sheets: Sequence[str] = ()
    samples: Sequence[Sequence[str]] = ()

    @property
    def fingerprint(self) -> str:
        """Return what these headings are remembered by."""
        return mapping.fingerprint(self.headings)

    @property
    def width(self) -> int:
        """Return how many columns the headings reach over."""
        return max((heading.position for heading in self.headings), default=-1) + 1

    def heading(self, name: str) -> Heading | None:
        """Return the heading that holds a column."""
        position = self.columns.get(name)
        return next((one for one in self.headings if one.position == position), None)

    def mapped(self, sheet: Sheet, columns: Mapping[str, int]) -> "Plan":
        """Return the plan with another mapping, its units as the headings say."""
        changed = replace(self, columns=dict(columns), units={})
        amounts = (column.name for column in sheet.columns if column.type == "money")
        found = ((name, changed.heading(name)) for name in amounts)
        units = {name: heading.unit for name, heading in found if heading and heading.unit}
        return replace(changed, units=units)

    def settled(
        self,
        sheet: Sheet,
        columns: Mapping[str, int | None],
        units: Mapping[str, AmountUnit | None],
    ) -> "Plan":
        """Return the plan with a mapping that was corrected and units that were answered, or InvalidInput."""
        chosen = mapping.checked(sheet, self.headings, columns)
        answered = mapping.checked_units(sheet, self.headings, chosen, units)
        return replace(self, columns=chosen, units=answered)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Plan":
        """Return a stored plan."""
        return cls(
            **{
                **stored,
                "headings": [
                    Heading(**{**one, "unit": AmountUnit(one["unit"]) if one["unit"] else None})
                    for one in stored["headings"]
                ],
                "units": {name: AmountUnit(unit) for name, unit in stored["units"].items()},
            }
        )


def begin(probe: Probe, sheet: Sheet, *, name: str | None = None, row: int | None = None) -> Plan:
    """Return the plan for a file: the sheet and row that somebody names, else where most is recognised."""

    def known(found: Sequence[Heading]) -> float:
        return mapping.known(sheet, found)

    tops = [probe.sheet(name)] if name is not None else list(probe.sheets)
    places = [(top, found) for top in tops if (found := _place(top, known, row)) is not None]
    if not places:
        raise InvalidInput({"file": _("No row of headings is found: the first rows should hold one.")})
    top, found = max(places, key=lambda place: known(place[1].headings))
    plan = Plan(
        top.name,
        found.row,
        list(found.headings),
        epoch_1904=probe.epoch_1904,
        total=max(top.total - found.row, 0),
        sheets=[sheet.name for sheet in probe.sheets],
        samples=[_samples(top, found.row, heading.position) for heading in found.headings],
    )
    return plan.mapped(sheet, mapping.guess(sheet, found.headings))


def _samples(top: Top, row: int, position: int) -> list[str]:
    cells = (cells[position] for number, cells in top.rows if number > row and position < len(cells))
    filled = (_clipped(cell) for cell in cells if cell not in (None, ""))
    return list(islice(dict.fromkeys(filled), MOST_SAMPLES))


def _clipped(cell: Any) -> str:
    text = format(cell, ".15g") if isinstance(cell, float) else str(cell).removesuffix("T00:00:00")
    return text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"


def _place(top: Top, known: headings.Known, row: int | None) -> Found | None:
    if row is None:
        return headings.find(top, known) or headings.first(top)
    found = headings.at(top, row, known)
    if found is None:
        raise InvalidInput({"heading_row": _("There is nothing in row %(row)d.", row=row)})
    return found
