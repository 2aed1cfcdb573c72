"""H3: raising what is due among many open deadlines, beside one statement over the whole set."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from bench.contracts import RECORDS
from bench.databases import Office, fill, office, without_indexes
from bench.measure import Goal, Line, limit, of_seconds, repeat, seconds
from core.db import db
from deadlines import sweep, worker
from deadlines.alert_models import Channel
from deadlines.loading import load_catalogue

ENGINES = ("sqlite", "postgresql")
OPEN = {"quick": 1_000_000, "full": 10_000_000}
# by name: which share is due, and how many rounds are laid out anew and measured
SHARES = {"1%": (0.01, 3), "100%": (1.0, 1)}
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
DUE_ON, FAR = TODAY + timedelta(60), TODAY + timedelta(90)
IDLE_MILLISECONDS = 2.0
WARM = 100
PEOPLE = 50
LEAST = 0.5
WHY = "few rows due: the fixed cost of the chain of statements shows: profiles/h3.txt"
DEADLINES = [
    *("id", "organization_id", "record_id", "rule_id", "occurrence", "role", "side", "anchor_event"),
    *("anchor_on", "target_event", "effective_on", "provisional", "due_on", "owed", "state", "reason"),
    *("authority", "owner_id", "next_alert_on", "created_at"),
]
USERS = [
    *("id", "email", "name", "active", "is_demo", "organization_id", "is_head", "fs_uniquifier"),
    "created_at",
]
ALERTS = (
    "insert into alerts (deadline_id, step, due_on, recipient_id, channel, state, raised_at, raised_on,"
    " snooze_reason) select id, 60, due_on, owner_id, 'in_app', 'open', {now}, {today}, '' from {due}"
)
FLOOR = {
    "sqlite": (
        ALERTS.format(now="'2026-11-23 01:00:00.000000'", today="'2026-11-23'", due="deadlines")
        + " where next_alert_on <= '2026-11-23'",
        "update deadlines set next_alert_on = date(due_on, '-30 days') where next_alert_on <= '2026-11-23'",
    ),
    "postgresql": (
        "with due as (select * from deadlines where next_alert_on <= date '2026-11-23' for update),"
        " raised as ("
        + ALERTS.format(now="timestamptz '2026-11-23 01:00Z'", today="date '2026-11-23'", due="due")
        + " returning 1) update deadlines d set next_alert_on = d.due_on - 30 from due where due.id = d.id",
    ),
}


def run(engine: str, size: str) -> Iterator[Line]:
    """Sweep with nothing, one in a hundred and everything due."""
    with office(engine) as place:
        count = OPEN[size]
        _lay_out(place, count)
        yield _idle(place)
        _reset(place, WARM)
        _product(place)  # the worker lives for weeks: its first sweep, which compiles, is no measure
        for name, (share, rounds) in SHARES.items():
            goal = Goal(f"h3.{name}.{engine}", LEAST, WHY)
            yield of_seconds(goal, list(_rounds(place, int(count * share), rounds)))


def _rounds(place: Office, due: int, rounds: int) -> Iterator[tuple[float, float]]:
    for _ in range(rounds):
        _reset(place, due)
        floor = seconds(lambda: _floor(place))
        assert _raised(place) == due
        _reset(place, due)
        product = seconds(lambda: _product(place))
        assert _raised(place) == due
        yield floor, product


def _floor(place: Office) -> None:
    with closing(place.connect()) as connection:
        _begin(connection, place)
        for statement in FLOOR[place.engine]:
            connection.execute(statement)
        connection.commit()


def _product(place: Office) -> None:
    with place.app.app_context():
        for _batch in sweep.batches(db.session, NOW, channels=(Channel.in_app,)):
            db.session.commit()


def _idle(place: Office) -> Line:
    before = datetime(2026, 11, 1, tzinfo=UTC)

    def look() -> int:
        return worker.sweep_all(db.session, (Channel.in_app,), moment=lambda _session: before)

    with place.app.app_context():
        look()
        taken = median(seconds(repeat(look, 10)) / 10 for _ in range(5)) * 1000
    goal = Goal(f"h3.idle.{place.engine}", 1.0, "one indexed look outlasts the limit on a busy machine")
    return limit(goal, IDLE_MILLISECONDS, taken, "ms")


# -- rows ---------------------------------------------------------------------------------------------------


def _lay_out(place: Office, count: int) -> None:
    no, yes = (False, True) if place.engine == "postgresql" else (0, 1)
    rules = [rule.id for rule in load_catalogue().rules.values() if 60 in rule.ladder][:5]
    zone = place.zone_id
    first = place.officer_id + 1
    people = range(first, first + PEOPLE)
    fill(
        place,
        "users",
        USERS,
        [
            (u, f"u{u}@example.org", f"用户{u}", yes, no, zone, u == first, f"f{u}", "2026-01-01")
            for u in people
        ],
    )
    with without_indexes(place, "records", "deadlines", searched=False):
        head = (
            (n, "contract", f"N{n}", "示例", zone, "draft", "", no, 1, "2026-01-01")
            for n in range(1, count + 1)
        )
        fill(place, "records", RECORDS, head)
        fill(
            place,
            "deadlines",
            DEADLINES,
            (
                _deadline(n, zone, rules[n % len(rules)], first + n % PEOPLE, no, yes)
                for n in range(1, count + 1)
            ),
        )


def _deadline(n: int, zone: int, rule: str, owner: int, no: Any, yes: Any) -> tuple[Any, ...]:
    due, far = DUE_ON.isoformat(), FAR.isoformat()
    head = (n, zone, n, rule, "", "due", "buyer", "a", TODAY.isoformat(), "t", due)
    return (*head, no, due, yes, "open", "", "", owner, far, "2026-01-01")


def _reset(place: Office, due: int) -> None:
    with closing(place.connect()) as connection:
        _begin(connection, place)
        connection.execute("delete from alerts")
        connection.execute(f"update deadlines set next_alert_on = '{FAR}' where next_alert_on <> '{FAR}'")
        connection.execute(f"update deadlines set next_alert_on = '{TODAY}' where id <= {due}")
        connection.commit()
        if place.engine == "postgresql":
            connection.autocommit = True
            connection.execute("vacuum analyze deadlines")
            connection.execute("vacuum analyze alerts")


def _raised(place: Office) -> int:
    with closing(place.connect()) as connection:
        return int(connection.execute("select count(*) from alerts").fetchone()[0])


def _begin(connection: Any, place: Office) -> None:
    if place.engine == "sqlite":
        connection.execute("begin immediate")
