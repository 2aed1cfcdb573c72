"""What a cell says: text, a day, an amount, a number, one of several words; never more than it says."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from core.errors import InvalidInput
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.ledger.headings import AmountUnit, folded
from core.ledger.sheets import Column

Read = Callable[[Any], Any]

CACHE = 8192
# 1, 1.0 and True are one key to a cache that does not look at types
remembered = lru_cache(CACHE, typed=True)

BLANKS = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "空", "暂无", "n/a", "na", "null", "none"})
ERRORS = re.compile(r"#(REF|VALUE|NAME|DIV/0|N/A|NUM|NULL)[!?]?$")

FACTORS = {
    AmountUnit.yuan: Decimal(1),
    AmountUnit.thousand: Decimal(1_000),
    AmountUnit.wan: Decimal(10_000),
    AmountUnit.million: Decimal(1_000_000),
    AmountUnit.yi: Decimal(100_000_000),
}
OWN_UNITS = {
    "元": AmountUnit.yuan,
    "元整": AmountUnit.yuan,
    "千元": AmountUnit.thousand,
    "万": AmountUnit.wan,
    "万元": AmountUnit.wan,
    "万元整": AmountUnit.wan,
    "百万元": AmountUnit.million,
    "亿": AmountUnit.yi,
    "亿元": AmountUnit.yi,
}
AMOUNT = re.compile(r"(?:人民币|rmb|cny)?[¥]?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)([^\d.,]*)")
FEN = Decimal("0.01")
LARGEST_AMOUNT = Decimal("99999999999999.99")
LARGEST_INTEGER = 2_147_483_647
EXACT_DIGITS = 15  # of a number that a spreadsheet keeps

TIME = r"(?:上午|下午)?\s*\d{1,2}\s*[:时点]\s*(?:\d{1,2}(?::\d{2}(?:\.\d+)?|分)?)?"
WRITTEN_DAY = re.compile(
    r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*(?:\2|月)\s*(\d{1,2})\s*日?"
    rf"\s*(?:\(?(?:周|星期)[一二三四五六日天]\)?)?[t\s]*(?:{TIME})?"
)
PACKED_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
MONTH_ONLY = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2199, 12, 31)
EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)

WHOLE = re.compile(r"[+-]?\d+")
LOST_DIGITS = re.compile(r"\d(?:\.\d+)?e\+?(\d+)")
INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

YES = frozenset({"是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "1", "t"})
NO = frozenset({"否", "无", "没有", "不是", "×", "✗", "✘", "x", "n", "no", "false", "0", "f"})


class Unreadable(ValueError):
    """A cell that cannot be understood, and the rule that it breaks."""

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message


def reader(column: Column, *, unit: AmountUnit | None = None, epoch_1904: bool = False) -> Read:
    """Return what reads the cells of a column: a clean value, None for an empty cell, or Unreadable."""
    blanks = BLANKS | {folded(word) for word in column.blanks}
    if column.type == "text":
        return _checked(column, _texts(column, blanks))
    if column.type == "boolean":
        return _checked(column, remembered(_boolean))
    if column.type == "choice":
        return _checked(column, remembered(_choices(column, blanks)))
    if column.type == "date":
        first = EPOCH_1904 if epoch_1904 else EPOCH
        return _checked(column, remembered(_blank_first(blanks, lambda raw: day(raw, first))))
    if column.type == "money":
        assert unit is not None  # noqa: S101 - nothing is read before every unit is known
        return _checked(column, _blank_first(blanks, lambda raw: amount(raw, unit)))
    return _checked(column, _blank_first(blanks, integer))


def _checked(column: Column, read: Read) -> Read:
    """Add what holds for every column: whether it may be empty, and the package's own check."""
    if column.clean is None and not column.required:
        return read
    clean = remembered(column.clean) if column.clean else None

    def value(raw: Any) -> Any:
        found = read(raw)
        if found is None:
            if column.required:
                raise Unreadable(_("This is needed."))
            return None
        return found if clean is None else _cleaned(clean, found)

    return value


def _cleaned(clean: Callable[[Any], Any], value: Any) -> Any:
    try:
        return clean(value)
    except InvalidInput as refusal:
        raise Unreadable(refusal.message) from None
    except ValueError as refusal:
        raise Unreadable(str(refusal)) from None


def _blank_first(blanks: frozenset[str], read: Read) -> Read:
    def value(raw: Any) -> Any:
        if raw is None or raw == "":
            return None
        if isinstance(raw, str):
            raw = folded(INVISIBLE.sub("", raw)).strip()
            if raw in blanks:
                return None
            _refuse_error(raw)
        return read(raw)

    return value


def _refuse_error(text: str) -> None:
    if text.startswith("#") and ERRORS.match(text.upper()):
        raise Unreadable(_("The formula in this cell has an error: %(error)s", error=text.upper()))


# -- text ----------------------------------------------------------------------------------------------------


def _texts(column: Column, blanks: frozenset[str]) -> Read:
    longest = column.longest

    def value(raw: Any) -> str | None:
        if raw is None or raw == "":
            return None
        found = text(raw)
        if found in blanks or (len(found) < 5 and folded(found) in blanks):
            return None
        if len(found) > longest:
            raise Unreadable(
                _("At most %(longest)d characters; these are %(count)d.", longest=longest, count=len(found))
            )
        return found

    return value


def text(raw: Any) -> str:
    """Return a cell as one line of text; a number that has lost digits is refused."""
    if isinstance(raw, str):
        found = raw.strip()
        if not found.isprintable() or "  " in found:
            found = " ".join(INVISIBLE.sub("", found).split())
        if found[:1] == "#":
            _refuse_error(found)
        if "E+" in found or "e+" in found:
            _refuse_lost_digits(found)
        return found
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and len(str(abs(raw))) > EXACT_DIGITS:
        raise Unreadable(_lost_digits())
    return str(raw) if isinstance(raw, int) else format(raw, ".15g")


def _refuse_lost_digits(found: str) -> None:
    said = LOST_DIGITS.fullmatch(found.casefold())
    if said and int(said[1]) >= EXACT_DIGITS - 1:
        raise Unreadable(_lost_digits())


def _lost_digits() -> Text:
    return _(
        "Stored as a number, this has lost all digits after the fifteenth: "
        "format the column as text and type it again."
    )


# -- days ----------------------------------------------------------------------------------------------------


def day(raw: Any, epoch: date = EPOCH) -> date:
    """Return the day that a cell says, however it is written; what could be two days is refused."""
    if isinstance(raw, bool):
        raise Unreadable(_not_a_day(raw))
    found = _day_of_number(raw, epoch) if isinstance(raw, int | float) else _day_of_text(raw, epoch)
    if not FIRST_DAY <= found <= LAST_DAY:
        raise Unreadable(_("%(day)s lies outside 1950 to 2199.", day=found.isoformat()))
    return found


def _day_of_number(number: float, epoch: date) -> date:
    whole = int(number)
    if 19_000_101 <= whole <= 29_991_231 and whole == number:
        return _day_of_text(str(whole), epoch)
    # Between these the day of a spreadsheet lies in living memory or a contract's future.
    if 10_000 <= number < 110_000:
        return epoch + timedelta(days=whole)
    raise Unreadable(_not_a_day(text(number)))


def _day_of_text(written: str, epoch: date) -> date:
    found = WRITTEN_DAY.fullmatch(written) or PACKED_DAY.fullmatch(written)
    if found is None:
        if WHOLE.fullmatch(written) and len(written) == 5:
            return _day_of_number(int(written), epoch)
        raise Unreadable(_why_not_a_day(written))
    year, month, number = (int(part) for part in found.groups() if part.isdigit())
    try:
        return date(year, month, number)
    except ValueError:
        raise Unreadable(_("There is no such day: %(written)s", written=written)) from None


def _why_not_a_day(written: str) -> Text:
    if MONTH_ONLY.fullmatch(written):
        return _("The day is missing: %(written)s", written=written)
    if YEAR_LAST.fullmatch(written) or SHORT_YEAR.fullmatch(written):
        return _(
            "%(written)s can be read in two ways: write the year first, with four digits.", written=written
        )
    return _not_a_day(written)


def _not_a_day(written: Any) -> Text:
    return _("“%(written)s” is no day: write it like 2023-08-09.", written=str(written)[:40])


# -- amounts and numbers -------------------------------------------------------------------------------------


def amount(raw: Any, unit: AmountUnit) -> Decimal:
    """Return an amount in yuan; a unit in the cell itself goes before that of its column."""
    if isinstance(raw, bool):
        raise Unreadable(_not_an_amount(raw))
    if isinstance(raw, int | float):
        number = Decimal(format(raw, f".{EXACT_DIGITS}g"))  # beyond that lies only the noise of the sheet
    else:
        number, unit = _written_amount(raw, unit)
    yuan = number * FACTORS[unit]
    if yuan < 0:
        raise Unreadable(_("An amount is not negative."))
    if yuan > LARGEST_AMOUNT:
        raise Unreadable(_("The amount is too large."))
    rounded = yuan.quantize(FEN, ROUND_HALF_UP)
    if rounded != yuan:
        shown = f"{yuan.normalize():f}"
        raise Unreadable(
            _("%(yuan)s yuan has more than two decimal places: round it in the sheet.", yuan=shown)
        )
    return rounded


def _written_amount(written: str, unit: AmountUnit) -> tuple[Decimal, AmountUnit]:
    squeezed = re.sub(r"\s", "", written).replace("，", ",")
    found = AMOUNT.fullmatch(squeezed)
    if found is None or not found[1].strip("+-") or (found[2] and found[2] not in OWN_UNITS):
        raise Unreadable(_not_an_amount(written))
    try:
        return Decimal(found[1].replace(",", "")), OWN_UNITS.get(found[2], unit)
    except InvalidOperation:
        raise Unreadable(_not_an_amount(written)) from None


def _not_an_amount(written: Any) -> Text:
    return _("“%(written)s” is no amount: write digits, such as 123456.78.", written=str(written)[:40])


def integer(raw: Any) -> int:
    """Return a whole number."""
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool) and float(raw).is_integer()
    if not is_number and not (isinstance(raw, str) and WHOLE.fullmatch(raw)):
        raise Unreadable(_("“%(written)s” is no whole number.", written=str(raw)[:40]))
    if len(str(raw)) > EXACT_DIGITS or abs(int(raw)) > LARGEST_INTEGER:
        raise Unreadable(_("The number is too large."))
    return int(raw)


# -- words ---------------------------------------------------------------------------------------------------


def _choices(column: Column, blanks: frozenset[str]) -> Read:
    known = {_word(word): value for word, value in column.choices.items()}
    shown = "、".join(offered(column))

    def value(raw: Any) -> Any:
        if raw is None or raw == "":
            return None
        word = _word(text(raw))
        if word in known:
            return known[word]
        if word in blanks:
            return None
        raise Unreadable(
            _("“%(written)s” is not known here. Accepted: %(words)s.", written=str(raw)[:40], words=shown)
        )

    return value


def offered(column: Column) -> list[str]:
    """Return one word for each value of a column of choices, the first that is declared."""
    first: dict[Any, str] = {}
    for word, value in column.choices.items():
        first.setdefault(value, word)
    return list(first.values())


def _boolean(raw: Any) -> bool | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool):
        return raw
    word = _word(text(raw))
    if word in YES:
        return True
    if word in NO:
        return False
    if word in BLANKS:
        return None
    raise Unreadable(_("“%(written)s” is neither yes nor no.", written=str(raw)[:40]))


def _word(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).casefold().split())
