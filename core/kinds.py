"""What the shared screens need to know of a kind of record: each package declares its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.orm import Session

from core.errors import NotFound
from core.i18n import Text
from core.permissions import Permission
from core.records import Record
from core.workflow import Workflow

Widget = Literal["text", "long_text", "date", "money", "integer", "choice", "boolean", "record", "file"]


@dataclass(frozen=True)
class Input:
    """A field that a form asks for."""

    name: str
    label: Text
    widget: Widget = "text"
    required: bool = True
    # for every form, or out of the record at hand
    hint: Text | Callable[[Any], Text | None] | None = None
    # what a new form starts from
    default: Any = None
    # value -> label, of all records or of the one at hand; or for "record", the kind to look up
    choices: Mapping[Any, Text] | Callable[[Any], Mapping[Any, Text]] | str | None = None


@dataclass(frozen=True)
class Fact:
    """A line of a record's particulars."""

    label: Text
    value: Any
    href: str | None = None
    tone: str | None = None


@dataclass(frozen=True)
class Link:
    """A cell of a listing that leads somewhere."""

    text: Any
    href: str | None


@dataclass(frozen=True)
class Listing:
    """A table on a record's page: what it consists of, one line each; ``numeric`` columns stand right."""

    title: Text
    headings: Sequence[Text]
    rows: Sequence[Sequence[Any]]
    numeric: frozenset[int] = frozenset()
    total: Sequence[Any] = ()


@dataclass(frozen=True)
class Action:
    """A workflow button: the transition, the service behind it, and what it asks for.

    The service is called as ``service(session, record, by=user, **inputs)``.
    """

    transition: str
    service: Callable[..., object]
    inputs: tuple[Input, ...] = ()
    # what its form is filled with beforehand, for whoever takes the step to confirm or correct
    given: Callable[[Session, Any], Mapping[str, Any]] = field(default=lambda session, record: {})


@dataclass(frozen=True)
class Waiting:
    """A record that waits for somebody's decision, and for which."""

    record: Any
    step: Text


@dataclass(frozen=True)
class Answer:
    """The step by which a deadline is met, with what its form can be filled with beforehand."""

    transition: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """An event that a step announced: on the step's day, or so many days after it."""

    event: str
    occurrence: str = ""
    # None: on a day of its own; it is taken back with the step, but does not move with it
    after: int | None = 0
    planned: bool = False
    # where it was announced, when not on the record itself
    record: Any = None


@dataclass(frozen=True)
class Entry:
    """A day that was entered with a step of a record, and what hangs on it: it may be corrected.

    Whoever may take the ``transition`` may correct its day; without one, whoever may edit the record.
    """

    key: str
    label: Text
    on: date
    transition: str | None = None
    # which instalment, asset or challenge
    about: Text = ""
    events: tuple[Happening, ...] = ()
    # (holder, column): where the day is kept besides
    keeps: tuple[tuple[Any, str], ...] = ()
    # (step, day): what it cannot come before, and what it cannot come after and rests on it
    follows: tuple[tuple[Text, date], ...] = ()
    leads: tuple[tuple[Text, date], ...] = ()
    # (holder, column, value): what taking the step back restores
    puts_back: tuple[tuple[Any, str, Any], ...] = ()
    # the step that moved the record on; None: its own, if that did; empty: none
    undoes: str | None = None
    # (cause, whether it ends it): the standstill of the record's clocks that it began or ended
    pause: tuple[str, bool] | None = None
    # why it can be corrected but not taken back; why neither
    stays: Text | None = None
    fixed: Text | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of record, as screens, imports and the command line see it."""

    name: str
    model: type[Record]
    prefix: str
    label: Text
    label_plural: Text
    workflow: Workflow
    view: Permission
    edit: Permission
    approve: Permission
    facts: Callable[[Session, Any], Sequence[Fact]]
    actions: tuple[Action, ...] = ()
    # ids of the events that make the timeline, in order; a function when it depends on the record
    stages: Callable[[Any], Sequence[str]] = field(default=lambda record: ())
    inputs: tuple[Input, ...] = ()
    create: Callable[..., Record] | None = None
    change: Callable[..., None] | None = None
    # raises WrongState when ``change`` would, whatever it were given
    require_open: Callable[[Any], None] = field(default=lambda record: None)
    # what the trail calls the columns that no form asks for by their name
    labels: Mapping[str, Text] = field(default_factory=dict)
    # the endpoint of its register, such as "contract.index_view"
    register: str | None = None
    amount: Callable[[Any], Decimal | None] = field(default=lambda record: None)
    listings: Callable[[Session, Any], Sequence[Listing]] = field(default=lambda session, record: ())
    # what tells a record's clocks apart, in words: instalments, supplements; others speak for themselves
    occurrences: Callable[[Any], Mapping[str, Text]] = field(default=lambda record: {})
    # the step that enters what a deadline waits for, by its event and occurrence
    answers: Callable[[Any, str, str], "Answer | None"] = field(
        default=lambda record, event, occurrence: None
    )
    # the days that steps have entered and that may be corrected, in order
    entries: Callable[[Session, Any], Sequence[Entry]] = field(default=lambda session, record: ())
    # runs around the correction of an entry on a day: raises what the step itself would have refused
    guard: Callable[[Session, Any, Entry, date], AbstractContextManager[None]] = field(
        default=lambda session, record, entry, on: nullcontext()
    )
    # the step that lets its clocks stand still: they are not paused one by one, past what is measured of it
    pauses: str | None = None
    # what waits for a decision of somebody who holds these permissions, the oldest first
    waiting: Callable[[Session, frozenset[Permission], int], Sequence[Waiting]] = field(
        default=lambda session, held, limit: ()
    )

    def action(self, transition: str) -> Action:
        """Return the action behind a transition, or raise NotFound."""
        found = next((action for action in self.actions if action.transition == transition), None)
        if found is None:
            raise NotFound
        return found


class Kinds:
    """The kinds that the application is composed of, by name."""

    def __init__(self, kinds: Sequence[Kind] = ()) -> None:
        self._by_name = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Kind:
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound from None

    def of(self, record: Record) -> Kind:
        """Return the kind of a record."""
        return self[record.kind]
