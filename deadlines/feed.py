"""A person's deadlines as a calendar that other programs fetch, by an address that can be revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, joinedload

from core.auth import User
from core.i18n import gettext as _
from core.i18n import speaking
from deadlines.alert_models import FeedToken
from deadlines.models import RUNNING, Deadline
from deadlines.sending import Post
from deadlines.wording import rule_title

MOST_EVENTS = 2000
REFRESH = "PT6H"


def issue(session: Session, user: User, *, at: datetime) -> str:
    """Return the secret of a new address; the one before stops working. It is shown this once."""
    revoke(session, user, at=at)
    token = secrets.token_urlsafe(32)
    session.add(FeedToken(user_id=user.id, token_hash=_hash(token), created_at=at))
    session.flush()
    return token


def revoke(session: Session, user: User, *, at: datetime) -> None:
    """Make the person's calendar address stop working."""
    session.execute(
        update(FeedToken)
        .where(FeedToken.user_id == user.id, FeedToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def reader(session: Session, token: str) -> User | None:
    """Return whose calendar an address shows; nobody's when it is unknown, revoked or its account closed."""
    query = (
        select(User)
        .join(FeedToken, FeedToken.user_id == User.id)
        .where(FeedToken.token_hash == _hash(token), FeedToken.revoked_at.is_(None), User.active)
    )
    return session.scalars(query).one_or_none()


def calendar(session: Session, user: User, post: Post) -> bytes:
    """Return the running deadlines that somebody owes, stands in for, or is head of, within their scope."""
    with speaking(user.locale or post.language):
        feed = Calendar()
        feed.add("prodid", f"-//{post.domain}//deadlines//")
        feed.add("version", "2.0")
        feed.add("x-wr-calname", post.site_name)
        feed.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
        feed.add("x-published-ttl", REFRESH)
        for deadline in _answered_for(session, user):
            feed.add_component(_event(deadline, post))
        return bytes(feed.to_ical())


def _answered_for(session: Session, user: User) -> Sequence[Deadline]:
    stood_in_for = select(User.id).where(User.deputy_id == user.id)
    mine = [Deadline.owner_id == user.id, Deadline.owner_id.in_(stood_in_for)]
    if user.is_head:
        mine.append(Deadline.organization_id == user.organization_id)
    query = (
        select(Deadline)
        .where(or_(*mine), and_(Deadline.state.in_(RUNNING), Deadline.owed))
        .options(joinedload(Deadline.record))
        .order_by(Deadline.due_on, Deadline.id)
    )
    return session.scalars(query.limit(MOST_EVENTS)).all()


def _event(deadline: Deadline, post: Post) -> Event:
    event = Event()
    event.add("uid", f"deadline-{deadline.id}@{post.domain}")
    event.add("dtstamp", deadline.moved_at or deadline.created_at)
    event.add("dtstart", deadline.due_on)
    event.add("dtend", _day_after(deadline.due_on))
    # what travels to other people's servers: the rule and a number, never a title, a name or an amount
    event.add("summary", _summary(deadline))
    event.add("url", f"{post.base_url}/records/{deadline.record_id}")
    event.add("status", "TENTATIVE" if deadline.provisional else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _summary(deadline: Deadline) -> str:
    words = f"{rule_title(deadline.rule_id)} · {deadline.record.number}"
    if deadline.provisional:
        return str(_("%(what)s (not before this day, calendar not published)", what=words))
    return words


def _day_after(day: date) -> date:
    return day + timedelta(days=1)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
