"""Whom a reminder reaches and how: heads, parties, ladders, channels; small tables read once a sweep."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from core.auth import Role, User
from core.organizations import Organization
from core.permissions import RoleName
from deadlines.alert_models import Channel, ChannelPreference
from deadlines.corrections import rule_book
from deadlines.ladder import DEFAULT, Ladder
from deadlines.loading import load_catalogue
from deadlines.models import RuleOverride
from deadlines.rules import Rule
from deadlines.terms import Role as Meaning
from deadlines.terms import Side

PREFERENCES = cast(Table, ChannelPreference.__table__)
USERS = cast(Table, User.__table__)


def heads(session: Session) -> list[tuple[int, int]]:
    """Pair every organization with who answers for it: its own heads, else the nearest ones above.

    Where nobody is head all the way up, the administrators are told, so that no reminder is lost.
    """
    chiefs: dict[int, list[int]] = defaultdict(list)
    for organization_id, user_id in session.execute(
        select(User.organization_id, User.id).where(*_of_office(), User.is_head).order_by(User.id)
    ):
        chiefs[organization_id].append(user_id)
    last_resort = _administrators(session)
    pairs = []
    for organization_id, path in session.execute(select(Organization.id, Organization.path)):
        upwards = [int(step) for step in reversed(path.strip("/").split("/"))]
        found = next((chiefs[step] for step in upwards if step in chiefs), last_resort)
        pairs += [(organization_id, user_id) for user_id in found]
    return pairs


def _administrators(session: Session) -> list[int]:
    query = select(User.id).where(*_of_office(), User.roles.any(Role.name == RoleName.administrator))
    found = session.scalars(query.order_by(User.id)).all()
    anybody = select(User.id).where(*_of_office()).order_by(User.id).limit(1)
    return list(found or session.scalars(anybody))


def _of_office() -> tuple[ColumnElement[bool], ...]:
    # what an organization has to hear is never told to somebody from outside in its stead
    return User.active.is_(True), User.party_id.is_(None)


def owed_by_party(deadline: Any) -> ColumnElement[bool]:
    """Return the condition under which the outside party of a record owes a deadline, alone or jointly.

    ``deadline`` is whatever has the columns of one.
    """
    jointly = sorted(rule.id for rule in load_catalogue().rules.values() if rule.obliged.with_vendor)
    return and_(
        deadline.party_id.is_not(None),
        deadline.owed.is_(True),
        deadline.role != Meaning.earliest,
        or_(deadline.side == Side.vendor, deadline.rule_id.in_(jointly)),
    )


Every = tuple[Ladder, ...]
Own = tuple[tuple[str, frozenset[int], Ladder], ...]


@dataclass(frozen=True)
class Climbs:
    """Which ladder a deadline climbs: one of its organization's own, else that of its rule."""

    own: Own
    by_rule: Mapping[str, Ladder]

    @cached_property
    def every(self) -> Every:
        """Return each ladder once; the usual one, which also serves unknown rules, comes first."""
        found = (ladder for _rule, _places, ladder in self.own)
        return tuple(dict.fromkeys([DEFAULT, *self.by_rule.values(), *found]))

    def number(self, rule_id: str) -> int:
        """Return the place of a rule's ladder among them."""
        return self.every.index(self.by_rule[rule_id])


def climbs(session: Session, on: date) -> Climbs:
    """Return the ladders of the catalogue and of the organizations that have made one stricter."""
    rules = load_catalogue().rules.values()
    return Climbs(tuple(_own(session, on)), {rule.id: _ladder(rule) for rule in rules})


def _own(session: Session, on: date) -> Iterator[tuple[str, frozenset[int], Ladder]]:
    """List the organizations' own ladders, a department's before its zone's."""
    book = rule_book(session)
    query = (
        select(RuleOverride.rule_id, Organization.path)
        .join(Organization, Organization.id == RuleOverride.organization_id)
        .where(
            RuleOverride.ladder.is_not(None),
            RuleOverride.effective_from <= on,
            or_(RuleOverride.effective_to.is_(None), RuleOverride.effective_to >= on),
        )
        .distinct()
    )
    for rule_id, path in sorted(session.execute(query), key=lambda place: (-len(place.path), place.path)):
        if rule_id in book.catalogue.rules:
            below = select(Organization.id).where(Organization.path.startswith(path, autoescape=True))
            places = frozenset(session.scalars(below))
            yield rule_id, places, _ladder(book.rule_for(rule_id, path, on))


def _ladder(rule: Rule) -> Ladder:
    return Ladder.of(rule.ladder, rule.overdue_every)


def ways(channels: Sequence[Channel]) -> FromClause:
    """List who is reached over which channel besides the inbox; mail is on until it is turned off."""
    mine = and_(PREFERENCES.c.user_id == USERS.c.id, PREFERENCES.c.channel == Channel.mail)
    wanted = [channel for channel in channels if channel not in {Channel.in_app, Channel.mail}]
    robots = select(PREFERENCES.c.user_id, PREFERENCES.c.channel).where(
        PREFERENCES.c.enabled, PREFERENCES.c.channel.in_(wanted)
    )
    if Channel.mail not in channels:
        return robots.subquery("routes")
    mail = (
        select(
            USERS.c.id.label("user_id"), literal(Channel.mail, PREFERENCES.c.channel.type).label("channel")
        )
        .select_from(USERS.outerjoin(PREFERENCES, mine))
        .where(func.coalesce(PREFERENCES.c.enabled, True))
    )
    return union_all(mail, robots).subquery("routes")
