"""Signs of life of the workers, so that a silent one is seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db import writing
from deadlines import engine
from deadlines.alert_models import Heartbeat
from deadlines.alert_queries import STALE_AFTER

FORGOTTEN_AFTER = timedelta(days=7)


@dataclass
class Pulse:
    """What one worker process has to tell of itself."""

    worker: str
    started_at: datetime
    leads: bool = False
    raised: int = 0
    sent: int = 0
    failed: int = 0
    note: str = ""


def beat(session: Session, pulse: Pulse, *, now: datetime, own_clock: datetime) -> None:
    """Write a sign of life, and forget the workers that have shown none for a week."""
    facts = {
        "started_at": pulse.started_at,
        "beat_at": now,
        "leads": pulse.leads,
        "raised": pulse.raised,
        "sent": pulse.sent,
        "failed": pulse.failed,
        "skew": round((own_clock - now).total_seconds(), 1),
        "note": pulse.note[:300],
    }
    if not session.in_transaction():
        writing(session)
    row = engine.upsert(engine.dialect_of(session), Heartbeat.__table__).values(worker=pulse.worker, **facts)
    session.execute(row.on_conflict_do_update(index_elements=["worker"], set_=facts))
    session.execute(delete(Heartbeat).where(Heartbeat.beat_at < now - FORGOTTEN_AFTER))


def leader_is_silent(session: Session, now: datetime) -> bool:
    """Return whether whoever leads shows no sign of life: stopped, or cut off with its lock still held."""
    query = select(Heartbeat.beat_at).where(Heartbeat.leads).order_by(Heartbeat.beat_at.desc()).limit(1)
    last = session.scalar(query)
    return last is not None and now - last > STALE_AFTER
