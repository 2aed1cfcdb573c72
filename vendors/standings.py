"""The summary behind the ranking: kept in step with each acceptance and rating, equal to a recomputation.

Of each agency and library the table keeps how often each figure occurred; from these few lines, not from
the commissions, medians and quartiles are taken again whenever one is added.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Double,
    ForeignKey,
    Integer,
    String,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import NullType

from core.db import Model
from core.prepared import Prepared
from vendors import ranking
from vendors.commissions import Commission
from vendors.libraries import Library
from vendors.ranking import Sample, Spread, Standing

DAYS, FEES = "days", "fees"
TOP = 50
# more than a library has agencies
MANY = 1_000_000


class StandingCount(Model):
    """How often a figure occurred among the commissions of one agency in one library."""

    __tablename__ = "standing_counts"

    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"), primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    measure: Mapped[str] = mapped_column(String(4), primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class LibraryCount(Model):
    """How often a figure occurred among all commissions of one library."""

    __tablename__ = "library_counts"

    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"), primary_key=True)
    measure: Mapped[str] = mapped_column(String(4), primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class StandingLine(Model):
    """The figures of one agency in one library, from which the ranking reads."""

    __tablename__ = "standings"

    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"), primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    days_n: Mapped[int] = mapped_column(default=0)
    days_twice_median: Mapped[int] = mapped_column(default=0)
    days_lower: Mapped[int] = mapped_column(default=0)
    days_upper: Mapped[int] = mapped_column(default=0)
    fees_n: Mapped[int] = mapped_column(default=0)
    fees_twice_median: Mapped[int] = mapped_column(default=0)
    fees_lower: Mapped[int] = mapped_column(default=0)
    fees_upper: Mapped[int] = mapped_column(default=0)
    stars_sum: Mapped[int] = mapped_column(default=0)
    stars_n: Mapped[int] = mapped_column(default=0)
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]


COUNTS = cast(Table, StandingCount.__table__)
TOTALS = cast(Table, LibraryCount.__table__)
LINES = cast(Table, StandingLine.__table__)
DONE = cast(Table, Commission.__table__)
SPREAD = ("n", "twice_median", "lower", "upper")
EMPTY = {f"{measure}_{name}": 0 for measure in (DAYS, FEES) for name in SPREAD} | {
    "stars_sum": 0,
    "stars_n": 0,
}


def fee_of(agreed: Decimal | None, listed: Decimal | None) -> int | None:
    """Return a fee in thousandths of the published one, or None when the list has none."""
    if agreed is None or not listed:
        return None
    return ranking.fee_index(int(agreed * 100), int(listed * 100))


# -- kept in step -------------------------------------------------------------------------------------------


def add(session: Session, commission: Commission) -> None:
    """Count a commission that the authority has just accepted."""
    on, days = commission.authority_accepted_on, commission.handling_days
    if on is None or days is None or commission.vendor_id is None:
        raise ValueError("only what the authority has accepted is counted")
    place = {"library_id": commission.library_id, "vendor_id": commission.vendor_id}
    upsert = _UPSERTS[session.get_bind().dialect.name]
    # the line first: its lock lets whoever counts for the same agency see what the other has counted
    session.execute(upsert[LINES], {**place, **EMPTY, "first_on": on, "last_on": on})
    fee = fee_of(commission.agreed_fee, commission.list_fee)
    figures = [(DAYS, days)] + ([(FEES, fee)] if fee is not None else [])
    counted = [{**place, "measure": measure, "value": value, "count": 1} for measure, value in figures]
    session.execute(upsert[COUNTS], counted)
    session.execute(
        upsert[TOTALS], [{name: row[name] for name in row if name != "vendor_id"} for row in counted]
    )
    mine = {"library": commission.library_id, "vendor": commission.vendor_id}
    session.execute(_SPREAD, mine | _spreads(session, mine))


def rate(session: Session, commission: Commission, hundredths: int) -> None:
    """Count the rating of a commission that is counted already."""
    mine = (LINES.c.library_id == commission.library_id, LINES.c.vendor_id == commission.vendor_id)
    session.execute(
        update(LINES)
        .where(*mine)
        .values(stars_sum=LINES.c.stars_sum + hundredths, stars_n=LINES.c.stars_n + 1)
    )


def _widen(new: Any) -> dict[str, Any]:
    first, last = LINES.c.first_on, LINES.c.last_on
    return {
        "first_on": case((first < new.first_on, first), else_=new.first_on),
        "last_on": case((last > new.last_on, last), else_=new.last_on),
    }


def _spreads(session: Session, mine: dict[str, int]) -> dict[str, int]:
    histograms: dict[str, dict[int, int]] = {DAYS: {}, FEES: {}}
    for measure, value, count in _COUNTED.rows(session, mine):
        histograms[measure][value] = count
    return _figures(ranking.spread(histograms[DAYS]), ranking.spread(histograms[FEES]))


def _figures(days: Spread, fees: Spread) -> dict[str, int]:
    return {
        f"new_{measure}_{name}": getattr(found, name)
        for measure, found in ((DAYS, days), (FEES, fees))
        for name in SPREAD
    }


_SPREAD = (
    update(LINES)
    .where(LINES.c.library_id == bindparam("library"), LINES.c.vendor_id == bindparam("vendor"))
    .values({name.removeprefix("new_"): bindparam(name) for name in _figures(Spread(), Spread())})
)


_COUNTED = Prepared(
    select(COUNTS.c.measure, COUNTS.c.value, COUNTS.c.count).where(
        COUNTS.c.library_id == bindparam("library"), COUNTS.c.vendor_id == bindparam("vendor")
    )
)


def _upserts(insert_one: Any) -> dict[Table, Any]:
    """Return, for one engine, how a line is begun or widened and how a figure is counted once more."""
    made: dict[Table, Any] = {}
    for table in (LINES, COUNTS, TOTALS):
        begun = insert_one(table)
        change = _widen(begun.excluded) if table is LINES else {"count": table.c.count + begun.excluded.count}
        made[table] = begun.on_conflict_do_update(index_elements=list(table.primary_key), set_=change)
    return made


# composed once: a statement with several rows of values is compiled anew each time it runs
_UPSERTS = {"sqlite": _upserts(upsert_sqlite), "postgresql": _upserts(upsert_postgresql)}


# -- read ---------------------------------------------------------------------------------------------------


def typical(session: Session, library: Library, by: str = DAYS) -> Spread:
    """Return the spread of all commissions of a library together."""
    return ranking.spread(dict(_USUAL.rows(session, {"library": library.id, "measure": by})))


def top(session: Session, library: Library, *, by: str = DAYS, limit: int | None = TOP) -> list[Standing]:
    """Return the best agencies of a library that have enough cases, with their ranks."""
    usual = typical(session, library, by)
    values = {
        "library": library.id,
        "least": library.ranking_minimum,
        "weight": library.shrinkage,
        "usual": usual.twice_median,
        "most": MANY if limit is None else limit,
    }
    rows = _RANKING[by].rows(session, values)
    return [_standing(row, place) for place, row in enumerate(rows, start=1)]


def unranked(session: Session, library: Library, *, by: str = DAYS) -> list[Standing]:
    """Return the agencies of a library that have too few cases for a rank."""
    own = LINES.c[f"{by}_n"]
    few = select(LINES, literal(0.0).label("score")).where(
        LINES.c.library_id == library.id, own < library.ranking_minimum
    )
    return [_standing(row, None) for row in session.execute(few.order_by(LINES.c.vendor_id))]


def _ranking(by: str) -> Prepared:
    n, median = LINES.c[f"{by}_n"], LINES.c[f"{by}_twice_median"]
    weight: Any = bindparam("weight", type_=Integer)
    usual: Any = bindparam("usual", type_=Integer)
    score = sql_cast(n * median + weight * usual, Double) / (2 * (n + weight))
    return Prepared(
        # both drivers give a double as a float: nothing to convert
        select(LINES, type_coerce(score, NullType()).label("score"))
        .where(LINES.c.library_id == bindparam("library"), n >= bindparam("least"))
        .order_by(score, LINES.c.vendor_id)
        .limit(bindparam("most", type_=Integer))
    )


_RANKING = {by: _ranking(by) for by in (DAYS, FEES)}
_USUAL = Prepared(
    select(TOTALS.c.value, TOTALS.c.count).where(
        TOTALS.c.library_id == bindparam("library"), TOTALS.c.measure == bindparam("measure")
    )
)
_PLACES = {name: place for place, name in enumerate(LINES.c.keys())}


def _standing(row: Sequence[Any], rank: int | None) -> Standing:
    """Return a line of the table, whose columns stand in its order, with the score after them."""
    return Standing(
        row[_PLACES["vendor_id"]],
        Spread(*(row[_PLACES[f"{DAYS}_{name}"]] for name in SPREAD)),
        Spread(*(row[_PLACES[f"{FEES}_{name}"]] for name in SPREAD)),
        row[_PLACES["stars_sum"]],
        row[_PLACES["stars_n"]],
        row[_PLACES["first_on"]],
        row[_PLACES["last_on"]],
        row[-1],
        rank,
    )


# -- recomputed ---------------------------------------------------------------------------------------------


def samples(
    session: Session, library: Library, since: date | None = None, until: date | None = None
) -> dict[int, Sample]:
    """Return what the commissions themselves say of each agency, for all time or for a period."""
    found = select(
        DONE.c.vendor_id,
        DONE.c.authority_accepted_on,
        DONE.c.handling_days,
        DONE.c.agreed_fee,
        DONE.c.list_fee,
        DONE.c.rating,
    ).where(DONE.c.library_id == library.id, DONE.c.authority_accepted_on.is_not(None))
    if since is not None:
        found = found.where(DONE.c.authority_accepted_on >= since)
    if until is not None:
        found = found.where(DONE.c.authority_accepted_on <= until)
    known: dict[int, Sample] = {}
    for vendor_id, on, days, agreed, listed, rating in session.execute(found):
        sample = known.setdefault(vendor_id, Sample())
        sample.add(on, days, fee_of(agreed, listed))
        if rating is not None:
            sample.rate(int(rating * 100))
    return known


def recomputed(
    session: Session,
    library: Library,
    *,
    by: str = DAYS,
    since: date | None = None,
    until: date | None = None,
) -> list[Standing]:
    """Return the ranking out of the commissions themselves."""
    known = samples(session, library, since, until)
    usual = ranking.typical_of(list(known.values()), by)
    lines = [ranking.standing(vendor_id, sample) for vendor_id, sample in known.items()]
    return ranking.ranked(lines, usual, least=library.ranking_minimum, weight=library.shrinkage, by=by)


def rebuild(session: Session) -> int:
    """Compute the whole summary anew from the commissions; return how many lines it has."""
    for table in (LINES, COUNTS, TOTALS):
        session.execute(delete(table))
    place = (DONE.c.library_id, DONE.c.vendor_id)
    agreed, listed = (type_coerce(DONE.c[name], BigInteger) for name in ("agreed_fee", "list_fee"))
    fee = (2 * ranking.PER_MILLE * agreed + listed) // (2 * listed)
    for measure, figure, known in ((DAYS, DONE.c.handling_days, None), (FEES, fee, listed > 0)):
        counted = (
            select(*place, literal(measure), figure, func.count())
            .where(DONE.c.authority_accepted_on.is_not(None))
            .group_by(*place, figure)
        )
        session.execute(
            insert(COUNTS).from_select(
                list(COUNTS.c.keys()), counted if known is None else counted.where(known)
            )
        )
    key = (COUNTS.c.library_id, COUNTS.c.measure, COUNTS.c.value)
    total = select(*key, func.sum(COUNTS.c.count)).group_by(*key)
    session.execute(insert(TOTALS).from_select(list(TOTALS.c.keys()), total))
    lines = list(_lines(session))
    if lines:
        session.execute(insert(LINES), lines)
    return len(lines)


def _lines(session: Session) -> Iterator[dict[str, Any]]:
    histograms: dict[tuple[int, int, str], dict[int, int]] = {}
    for library, vendor, measure, value, count in session.execute(select(COUNTS)):
        histograms.setdefault((library, vendor, measure), {})[value] = count
    on, rating = DONE.c.authority_accepted_on, type_coerce(DONE.c.rating, BigInteger)
    facts = (
        select(
            DONE.c.library_id,
            DONE.c.vendor_id,
            func.coalesce(func.sum(rating), 0).label("stars_sum"),
            func.count(rating).label("stars_n"),
            func.min(on).label("first_on"),
            func.max(on).label("last_on"),
        )
        .where(on.is_not(None))
        .group_by(DONE.c.library_id, DONE.c.vendor_id)
    )
    for row in session.execute(facts):
        days, fees = (
            ranking.spread(histograms.get((row.library_id, row.vendor_id, measure), {}))
            for measure in (DAYS, FEES)
        )
        figures = {name.removeprefix("new_"): value for name, value in _figures(days, fees).items()}
        yield {**row._mapping, "stars_sum": int(row.stars_sum), **figures}
