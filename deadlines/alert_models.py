"""What reminding keeps: alerts, messages on their way, every attempt to send, and how people want it."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import BIG_ID, Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from deadlines.models import Deadline

if TYPE_CHECKING:
    from core.auth import User


class Channel(StrEnum):
    """By which way an alert reaches a person."""

    in_app = "in_app"
    mail = "mail"
    wecom = "wecom"
    dingtalk = "dingtalk"
    feishu = "feishu"
    webhook = "webhook"


CHANNEL_LABELS: dict[Channel, LazyString] = {
    Channel.in_app: _("Inbox"),
    Channel.mail: _("Mail"),
    Channel.wecom: _("WeCom robot"),
    Channel.dingtalk: _("DingTalk robot"),
    Channel.feishu: _("Feishu robot"),
    Channel.webhook: _("Webhook"),
}

ROBOTS = frozenset({Channel.wecom, Channel.dingtalk, Channel.feishu, Channel.webhook})


class AlertState(StrEnum):
    """Whether an alert still asks for attention."""

    open = "open"
    acknowledged = "acknowledged"
    superseded = "superseded"
    retired = "retired"


class MessageState(StrEnum):
    """Where a message stands: it gathers alerts until the first attempt, and never after it."""

    gathering = "gathering"
    sending = "sending"
    retrying = "retrying"
    sent = "sent"
    dead = "dead"
    cancelled = "cancelled"


MESSAGE_LABELS: dict[MessageState, LazyString] = {
    MessageState.gathering: _("Waiting to leave"),
    MessageState.sending: _("Being sent"),
    MessageState.retrying: _("To be tried again"),
    MessageState.sent: _("Delivered"),
    MessageState.dead: _("Given up"),
    MessageState.cancelled: _("No longer needed"),
}


class Outcome(StrEnum):
    """How one attempt to send ended; ``unknown`` when its process died before the answer."""

    started = "started"
    sent = "sent"
    failed = "failed"
    unknown = "unknown"


OUTCOME_LABELS: dict[Outcome, LazyString] = {
    Outcome.started: _("Started"),
    Outcome.sent: _("Delivered"),
    Outcome.failed: _("Failed"),
    Outcome.unknown: _("Answer unknown"),
}


class Digest(StrEnum):
    """How often a channel may speak."""

    at_once = "at_once"
    daily = "daily"


DIGEST_LABELS: dict[Digest, LazyString] = {
    Digest.at_once: _("As soon as it is due"),
    Digest.daily: _("Once a day, together"),
}


class OutboxMessage(Model):
    """One message to one person over one channel, holding every alert that fell together.

    It leaves at least once. ``dedup_key`` is made with the row and never changes, so that a receiver
    can tell a repetition: it is the Message-ID of a mail and the last line of a robot's message.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        # at most one message gathers for a person and channel: the sweep adds to it
        Index(
            "uq_outbox_messages_gathering",
            "recipient_id",
            "channel",
            unique=True,
            postgresql_where=text("state = 'gathering'"),
            sqlite_where=text("state = 'gathering'"),
        ),
        Index(
            "ix_outbox_messages_send_after",
            "send_after",
            "id",
            postgresql_where=text("state IN ('gathering', 'sending', 'retrying')"),
            sqlite_where=text("state IN ('gathering', 'sending', 'retrying')"),
        ),
        Index("ix_outbox_messages_recipient_id_id", "recipient_id", "id"),
        Index("ix_outbox_messages_state_id", "state", "id"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_a_moment"),
        CheckConstraint("state <> 'sending' OR lease <> ''", name="sending_has_a_lease"),
        CheckConstraint("state IN ('gathering', 'cancelled') OR subject <> ''", name="sealed_has_a_subject"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(40), unique=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[Channel]
    state: Mapped[MessageState] = mapped_column(default=MessageState.gathering)
    created_at: Mapped[datetime]
    # not before this moment: gathering, quiet hours, a daily digest, a retry or a lease that has to end
    send_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    # which attempt holds the message; whoever finds another one here has lost it
    lease: Mapped[str] = mapped_column(String(32), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(500), default="")
    # written for its own sake: no alert is in it, and it is never needless for want of one
    is_letter: Mapped[bool] = mapped_column(server_default=false())

    recipient: Mapped["User"] = relationship()


class Alert(Model):
    """One step of a deadline's ladder, told to one person over one channel, once and for all."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("deadline_id", "step", "due_on", "recipient_id", "channel"),
        Index(
            "ix_alerts_inbox",
            "recipient_id",
            "state",
            "id",
            postgresql_where=text("channel = 'in_app'"),
            sqlite_where=text("channel = 'in_app'"),
        ),
        Index(
            "ix_alerts_message_id",
            "message_id",
            postgresql_where=text("message_id IS NOT NULL"),
            sqlite_where=text("message_id IS NOT NULL"),
        ),
        CheckConstraint("(channel = 'in_app') = (message_id IS NULL)", name="sent_by_a_message"),
        CheckConstraint("snoozed_until IS NULL OR snooze_reason <> ''", name="snooze_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id", ondelete="CASCADE"))
    # days before the last day; 0 on it; -7, -14, ... after it
    step: Mapped[int]
    due_on: Mapped[date]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[Channel]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_messages.id"))
    state: Mapped[AlertState] = mapped_column(default=AlertState.open)
    raised_at: Mapped[datetime]
    raised_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    snoozed_until: Mapped[date | None]
    snooze_reason: Mapped[str] = mapped_column(String(300), default="")

    deadline: Mapped[Deadline] = relationship()
    recipient: Mapped["User"] = relationship()
    message: Mapped[OutboxMessage | None] = relationship()


class DeliveryLog(Model):
    """One attempt to send one message: what the person and the administrator can look up."""

    __tablename__ = "delivery_log"
    __table_args__ = (
        UniqueConstraint("message_id", "attempt"),
        Index("ix_delivery_log_route_started_at", "route", "started_at"),
        Index("ix_delivery_log_recipient_id_id", "recipient_id", "id"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_messages.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    attempt: Mapped[int]
    channel: Mapped[Channel]
    # the mail server, or a digest of the robot's address: what a limit per minute counts by
    route: Mapped[str] = mapped_column(String(80))
    lease: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.started)
    detail: Mapped[str] = mapped_column(String(500), default="")

    message: Mapped[OutboxMessage] = relationship()


class ChannelPreference(Model):
    """How one person wants one channel: on or off, where to, how often, and when not."""

    __tablename__ = "channel_preferences"
    __table_args__ = (
        UniqueConstraint("user_id", "channel"),
        CheckConstraint("channel IN ('mail', 'in_app') OR address <> ''", name="robot_has_an_address"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours_have_both_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[Channel]
    enabled: Mapped[bool] = mapped_column(default=True)
    # an apprise address; it holds the robot's key
    address: Mapped[str] = mapped_column(String(500), default="", info={"secret": True})
    digest: Mapped[Digest] = mapped_column(default=Digest.at_once)
    digest_at: Mapped[time] = mapped_column(default=time(8, 30))
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]

    user: Mapped["User"] = relationship()


class FeedToken(Model):
    """The secret of one person's calendar address; only its hash is kept, and it can be revoked."""

    __tablename__ = "feed_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    created_at: Mapped[datetime] = mapped_column(default=func.now())
    revoked_at: Mapped[datetime | None]

    user: Mapped["User"] = relationship()


class Heartbeat(Model):
    """The last sign of life of one worker process, and what it did last."""

    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)
    leads: Mapped[bool] = mapped_column(default=False)
    raised: Mapped[int] = mapped_column(BIG_ID, default=0)
    sent: Mapped[int] = mapped_column(BIG_ID, default=0)
    failed: Mapped[int] = mapped_column(BIG_ID, default=0)
    # how far the process's clock is ahead of the database's, in seconds
    skew: Mapped[float] = mapped_column(default=0.0)
    note: Mapped[str] = mapped_column(String(300), default="")


class ClockWitness(Model):
    """What the clock of a machine was last believed to show, counted from its start.

    The time since the start runs evenly, whatever happens to the clock on the wall: a difference that
    changes is a clock that was moved.
    """

    __tablename__ = "clock_witnesses"

    boot_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # seconds from the machine's start to 1970: wall clock less running time
    offset: Mapped[float]
    doubted_offset: Mapped[float | None]
    doubted_since: Mapped[float | None]
