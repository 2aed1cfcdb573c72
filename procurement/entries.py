"""The days that the steps of a tender have entered, as they may be corrected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import LazyString, Text, language
from core.i18n import lazy_gettext as _
from core.kinds import Entry, Happening
from core.records import ReviewStatus
from deadlines.loading import load_catalogue
from deadlines.models import EventDate
from procurement.methods import ROUTES, TERMS, Step
from procurement.models import EXITS, Tender, TenderStatus
from procurement.workflow import TENDER

ENDED = _("An exit is not taken back: correct the day only.")
DISPUTED = _("A challenge or complaint stays on the record: correct the day only.")
STOPPED = _("The stop by the regulator stands as it was noted.")

EXIT_BY = {
    TenderStatus.failed: "fail",
    TenderStatus.void: "void",
    TenderStatus.terminated: "terminate",
}
# what a step of its own enters beside the stages, with more than its date
ENTERED_BY = {
    "challenge_submitted": "receive_challenge",
    "challenge_received": "receive_challenge",
    "challenge_answered": "answer_challenge",
    "complaint_submitted": "receive_complaint",
    "complaint_received": "receive_complaint",
    "complaint_decided": "note_decision",
    "evaluation_report_delivered": "receive_report",
    "evaluation_report_received": "receive_report",
    "suspension_notice_received": "suspend",
    "suspension_end": "resume",
    "tender_terminated": "terminate",
}
# what such a step enters on one day: the first stands for both
TOGETHER = {
    "evaluation_report_received": "evaluation_report_delivered",
    "challenge_received": "challenge_submitted",
    "complaint_received": "complaint_submitted",
}
SETTLED_BY = {"challenge_received": "challenge_answered", "complaint_received": "complaint_decided"}
PAUSES = {"challenge_received": ("challenge", False), "challenge_answered": ("challenge", True)}
# what a step enters beside its days, and what that was before
CLEARS: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "engage_agent": (("agent", None), ("agent_name", None)),
    "draft_documents": (("review", ReviewStatus.approved),),
    "confirm_result": (("winner", None), ("winner_name", None), ("award_amount", None)),
}

Rows = Sequence[EventDate]


@dataclass(frozen=True)
class _Taken:
    """A day of a step that was taken: the row of its first event, and all events of that day."""

    place: int
    step: Step
    row: EventDate
    events: tuple[str, ...]
    # the day by which the step as a whole is known
    leading: bool

    @property
    def label(self) -> Text:
        return TENDER[self.step.transition].label if self.leading else event_label(self.row.event)

    @property
    def is_in_order(self) -> bool:
        """Tell whether it stands between the steps before and after it: neither a term nor repeated."""
        return self.row.event not in TERMS and not (self.step.optional and self.step.repeats)


def entries(session: Session, tender: Tender) -> list[Entry]:
    """Return the entered days of a tender: those of its steps, then what happened beside them."""
    chosen = (EventDate.record_id == tender.id, EventDate.derived.is_(False))
    rows = session.scalars(select(EventDate).where(*chosen).order_by(EventDate.id)).all()
    taken = list(_taken(tender, rows))
    found = [_of_step(tender, day, taken) for day in taken]
    return [*found, *_exit(tender), *_objection(tender), *_beside(tender, rows)]


def _taken(tender: Tender, rows: Rows) -> Iterator[_Taken]:
    """Yield the days of the steps that were taken; an event belongs to the first step that names it."""
    named: set[str] = {"procurement_closed"} if tender.status in EXITS else set()
    for place, step in enumerate(ROUTES[tender.method].steps):
        days: dict[str, list[str]] = {}
        for name, event in step.days:
            if event not in named:
                days.setdefault(name, []).append(event)
        named |= set(step.events)
        happened = {row.event for row in rows if row.occurred_on}
        if not days or not happened.intersection(next(iter(days.values()))):
            continue
        for position, events in enumerate(days.values()):
            yield from (
                _Taken(place, step, row, tuple(events), position == 0)
                for row in rows
                if row.event == events[0] and (row.occurred_on or row.event in TERMS)
            )


def _of_step(tender: Tender, day: _Taken, taken: Sequence[_Taken]) -> Entry:
    step, row = day.step, day.row
    own = [each for each in taken if each.step is step]
    others = [each for each in own if not each.leading] if day.leading else []
    is_one_of_many = sum(each.leading for each in own) > 1
    has_moved_on = step.optional and step.repeats and tender.status is not step.target
    belongs = _("It belongs to “%(step)s”: take that back, or correct the day only.")
    return Entry(
        key=_key(step.transition, row.event, row.occurrence),
        label=day.label,
        on=row.on,
        transition=step.transition,
        about=row.occurrence,
        events=(*_happenings(day), *(more for each in others for more in _happenings(each, after=None))),
        follows=tuple(_before(day, taken)),
        leads=tuple(_after(day, taken)),
        puts_back=tuple((tender, column, value) for column, value in CLEARS.get(step.transition, ())),
        undoes="" if is_one_of_many or has_moved_on else None,
        stays=None if day.leading else belongs % {"step": TENDER[step.transition].label},
    )


def _happenings(day: _Taken, after: int | None = 0) -> Iterator[Happening]:
    for event in day.events:
        if event in TERMS:
            yield Happening(event, day.row.occurrence, after=after, planned=True)
        yield Happening(event, day.row.occurrence, after=after)


def _before(day: _Taken, taken: Sequence[_Taken]) -> Iterator[tuple[Text, date]]:
    """Yield what the day cannot come before; of a term the law says it better."""
    if day.row.event not in TERMS:
        earlier = (each for each in taken if each.place < day.place and each.is_in_order)
        yield from ((each.label, each.row.on) for each in earlier)


def _after(day: _Taken, taken: Sequence[_Taken]) -> Iterator[tuple[Text, date]]:
    """Yield what followed; a supply that ends late and a clarification hold nothing up."""
    is_deadline = day.row.event in TERMS and day.row.event.endswith("_deadline")
    if day.is_in_order or is_deadline:
        later = (each for each in taken if each.place > day.place and each.is_in_order)
        yield from ((each.label, each.row.on) for each in later)


def _exit(tender: Tender) -> Iterator[Entry]:
    if tender.exited_on is None:
        return
    terminated = (Happening("tender_terminated"),) if tender.status is TenderStatus.terminated else ()
    transition = EXIT_BY[tender.status]
    yield Entry(
        key="exited_on",
        label=TENDER[transition].label,
        on=tender.exited_on,
        transition=transition,
        events=(Happening("procurement_closed"), *terminated),
        keeps=((tender, "exited_on"),),
        stays=ENDED,
    )


def _objection(tender: Tender) -> Iterator[Entry]:
    if tender.objected_on is not None:
        yield Entry(
            key="objected_on",
            label=TENDER["receive_objection"].label,
            on=tender.objected_on,
            transition="receive_objection",
            keeps=((tender, "objected_on"),),
            puts_back=((tender, "objected_on", None),),
        )


def _beside(tender: Tender, rows: Rows) -> Iterator[Entry]:
    route = ROUTES[tender.method]
    by_key = {(row.event, row.occurrence): row.occurred_on for row in rows if row.occurred_on}
    for (event, occurrence), on in by_key.items():
        is_shown = event in route.beside and event not in TOGETHER.values()
        if not is_shown or (event == "tender_terminated" and tender.status in EXITS):
            continue
        transition = ENTERED_BY.get(event, "record_date")
        is_dispute = event in SETTLED_BY or event in SETTLED_BY.values()
        yield Entry(
            key=_key(transition, event, occurrence),
            label=event_label(event),
            on=on,
            transition=transition,
            about=occurrence,
            events=_both(event, occurrence, on, by_key),
            follows=_neighbours({v: k for k, v in SETTLED_BY.items()}, event, occurrence, by_key),
            leads=_neighbours(SETTLED_BY, event, occurrence, by_key),
            pause=PAUSES.get(event),
            stays=DISPUTED if is_dispute else None,
            fixed=STOPPED if transition in {"suspend", "resume"} else None,
        )


Days = Mapping[tuple[str, str], date]


def _both(event: str, occurrence: str, on: date, days: Days) -> tuple[Happening, ...]:
    other = TOGETHER.get(event, "")
    is_with_it = days.get((other, occurrence)) == on
    return (Happening(event, occurrence), *((Happening(other, occurrence),) if is_with_it else ()))


def _neighbours(
    pairs: Mapping[str, str], event: str, occurrence: str, days: Days
) -> tuple[tuple[Text, date], ...]:
    other = pairs.get(event, "")
    on = days.get((other, occurrence))
    return ((event_label(other), on),) if on is not None else ()


def _key(transition: str, event: str, occurrence: str) -> str:
    return ".".join(filter(None, (transition, event, occurrence)))


def event_label(event: str) -> LazyString:
    """Return what an event is called, when it is written out."""
    return LazyString(lambda: load_catalogue().events[event].title.to(language()))
