"""A computed day in words."""

from collections.abc import Mapping

from core.i18n import Text
from core.i18n import lazy_gettext as _
from deadlines.calendar import FESTIVAL_LABELS
from deadlines.terms import DayCount, Why

WHY_LABELS: Mapping[Why, Text] = {
    Why.start: _("The starting day is not counted"),
    Why.calendar_day: _("Counted: every day counts"),
    Why.working: _("Counted: working day"),
    Why.make_up: _("Counted: make-up workday"),
    Why.weekend: _("Not counted: weekend"),
    Why.holiday: _("Not counted: public holiday"),
    Why.excluded: _("Not counted: the period is paused"),
    Why.month: _("A month is complete"),
    Why.month_end: _("A month is complete: it has no such day and ends on its last"),
    Why.year: _("A year is complete"),
    Why.rolled: _("The last day is a rest day and moves on"),
    Why.unpublished: _("The calendar of this year is not published"),
}


def reason(day: DayCount) -> Text:
    """Say why one day counts or does not, naming the festival."""
    if day.why is Why.holiday and day.festival:
        return _("Not counted: %(festival)s", festival=FESTIVAL_LABELS[day.festival])
    return WHY_LABELS[day.why]
