"""Verifying the audit trail, and the anchors that catch what a chain alone cannot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any

from orjson import loads
from sqlalchemy import select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from core import clock
from core.audit import EVENTS, GENESIS, AuditLane

BATCH = 5000


@dataclass
class Report:
    """How many events were read, and what is wrong with them, in the words of the command line."""

    events: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Anchor:
    """The heads of the lanes at one moment: lane -> (seq, hash)."""

    heads: dict[int, tuple[int, str]]


def anchor(session: Session) -> str:
    """Return the heads of all lanes as text that can be kept elsewhere."""
    lanes = session.scalars(select(AuditLane).order_by(AuditLane.lane))
    heads = {str(lane.lane): {"seq": lane.seq, "hash": lane.hash} for lane in lanes}
    return json.dumps({"at": clock.now().isoformat(), "lanes": heads}, sort_keys=True)


def read_anchor(file: IO[str]) -> Anchor:
    """Read an anchor that ``anchor`` wrote."""
    lanes = json.load(file)["lanes"]
    return Anchor({int(lane): (int(head["seq"]), str(head["hash"])) for lane, head in lanes.items()})


def verify(session: Session, anchored: Anchor | None = None) -> Report:
    """Re-compute the chain of every lane and compare it with the heads and with an anchor.

    The chain finds altered and missing events; the heads find a cut tail; only an anchor kept
    elsewhere finds a tail rewritten together with its head.
    """
    heads = {lane.lane: (lane.seq, lane.hash) for lane in session.scalars(select(AuditLane))}
    walk = _Walk(dict(anchored.heads) if anchored else {})
    events = select(*_COLUMNS).order_by(EVENTS.c.lane, EVENTS.c.seq)
    rows = session.connection().execute(events, execution_options={"yield_per": BATCH})
    for batch in rows.partitions():
        walk.follow(batch)
    return walk.report(heads)


# The moment as the driver gives it: text on SQLite, where parsing a day costs more than hashing the event.
_COLUMNS = (
    EVENTS.c.lane,
    EVENTS.c.seq,
    type_coerce(EVENTS.c.at, NullType()),
    EVENTS.c.actor_id,
    EVENTS.c.action,
    EVENTS.c.record_id,
    EVENTS.c.body,
    EVENTS.c.prev,
    EVENTS.c.hash,
)


@dataclass
class _Walk:
    """The way along the lanes: where each has come to, what an anchor still waits for, what was wrong."""

    expected: dict[int, tuple[int, str]]
    events: int = 0
    problems: list[str] = field(default_factory=list)
    ends: dict[int, tuple[int, str]] = field(default_factory=dict)

    def follow(self, rows: Sequence[Sequence[Any]]) -> None:
        """Check some events, each against the one before it."""
        lane_before, seq_before, hash_before = -1, 0, GENESIS
        for lane, seq, at, actor, action, record, body, prev, digest in rows:
            if lane != lane_before:
                self.ends[lane_before] = (seq_before, hash_before)
                seq_before, hash_before = self.ends.get(lane, (0, GENESIS))
                lane_before = lane
            if seq != seq_before + 1:
                self._blame(lane, seq, f"follows {seq_before}: events are missing")
            elif prev != hash_before:
                self._blame(lane, seq, "does not follow the event before it")
            elif sha256(f"{prev}\n{lane}\n{seq}\n{body}".encode()).hexdigest() != digest:
                self._blame(lane, seq, "its content was altered")
            elif not _agrees(loads(body), at, actor, action, record):
                self._blame(lane, seq, "its columns differ from what was signed")
            seq_before, hash_before = seq, digest
            if lane in self.expected:
                self._compare(lane, seq, digest)
        self.ends[lane_before] = (seq_before, hash_before)
        del self.ends[-1]
        self.events += len(rows)

    def report(self, heads: Mapping[int, tuple[int, str]]) -> Report:
        """Return what was found, once every lane was followed to its end."""
        gone = [f"lane {lane}: the anchor's event {seq} is gone" for lane, (seq, _) in self.expected.items()]
        cut = []
        for lane in sorted(heads.keys() | self.ends.keys()):
            head, end = heads.get(lane, (0, GENESIS)), self.ends.get(lane, (0, GENESIS))
            if head != end:
                cut.append(f"lane {lane}: ends at {end[0]}, but its head says {head[0]}")
        return Report(self.events, [*self.problems, *gone, *cut])

    def _compare(self, lane: int, seq: int, digest: str) -> None:
        if self.expected[lane][0] == seq and self.expected.pop(lane)[1] != digest:
            self._blame(lane, seq, "differs from the anchor")

    def _blame(self, lane: int, seq: int, problem: str) -> None:
        self.problems.append(f"lane {lane}, event {seq}: {problem}")


def _agrees(
    facts: dict[str, Any], at: str | datetime, actor: int | None, action: str, record: int | None
) -> bool:
    """Tell whether the columns say what was signed; SQLite keeps a moment as text without a zone."""
    if facts["action"] != action or facts["actor"] != actor or facts["record"] != record:
        return False
    if isinstance(at, str):
        at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return datetime.fromisoformat(facts["at"]) == at
