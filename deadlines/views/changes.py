"""What an act of the trail changed, before and after, in words that a reader knows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import Boolean, Date, select
from sqlalchemy import Column as StoredColumn
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import Session

from core import formats
from core.acts import Act
from core.auth import User
from core.db import Money, UtcDateTime
from core.i18n import gettext as _
from core.i18n import language
from core.kinds import Kind, Kinds
from core.organizations import Organization
from core.permissions import ROLE_LABELS, RoleName
from core.records import REVIEW_LABELS, Record, ReviewStatus
from deadlines.loading import load_catalogue
from deadlines.models import MoveWhy
from deadlines.views.history import label
from deadlines.views.labels import category_labels, level_labels, move_labels

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PLACE = re.compile(r"[a-z_]+:\d+")
NOTHING = "—"
HIDDEN = "•••"
# said elsewhere on the line, or of use to machines only
UNSAID = frozenset(
    {"user", "user_name", "checksum", "sha256", "row", "message", "changed", "changes", "event"}
)
ANNOUNCED = frozenset({"on", "planned"})


@dataclass(frozen=True)
class Change:
    """One thing with its value before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One act as the trail's page shows it."""

    act: Act
    at: datetime
    who: str
    label: str
    whom: str
    note: str
    changes: list[Change]
    details: list[tuple[str, str]]
    ip: str


class Reader:
    """Reads some acts together, so that the names behind their numbers are asked for once."""

    def __init__(self, session: Session, acts: Iterable[Act], kinds: Kinds) -> None:
        self._kinds = kinds
        self._acts = list(acts)
        self._names = _names(session, self._numbers())

    def lines(self) -> list[Line]:
        """Return the acts in words."""
        return [self._line(act) for act in self._acts]

    def _line(self, act: Act) -> Line:
        facts, kind = act.event.facts, self._kind(act)
        detail = facts.get("detail") or {}
        return Line(
            act=act,
            at=act.event.at,
            who=_("the system") if facts["actor"] is None else str(facts["actor_name"]),
            label=label(act.event.action, facts, kind),
            whom=str(detail.get("user_name") or ""),
            note=str(facts.get("note") or ""),
            changes=[*self._changes(kind, facts.get("changes") or {}), *_listed(detail)],
            details=list(self._details(act.event.action, detail)),
            ip=str(facts.get("ip") or ""),
        )

    def _kind(self, act: Act) -> Kind | None:
        return next((kind for kind in self._kinds if kind.name == act.kind), None)

    def _changes(self, kind: Kind | None, changes: Mapping[str, Any]) -> Iterator[Change]:
        for name, (before, after) in changes.items():
            column = _column(kind, name)
            values = (self._value(kind, name, column, value) for value in (before, after))
            yield Change(field_name(kind, name), *values)

    def _value(self, kind: Kind | None, name: str, column: StoredColumn[Any] | None, value: Any) -> str:
        if value in (None, "", HIDDEN):
            return str(value or NOTHING)
        table = _pointed(column)
        if table and isinstance(value, int):
            return self._names.get((table, value), f"#{value}")
        return _chosen(kind, name, value) or _written(column, value)

    def _details(self, action: str, detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        words = detail_labels()
        for name, value in detail.items():
            if name in UNSAID or value in (None, "", [], {}):
                continue
            if action == "event.announced" and name in ANNOUNCED:
                continue
            if name == "occurrence" and PLACE.fullmatch(str(value)):
                continue
            yield words.get(name, name), self._said(name, value)

    def _said(self, name: str, value: Any) -> str:
        if name in {"organization", "organization_id"} and isinstance(value, int):
            return self._names.get(("organizations", value), f"#{value}")
        return _said(name, value)

    def _numbers(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {"users": set(), "organizations": set(), "records": set()}
        for act in self._acts:
            facts, kind = act.event.facts, self._kind(act)
            for name, values in (facts.get("changes") or {}).items():
                table = _pointed(_column(kind, name))
                if table:
                    found[table] |= {value for value in values if isinstance(value, int)}
            detail = facts.get("detail") or {}
            named = (detail.get("organization"), detail.get("organization_id"))
            found["organizations"] |= {value for value in named if isinstance(value, int)}
        return found


def _names(session: Session, numbers: Mapping[str, set[int]]) -> dict[tuple[str, int], str]:
    sources: tuple[tuple[str, Any, Any], ...] = (
        ("users", User.id, User.name),
        ("organizations", Organization.id, Organization.name),
        ("records", Record.id, Record.number + " " + Record.title),
    )
    found: dict[tuple[str, int], str] = {}
    for table, key, name in sources:
        if numbers[table]:
            rows = session.execute(select(key, name).where(key.in_(sorted(numbers[table]))))
            found |= {(table, number): text for number, text in rows}
    return found


def _column(kind: Kind | None, name: str) -> StoredColumn[Any] | None:
    model = kind.model if kind else Record
    attribute = model.__mapper__.column_attrs.get(name)
    column = attribute.columns[0] if attribute else None
    return column if isinstance(column, StoredColumn) else None


def _pointed(column: StoredColumn[Any] | None) -> str | None:
    """Return the table whose names a column's numbers stand for."""
    if column is None or column.primary_key or not column.foreign_keys:
        return None
    table = next(iter(column.foreign_keys)).column.table
    if table.name in {"users", "organizations", "records"}:
        return str(table.name)
    is_record = any(mapper.local_table is table for mapper in Record.__mapper__.self_and_descendants)
    return "records" if is_record else None


def _chosen(kind: Kind | None, name: str, value: Any) -> str | None:
    if name == "review" and value in ReviewStatus.__members__:
        return str(REVIEW_LABELS[ReviewStatus(value)])
    if kind is None:
        return None
    if name == "status" and value in kind.workflow.states.__members__:
        return str(kind.workflow.labels[kind.workflow.states(value)])
    asked = next((each for each in kind.inputs if each.name == name), None)
    if asked is None or not isinstance(asked.choices, Mapping):
        return None
    return next((str(word) for choice, word in asked.choices.items() if str(choice) == str(value)), None)


def _written(column: StoredColumn[Any] | None, value: Any) -> str:
    kind = column.type if column is not None else None
    if isinstance(kind, Money):
        return formats.money(Decimal(str(value)))
    if isinstance(kind, UtcDateTime):
        return formats.moment(datetime.fromisoformat(value))
    if isinstance(kind, Date) or (isinstance(value, str) and DAY.fullmatch(value)):
        return formats.day(date.fromisoformat(value))
    if isinstance(kind, Boolean) or isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(kind, EnumType):
        return str(value)
    return _plain(value)


def field_name(kind: Kind | None, name: str) -> str:
    """Return what a column is called on the screens."""
    known = field_labels().get(name)
    if known is not None:
        return known
    if kind is None:
        return name
    asked = chain(kind.inputs, *(action.inputs for action in kind.actions))
    names = {name, name.removesuffix("_id")}
    found = next((each.label for each in asked if each.name in names), name)
    return str(kind.labels.get(name, found))


def _listed(detail: Mapping[str, Any]) -> Iterator[Change]:
    words = field_labels() | detail_labels()
    for name in ("changed", "changes"):
        for key, (before, after) in (detail.get(name) or {}).items():
            yield Change(words.get(key, key), _said(key, before), _said(key, after))


def _said(name: str, value: Any) -> str:
    catalogue, words = load_catalogue(), language()
    match name:
        case "rule" | "rule_id" | "deadline" if value in catalogue.rules:
            return catalogue.rules[value].title.to(words)
        case "threshold_id" if value in catalogue.thresholds:
            return catalogue.thresholds[value].title.to(words)
        case "why" if value in MoveWhy.__members__:
            return move_labels()[MoveWhy(value)]
        case "cause" if value in catalogue.causes:
            return catalogue.causes[value].title.to(words)
        case "level":
            return level_labels().get(value, str(value))
        case "category":
            return category_labels().get(value, str(value))
    return _plain(value)


def _plain(value: Any) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return _word(value)
    if isinstance(value, list):
        return "、".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return "；".join(f"{_word(key)} {_arrow(each)}" for key, each in value.items())
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _arrow(value: Any) -> str:
    return " → ".join(_plain(each) for each in value) if isinstance(value, list) else _plain(value)


def _word(value: str) -> str:
    if value in RoleName.__members__:
        return str(ROLE_LABELS[RoleName(value)])
    if DAY.fullmatch(value):
        return formats.day(date.fromisoformat(value))
    return _clock(value) if value.split("#")[0] in load_catalogue().rules else value


def _clock(name: str) -> str:
    """Name a deadline as the trail keeps it: the rule, and what tells it from others of the same rule."""
    rule_id, _mark, occurrence = name.partition("#")
    title = load_catalogue().rules[rule_id].title.to(language())
    # an instalment or an asset goes by its place in a table there, which says nothing to a reader
    return title if not occurrence or PLACE.fullmatch(occurrence) else f"{title}（{occurrence}）"


def field_labels() -> dict[str, str]:
    """Return what fields are called that no form asks for by these names."""
    return {
        "number": _("Number"),
        "title": _("Title"),
        "status": _("Stage"),
        "review": _("Review"),
        "owner_id": _("Responsible"),
        "organization_id": _("Organization"),
        "party_id": _("Vendor concerned"),
        "created_by_id": _("Created by"),
        "created_at": _("Created"),
        "is_sample": _("sample"),
        "kind": _("Kind"),
    }


def detail_labels() -> dict[str, str]:
    """Return what the particulars of an act are called."""
    return {
        "name": _("Name"),
        "email": _("E-mail address"),
        "organization": _("Organization"),
        "organization_id": _("Organization"),
        "parent": _("Belongs to"),
        "code": _("Code"),
        "kind": _("Kind"),
        "roles": _("Roles"),
        "deputy": _("Deputy"),
        "is_head": _("Heads the organization"),
        "starts_on": _("From the day"),
        "ends_on": _("To the day"),
        "until": _("Until"),
        "on": _("Day"),
        "was": _("Before"),
        **_rule_labels(),
        **_deadline_labels(),
        "records": _("Records"),
        "count": _("Count"),
        "to": _("Handed to"),
        "filename": _("File"),
        "occurrence": _("Which one"),
        "about": _("Concerns"),
        "events": _("Events"),
        "problems": _("Problems"),
    }


def _rule_labels() -> dict[str, str]:
    return {
        "value": _("Value"),
        "year": _("Year"),
        "province": _("Province"),
        "level": _("Level"),
        "category": _("Category"),
        "threshold_id": _("Threshold"),
        "rule": _("Rule"),
        "deadline": _("Deadline"),
        "amount": _("Period"),
        "ladder": _("Reminders"),
        "effective_from": _("Holds from"),
        "effective_to": _("Holds until"),
    }


def _deadline_labels() -> dict[str, str]:
    return {
        "why": _("Why"),
        "cause": _("Cause"),
        "authority": _("On whose authority"),
        "opened": _("Deadlines opened"),
        "moved": _("Deadlines moved"),
        "met": _("Deadlines met"),
        "reopened": _("Deadlines reopened"),
        "cancelled": _("Deadlines cancelled"),
    }
