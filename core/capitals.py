"""Amounts in Chinese capitals, as receipts, contracts and payment forms have to show them."""

from decimal import Decimal

from core.db import yuan

# The notation itself, as the People's Bank prescribes it; not words of a screen.
DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
TEN_THOUSAND, HUNDRED_MILLION = 10**4, 10**8
LIMIT = Decimal(10) ** 16


def amount_in_capitals(amount: Decimal) -> str:
    """Write an amount of yuan in capitals, without the leading name of the currency.

    Where the rules leave a choice (a zero at the end of the yuan before jiao), the zero is written, as in
    the first of the two official samples: nothing can be inserted afterwards.
    """
    exact = yuan(abs(amount))
    if exact >= LIMIT:
        raise ValueError(f"{amount} is too large to be written in capitals")
    whole, fen = divmod(int(exact * 100), 100)
    sign = "负" if amount < 0 and exact else ""
    if not whole:
        return sign + (_small(*divmod(fen, 10)) if fen else "零元整")
    return sign + _whole(whole) + "元" + _fraction(whole, fen)


def _whole(number: int) -> str:
    """Write a positive integer, section by section of four digits; each gap is closed by one zero."""
    for size, name in ((HUNDRED_MILLION, "亿"), (TEN_THOUSAND, "万")):
        high, low = divmod(number, size)
        if high:
            gap = DIGITS[0] if 0 < low < size // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    return _section(number)


def _section(number: int) -> str:
    digits = [(int(digit), place) for digit, place in zip(f"{number:04d}", PLACES, strict=True)]
    written = "".join(DIGITS[digit] + (place if digit else "") for digit, place in digits)
    while "零零" in written:
        written = written.replace("零零", "零")
    return written.strip("零")


def _fraction(whole: int, fen: int) -> str:
    if not fen:
        return "整"
    jiao, rest = divmod(fen, 10)
    gap = DIGITS[0] if not jiao or not whole % 10 else ""
    return gap + _small(jiao, rest)


def _small(jiao: int, fen: int) -> str:
    return (f"{DIGITS[jiao]}角" if jiao else "") + (f"{DIGITS[fen]}分" if fen else "")
