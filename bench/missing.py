"""What is missing among 100,000 vendors: the first pages beside the least code that shows them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from html import escape
from time import perf_counter

from flask import Flask, request, session

from bench.barepage import BELOW, WHO
from bench.databases import KEY, Office, analyze, fill, office, without_indexes
from bench.measure import Goal, Line, limit, race, repeat
from bench.pages import sign_in
from core import clock
from core.db import db, writing
from vendors import needs

ENGINES = ("sqlite", "postgresql")
VENDORS = {"quick": 20_000, "full": 100_000}
BATCH = {"quick": 10, "full": 40}
LIST = "/admin/missing/"
LEAST, FILTERED = 0.25, 0.2
WHY = "per-request work of the frameworks, not the query"
# the pass over all vendors that a day begins with
SECONDS_A_VENDOR = 60 / 100_000
SERVICES = ("testing", "sanitation", "fire", "hazardous_waste")
LASTING = 730

SELECT = """
select n.vendor_id, r.title, n.category, n.need, n.met_until
from vendor_needs n join records r on r.id = n.vendor_id
where n.register_id in ({scope}) and n.met_until < {mark} and {where} order by n.met_until, n.id limit 51
"""


@dataclass(frozen=True)
class Case:
    """A page of the list: what the product is asked, and what the floor selects."""

    name: str
    address: str
    where: str = "1 = 1"


CASES = (
    Case("first", ""),
    Case("category", "?category=fire", "n.category = 'fire'"),
    Case("rare", "?category=testing", "n.category = 'testing'"),
)


def run(engine: str, size: str) -> Iterator[Line]:
    """Measure the pages, and the pass that keeps the table in step."""
    today = clock.today()
    with office(engine) as place:
        _furnish(place, VENDORS[size], today)
        taken = _refresh(place, today)
        analyze(place)
        allowed = VENDORS[size] * SECONDS_A_VENDOR
        yield limit(
            Goal(f"missing.refresh.{engine}", 1.0, "rows are written one by one"), allowed, taken, "s"
        )
        floor = sign_in(place, _bare_app(place, today).test_client())
        product = sign_in(place, place.app.test_client())
        for case in CASES:
            least = partial(floor.get, "/", query_string={"where": case.where})
            page = partial(product.get, LIST + case.address)
            assert _vendors(least) == _vendors(page), f"{case.name}: floor and product show different rows"
            times = BATCH[size]
            goal = Goal(f"missing.{case.name}.{engine}", FILTERED if case.address else LEAST, WHY)
            yield race(goal, repeat(least, times), repeat(page, times), each=times)


def _vendors(get: Callable[[], object]) -> list[str]:
    for _ in range(2):  # the first call compiles
        text = get().get_data(as_text=True)  # type: ignore[attr-defined]
    found = re.findall(r"示例单位\d{6}", text)
    assert len(found) == 50, f"{len(found)} rows instead of 50"
    return found


def _refresh(place: Office, today: date) -> float:
    with place.app.app_context():
        writing(db.session)
        begun = perf_counter()
        needs.refresh_all(db.session, today)
        db.session.commit()
        return perf_counter() - begun


def _bare_app(place: Office, today: date) -> Flask:
    app = Flask(__name__)
    app.secret_key, app.testing = KEY, True
    connection = place.connect()
    if place.engine == "postgresql":
        connection.autocommit = True
    day = today.isoformat() if place.engine == "sqlite" else today

    @app.get("/")
    def index() -> str:
        found = connection.execute(WHO + place.mark, (session["_user_id"],)).fetchone()
        scope = connection.execute(BELOW + place.mark, (found[1] + "%",)).fetchall()
        ids = ",".join(str(row[0]) for row in scope)
        query = SELECT.format(scope=ids, where=request.args["where"], mark=place.mark)
        rows = connection.execute(query, (day,)).fetchall()
        return "".join(["<table>", *(_row(row) for row in rows[:50]), "</table>"])

    return app


def _row(row: Sequence[object]) -> str:
    cells = "".join(f"<td>{escape(str(value))}</td>" for value in row[2:])
    return f'<tr><td><a href="/records/{row[0]}">{escape(str(row[1]))}</a></td>{cells}</tr>'


def _furnish(place: Office, count: int, today: date) -> None:
    """Write vendors of four services; of those that test, one in a hundred has no accreditation in force."""
    now = clock.now().replace(tzinfo=None) if place.engine == "sqlite" else clock.now()
    common = ("organization_id", "review", "search_text", "is_sample", "version", "created_at")
    kept = (place.zone_id, "approved", "", False, 1, str(now) if place.engine == "sqlite" else now)
    tables = ("records", "vendors", "qualifications", "vendor_services")
    day = date.isoformat if place.engine == "sqlite" else (lambda value: value)
    testers = range(0, count, len(SERVICES))
    with without_indexes(place, *tables, searched=False):
        names = ("id", "kind", "number", "title", "party_id", *common)
        vendors: Iterable[Sequence[object]] = (
            (n, "vendor", f"GYS-2026-{n:06d}", f"示例单位{n:06d}", n, *kept) for n in range(1, count + 1)
        )
        fill(place, "records", names, vendors)
        papers = (
            (count + 1 + n, "qualification", f"ZZ-2026-{n:06d}", f"证{n}", n + 1, *kept) for n in testers
        )
        fill(place, "records", names, papers)
        columns = ("id", "register_id", "status", "size", "admitted_on")
        admitted = ((n, place.zone_id, "admitted", "small", day(today)) for n in range(1, count + 1))
        fill(place, "vendors", columns, admitted)
        fill(place, "qualifications", PAPER, (_paper(count + 1 + n, n, day, today) for n in testers))
        offered = ((n + 1, SERVICES[n % len(SERVICES)], day(today)) for n in range(count))
        fill(place, "vendor_services", ("vendor_id", "category", "since"), offered)


PAPER = (
    "id",
    "vendor_id",
    "status",
    "category",
    "certificate",
    "certificate_number",
    "issued_on",
    "expires_on",
    "verified_on",
    "source",
)


def _paper(id_: int, n: int, day: Callable[[date], object], today: date) -> tuple[object, ...]:
    # one in so many has ended, on days apart
    ends = today - timedelta(days=1 + n % LASTING) if n % 50 == 0 else today + timedelta(days=n % LASTING)
    issued = ends - timedelta(days=6 * 365)
    facts = ("verified", "testing", "cma", f"CMA{n}", day(issued), day(ends), day(issued), "示例")
    return (id_, n + 1, *facts)
