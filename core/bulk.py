"""Writing thousands of new records at once: past the unit of work, never past the trail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from core import audit, clock
from core.auth import By
from core.engine import RowWriter, take_ids
from core.records import Record, search_text

RECORDS = cast(Table, Record.__table__)
OWN = frozenset({"id", "search_text", "party_id"})

Row = Mapping[str, Any]


def add_records(
    session: Session,
    model: type[Record],
    rows: Sequence[Row],
    *,
    by: By,
    note: str | None = None,
    **detail: Any,
) -> list[int]:
    """Write new records of one kind, each with its audit event, and return their ids in order.

    A row names columns of the record and of its own table; all rows name the same ones. ``search_words``
    holds what else than number and title it is found by.
    """
    if not rows:
        return []
    session.flush()
    ids = take_ids(session, RECORDS, len(rows))
    kind = model.__mapper__.polymorphic_identity
    common = {"kind": kind, "created_at": clock.now(), "created_by_id": by.id}
    whole: list[dict[str, Any]] = [
        {**common, **row, "id": id_, "search_text": _search_text(row)}
        for id_, row in zip(ids, rows, strict=True)
    ]
    if model.party_key is not None:
        for row in whole:
            row["party_id"] = row[model.party_key]
    for table in dict.fromkeys((RECORDS, cast(Table, model.__table__))):
        insert_rows(session, table, whole)
    acts = (audit.Subject(row["id"], row["number"], _changes(row)) for row in whole)
    audit.record_many(session, acts, "created", by=by, note=note, **detail)
    return ids


def insert_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, taking from each what the table has a column for, and its plain defaults."""
    if not rows:
        return
    names = [column.key for column in table.columns if column.key in rows[0]]
    given = {
        column.key: column.default.arg
        for column in table.columns
        if column.key not in rows[0] and isinstance(column.default, ScalarElementColumnDefault)
    }
    writer = RowWriter(session, table, [*names, *given])
    columns = [[row[name] for row in rows] for name in names]
    columns += [[value] * len(rows) for value in given.values()]
    writer.write(writer.bind_all(columns))


def _search_text(row: Row) -> str:
    extra: Iterable[str | None] = row.get("search_words", ())
    return search_text((row["number"], row["title"], *extra))


def _changes(row: Row) -> dict[str, list[Any]]:
    return {
        name: [None, value]
        for name, value in row.items()
        if value is not None and name not in OWN and name not in audit.UNTRACKED and name != "search_words"
    }
