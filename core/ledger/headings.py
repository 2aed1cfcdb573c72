"""Find the headings of a sheet: below its title, above its rows, in one row or two, with units in them."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.ledger.reading import Top

MOST_ABOVE = 30
REMEMBERED = 4096


class AmountUnit(StrEnum):
    """In what the amounts of a column are counted."""

    yuan = "yuan"
    thousand = "thousand"
    wan = "wan"
    million = "million"
    yi = "yi"


UNIT_LABELS: dict[AmountUnit, LazyString] = {
    AmountUnit.yuan: _("Yuan"),
    AmountUnit.thousand: _("Thousand yuan"),
    AmountUnit.wan: _("Ten thousand yuan"),
    AmountUnit.million: _("Million yuan"),
    AmountUnit.yi: _("Hundred million yuan"),
}

UNIT_WORDS: dict[str, AmountUnit] = {
    "元": AmountUnit.yuan,
    "人民币": AmountUnit.yuan,
    "人民币元": AmountUnit.yuan,
    "yuan": AmountUnit.yuan,
    "cny": AmountUnit.yuan,
    "rmb": AmountUnit.yuan,
    "rmbyuan": AmountUnit.yuan,
    "cnyyuan": AmountUnit.yuan,
    "千元": AmountUnit.thousand,
    "万": AmountUnit.wan,
    "万元": AmountUnit.wan,
    "人民币万元": AmountUnit.wan,
    "rmb万元": AmountUnit.wan,
    "wan": AmountUnit.wan,
    "10kyuan": AmountUnit.wan,
    "tenthousandyuan": AmountUnit.wan,
    "百万元": AmountUnit.million,
    "亿": AmountUnit.yi,
    "亿元": AmountUnit.yi,
}
FOREIGN = re.compile(r"美元|欧元|港币|港元|日元|英镑|usd|eur|hkd|jpy|gbp|\$|€")
IN_BRACKETS = re.compile(r"[(\[{（【]([^)\]}）】]*)[)\]}）】]")
AFTER_A_SIGN = re.compile(r"(?:单位|unit)\s*[:=为是]?\s*([^\s,;()]+)")
TRAILING = re.compile(r"[/_-](\S+)$")
DROPPED = re.compile(r"[\s*:#'\"`~_\-.,;|/\\，。；、·•※★☆“”‘’《》<>]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the file: where it stands, what is written over it, and the unit that it names."""

    position: int
    text: str
    # what stands over several columns, such as "Contract" over number and amount
    group: str = ""
    unit: AmountUnit | None = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The headings of a sheet: the last row that they take, and each of them."""

    row: int
    headings: Sequence[Heading]


# Says how much of some headings is known; by this the row of headings is told from all others.
Known = Callable[[Sequence[Heading]], float]
# one word that is only alike may stand in any row
TOO_LITTLE = 1.0


def find(top: Top, known: Known) -> Found | None:
    """Return the headings that say most, or None when no row says anything."""
    best, most = None, TOO_LITTLE
    for found in _candidates(top):
        count = known(found.headings)
        if count > most:
            best, most = found, count
    return best


def at(top: Top, row: int, known: Known) -> Found | None:
    """Return the headings that end in a row that somebody has named."""
    named = [found for found in _candidates(top) if found.row == row]
    return max(named, key=lambda found: known(found.headings), default=None)


def first(top: Top) -> Found | None:
    """Return the first row that may be one of headings: several texts beside each other."""
    return next((found for found in _candidates(top) if len(found.headings) > 1), None)


def _candidates(top: Top) -> Iterator[Found]:
    """Yield every row as headings, together with the row above it where that groups them, then alone."""
    texts = {number: [_shown(cell) for cell in cells] for number, cells in top.rows[:MOST_ABOVE]}
    _spread(top, texts)
    merged = {first_row + 1 for (first_row, _column), _last in top.merged}
    notes: AmountUnit | None = None
    above: list[str] = []
    for number, row in texts.items():
        if any(row):
            if _groups(above, row, is_merged=number - 1 in merged):
                yield Found(number, list(_double(above, row, notes)))
            yield Found(number, list(_single(row, notes)))
        notes = _note_in(row) or notes
        above = row


def _groups(above: Sequence[str], row: Sequence[str], *, is_merged: bool) -> bool:
    """Tell whether a row groups the headings below it: by merged cells, or by standing in for empty ones."""
    filled = set(filter(None, above))
    if len(filled) < 2 or any(":" in folded(text) for text in filled):
        return False
    stands_in = any(upper and not text for upper, text in zip_longest(above, row, fillvalue=""))
    return is_merged or (stands_in and "" in above)


def _spread(top: Top, texts: dict[int, list[str]]) -> None:
    """Let a merged cell hold its text in each of the cells that it covers."""
    for (first_row, first_column), (last_row, last_column) in top.merged:
        row = texts.get(first_row + 1, [])
        text = row[first_column] if first_column < len(row) else ""
        for number in range(first_row + 1, last_row + 2):
            cells = texts.get(number, [])
            for column in range(first_column, min(last_column + 1, len(cells))):
                cells[column] = text


def _single(row: Sequence[str], notes: AmountUnit | None) -> Iterator[Heading]:
    for position, text in enumerate(row):
        if text:
            yield _heading(position, text, "", notes)


def _double(above: Sequence[str], row: Sequence[str], notes: AmountUnit | None) -> Iterator[Heading]:
    group = ""
    for position in range(max(len(above), len(row))):
        upper = above[position] if position < len(above) else ""
        text = row[position] if position < len(row) else ""
        group = upper or (group if text else "")
        if text and text != group:
            yield _heading(position, text, group, notes)
        elif text or upper:
            yield _heading(position, text or upper, "", notes)


def _heading(position: int, text: str, group: str, notes: AmountUnit | None) -> Heading:
    unit = unit_in(text) or unit_in(group) or notes
    is_foreign = bool(FOREIGN.search(folded(text)) or FOREIGN.search(folded(group)))
    return Heading(position, text, group, unit, is_foreign)


def _note_in(row: Sequence[str]) -> AmountUnit | None:
    """Return the unit that a row above the headings names for all of them."""
    for text in filter(None, row):
        said = AFTER_A_SIGN.search(folded(text))
        unit = UNIT_WORDS.get(plain(said[1])) if said else unit_in(text)
        if unit:
            return unit
    return None


def unit_in(heading: str) -> AmountUnit | None:
    """Return the unit that a heading names: in brackets, after "unit", or after a stroke."""
    text = folded(heading)
    for words in (*IN_BRACKETS.findall(text), *AFTER_A_SIGN.findall(text), *TRAILING.findall(text)):
        said = AFTER_A_SIGN.search(words)
        unit = UNIT_WORDS.get(plain(said[1] if said else words))
        if unit:
            return unit
    return None


def folded(text: str) -> str:
    """Return a text in the one form in which it is compared: full width as half width, small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(REMEMBERED)
def plain(text: str) -> str:
    """Return a heading without spaces, signs, brackets and what is in them."""
    without = IN_BRACKETS.sub("", folded(text))
    return DROPPED.sub("", without or folded(text))


@lru_cache(REMEMBERED)
def whole(text: str) -> str:
    """Return a heading without spaces and signs; what is in brackets stays."""
    return re.sub(r"[()\[\]{}【】]", "", DROPPED.sub("", folded(text)))


def _shown(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())
