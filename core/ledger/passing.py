"""Rows of a ledger that hold no record: totals, notes below the table, repeated headings, the example."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.ledger.cells import Unreadable
from core.ledger.headings import folded
from core.ledger.plan import Plan
from core.ledger.samples import sample_of
from core.ledger.sheets import Sheet

TOTAL = re.compile(
    r"\s*(本页|本月|本年|本季)?\s*(合\s*计|总\s*计|小\s*计|累\s*计|total|subtotal)\s*[:：]?\s*", re.IGNORECASE
)
NOTE = re.compile(
    r"\s*(注|备注|说明|填表|制表|填报|审核|复核|审批|单位负责人|负责人|经办人|note)\S{0,6}\s*[:：]",
    re.IGNORECASE,
)
MOST_NOTES = 4


@dataclass(frozen=True)
class Passing:
    """What tells the rows of one file that are passed over."""

    headings: Sequence[str]
    sample: Mapping[str, Any]

    @classmethod
    def of(cls, sheet: Sheet, plan: Plan, readers: Sequence[tuple[str, int, Any]]) -> "Passing":
        """Return it for a file: its headings, and the example that the template came with."""
        sample = {}
        for name, _index, read in readers:
            try:
                sample[name] = read(sample_of(sheet.column(name)))
            except Unreadable:
                sample[name] = None
        written = {heading.position: folded(heading.text) for heading in plan.headings}
        return cls([written.get(position, "") for position in range(plan.width)], sample)

    def is_note(self, cells: Sequence[Any]) -> bool:
        """Tell whether some cells are a total, a note or headings again, by the first that is filled."""
        first = next(filter(None, cells), None)
        if not isinstance(first, str):
            return False
        if TOTAL.fullmatch(first):
            return True
        if NOTE.match(first):
            filled = [cell for cell in cells if cell]
            return len(filled) <= MOST_NOTES and all(isinstance(c, str) and NOTE.match(c) for c in filled)
        return bool(self.headings) and folded(first) in self.headings and self._are_headings(cells)

    def is_sample(self, values: Mapping[str, Any]) -> bool:
        """Tell whether a row is the example of the template, left as it was."""
        return all(values[name] == value for name, value in self.sample.items())

    def _are_headings(self, cells: Sequence[Any]) -> bool:
        return [folded(" ".join(str(cell or "").split())) for cell in cells] == self.headings
