"""The only place that reads the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present day in China, whatever the zone of the machine."""
    return local_day(now())


def local_day(moment: datetime) -> date:
    """Return the day in China on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()
