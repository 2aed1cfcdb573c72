"""How dates and amounts are written on pages, in the reader's language."""

from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import format_date, format_datetime, get_locale

from core import clock


def is_chinese() -> bool:
    """Return whether the page is in Chinese."""
    return str(get_locale()).startswith("zh")


def day(value: date | None) -> str:
    """Write a day in full: 2026年11月23日, or 23 Nov 2026."""
    if value is None:
        return "—"
    return (
        f"{value.year}年{value.month:02d}月{value.day:02d}日"
        if is_chinese()
        else format_date(value, "d MMM yyyy")
    )


def short_day(value: date | None) -> str:
    """Write a day of this year without its year: 11月23日, or 23 Nov; a day of another year in full."""
    if value is None or value.year != clock.today().year:
        return day(value)
    return f"{value.month}月{value.day:02d}日" if is_chinese() else format_date(value, "d MMM")


def moment(value: datetime | None) -> str:
    """Write a moment in the time of Shanghai."""
    if value is None:
        return "—"
    return str(format_datetime(value, "yyyy-MM-dd HH:mm"))


def money(value: Decimal | None) -> str:
    """Write an amount in yuan with separators and two places."""
    return "—" if value is None else f"¥{value:,.2f}"


def init_app(app: Flask) -> None:
    """Make the formats known to templates."""
    app.add_template_filter(day, "day")
    app.add_template_filter(short_day, "shortday")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(money, "money")
