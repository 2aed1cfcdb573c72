"""Record: the numbered business object to which deadlines, documents and audit events attach."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from sqlalchemy import (
    Connection,
    Enum,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
    event,
    false,
    func,
    inspect,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    ORMExecuteState,
    Session,
    mapped_column,
    object_session,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key

from core.db import Model
from core.errors import NotFound, Stale
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.organizations import EVERYTHING, Organization, Scope, Scoped
from core.pinyin import initials

if TYPE_CHECKING:
    from core.auth import User

R = TypeVar("R", bound="Record")

SEARCH_LENGTH = 600


class ReviewStatus(StrEnum):
    """Where the paper now on the table stands; the other axis beside the record's stage."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    approved = "approved"


REVIEW_LABELS: dict[ReviewStatus, LazyString] = {
    ReviewStatus.draft: _("Being drafted"),
    ReviewStatus.submitted: _("Under review"),
    ReviewStatus.returned: _("Returned"),
    ReviewStatus.approved: _("Approved"),
}


def of_party_index(name: str, *columns: str) -> Index:
    """Return an index over the rows that concern an outside party; the others cost it nothing."""
    concerned = text("party_id IS NOT NULL")
    return Index(name, *columns, postgresql_where=concerned, sqlite_where=concerned)


class Record(Model, Scoped):
    """What every business object has: a number, a title, an owning organization and a history."""

    __tablename__ = "records"
    __table_args__: Any = (
        UniqueConstraint("organization_id", "number"),
        Index("ix_records_kind_organization_id_id", "kind", "organization_id", "id"),
        Index("ix_records_kind_number", "kind", "number"),
        Index("ix_records_kind_title", "kind", "title"),
        of_party_index("ix_records_party_id_kind", "party_id", "kind"),
        # the id of a record that was taken back is never given to another: the trail still speaks of it
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    # the outside party that it concerns: its own number for a vendor, the vendor's for a certificate
    party_id: Mapped[int | None] = mapped_column(ForeignKey("records.id"))
    review: Mapped[ReviewStatus] = mapped_column(default=ReviewStatus.draft)
    # what a search finds the record by: number, title, and the names it involves
    search_text: Mapped[str] = mapped_column(String(SEARCH_LENGTH), default="")
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=func.now())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    organization: Mapped[Organization] = relationship(foreign_keys="Record.organization_id")
    owner: Mapped["User | None"] = relationship(foreign_keys=[owner_id])
    created_by: Mapped["User | None"] = relationship(foreign_keys=[created_by_id])

    __mapper_args__: Any = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "record",
        "version_id_col": version,
    }

    # Kinds that an organization shares with those below it (a vendor belongs to the whole zone).
    shared_kinds: ClassVar[set[str]] = set()
    # The attribute that names the outside party which a record of this kind concerns.
    party_key: ClassVar[str | None] = None

    @property
    def traits(self) -> frozenset[str]:
        """Return the facts that a deadline rule may ask for, such as ``method.public_tender``."""
        return frozenset()

    def search_words(self) -> list[str]:
        """Return what the record is found by; subclasses add the names that it involves."""
        return [self.number, self.title]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


def get(session: Session, model: type[R], record_id: int) -> R:
    """Return the record, or raise NotFound alike for one that is absent and one out of scope."""
    record = session.scalars(select(model).where(model.id == record_id)).one_or_none()
    if record is None:
        raise NotFound
    return record


def hold(session: Session, record: Record) -> None:
    """Keep everybody else from changing a record until the transaction ends.

    SQLite has one writer at a time and needs no lock.
    """
    session.flush()
    if session.get_bind().dialect.name != "sqlite":
        own_row = select(Record.__table__.c.id).where(Record.__table__.c.id == record.id)
        session.execute(own_row.with_for_update(key_share=True))


def check_version(record: Record, version: int | None, mine: dict[str, Any] | None = None) -> None:
    """Raise Stale when the version that the user saw is no longer the one stored."""
    if version is not None and version != record.version:
        theirs = {name: getattr(record, name, None) for name in mine or {}}
        raise Stale(mine, theirs)


@event.listens_for(Record, "before_insert", propagate=True)
@event.listens_for(Record, "before_update", propagate=True)
def _refresh_search_text(mapper: Mapper[Any], _connection: Any, record: Record) -> None:
    # a step of a workflow changes no word, and need not load the names for it
    if not record.id or not inspect(record).committed_state.keys() <= _wordless(mapper):
        record.search_text = search_text(record.search_words())


@cache
def _wordless(mapper: Mapper[Any]) -> frozenset[str]:
    """Return the columns by which nothing is found: codes, days and amounts, never a name or a link."""
    return frozenset(
        column.key
        for column in mapper.column_attrs
        if not column.columns[0].foreign_keys
        and (not isinstance(column.columns[0].type, String) or isinstance(column.columns[0].type, Enum))
    )


def search_text(words: Iterable[str | None]) -> str:
    """Return what a search looks into: the words, and the pinyin initials of those in Chinese."""
    said = [word for word in words if word]
    return " ".join(filter(None, (*said, *map(initials, said))))[:SEARCH_LENGTH]


@event.listens_for(Session, "do_orm_execute")
def _apply_scope(state: ORMExecuteState) -> None:
    scope: Scope = state.session.info.get("scope", EVERYTHING)
    if scope.everything or not (state.is_orm_statement and state.is_select):
        return
    if state.is_column_load or state.is_relationship_load:
        return
    state.statement = scoped(state.session, state.statement)


def scoped(session: Session, statement: Any) -> Any:
    """Return a statement under the session's scope, for whoever runs it on the connection itself."""
    scope: Scope = session.info.get("scope", EVERYTHING)
    if scope.everything:
        return statement
    return statement.options(*_criteria(scope, frozenset(Record.shared_kinds)))


@lru_cache(maxsize=512)  # requests of one office ask again and again under one scope
def _criteria(scope: Scope, shared: frozenset[str]) -> tuple[Any, ...]:
    if scope.party is not None:
        return _party_criteria(scope.party, sorted(scope.above))
    own, above = sorted(scope.own), sorted(scope.above)
    record = with_loader_criteria(Record, _visible(own, above), include_aliases=True)
    if not above or not shared:
        return (
            record,
            with_loader_criteria(Attached, lambda cls: cls.organization_id.in_(own), include_aliases=True),
        )
    return (record, *(_attached(each, own, above, shared) for each in _mapped(Attached)))


def _party_criteria(party: int, above: list[int]) -> tuple[Any, ...]:
    """An outside party sees its own: records, what hangs on them, and the colleagues of its accounts."""
    user: Any = Model.registry._class_registry["User"]
    shown = [
        (Record, lambda it: it.party_id == party),
        (Organization, lambda it: it.id.in_(above)),
        (user, lambda it: it.party_id == party),
        *((cls, cls.shown_to(party) if issubclass(cls, OfParty) else false()) for cls in _mapped(Attached)),
    ]
    return tuple(with_loader_criteria(cls, of_party, include_aliases=True) for cls, of_party in shown)


def _attached(cls: Any, own: list[int], above: list[int], shared: frozenset[str]) -> Any:
    """What hangs on a record that is shared from above is seen below, as the record is."""
    if not hasattr(cls, "record_id"):
        return with_loader_criteria(cls, lambda it: it.organization_id.in_(own), include_aliases=True)
    table, kinds = Record.__table__, sorted(shared)
    return with_loader_criteria(
        cls,
        lambda it: or_(
            it.organization_id.in_(own),
            and_(
                it.organization_id.in_(above),
                select(table.c.id)
                .where(
                    table.c.id == it.record_id, table.c.kind.in_(kinds), table.c.organization_id.in_(above)
                )
                .exists(),
            ),
        ),
        include_aliases=True,
    )


def _mapped(base: Any) -> list[Any]:
    found = [cls for cls in base.__subclasses__() if hasattr(cls, "__table__")]
    return sorted(found, key=lambda cls: str(cls.__name__))


def _visible(own: list[int], above: list[int]) -> Any:
    """Return the condition as a function: a fixed one lands on the wrong table where one is aliased."""
    if not above or not Record.shared_kinds:
        return lambda it: it.organization_id.in_(own)
    kinds = sorted(Record.shared_kinds)
    return lambda it: or_(
        it.organization_id.in_(own), and_(it.kind.in_(kinds), it.organization_id.in_(above))
    )


class Attached(Scoped):
    """What hangs on a record and is seen with it: a deadline, a document.

    The organization is copied from the record, so that "everything due this week" reads one index.
    """


class OfParty:
    """What hangs on a record and may concern an outside party: the record's, copied from it."""

    party_id: Mapped[int | None]

    @classmethod
    def shown_to(cls, party: int) -> Any:
        """Return the condition under which a party sees a row of its own."""
        return cls.party_id == party


@event.listens_for(Record, "before_insert", propagate=True)
@event.listens_for(Record, "before_update", propagate=True)
def _name_party(_mapper: Any, _connection: Any, record: Record) -> None:
    if record.party_key not in (None, "id") and record.party_key in record.__dict__:  # else it is unchanged
        record.party_id = getattr(record, record.party_key)


@event.listens_for(Record, "after_insert", propagate=True)
def _name_itself(_mapper: Any, connection: Connection, record: Record) -> None:
    if record.party_key == "id":
        table = cast(Table, Record.__table__)
        connection.execute(update(table).where(table.c.id == record.id).values(party_id=record.id))
        set_committed_value(record, "party_id", record.id)


@event.listens_for(Record, "after_update", propagate=True)
def _pass_party_on(_mapper: Any, connection: Connection, record: Record) -> None:
    if not inspect(record).attrs.party_id.history.has_changes():
        return
    for cls in _mapped(OfParty):
        table = cls.__table__
        connection.execute(
            update(table).where(table.c.record_id == record.id).values(party_id=record.party_id)
        )


@event.listens_for(OfParty, "before_insert", propagate=True)
def _copy_party(_mapper: Any, connection: Connection, row: Any) -> None:
    if row.party_id is not None:
        return
    session = object_session(row)
    known: Record | None = row.__dict__.get("record")
    if known is None and session is not None:
        known = session.identity_map.get(identity_key(Record, row.record_id))
    if known is not None:
        row.party_id = known.party_id
    else:
        table = cast(Table, Record.__table__)
        row.party_id = connection.scalar(select(table.c.party_id).where(table.c.id == row.record_id))


__all__ = [
    "REVIEW_LABELS",
    "Attached",
    "OfParty",
    "Record",
    "ReviewStatus",
    "StaleDataError",
    "check_version",
    "get",
    "hold",
    "of_party_index",
    "scoped",
]
