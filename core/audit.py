"""The audit trail: written in the same transaction as the change, chained by hash, never altered.

``record`` says who does what to which record; the guard collects what actually changed at each flush
and refuses a flush that changes a record nobody has accounted for. At commit the collected events are
chained: the trail runs in a few lanes, each its own hash chain, so that offices do not queue behind
one another; an anchor holds the heads of all lanes. What comes in by the thousand is chained batch by
batch on a lane of its own.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, cast

import orjson
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    RelationshipDirection,
    Session,
    SessionTransaction,
    mapped_column,
)

from core import clock
from core.auth import By, secret_fields
from core.db import Model
from core.engine import RowWriter
from core.records import Record

LANES = 16
# An import holds its lane from its first batch to its commit: nobody but another import waits for it.
BULK_LANE = LANES
GENESIS = "0" * 64
UNTRACKED = frozenset({"version", "search_text", "party_id"})  # follow from the rest


class UnauditedChange(RuntimeError):
    """A flush would change a record without an audit event: a fault in the program, not of the user."""


class AuditEvent(Model):
    """One act on one record; ``body`` is the canonical JSON over which ``hash`` is taken."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_record_id_at", "record_id", "at"),)

    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    action: Mapped[str] = mapped_column(String(60))
    # No foreign key: the trail outlives what it describes, such as the records of an import taken back.
    record_id: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text)
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    @property
    def facts(self) -> dict[str, Any]:
        """Return the body as a mapping."""
        return dict(json.loads(self.body))


EVENTS = cast(Table, AuditEvent.__table__)
COLUMNS = tuple(EVENTS.columns.keys())
# an act's name with this ending: the same person's correction of what it entered counts as the act
CORRECTED = ".corrected"
# from how many events at once the driver is spoken to directly
MANY = 200


class AuditLane(Model):
    """The head of one lane; its row lock orders the writers of that lane."""

    __tablename__ = "audit_lanes"

    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


LANE = cast(Table, AuditLane.__table__)
# composed once: on the way of every commit, composing them took longer than running them
ENTER = insert(EVENTS)
MOVE = update(LANE).where(LANE.c.lane == bindparam("of")).values(hash=bindparam("to"))
ADVANCE = {
    name: upsert(LANE)
    .values(lane=bindparam("of"), seq=bindparam("count"), hash=bindparam("hash"))
    .on_conflict_do_update(index_elements=["lane"], set_={"seq": LANE.c.seq + bindparam("count")})
    .returning(LANE.c.seq, LANE.c.hash)
    for name, upsert in (("sqlite", upsert_sqlite), ("postgresql", upsert_postgresql))
}


@dataclass
class Pending:
    """An act announced in this transaction, with the changes that its flushes made."""

    subject: Record | None
    action: str
    actor: By
    note: str | None
    detail: dict[str, Any]
    within: SessionTransaction | None
    changes: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record written or removed past the unit of work: what the trail names it by, and what was set."""

    id: int
    number: str
    changes: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where an act comes from; entry points put one into ``session.info["origin"]``."""

    request_id: str | None = None
    ip: str | None = None

    nowhere: ClassVar["Origin"]


Origin.nowhere = Origin()


def record(
    session: Session, subject: Record | None, action: str, *, by: By, note: str | None = None, **detail: Any
) -> None:
    """Announce an act before it is flushed; what the flush changes is added to it."""
    within = session.get_nested_transaction() or session.get_transaction()
    if subject is not None and inspect(subject).expired:
        _ = subject.version  # load what is stored, so that the change can name the old value
    _pending(session).append(Pending(subject, action, by, note, detail, within))


def record_many(
    session: Session,
    subjects: Iterable[Subject],
    action: str,
    *,
    by: By,
    note: str | None = None,
    **detail: Any,
) -> None:
    """Enter one act on each of a batch of records that no flush sees, and chain it at once."""
    batch = list(subjects)
    if not batch:
        return
    session.info["audit_lane"] = BULK_LANE
    at = clock.now()
    common = _common(session, at, action, by, note, detail)
    bodies = [
        canonical({**common, "record": each.id, "number": each.number, "changes": each.changes})
        for each in batch
    ]
    own = {"at": at, "actor_id": by.id, "action": action}
    columns = {name: [value] * len(batch) for name, value in own.items()}
    _enter(session, BULK_LANE, {**columns, "record_id": [each.id for each in batch], "body": bodies})


def has_acted(session: Session, subject: Record, action: str, by: By) -> bool:
    """Return whether this person has done this to this record, or corrected it, now or before."""
    if by.id is None:
        return False
    either = (action, action + CORRECTED)
    if any(p.subject is subject and p.action in either and p.actor.id == by.id for p in _pending(session)):
        return True
    if subject.id is None:
        return False
    acts = select(AuditEvent.seq).where(
        AuditEvent.record_id == subject.id, AuditEvent.action.in_(either), AuditEvent.actor_id == by.id
    )
    with session.no_autoflush:
        return session.execute(acts.limit(1)).first() is not None


def history(session: Session, subject: Record, limit: int = 50) -> list[AuditEvent]:
    """Return the last acts on a record, newest first."""
    acts = select(AuditEvent).where(AuditEvent.record_id == subject.id)
    return list(session.scalars(acts.order_by(AuditEvent.at.desc(), AuditEvent.seq.desc()).limit(limit)))


def canonical(facts: dict[str, Any]) -> str:
    """Return the one JSON text of these facts."""
    return orjson.dumps(facts, default=_plain, option=orjson.OPT_SORT_KEYS).decode()


def link(prev: str, lane: int, seq: int, body: str) -> str:
    """Return the hash of an event that follows ``prev``."""
    return hashlib.sha256(f"{prev}\n{lane}\n{seq}\n{body}".encode()).hexdigest()


def seal(session: Session) -> None:
    """Chain the pending events onto a lane; called at commit, when the flushes are done."""
    pending = _pending(session)
    if not pending:
        return
    session.info["audit"] = []
    at = clock.now()
    rows = [_row(session, act, at) for act in pending]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    _enter(session, session.info.get("audit_lane", _lane_of(pending)), columns)


def _enter(session: Session, lane: int, columns: dict[str, list[Any]]) -> None:
    """Append events, column by column, to a lane; they lack only their place in the chain."""
    bodies = columns["body"]
    count = len(bodies)
    last, head = _advance(session, lane, count)
    seqs = range(last - count + 1, last + 1)
    hashes = [head]
    for seq, body in zip(seqs, bodies, strict=True):
        hashes.append(link(hashes[-1], lane, seq, body))
    columns |= {"lane": [lane] * count, "seq": list(seqs), "prev": hashes[:-1], "hash": hashes[1:]}
    whole = [columns[name] for name in COLUMNS]
    if count < MANY:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*whole, strict=True)]
        session.connection().execute(ENTER, rows)
    else:
        writer = RowWriter(session, EVENTS, COLUMNS)
        writer.write(writer.bind_all(whole))
    session.connection().execute(MOVE, {"of": lane, "to": hashes[-1]})


def _row(session: Session, act: Pending, at: datetime) -> dict[str, Any]:
    subject = act.subject
    record_id, number = (None, None) if subject is None else (subject.id, subject.number)
    facts = {
        **_common(session, at, act.action, act.actor, act.note, act.detail),
        "record": record_id,
        "number": number,
        "changes": act.changes,
    }
    return {
        "at": at,
        "actor_id": act.actor.id,
        "action": act.action,
        "record_id": record_id,
        "body": canonical(facts),
    }


def _common(
    session: Session, at: datetime, action: str, by: By, note: str | None, detail: dict[str, Any]
) -> dict[str, Any]:
    origin: Origin = session.info.get("origin", Origin.nowhere)
    return {
        "at": at.isoformat(),
        "actor": by.id,
        "actor_name": by.name,
        "action": action,
        "note": note,
        "detail": detail,
        "request": origin.request_id,
        "ip": origin.ip,
    }


def _lane_of(pending: list[Pending]) -> int:
    # One lane a transaction: two lanes locked in different orders could deadlock.
    subject = next((p.subject for p in pending if p.subject is not None), None)
    return subject.id % LANES if subject is not None else 0


def _advance(session: Session, lane: int, count: int) -> tuple[int, str]:
    moved = ADVANCE[session.get_bind().dialect.name]
    seq, head = session.connection().execute(moved, {"of": lane, "count": count, "hash": GENESIS}).one()
    return seq, head


def _pending(session: Session) -> list[Pending]:
    queue: list[Pending] = session.info.setdefault("audit", [])
    return queue


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value)


def _changes(subject: Record) -> Iterator[tuple[str, list[Any]]]:
    secret = secret_fields(type(subject))
    state = inspect(subject)
    for attribute in state.mapper.column_attrs:
        past = state.attrs[attribute.key].history
        if attribute.key in UNTRACKED or not past.has_changes():
            continue
        before, after = next(iter(past.deleted or ()), None), next(iter(past.added or ()), None)
        if before == after:
            continue
        yield attribute.key, ["•••", "•••"] if attribute.key in secret else [before, after]
    yield from _links(subject)


def _links(subject: Record) -> Iterator[tuple[str, list[Any]]]:
    # The unit of work copies a new link into its column only after this: read it off the relationship.
    state = inspect(subject)
    for relation in state.mapper.relationships:
        past = state.attrs[relation.key].history
        if relation.direction is not RelationshipDirection.MANYTOONE or not past.has_changes():
            continue
        (column,) = relation.local_columns
        name = state.mapper.get_property_by_column(column).key
        other = next(iter(past.added or ()), None)
        before, after = getattr(subject, name), _identity(other)
        if before != after:
            yield name, [before, after]


def _identity(other: Any) -> Any:
    known = inspect(other).identity if other is not None else None
    return known[0] if known else other


@event.listens_for(Session, "before_flush")
def refuse_unaudited_changes(session: Session, *_: object) -> None:
    """Add what this flush changes to the announced acts; refuse it when no act accounts for it."""
    if session.info.get("unaudited"):  # factories and data migrations only
        return
    for subject in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(subject, Record):
            continue
        if subject in session.dirty and not session.is_modified(subject):
            continue
        act = next((p for p in reversed(_pending(session)) if p.subject is subject), None)
        if act is None:
            raise UnauditedChange(
                f"{type(subject).__name__} {subject.number!r} changed without an audit event"
            )
        for name, (before, after) in _changes(subject):
            act.changes[name] = [act.changes[name][0] if name in act.changes else before, after]


@event.listens_for(Session, "before_commit")
def _seal_at_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    if _pending(session):
        session.flush()
        seal(session)
    session.info.pop("audit_lane", None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_rolled_back(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop("audit_lane", None)
    queue = _pending(session)
    queue[:] = [p for p in queue if not _is_within(p.within, ended)]


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None:
        if inner is outer:
            return True
        inner = inner.parent
    return False


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_changes(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete) or state.execution_options.get("audited"):
        return
    mapper = state.bind_mapper
    if mapper is not None and issubclass(mapper.class_, Record):
        raise UnauditedChange("a bulk statement on records would slip past the audit trail")
