"""H2: finding contracts by one to five Chinese characters, newest fifty and a capped count."""

import random
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

from bench.databases import Office
from bench.kept import lent
from bench.measure import Goal, Line, limit
from core import search
from core.db import db
from core.organizations import Scope
from core.organizations import limit as under

ENGINES = ("sqlite", "postgresql")
ROWS = 1_000_000
QUERIES = {"quick": 1000, "full": 10_000}
# LIKE has to read every text for a rare word: the comparison is among fewer rows, in full for all queries
COMPARED_ROWS = 100_000
COMPARED = {"quick": 500, "full": 10_000}
LENGTHS = 5
MILLISECONDS = 10.0
WHY = "what the index offers is checked against the text: profiles/h2.txt"
SOME = "select title from records where kind = 'contract' and id % {step} = 0 limit 5000"
LIKE = (
    "select c.id from contracts c join records r on r.id = c.id"
    " where search_text like {0} order by c.id desc limit {most}"
)


def run(engine: str, size: str) -> Iterator[Line]:
    """Search for pieces of titles: how long it takes, and whether LIKE finds the same."""
    with lent(engine, ROWS) as place:
        taken = _searches(place, QUERIES[size])
    for length in range(1, LENGTHS + 1):
        yield _line(f"h2.{length}.p95.{engine}", [each for n, each in taken if n == length])
    yield _line(f"h2.p95.{engine}", [each for _, each in taken])
    with lent(engine, COMPARED_ROWS) as place:
        _compare(place, COMPARED[size])


def _line(name: str, taken: list[float]) -> Line:
    slow = sorted(taken)[int(len(taken) * 0.95)]
    return limit(Goal(name, 1.0, WHY), MILLISECONDS, slow * 1000, "ms")


def pieces(place: Office, count: int) -> list[str]:
    """Return pieces of one to five characters from titles of all ages."""
    chance = random.Random(2)  # noqa: S311 - repeatable on purpose
    with closing(place.connect()) as connection:
        titles = [row[0] for row in connection.execute(SOME.format(step=19))]
    found = []
    for number in range(count):
        title, length = chance.choice(titles), 1 + number % LENGTHS
        start = chance.randrange(0, len(title) - length)
        found.append(title[start : start + length])
    return found


def _searches(place: Office, count: int) -> list[tuple[int, float]]:
    taken = []
    with place.app.app_context():
        under(db.session, Scope(own=frozenset(place.organization_ids)))
        search.find(db.session, "环卫", kinds=["contract"])  # the first one compiles
        for piece in pieces(place, count):
            begun = perf_counter()
            search.find(db.session, piece, kinds=["contract"])
            taken.append((len(piece), perf_counter() - begun))
            db.session.rollback()
    return taken


def _compare(place: Office, count: int) -> None:
    """Assert that the index finds the rows, and as many, as LIKE does."""
    query = LIKE.format(place.mark, most=search.CAP + 1)
    with closing(place.connect()) as connection, place.app.app_context():
        under(db.session, Scope(own=frozenset(place.organization_ids)))
        for piece in sorted(set(pieces(place, count))):
            found = search.find(db.session, piece, kinds=["contract"])
            db.session.rollback()
            known = [row[0] for row in connection.execute(query, (f"%{piece}%",))]
            assert [row[0] for row in found.rows] == known[:50], f"{piece}: differs from LIKE"
            assert _count(found) == len(known), f"{piece}: LIKE counts {len(known)}"


def _count(found: search.Page) -> int:
    return found.count + found.is_capped
