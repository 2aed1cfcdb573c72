"""H1: the list of contracts, as the signed-in officer gets it, beside the least code that shows it."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from flask.testing import FlaskClient

from bench import contracts
from bench.barepage import bare_app
from bench.databases import Office
from bench.kept import copied, lent
from bench.measure import Goal, Line, limit, race, repeat
from core import clock
from core.login import SINCE
from core.marks import Mark, encode

ENGINES = ("sqlite", "postgresql")
BATCH = {"quick": 10, "full": 40}
FEW, MANY = 100_000, 1_000_000
DRAFTS = 30_000
LIST = "/admin/contract/"
FLAT = 1.1
LEAST = 0.25
WHY = "per-request work of the frameworks, not the query: profiles/h1.txt"


@dataclass(frozen=True)
class Case:
    """A page of the list: what the product is asked, and what the floor selects for the same rows."""

    name: str
    address: str
    where: str = "true"
    order: str = "c.id desc"


CASES = (
    Case("first", ""),
    Case("status", "?status=signed", "c.status = 'signed'"),
    Case("category", "?category=testing", "c.category = 'testing'"),
    Case(
        "vendor",
        "?vendor_name=华",
        "c.vendor_name >= '华' and c.vendor_name < '协'",
        "c.vendor_name desc, c.id desc",
    ),
    Case("amount", "?amount_from=5000000", "c.amount >= 500000000", "c.amount, c.id"),
    Case("signed", "?signed_on_from=2024-01-01", "c.signed_on >= '2024-01-01'", "c.signed_on, c.id"),
    Case("ends", "?ends_on_from=2025-01-01", "c.ends_on >= '2025-01-01'", "c.ends_on, c.id"),
    Case("by-number", "?sort=number", "r.kind = 'contract'", "r.number, r.id"),
    Case("by-title", "?sort=title&desc=1", "r.kind = 'contract'", "r.title desc, r.id desc"),
    Case("by-vendor", "?sort=vendor_name", order="c.vendor_name, c.id"),
    Case("by-amount", "?sort=amount&desc=1", order="c.amount desc, c.id desc"),
    Case("by-signed", "?sort=signed_on", "c.signed_on is not null", "c.signed_on, c.id"),
    Case("by-end", "?sort=ends_on&desc=1", "c.ends_on is not null", "c.ends_on desc, c.id desc"),
)


def run(engine: str, size: str) -> Iterator[Line]:
    """Measure each page among few contracts and among ten times as many, and whether it stays flat."""
    with lent(engine, FEW) as few, copied(engine, MANY) as many:
        yield from _pages(few, "few", size)
        yield from _pages(many, "many", size)
        yield from _growth(few, many, "many", size)
        contracts.draft(many, DRAFTS)
        yield from _pages(many, "drafts", size)
        yield from _growth(few, many, "drafts", size)


def _growth(few: Office, many: Office, rows: str, size: str) -> Iterator[Line]:
    """Yield how much longer each page takes among many rows; both are asked in turn, in the same rounds."""
    before, after = (sign_in(place, place.app.test_client()) for place in (few, many))
    for one, other in zip(_cases(few), _cases(many), strict=True):
        times = 2 * BATCH[size]
        pages = [
            repeat(partial(browser.get, LIST + case.address), times)
            for browser, case in ((before, one), (after, other))
        ]
        goal = Goal(f"h1.{one.name}.few-{rows}.{few.engine}", 1.0, "the page grows with the table")
        yield limit(goal, FLAT, 1 / race(goal, *pages, each=times).ratio, "×")


def _pages(place: Office, rows: str, size: str) -> Iterator[Line]:
    product = sign_in(place, place.app.test_client())
    floor = sign_in(place, bare_app(place).test_client())
    for case in _cases(place):
        yield _page(place, case, rows, floor, product, BATCH[size])


def _cases(place: Office) -> list[Case]:
    middle = _middle(place)
    mark = encode(Mark(middle, middle))
    return [*CASES, Case("deep", f"?after={mark}", f"c.id < {middle} and r.id < {middle}")]


def _page(place: Office, case: Case, rows: str, floor: FlaskClient, product: FlaskClient, times: int) -> Line:
    ask = {"where": case.where, "order": case.order}
    least = partial(floor.get, "/", query_string=ask)
    page = partial(product.get, LIST + case.address)
    assert _numbers(least) == _numbers(page), f"{case.name}: floor and product show different rows"
    goal = Goal(f"h1.{case.name}.{rows}.{place.engine}", LEAST, WHY)
    return race(goal, repeat(least, times), repeat(page, times), each=times)


def _numbers(get: Callable[[], object]) -> list[str]:
    for _ in range(2):  # the first call compiles
        text = get().get_data(as_text=True)  # type: ignore[attr-defined]
    found = list(dict.fromkeys(re.findall(r"HT-\d{4}-\d{7}", text)))
    assert len(found) == 50, f"{len(found)} rows instead of 50"
    return found


def sign_in(place: Office, client: FlaskClient) -> FlaskClient:
    """Return the browser with the officer signed in, as the test of any page does it."""
    with client.session_transaction() as cookie:
        key = place.officer_key
        cookie.update({"_user_id": key, "_fresh": True, "fs_cc": "set", "identity.id": key})
        cookie.update({"_permanent": True, SINCE: clock.now().isoformat()})
    return client


def _middle(place: Office) -> int:
    with closing(place.connect()) as connection:
        return int(connection.execute("select max(id) / 2 from contracts").fetchone()[0])
