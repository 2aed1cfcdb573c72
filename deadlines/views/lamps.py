"""The lamp of a deadline: its state as colour, shape and word."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.i18n import gettext as _
from deadlines.models import Deadline, DeadlineState
from deadlines.terms import Role

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Lamp:
    """``state`` names the colour and shape in the stylesheet, ``word`` says it."""

    state: str
    word: str


def lamp(deadline: Deadline, today: date) -> Lamp:
    """Return the lamp of a deadline on a day."""
    if deadline.state is not DeadlineState.open:
        return _closed(deadline)
    if deadline.provisional:
        return Lamp("unknown", _("Calendar unpublished"))
    if deadline.role is Role.earliest:
        return Lamp("ok", _("Not before")) if today < deadline.due_on else Lamp("met", _("Period over"))
    if not deadline.owed and deadline.due_on < today:
        return Lamp("waived", _("Period over"))
    if deadline.due_on < today:
        return Lamp("late", _("Overdue"))
    if deadline.due_on == today:
        return Lamp("soon", _("Today"))
    return Lamp("soon", _("Soon")) if deadline.due_on <= today + SOON else Lamp("ok", _("In time"))


def _closed(deadline: Deadline) -> Lamp:
    match deadline.state:
        case DeadlineState.met if deadline.is_late:
            return Lamp("late", _("Done late"))
        case DeadlineState.met:
            return Lamp("met", _("Met"))
        case DeadlineState.paused:
            return Lamp("paused", _("Paused"))
        case DeadlineState.waived:
            return Lamp("waived", _("Waived"))
        case DeadlineState.missed if not deadline.owed:
            return Lamp("waived", _("Period over"))
        case DeadlineState.missed:
            return Lamp("late", _("Missed"))
        case _:
            return Lamp("paused", _("Cancelled"))


SIGNS = {Role.due: "≤", Role.latest: "≤", Role.earliest: "≥"}
