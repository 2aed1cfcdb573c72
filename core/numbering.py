"""Gap-free numbers per kind, organization and year."""

import re
from collections.abc import Iterable
from typing import cast

from sqlalchemy import ForeignKey, String, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Model


class NumberSeries(Model):
    """The last number given out of one series."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(10), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_number(session: Session, prefix: str, organization_id: int, year: int) -> str:
    """Return the next number, such as ``HT-2026-0031``."""
    return next_numbers(session, prefix, organization_id, year, 1)[0]


def next_numbers(session: Session, prefix: str, organization_id: int, year: int, count: int) -> list[str]:
    """Return a run of numbers.

    The counter's row stays locked until the transaction ends, and a rollback takes the numbers back:
    that is what keeps the series without gaps when many people file at once.
    """
    last = _advance(session, prefix, organization_id, year, count)
    return [f"{prefix}-{year}-{serial:04d}" for serial in range(last - count + 1, last + 1)]


def keep_ahead(session: Session, prefix: str, organization_id: int, numbers: Iterable[str]) -> None:
    """Keep a series ahead of numbers that came in from outside, so that none is given out twice."""
    highest: dict[int, int] = {}
    for number in numbers:
        if found := re.fullmatch(rf"{re.escape(prefix)}-(\d{{4}})-(\d{{1,9}})", number):
            year, serial = int(found[1]), int(found[2])
            highest[year] = max(serial, highest.get(year, 0))
    for year, serial in sorted(highest.items()):
        last = _advance(session, prefix, organization_id, year, 0)
        if serial > last:
            _advance(session, prefix, organization_id, year, serial - last)


def _advance(session: Session, prefix: str, organization_id: int, year: int, count: int) -> int:
    values = {"prefix": prefix, "organization_id": organization_id, "year": year, "count": count}
    last: int = session.connection().execute(ADVANCE[session.get_bind().dialect.name], values).scalar_one()
    return last


SERIES = cast(Table, NumberSeries.__table__)
# composed once, not for each number
ADVANCE = {
    name: insert(SERIES)
    .values(
        prefix=bindparam("prefix"),
        organization_id=bindparam("organization_id"),
        year=bindparam("year"),
        last=bindparam("count"),
    )
    .on_conflict_do_update(
        index_elements=["prefix", "organization_id", "year"],
        set_={"last": SERIES.c.last + bindparam("count")},
    )
    .returning(SERIES.c.last)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
