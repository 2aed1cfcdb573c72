"""H9: the fifty best agencies of a library from the summary, what keeping it costs, and building it anew."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from unittest import mock

from sqlalchemy import select

from bench.databases import Office, fill, office, without_indexes
from bench.measure import Goal, Line, limit, race, repeat, seconds
from core import clock
from core.auth import SYSTEM
from core.db import db, writing
from vendors import commission_services, standings
from vendors.commissions import Commission, CommissionStatus
from vendors.libraries import Library

ENGINES = ("sqlite", "postgresql")
COMMISSIONS = {"quick": 50_000, "full": 1_000_000}
AGENCIES = 1000
DELIVERED = 240
MILLISECONDS, MORE = 2.0, 1.15
DAY = date(2026, 3, 2)
LEAST = 1 / 1.2  # a stretch, not a goal: no more than 1.2 times the grouping alone
WHY = "the summary is read by two statements of the toolkit: profiled no further yet"
WHY_WRITES = "four statements more in an acceptance of some twenty"
WHY_REBUILD = "a stretch: two groupings kept as rows, and the lines are taken through Python"
GROUP = "select vendor_id, handling_days, count(*) from commissions where library_id = {0} group by 1, 2"
COMMON = ("organization_id", "review", "search_text", "is_sample", "version", "created_at")
TERMS = {name: column.default.arg for name, column in Library.__table__.c.items() if column.default}


def run(engine: str, size: str) -> Iterator[Line]:
    """Read the top of a large library, accept some commissions more, and build the summary anew."""
    with office(engine) as place:
        _furnish(place, COMMISSIONS[size])
        with place.app.app_context():
            writing(db.session)
            library = db.session.scalars(select(Library)).one()
            standings.rebuild(db.session)
            db.session.commit()
            yield _top(place, library)
            yield _writes(place)
            _compare(library)
            yield _rebuild(place, library.id)


def _top(place: Office, library: Library) -> Line:
    read = lambda: standings.top(db.session, library)  # noqa: E731 - the work that is measured
    read()
    taken = median(seconds(repeat(read, 20)) / 20 for _ in range(7)) * 1000
    return limit(Goal(f"h9.top.{place.engine}", 1.0, WHY), MILLISECONDS, taken, "ms")


def _writes(place: Office) -> Line:
    """Accept commissions by turns with the summary and without it."""
    own = select(Commission).where(Commission.status == CommissionStatus.delivered)
    waiting = db.session.scalars(own.order_by(Commission.id)).all()
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number, commission in enumerate(waiting):
        kept = bool(number % 2)
        if kept:
            taken[kept].append(_accept(commission))
        else:
            with mock.patch.object(standings, "add"):
                taken[kept].append(_accept(commission))
    more = median(taken[True]) / median(taken[False])
    return limit(Goal(f"h9.writes.{place.engine}", 1.0, WHY_WRITES), MORE, more, "x")


def _accept(commission: Commission) -> float:
    begun = perf_counter()
    writing(db.session)
    commission_services.accept_by_authority(db.session, commission, by=SYSTEM, on=DAY + timedelta(days=60))
    db.session.commit()
    return perf_counter() - begun


def _compare(library: Library) -> None:
    """Hold the summary against a recomputation, after what was accepted without it has been counted in."""
    writing(db.session)
    standings.rebuild(db.session)
    db.session.commit()
    assert standings.top(db.session, library, limit=None) == standings.recomputed(db.session, library)


def _rebuild(place: Office, library_id: int) -> Line:
    with closing(place.connect()) as connection:

        def floor() -> None:
            connection.execute(GROUP.format(place.mark), (library_id,)).fetchall()

        def product() -> None:
            writing(db.session)
            standings.rebuild(db.session)
            db.session.commit()

        return race(Goal(f"h9.rebuild.{place.engine}", LEAST, WHY_REBUILD), floor, product, rounds=3)


# -- rows ---------------------------------------------------------------------------------------------------


def _furnish(place: Office, count: int) -> None:
    """Write a library, its agencies, and commissions that the authority has accepted or is about to."""
    sqlite = place.engine == "sqlite"
    now: Any = str(clock.now().replace(tzinfo=None)) if sqlite else clock.now()
    day: Callable[[date], Any] = date.isoformat if sqlite else (lambda value: value)
    kept = (place.zone_id, "approved", "", False, 1, now)
    library_id = AGENCIES + 1
    with without_indexes(place, "records", "vendors", "libraries", "commissions", searched=False):
        names = ("id", "kind", "number", "title", *COMMON)
        fill(
            place,
            "records",
            names,
            ((n, "vendor", f"G{n}", f"机构{n}", *kept) for n in range(1, AGENCIES + 1)),
        )
        fill(place, "records", names, [(library_id, "library", "K1", "示例库", *kept)])
        first = library_id + 1
        numbers = range(first, first + count + DELIVERED)
        fill(place, "records", names, ((n, "commission", f"W{n}", "示例", *kept) for n in numbers))
        columns = ("id", "register_id", "status", "size", "admitted_on")
        admitted = ((n, place.zone_id, "admitted", "small", day(DAY)) for n in range(1, AGENCIES + 1))
        fill(place, "vendors", columns, admitted)
        fill(place, "libraries", *_library(place, library_id))
        fill(place, "commissions", COLUMNS, _commissions(numbers, library_id, first + count, day))


def _library(place: Office, library_id: int) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    plain = {name: value for name, value in TERMS.items() if isinstance(value, int)}
    given = {"id": library_id, "register_id": place.zone_id, "category": "eia", "status": "open"}
    line = {**plain, **given, "certificates": "[]"}
    return tuple(line), [tuple(line.values())]


COLUMNS = (
    *("id", "library_id", "vendor_id", "status", "report_type", "client_kind", "client_name", "list_fee"),
    *("agreed_fee", "promised_days", "requested_on", "chosen_on", "accepted_on", "started_on"),
    *("delivered_on", "authority_accepted_on", "handling_days"),
)


def _commissions(
    numbers: range, library_id: int, delivered: int, day: Callable[[date], Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield commissions; those from a number on are delivered and not yet accepted."""
    chance = random.Random(9)  # noqa: S311 - repeatable on purpose
    begun = day(DAY)
    for number in numbers:
        agency = 1 + int(AGENCIES * chance.random() ** 2)  # some have many cases, most have few
        days = max(1, int(chance.gauss(12 + agency % 17, 5)))
        fee = 100 * chance.randrange(20_000, 60_000)
        is_done = number < delivered
        state = "accepted_by_authority" if is_done else "delivered"
        head = (number, library_id, agency, state, "eia_report", "enterprise", "示例", 6_000_000, fee, 25)
        done = DAY + timedelta(days=1 + days * 7 // 5)
        accepted = (day(done), days) if is_done else (None, None)
        yield (*head, begun, begun, begun, begun, day(done), *accepted)
