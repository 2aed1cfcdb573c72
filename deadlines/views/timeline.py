"""The timeline of a record: planned and actual days beside the ones that the law asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.formats import short_day
from core.i18n import Text, language
from core.i18n import gettext as _
from core.kinds import Kind
from core.records import Record
from deadlines.loading import load_catalogue
from deadlines.models import RUNNING, Deadline, DeadlineState, EventDate
from deadlines.views.labels import short_statute
from deadlines.views.lamps import SIGNS, lamp


@dataclass(frozen=True)
class Chip:
    """An article as the template shows it."""

    statute: str
    article: str
    grade: str
    title: str
    url: str


@dataclass(frozen=True)
class Row:
    """One deadline as a line of a table."""

    deadline: Deadline
    lamp: str
    word: str
    title: str
    occurrence: str
    url: str
    anchor: str
    anchor_on: date
    sign: str
    due_on: date
    met_on: date | None
    rule: Chip


def chip(rule_id: str) -> Chip:
    """Return a rule's article, leading to the rule."""
    rule = load_catalogue().rule(rule_id)
    words = language()
    return Chip(
        statute=short_statute(rule),
        article=rule.article,
        grade=rule.grade.value,
        title=f"{rule.statute.title.to(words)} {rule.article}",
        url=url_for("rules.show", rule_id=rule_id),
    )


def row(deadline: Deadline, today: date, occurrences: Mapping[str, Text] | None = None) -> Row:
    """Return a deadline as a line of a table."""
    catalogue, words = load_catalogue(), language()
    shown = lamp(deadline, today)
    return Row(
        deadline=deadline,
        lamp=shown.state,
        word=shown.word,
        title=catalogue.rule(deadline.rule_id).title.to(words),
        occurrence=str((occurrences or {}).get(deadline.occurrence, deadline.occurrence)),
        url=url_for("workbench.show", deadline_id=deadline.id),
        anchor=catalogue.events[deadline.anchor_event].title.to(words),
        anchor_on=deadline.anchor_on,
        sign=SIGNS[deadline.role],
        due_on=deadline.due_on,
        met_on=deadline.met_on,
        rule=chip(deadline.rule_id),
    )


URGENCY = ("late", "soon", "unknown", "paused", "ok")


def rows(deadlines: Sequence[Deadline], today: date, occurrences: Mapping[str, Text]) -> list[Row]:
    """Return a record's deadlines, the ones that ask for something first."""
    found = [row(deadline, today, occurrences) for deadline in deadlines]
    rank = {state: place for place, state in enumerate(URGENCY)}
    return sorted(found, key=lambda r: (_is_closed(r), rank.get(r.lamp, len(rank)), r.due_on, r.deadline.id))


def _is_closed(shown: Row) -> bool:
    return shown.deadline.state not in RUNNING


def stages(
    session: Session, record: Record, kind: Kind, deadlines: Sequence[Deadline], today: date
) -> list[dict[str, Any]]:
    """Return the steps of a record's life with their days."""
    events = list(kind.stages(record))
    dates = {
        found.event: found
        for found in session.scalars(
            select(EventDate).where(EventDate.record_id == record.id, EventDate.event.in_(events))
        )
    }
    done = [name for name in events if name in dates and dates[name].occurred_on]
    last_done = events.index(done[-1]) if done else -1
    return [
        _stage(name, dates.get(name), _state(name, position, last_done, dates.get(name), today), deadlines)
        for position, name in enumerate(events)
    ]


def _state(name: str, position: int, last_done: int, found: EventDate | None, today: date) -> str:
    if found is not None and found.occurred_on:
        return "done"
    if found is not None and found.planned_on and found.planned_on < today:
        return "late"
    if position < last_done:
        return "skipped"
    return "now" if position == last_done + 1 else "todo"


def _stage(name: str, found: EventDate | None, state: str, deadlines: Sequence[Deadline]) -> dict[str, Any]:
    limits = [d for d in deadlines if d.target_event == name and d.state is not DeadlineState.cancelled]
    limit = min(limits, key=lambda d: d.due_on, default=None)
    note = f"{SIGNS[limit.role]} {short_day(limit.due_on)}" if limit else ""
    if limit and limit.state is DeadlineState.met and not limit.is_late:
        note += " ✓"
    return {
        "label": load_catalogue().events[name].title.to(language()),
        "state": state,
        "when": short_day(found.on) if found else None,
        "note": note or (_("planned") if found and not found.occurred_on else ""),
        "title": load_catalogue().rule(limit.rule_id).article if limit else "",
    }
