"""Raising what is due: alerts, the messages that carry them, and the next day to look, all at once.

A batch is one transaction. It claims deadlines whose day to look has come, raises only the most urgent
step that each has reached, and moves the day to look past it. A second run finds nothing; a run after
days of standstill finds everything; a crash leaves either all of a batch or none of it.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    SmallInteger,
    String,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from core.auth import User
from core.clock import local_day
from core.db import UtcDateTime, writing
from deadlines import engine
from deadlines.alert_models import (
    Alert,
    AlertState,
    Channel,
    MessageState,
    OutboxMessage,
)
from deadlines.engine import Chain, Step, Tables
from deadlines.ladder import Ladder, Reach
from deadlines.models import Deadline
from deadlines.routing import Every, Own, climbs, heads, owed_by_party, ways

logger = logging.getLogger(__name__)

BATCH = 10_000
# how long a message waits for company before it may leave, so that one sweep makes one message
GATHERING = timedelta(seconds=20)

DEADLINES = cast(Table, Deadline.__table__)
ALERTS = cast(Table, Alert.__table__)
MESSAGES = cast(Table, OutboxMessage.__table__)
USERS = cast(Table, User.__table__)

TODAY = bindparam("today", type_=Date())
NOW = bindparam("now", type_=UtcDateTime())
SEND_AFTER = bindparam("send_after", type_=UtcDateTime())


@dataclass(frozen=True)
class Batch:
    """What one transaction of the sweep did."""

    claimed: int
    raised: int
    messages: int


def due_exists(session: Session, now: datetime) -> bool:
    """Return whether any deadline waits to be looked at: the whole cost of an idle sweep."""
    waiting = select(DEADLINES.c.id).where(DEADLINES.c.next_alert_on <= TODAY).limit(1)
    return session.connection().execute(waiting, {"today": local_day(now)}).first() is not None


def batches(
    session: Session, now: datetime, *, channels: Sequence[Channel] = (Channel.in_app,), size: int = BATCH
) -> Iterator[Batch]:
    """Raise what is due at a moment, batch by batch; the caller commits after each."""
    if not session.in_transaction():
        writing(session)
    chiefs = heads(session)
    if not chiefs:
        logger.warning("nobody has an account: the reminders that are due wait")
        return
    known = climbs(session, local_day(now))
    chain = _chain(engine.dialect_of(session), known.every, known.own, tuple(channels), size)
    parameters = {
        "today": local_day(now),
        "now": now,
        "send_after": now + GATHERING,
        "ruled": _object((json.dumps(rule_id), known.number(rule_id)) for rule_id in known.by_rule),
        "heads": _object((f'"{organization}"', user) for organization, user in chiefs),
    }
    while True:
        if not session.in_transaction():
            writing(session)
        done = chain.run(session.connection(), parameters)
        yield Batch(done["due"], done["raised"], done["messages"])
        if done["due"] < size or not _goes_on(session, now):
            return


def _goes_on(session: Session, now: datetime) -> bool:
    """Return whether another batch is worth its start, once the caller has committed the last one."""
    if session.in_transaction():
        return True
    more = due_exists(session, now)
    session.rollback()
    return more


@lru_cache(maxsize=8)
def _chain(dialect: str, every: Every, own: Own, channels: tuple[Channel, ...], size: int) -> Chain:
    """Return the links of a batch; kept, because writing them takes longer than a small sweep."""
    gathering = select(MESSAGES).where(MESSAGES.c.state == MessageState.gathering).subquery("gathering")
    return Chain(
        dialect,
        [
            Step("ruled", lambda _tables: _ruled(), key="rule_id"),
            Step("heads", lambda _tables: _heads()),
            Step("due", lambda tables: _due(every, own, tables["ruled"], size)),
            Step("told", lambda tables: _told(tables["due"], tables["heads"])),
            Step("superseded", lambda tables: _superseded(dialect, tables["due"])),
            Step("messages", lambda tables: _messages(dialect, tables["told"], channels), seen=gathering),
            Step("raised", lambda tables: _raised(dialect, tables)),
            Step("moved", lambda tables: _moved(tables["due"])),
        ],
    )


def _object(pairs: Iterable[tuple[str, int]]) -> str:
    # a JSON object by hand: one organization may have several heads, and a dict would keep the last
    return "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"


# -- which deadlines, at which step -------------------------------------------------------------------------


def _due(every: Every, own: Own, ruled: FromClause, size: int) -> Select[Any]:
    """Claim deadlines to look at: the step each has reached, the day to look next, and who is at work."""
    claimed = (
        select(
            *(DEADLINES.c[name] for name in ("id", "due_on", "organization_id", "owner_id", "rule_id")),
            case((owed_by_party(DEADLINES.c), DEADLINES.c.party_id)).label("party_id"),
            engine.days_between(DEADLINES.c.due_on, TODAY).label("left_days"),
        )
        .where(DEADLINES.c.next_alert_on <= TODAY)
        .order_by(DEADLINES.c.next_alert_on, DEADLINES.c.id)
        .limit(size)
        .with_for_update(skip_locked=True, of=DEADLINES)
        .subquery("claimed")
    )
    number = _number_of(claimed, ruled, every, own)
    step = _by_ladder(number, [_step(ladder, claimed.c.left_days) for ladder in every])
    following = _by_ladder(number, [_following(ladder, claimed.c.left_days) for ladder in every])
    reach = _by_ladder(number, [_reach(ladder, claimed.c.left_days) for ladder in every])
    owner, deputy = USERS.alias("owner"), USERS.alias("deputy")
    return select(
        claimed.c.id,
        claimed.c.due_on,
        claimed.c.organization_id,
        step.label("step"),
        reach.label("reach"),
        engine.plus_days(claimed.c.due_on, -following).label("next_on"),
        case((owner.c.active, owner.c.id)).label("owner_id"),
        case((deputy.c.active, deputy.c.id)).label("deputy_id"),
        claimed.c.party_id,
    ).select_from(
        claimed.outerjoin(ruled, ruled.c.rule_id == claimed.c.rule_id)
        .outerjoin(owner, owner.c.id == claimed.c.owner_id)
        .outerjoin(deputy, deputy.c.id == owner.c.deputy_id)
    )


def _ruled() -> Any:
    """Pair each rule with the number of its ladder; one look-up a row, however many rules there are."""
    given = engine.pairs("ruled")
    return select(given.c.key.label("rule_id"), cast_to(given.c.value, Integer()).label("ladder"))


def _heads() -> Any:
    """Pair each organization with who answers for it."""
    given = engine.pairs("heads")
    return select(
        cast_to(given.c.key, Integer()).label("organization_id"),
        cast_to(given.c.value, Integer()).label("user_id"),
    )


def _number_of(claimed: FromClause, ruled: FromClause, every: Every, own: Own) -> ColumnElement[int]:
    usual = func.coalesce(ruled.c.ladder, _number(0))
    places_first = [
        (
            and_(claimed.c.rule_id == rule_id, claimed.c.organization_id.in_(sorted(places))),
            _number(every.index(ladder)),
        )
        for rule_id, places, ladder in own
    ]
    return case(*places_first, else_=usual) if own else usual


def _by_ladder(number: ColumnElement[int], cases: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return case(dict(enumerate(cases)), value=number, else_=null())


def _step(ladder: Ladder, left: ColumnElement[int]) -> ColumnElement[Any]:
    """Say in SQL what ``Ladder.step_on`` says in Python."""
    if not ladder.steps:
        return null()
    lower = [*ladder.steps[1:], -ladder.overdue_every if ladder.overdue_every else None]
    passed: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = [(left > _number(ladder.steps[0]), null())]
    passed += [
        (left > _number(below), _number(step))
        for step, below in zip(ladder.steps, lower, strict=True)
        if below is not None
    ]
    return case(*passed, else_=_overdue(ladder, left))


def _following(ladder: Ladder, left: ColumnElement[int]) -> ColumnElement[Any]:
    """Say in SQL what ``Ladder.after`` says of the step reached."""
    if not ladder.steps:
        return null()
    bounds = [*ladder.steps, -ladder.overdue_every] if ladder.overdue_every else [*ladder.steps]
    upcoming = [(left > _number(bound), _number(bound)) for bound in bounds]
    if not ladder.overdue_every:
        return case(*upcoming, else_=null())
    return case(*upcoming, else_=_overdue(ladder, left) - _number(ladder.overdue_every))


def _overdue(ladder: Ladder, left: ColumnElement[int]) -> ColumnElement[int]:
    if not ladder.overdue_every:
        return _number(ladder.steps[-1])
    every = _number(ladder.overdue_every)
    return -((-left).op("/")(every) * every)  # both engines divide whole numbers to whole numbers


def _reach(ladder: Ladder, left: ColumnElement[int]) -> ColumnElement[Any]:
    """Say in SQL what ``Ladder.reach`` says of the step reached."""
    if not ladder.steps:
        return null()
    return case(
        (left <= _number(ladder.head_from), _number(Reach.head)),
        (left <= _number(ladder.deputy_from), _number(Reach.deputy)),
        else_=_number(Reach.owner),
    )


def _number(value: int) -> ColumnElement[int]:
    # written into the statement: the ladders make hundreds of them, and they never change in a sweep
    return literal_column(str(int(value)), SmallInteger())


# -- whom, and how ------------------------------------------------------------------------------------------


def _told(due: FromClause, heads: FromClause) -> Select[Any]:
    """Pair each step with the people it reaches; whoever is absent is replaced by the next one up.

    A duty of the record's outside party also reaches everybody who holds an account of that party.
    """
    absent, nobody = due.c.owner_id.is_(None), and_(due.c.owner_id.is_(None), due.c.deputy_id.is_(None))
    to_owner = _line(due, due.c.owner_id).where(due.c.owner_id.is_not(None))
    to_deputy = _line(due, due.c.deputy_id).where(
        due.c.deputy_id.is_not(None), or_(due.c.reach >= Reach.deputy, absent)
    )
    to_head = (
        _line(due, heads.c.user_id)
        .select_from(due.join(heads, heads.c.organization_id == due.c.organization_id))
        .where(or_(due.c.reach >= Reach.head, nobody))
    )
    to_party = (
        _line(due, USERS.c.id)
        .select_from(due.join(USERS, USERS.c.party_id == due.c.party_id))
        .where(due.c.party_id.is_not(None), USERS.c.active)
    )
    everybody = union_all(to_owner, to_deputy, to_head, to_party).subquery("everybody")
    return select(everybody.c.deadline_id, everybody.c.step, everybody.c.due_on, everybody.c.recipient_id)


def _line(due: FromClause, recipient: ColumnElement[int]) -> Select[Any]:
    return select(
        due.c.id.label("deadline_id"), due.c.step, due.c.due_on, recipient.label("recipient_id")
    ).where(due.c.step.is_not(None))


# -- the writes ---------------------------------------------------------------------------------------------


def _superseded(dialect: str, due: FromClause) -> Update:
    """Close the inbox alerts that a more urgent step, or another day, replaces."""
    old = ALERTS.alias("old")
    found = select(old.c.id).where(
        old.c.deadline_id == due.c.id,
        _plain(old.c.state) == AlertState.open.value,
        _plain(old.c.channel) == Channel.in_app.value,
        or_(old.c.step > due.c.step, old.c.due_on != due.c.due_on),
    )
    return (
        update(ALERTS)
        .where(ALERTS.c.id.in_(engine.looked_up(dialect, due, found)))
        .values(state=AlertState.superseded, closed_at=NOW)
    )


def _plain(code: ColumnElement[Any]) -> ColumnElement[str]:
    # an expression, so that no index over these codes is taken for one that finds a deadline's alerts
    return type_coerce(code, String()).concat("")


def _messages(dialect: str, told: FromClause, channels: Sequence[Channel]) -> Any:
    """Open a message for each person and channel, or take the one that is still gathering."""
    routes = ways(channels)
    people = select(told.c.recipient_id).distinct().subquery("people")
    rows = (
        select(
            engine.random_key().label("dedup_key"),
            people.c.recipient_id,
            routes.c.channel,
            literal(MessageState.gathering, MESSAGES.c.state.type).label("state"),
            NOW.label("created_at"),
            SEND_AFTER.label("send_after"),
            *(literal_column("0" if name == "attempts" else "''").label(name) for name in _BLANK),
        )
        .select_from(people.join(routes, routes.c.user_id == people.c.recipient_id))
        .where(literal(True))
        .order_by(people.c.recipient_id, routes.c.channel)  # everybody locks in one order: no deadlock
    )
    insert = engine.upsert(dialect, MESSAGES).from_select([c.name for c in rows.selected_columns], rows)
    return insert.on_conflict_do_update(
        index_elements=["recipient_id", "channel"],
        index_where=MESSAGES.c.state == literal_column("'gathering'"),
        set_={"lease": ""},  # changes nothing, and keeps the message from leaving until this commits
    ).returning(MESSAGES.c.id, MESSAGES.c.recipient_id, MESSAGES.c.channel)


_BLANK = ("attempts", "lease", "subject", "body", "last_error")


def _raised(dialect: str, tables: Tables) -> Any:
    """Write each alert once: what stands there already stays as it is."""
    told, messages = tables["told"], tables["messages"]
    common = [told.c.deadline_id, told.c.step, told.c.due_on, told.c.recipient_id]
    in_app = select(
        *common,
        literal(Channel.in_app, ALERTS.c.channel.type).label("channel"),
        null().label("message_id"),
        *_FRESH,
    ).where(literal(True))
    sent = (
        select(*common, messages.c.channel, messages.c.id.label("message_id"), *_FRESH)
        .select_from(told.join(messages, messages.c.recipient_id == told.c.recipient_id))
        .where(literal(True))
    )
    rows = union_all(in_app, sent)
    return (
        engine.upsert(dialect, ALERTS)
        .from_select([column.name for column in in_app.selected_columns], rows)
        .on_conflict_do_nothing()
    )


_FRESH: list[ColumnElement[Any]] = [
    literal(AlertState.open, ALERTS.c.state.type).label("state"),
    NOW.label("raised_at"),
    TODAY.label("raised_on"),
    literal_column("''").label("snooze_reason"),
]


def _moved(due: FromClause) -> Update:
    return update(DEADLINES).where(DEADLINES.c.id == due.c.id).values(next_alert_on=due.c.next_on)
