"""The list of a register: which columns, in what order, from where to where; never counted in full."""

from collections import namedtuple
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CursorResult,
    Date,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    inspect,
    select,
    tuple_,
)
from sqlalchemy import Column as StoredColumn
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty, Session, aliased

from core.db import Money, UtcDateTime
from core.i18n import Text
from core.marks import Mark, Nature, encode, read
from core.organizations import EVERYTHING, Scope
from core.prepared import Prepared
from core.records import REVIEW_LABELS, Record, scoped

CAP = 10_000
MOST_PREPARED = 500


@dataclass(frozen=True)
class Column:
    """A column of a list: where it comes from and how its values read."""

    name: str
    label: Text
    source: Any
    nature: Nature
    choices: Mapping[Any, Text]
    # the other table to be joined, the column of this kind that points at it, and the kind it leads to
    other: Any = None
    pointer: Any = None
    leads_to: str | None = None

    @property
    def stored(self) -> Any:
        """Return the column of the table, or None for an expression."""
        held = self.pointer if self.other is not None else self.source
        found = getattr(held, "property", None)
        return found.columns[0] if found is not None else held if isinstance(held, StoredColumn) else None

    @property
    def is_own(self) -> bool:
        """Return whether the list can be sorted by it: a column of the rows themselves."""
        return self.other is None and self.stored is not None

    @property
    def nullable(self) -> bool:
        """Return whether the column may be empty."""
        return not self.is_own or bool(self.stored.nullable)


@dataclass(frozen=True)
class Pin:
    """A column that is held to one value, and the same condition as a span of its index."""

    column: Column
    value: Any
    span: ColumnElement[bool]


@dataclass(frozen=True)
class Condition:
    """A condition on the rows of a list.

    ``shape`` tells it from every other but for its ``values``, which are bound by name: then the statement
    around it is made only once. Without a shape it is made for every request. ``pin`` is there when the
    condition holds a column to one value.
    """

    clause: ColumnElement[bool]
    shape: Hashable = None
    values: Mapping[str, Any] = field(default_factory=dict)
    pin: Pin | None = None

    def along(self, column: Column) -> ColumnElement[bool]:
        """Return the condition for rows that are read along a column: its own as a span of the index."""
        return self.pin.span if self.pin and self.pin.column is column else self.clause


@dataclass(frozen=True)
class Order:
    """By which column a list is sorted, and in which direction."""

    column: Column
    descending: bool


@dataclass(frozen=True)
class _Wanted:
    """From where and in what direction rows are read; ``part`` says whether the sort value is empty."""

    order: Order
    part: bool | None
    at: Mark | None
    backwards: bool

    @property
    def shape(self) -> Hashable:
        """Return what tells the statement from others, apart from the mark's values."""
        has_value = None if self.at is None else self.at.value is not None
        return self.order.column.name, self.order.descending, self.part, has_value, self.backwards

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the mark."""
        if self.at is None:
            return {}
        return {"mark_id": self.at.id, "mark_value": self.at.value}


@dataclass(frozen=True)
class Page:
    """Some rows of a list, each as (id, *values), and the marks of the pages before and after."""

    rows: Sequence[Any]
    previous: str | None
    next: str | None


def column(model: Any, name: str, label: Text, choices: Mapping[Any, Text] | None = None) -> Column:
    """Return the column of a model by its name; a relationship shows the other's name or title."""
    attribute = getattr(model, name)
    if isinstance(attribute.property, RelationshipProperty):
        return _other(name, label, attribute)
    known = choices or (REVIEW_LABELS if name == "review" else {})
    return Column(name, label, attribute, _nature(attribute.property.columns[0].type), known)


def expression(name: str, label: Text, source: Any) -> Column:
    """Return a column that is computed by the database."""
    return Column(name, label, source, _nature(source.type), {})


def _other(name: str, label: Text, attribute: Any) -> Column:
    if attribute.property.direction is not RelationshipDirection.MANYTOONE:
        raise ValueError(f"{name!r} leads to several rows: a list cannot join it")
    target = attribute.property.mapper.class_
    leads_to = None
    if issubclass(target, Record):
        leads_to = inspect(target).polymorphic_identity
        target = Record  # number and title stand in the supertable: no need to join the other's own table
    other = aliased(target)
    source = other.title if hasattr(target, "title") else other.name
    (pointer,) = attribute.property.local_columns
    return Column(name, label, source, "text", {}, other, pointer, leads_to)


def _nature(kind: Any) -> Nature:
    natures: tuple[tuple[Any, Nature], ...] = (
        (EnumType, "choice"),
        (Money, "money"),
        (UtcDateTime, "moment"),
        (Date, "day"),
        (Boolean, "yes_no"),
        (Integer, "number"),
    )
    return next((nature for type_, nature in natures if isinstance(kind, type_)), "text")


def is_indexed(found: Column) -> bool:
    """Return whether an index begins with the column (after the kind, for columns of the supertable)."""
    stored = found.stored
    if stored is None or not isinstance(stored.table, Table):
        return False
    keys = [list(index.columns) for index in stored.table.indexes]
    keys += [
        list(rule.columns)
        for rule in stored.table.constraints
        if isinstance(rule, PrimaryKeyConstraint | UniqueConstraint)
    ]
    return any(_leads(stored, [c for c in key if c.name != "kind"] or key) for key in keys)


def _leads(stored: Any, key: list[Any]) -> bool:
    return bool(key) and key[0] is stored


class Listing:
    """The query behind a register: columns of records, in an order that an index serves."""

    def __init__(self, model: Any, columns: Sequence[Column]) -> None:
        self.model = model
        self.columns = tuple(columns)
        self.by_name = {column.name: column for column in columns}
        mapper = inspect(model)
        self._kind = mapper.polymorphic_identity
        self.key_name = mapper.get_property_by_column(mapper.primary_key[0]).key
        self._key = getattr(model, self.key_name)
        self._is_record = model is not Record and issubclass(model, Record)
        # a row by the names of its columns
        self.named: Any = _row_type(["id", *self.by_name])
        self._prepared: dict[Hashable, Prepared] = {}

    def page(
        self,
        session: Session,
        criteria: Sequence[Condition | ColumnElement[bool]],
        order: Order,
        *,
        at: Mark | None = None,
        backwards: bool = False,
        size: int = 50,
    ) -> Page:
        """Return the page after a mark, or the one before it."""
        conditions = [each if isinstance(each, Condition) else Condition(each) for each in criteria]
        rows: list[Any] = []
        for wanted in self._ways(conditions, order, at, backwards):
            rows += self._fetch(session, conditions, wanted, size + 1 - len(rows))
            if len(rows) > size:
                break
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        return self._cut(rows, order, more=more, begun=at is not None, backwards=backwards)

    def count(self, session: Session, criteria: Sequence[Condition], cap: int = CAP) -> int:
        """Count the rows, but no further than one beyond the cap."""
        some = self._from(select(self._id(None)), ()).where(*(each.clause for each in criteria))
        few = some.limit(cap + 1).subquery()
        return int(_run(session, select(func.count()).select_from(few)).scalar_one())

    def stream(
        self, session: Session, criteria: Sequence[Condition], order: Order, *, batch: int
    ) -> Iterator[Any]:
        """Yield all rows, for an export, without holding more than a batch of them."""
        for part in self._parts(order, None, backwards=False):
            statement = self._select(criteria, _Wanted(order, part, None, backwards=False))
            yield from _run(session, statement, yield_per=batch)

    def _fetch(
        self, session: Session, criteria: Sequence[Condition], wanted: "_Wanted", most: int
    ) -> Sequence[Any]:
        shapes = tuple(each.shape for each in criteria)
        if None in shapes:
            return _run(session, self._select(criteria, wanted).limit(most)).all()
        scope: Scope = session.info.get("scope", EVERYTHING)
        key = (scope, shapes, wanted.shape)
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) >= MOST_PREPARED:
                self._prepared.clear()
            statement = self._select(criteria, wanted).limit(bindparam("most", type_=Integer()))
            prepared = self._prepared[key] = Prepared(scoped(session, statement))
        values = {"most": most, **wanted.values}
        for each in criteria:
            values.update(each.values)
        return prepared.rows(session, values)

    def _cut(self, rows: list[Any], order: Order, *, more: bool, begun: bool, backwards: bool) -> Page:
        if not rows:
            return Page(rows, None, None)
        position = 1 + self.columns.index(order.column) if order.column in self.columns else 0
        first, last = (encode(Mark(row[position], row[0])) for row in (rows[0], rows[-1]))
        return Page(
            rows,
            previous=first if (more if backwards else begun) else None,
            next=last if (begun if backwards else more) else None,
        )

    def _ways(
        self, conditions: Sequence[Condition], order: Order, at: Mark | None, backwards: bool
    ) -> Iterator["_Wanted"]:
        """Yield along what the rows are read, one way after the other."""
        pin = next((each.pin for each in conditions if each.pin), None)
        if pin and order.column.name == self.key_name and self._is_followed_by_key(pin.column):
            # Among the rows of one value the order is that of the index (value, id). Said so, the planner
            # cannot choose to walk all rows from the newest, of which the last 30,000 may be others.
            along = Order(pin.column, order.descending)
            yield _Wanted(along, None, at and Mark(pin.value, at.id), backwards)
            return
        for part in self._parts(order, at, backwards):
            yield _Wanted(order, part, at, backwards)
            at = None

    def _is_followed_by_key(self, column: Column) -> bool:
        key = [column.stored, *inspect(self.model).local_table.primary_key]
        return any(list(index.columns) == key for index in inspect(self.model).local_table.indexes)

    def _parts(self, order: Order, at: Mark | None, backwards: bool) -> list[bool | None]:
        # Empty values come last in both directions, as a part of their own: each part runs along the index.
        if not order.column.nullable:
            return [None]
        parts: list[bool | None] = [True, False] if backwards else [False, True]
        return parts[parts.index(at.value is None) :] if at else parts

    def _select(self, criteria: Sequence[Condition], wanted: "_Wanted") -> Select[Any]:
        order, part, at, backwards = wanted.order, wanted.part, wanted.at, wanted.backwards
        clauses = (each.along(order.column) for each in criteria)
        statement = self._from(self._columns(), self.columns).where(*clauses)
        source = order.column.source
        if self._is_shared(order):
            statement = statement.where(Record.kind == self._kind)
        if part is not None:
            statement = statement.where(source.is_(None) if part else source.is_not(None))
        if at is not None:
            statement = statement.where(*self._beyond(order, at, order.descending != backwards))
        return statement.order_by(*self._ordering(order, backwards))

    def _beyond(self, order: Order, at: Mark, down: bool) -> list[Any]:
        source, number = order.column.source, self._id(order)
        last = bindparam("mark_id", at.id, number.type)
        if at.value is None or order.column.name == self.key_name:
            # said of both tables of a record: PostgreSQL would walk the other one from its very end
            keys = [number, Record.id] if self._is_record else [number]
            return [key < last if down else key > last for key in keys]
        here = tuple_(bindparam("mark_value", at.value, source.type), last)
        row = tuple_(source, number)
        return [row < here if down else row > here]

    def _ordering(self, order: Order, backwards: bool) -> list[Any]:
        keys = [order.column.source, self._id(order)]
        if order.column.name == self.key_name:
            keys = keys[1:]
        down = order.descending != backwards
        return [key.desc() if down else key.asc() for key in keys]

    def _columns(self) -> Select[Any]:
        return select(self._id(None), *(column.source.label(column.name) for column in self.columns))

    def _from(self, statement: Select[Any], columns: Sequence[Column]) -> Select[Any]:
        statement = statement.select_from(self.model)
        for shown in columns:
            if shown.other is not None:
                statement = statement.outerjoin(shown.other, shown.pointer == shown.other.id)
        return statement

    def _id(self, order: Order | None) -> Any:
        return Record.id if order and self._is_shared(order) else self._key

    def _is_shared(self, order: Order) -> bool:
        # sorted by a column of the supertable: the index that serves it begins with the kind
        return self._is_record and order.column.stored.table is Record.__table__


def _row_type(names: Sequence[str]) -> Any:
    return namedtuple("Row", names, rename=True)


def _run(session: Session, statement: Select[Any], **options: Any) -> CursorResult[Any]:
    # On the connection: rows are enough here, and the session would make more of them.
    return session.connection().execute(scoped(session, statement), execution_options=options)


def decode(token: str, order: Order) -> Mark:
    """Read a mark as it stands in an address, or raise BadQuery."""
    return read(token, order.column.nature)
