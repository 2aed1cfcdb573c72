"""H11: verifying the audit trail, beside only fetching it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.databases import Office, office
from bench.measure import Goal, Line, race
from core import audit, trail
from core.auth import SYSTEM
from core.db import db, writing

ENGINES = ("sqlite", "postgresql")
EVENTS = {"quick": 100_000, "full": 10_000_000}
AT_ONCE = 10_000
CHANGES: dict[str, list[Any]] = {"title": [None, "环卫一体化年度服务合同"], "amount": [None, 125000]}
WHY = "every event is also hashed, parsed and compared: profiles/h11.txt"


def run(engine: str, size: str) -> Iterator[Line]:
    """Verify a chain of imported events."""
    with office(engine) as place:
        count = EVENTS[size]
        _enter(place, count)
        with place.app.app_context():
            yield _verified(db.session, count, f"h11.verify.{engine}")


def _verified(session: Session, count: int, name: str) -> Line:
    event = audit.AuditEvent.__table__.c
    every = select(
        event.lane, event.seq, event.at, event.actor_id, event.action, event.record_id, event.body,
        event.prev, event.hash,
    )  # fmt: skip

    def floor() -> None:
        rows = session.execute(every.order_by(event.lane, event.seq), execution_options={"yield_per": 5000})
        assert sum(1 for _ in rows) >= count

    def product() -> None:
        report = trail.verify(session)
        assert report.events >= count
        assert not report.problems

    return race(Goal(name, 0.5, WHY), floor, product)


def _enter(place: Office, count: int) -> None:
    with place.app.app_context():
        session = db.session
        for first in range(1, count, AT_ONCE):
            writing(session)
            acts = (
                audit.Subject(number, f"HT-2026-{number:07d}", CHANGES)
                for number in range(first, min(first + AT_ONCE, count + 1))
            )
            audit.record_many(session, acts, "created", by=SYSTEM)
            session.commit()
