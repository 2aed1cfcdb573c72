"""What the clock keeps: the dates of a record, its deadlines, and corrections of the law's data."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, and_, func, or_, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from core.db import BIG_ID, Model
from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from core.records import Attached, OfParty, Record
from deadlines.calendar import DayKind, Festival
from deadlines.terms import Role, Side

if TYPE_CHECKING:
    from core.auth import User


class DeadlineState(StrEnum):
    """What has become of a deadline."""

    open = "open"
    paused = "paused"
    met = "met"
    missed = "missed"
    waived = "waived"
    cancelled = "cancelled"


RUNNING = (DeadlineState.open, DeadlineState.paused)

# What the clock itself writes as the reason; whatever else stands there was written by a person.
EVENT_RETRACTED = "event_retracted"
RULE_IDLE = "rule_idle"
DAY_WENT_BY = "day_went_by"
REASONS: dict[str, LazyString] = {
    EVENT_RETRACTED: _("The event behind it was taken back."),
    RULE_IDLE: _("The rule does not apply to the record any more."),
    DAY_WENT_BY: _("Its day went by and nothing had to be done."),
}


class MoveWhy(StrEnum):
    """Why a deadline got the day that it has."""

    anchor_moved = "anchor_moved"
    anchor_occurred = "anchor_occurred"
    paused = "paused"
    resumed = "resumed"
    calendar = "calendar"
    rule = "rule"
    traits = "traits"
    reopened = "reopened"


# what an agenda chooses and sorts by
AGENDA = ("state", "owed", "provisional", "due_on", "id")


def _running_index(name: str, *columns: str, concerning: str | None = None) -> Index:
    running = text("closed_on IS NULL" + (f" AND {concerning} IS NOT NULL" if concerning else ""))
    return Index(name, *columns, postgresql_where=running, sqlite_where=running)


class Deadline(Model, Attached, OfParty):
    """One clock of one record: a rule of the catalogue, started by one event."""

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("record_id", "rule_id", "occurrence"),
        # the agenda holds what runs; what is closed, most of a ledger, costs it nothing
        _running_index("ix_deadlines_agenda", "organization_id", *AGENDA),
        _running_index("ix_deadlines_owner_agenda", "owner_id", *AGENDA),
        _running_index("ix_deadlines_whole_agenda", *AGENDA),
        _running_index("ix_deadlines_party_agenda", "party_id", *AGENDA, concerning="party_id"),
        Index(
            "ix_deadlines_next_alert_on",
            "next_alert_on",
            "id",
            postgresql_where=text("next_alert_on IS NOT NULL"),
            sqlite_where=text("next_alert_on IS NOT NULL"),
        ),
        CheckConstraint("(state = 'met') = (met_on IS NOT NULL)", name="met_has_a_day"),
        CheckConstraint("(state IN ('open', 'paused')) = (closed_on IS NULL)", name="closed_has_a_day"),
        CheckConstraint(
            "state NOT IN ('missed', 'waived', 'cancelled') OR reason <> ''", name="closed_unmet_has_a_reason"
        ),
        CheckConstraint("(state = 'waived') = (authority <> '')", name="waiver_has_an_authority"),
        CheckConstraint("state = 'open' OR next_alert_on IS NULL", name="only_open_alerts"),
        CheckConstraint("provisional = (effective_on IS NULL)", name="provisional_has_no_day"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    # neither this nor the record needs an index of its own: a longer one begins with it
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    rule_id: Mapped[str] = mapped_column(String(60))
    # tells apart several events of one name on one record: instalments, certificates, lots
    occurrence: Mapped[str] = mapped_column(String(60), default="")
    role: Mapped[Role]
    side: Mapped[Side]
    anchor_event: Mapped[str] = mapped_column(String(60))
    anchor_on: Mapped[date]
    target_event: Mapped[str] = mapped_column(String(60))
    strict_on: Mapped[date | None]
    rolled_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    recommended_on: Mapped[date | None]
    floor_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    # the day the agenda sorts by: the effective one, or the earliest that it can turn out to be
    due_on: Mapped[date]
    # somebody has to act by that day; otherwise the row marks a first lawful day, the end of a right of
    # others, or a period that a stricter statute on the same matter makes idle
    owed: Mapped[bool] = mapped_column(default=True)
    state: Mapped[DeadlineState] = mapped_column(default=DeadlineState.open)
    met_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    authority: Mapped[str] = mapped_column(String(200), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # the day on which the sweep has to look next; none when there is nothing to say
    next_alert_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    moved_at: Mapped[datetime | None]

    record: Mapped[Record] = relationship()
    owner: Mapped["User | None"] = relationship()
    moves: Mapped[list["DeadlineMove"]] = relationship(
        back_populates="deadline", order_by="DeadlineMove.id", cascade="all, delete-orphan"
    )

    @property
    def reason_text(self) -> Text:
        """Return the reason in words."""
        return REASONS.get(self.reason, self.reason)

    def is_overdue(self, today: date) -> bool:
        """Tell whether its last day has passed unmet; never while that day is provisional."""
        return self.state is DeadlineState.open and self.owed and not self.provisional and self.due_on < today

    @hybrid_property
    def is_late(self) -> bool:
        """Tell whether it was met after its last day, or before its first."""
        if self.met_on is None or self.provisional:
            return False
        return self.met_on < self.due_on if self.role is Role.earliest else self.met_on > self.due_on

    @is_late.inplace.expression
    @classmethod
    def _is_late(cls) -> ColumnElement[bool]:
        return and_(
            cls.provisional.is_(False),
            or_(
                and_(cls.role == Role.earliest, cls.met_on < cls.due_on),
                and_(cls.role != Role.earliest, cls.met_on > cls.due_on),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} {self.due_on}"


class EventDate(Model, Attached, OfParty):
    """When something of a record is planned and when it happened: the anchors of its clocks."""

    __tablename__ = "event_dates"
    __table_args__ = (
        UniqueConstraint("record_id", "event", "occurrence"),
        CheckConstraint("planned_on IS NOT NULL OR occurred_on IS NOT NULL", name="has_a_day"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"))
    event: Mapped[str] = mapped_column(String(60))
    occurrence: Mapped[str] = mapped_column(String(60), default="")
    planned_on: Mapped[date | None]
    occurred_on: Mapped[date | None]
    # the law itself fixes the day, such as the end of a notice period
    derived: Mapped[bool] = mapped_column(default=False)
    # the day waits for a calendar: it is the earliest that it can turn out to be
    provisional: Mapped[bool] = mapped_column(default=False)

    record: Mapped[Record] = relationship()

    @property
    def on(self) -> date:
        """Return the day that counts: the actual one, or else the planned one."""
        day = self.occurred_on or self.planned_on
        assert day is not None  # noqa: S101 - the table has a CHECK that says so
        return day


class Interval(Model, Attached, OfParty):
    """Days that the law takes out of the periods of a record, or of one of its deadlines."""

    __tablename__ = "deadline_intervals"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_its_start"),
    )

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), index=True)
    # none: every running deadline of the record stands still
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    cause: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DeadlineMove(Model):
    """A line of a deadline's history: from which day to which, and why."""

    __tablename__ = "deadline_moves"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=func.now())
    from_on: Mapped[date | None]
    to_on: Mapped[date]
    why: Mapped[MoveWhy]
    note: Mapped[str] = mapped_column(String(300), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    deadline: Mapped[Deadline] = relationship(back_populates="moves")


class CalendarYear(Model):
    """A year added to the shipped calendar, or put in the place of one of its years."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    published: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(200))
    document_number: Mapped[str] = mapped_column(String(80), default="")
    issued_on: Mapped[date | None]
    url: Mapped[str] = mapped_column(String(300), default="")
    remark: Mapped[str] = mapped_column(String(300), default="")
    # over the content: what the cached calendar of each process is known by
    checksum: Mapped[str] = mapped_column(String(64))
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    corrected_at: Mapped[datetime] = mapped_column(default=func.now(), onupdate=func.now())

    days: Mapped[list["CalendarDay"]] = relationship(order_by="CalendarDay.day", cascade="all, delete-orphan")


class CalendarDay(Model):
    """A day that an added or corrected year takes off, or makes up for."""

    __tablename__ = "calendar_days"
    __table_args__ = (
        CheckConstraint("(kind = 'holiday') = (festival IS NOT NULL)", name="holiday_has_a_festival"),
        CheckConstraint("kind IN ('holiday', 'make_up')", name="out_of_the_ordinary"),
    )

    year: Mapped[int] = mapped_column(ForeignKey("calendar_years.year"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]
    festival: Mapped[Festival | None]


class RuleOverride(Model):
    """A rule made stricter by an organization for itself and for those below it."""

    __tablename__ = "rule_overrides"
    __table_args__ = (UniqueConstraint("rule_id", "organization_id", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(60))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    amount: Mapped[int | None]
    ladder: Mapped[list[Any] | None]
    reason: Mapped[str] = mapped_column(String(500))
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(default=func.now(), onupdate=func.now())


class ThresholdValue(Model):
    """What a province has set for a threshold by level and category, or an organization for itself."""

    __tablename__ = "threshold_values"
    __table_args__ = (
        Index(
            "uq_threshold_values_official",
            "threshold_id",
            "province",
            "level",
            "category",
            "year",
            unique=True,
            postgresql_where=text("organization_id IS NULL"),
            sqlite_where=text("organization_id IS NULL"),
        ),
        UniqueConstraint("organization_id", "threshold_id", "province", "level", "category", "year"),
        CheckConstraint("document_number <> '' OR reason <> ''", name="says_where_it_comes_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    threshold_id: Mapped[str] = mapped_column(String(60))
    # none: set by an official document for everybody of that province, level and category
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    province: Mapped[str] = mapped_column(String(20), default="")
    level: Mapped[str] = mapped_column(String(20), default="")
    category: Mapped[str] = mapped_column(String(40), default="")
    year: Mapped[int]
    # yuan or per cent, as the threshold's unit says; two decimal places either way
    value: Mapped[Decimal]
    document_number: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(default=func.now(), onupdate=func.now())
