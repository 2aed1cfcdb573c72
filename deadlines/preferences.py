"""How somebody wants to be reminded: which channels, where to, when not, and how often."""

from datetime import datetime, time

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.auth import User
from core.errors import InvalidInput, NotFound
from core.i18n import lazy_gettext as _
from deadlines.alert_models import ROBOTS, Channel, ChannelPreference, Digest, MessageState, OutboxMessage
from deadlines.sending import Post, robot_address


def wish(session: Session, user: User, channel: Channel) -> ChannelPreference:
    """Return what somebody has chosen for a channel, or what holds as long as nothing was chosen."""
    query = select(ChannelPreference).where(
        ChannelPreference.user_id == user.id, ChannelPreference.channel == channel
    )
    chosen = session.scalars(query).one_or_none()
    return chosen or ChannelPreference(
        user_id=user.id,
        channel=channel,
        enabled=channel is Channel.mail,
        address="",
        digest=Digest.at_once,
        digest_at=time(8, 30),
    )


def choose(
    session: Session,
    user: User,
    channel: Channel,
    *,
    post: Post,
    at: datetime,
    enabled: bool,
    address: str = "",
    digest: Digest = Digest.at_once,
    digest_at: time | None = None,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
) -> ChannelPreference:
    """Keep somebody's choice for a channel; an empty address leaves the robot's address as it was.

    What already waits is looked at again under the new choice.
    """
    if channel is Channel.in_app or channel not in post.channels:
        raise NotFound
    if (quiet_from is None) != (quiet_until is None):
        raise InvalidInput({"quiet_until": _("Quiet hours need both a beginning and an end.")})
    chosen = wish(session, user, channel)
    if channel in ROBOTS and address.strip():
        chosen.address = robot_address(address, channel, post)
    if channel in ROBOTS and not chosen.address:
        raise InvalidInput({"address": _("Paste the address that the robot's group shows.")})
    chosen.enabled, chosen.digest = enabled, digest
    chosen.digest_at = digest_at or chosen.digest_at
    chosen.quiet_from, chosen.quiet_until = quiet_from, quiet_until
    session.add(chosen)
    session.flush()
    _look_again(session, user, channel, at)
    return chosen


def _look_again(session: Session, user: User, channel: Channel, at: datetime) -> None:
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.recipient_id == user.id,
            OutboxMessage.channel == channel,
            OutboxMessage.state == MessageState.gathering,
            OutboxMessage.send_after > at,
        )
        .values(send_after=at)
    )


def forget(session: Session, user: User, channel: Channel) -> None:
    """Drop a robot with its address."""
    chosen = wish(session, user, channel)
    if chosen.id is not None:
        session.delete(chosen)
        session.flush()
