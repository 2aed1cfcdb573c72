"""Where a page of a list begins or ends, as it stands in an address."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from core.errors import DomainError
from core.i18n import lazy_gettext as _

Nature = Literal["text", "choice", "money", "day", "moment", "yes_no", "number"]


class BadQuery(DomainError):
    """Say what in an address cannot be read: a sort, a filter value, a page mark."""

    status = 400


@dataclass(frozen=True)
class Mark:
    """A place in a list: the sort value and the id of one row."""

    value: Any
    id: int


def encode(mark: Mark) -> str:
    """Return a mark as it stands in an address."""
    value = mark.value
    if isinstance(value, Enum):
        value = value.value
    elif isinstance(value, Decimal):
        value = str(value)
    elif isinstance(value, date | datetime):
        value = value.isoformat()
    text = json.dumps([value, mark.id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str, nature: Nature) -> Mark:
    """Read a mark, or raise BadQuery."""
    try:
        value, number = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return Mark(None if value is None else READERS[nature](value), _number(number))
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise BadQuery(_("This page mark is not valid. Start from the first page.")) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError
    return value


def _amount(value: Any) -> Decimal:
    amount = Decimal(_text(value))
    if (
        not amount.is_finite()
        or abs(amount) > Decimal(10) ** 16
        or amount != amount.quantize(Decimal("0.01"))
    ):
        raise ValueError
    return amount


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


READERS: dict[Nature, Callable[[Any], Any]] = {
    "text": _text,
    "choice": _text,
    "money": _amount,
    "day": lambda value: date.fromisoformat(_text(value)),
    "moment": _moment,
    "yes_no": bool,
    "number": _number,
}
