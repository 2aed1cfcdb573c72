"""Records written past the unit of work are as good as any other, and in the trail."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit, bulk, trail
from core.records import Record
from tests import factories

RECORDS = Record.__table__


@pytest.fixture
def rows(session: Session) -> list[dict[str, object]]:
    """Three lines of one organization."""
    place = factories.make_organization()
    return [
        {
            "number": f"PL-2026-{i:04d}",
            "title": f"批量{i}",
            "organization_id": place.id,
            "search_words": ("示例供应商", None),
        }
        for i in range(3)
    ]


def test_rows_become_records_in_their_order(session, rows):
    by = factories.make_user()

    ids = bulk.add_records(session, Record, rows, by=by)

    found = [session.get(Record, id_) for id_ in ids]
    assert [record.title for record in found] == ["批量0", "批量1", "批量2"]
    assert {record.version for record in found} == {1}
    assert {record.created_by_id for record in found} == {by.id}
    assert found[0].search_text == "PL-2026-0000 批量0 示例供应商 pl slgys"
    assert found[0].created_at.tzinfo is not None


def test_whoever_brought_them_in_has_created_each_of_them(session, rows):
    by = factories.make_user()

    ids = bulk.add_records(session, Record, rows, by=by, note="台账.xlsx", line=7)

    for id_ in ids:
        record = session.get(Record, id_)
        assert audit.has_acted(session, record, "created", by)
        facts = audit.history(session, record)[0].facts
        assert facts["changes"]["title"] == [None, record.title]
        assert (facts["number"], facts["note"], facts["detail"]) == (record.number, "台账.xlsx", {"line": 7})


def test_the_trail_stays_whole_beside_other_acts(session, rows):
    by = factories.make_user()
    bulk.add_records(session, Record, rows[:2], by=by)
    bulk.add_records(session, Record, rows[2:], by=by)
    audit.record(session, None, "ledger.imported", by=by)
    session.commit()
    audit.record(session, None, "something.else", by=by)
    session.commit()

    assert trail.verify(session).problems == []
    last = session.scalars(select(audit.AuditEvent).where(audit.AuditEvent.lane == audit.BULK_LANE)).all()
    assert [event.action for event in last] == ["created", "created", "created", "ledger.imported"]


def test_the_trail_of_a_taken_back_batch_is_taken_back_with_it(session, rows):
    by = factories.make_user()
    session.commit()
    bulk.add_records(session, Record, rows, by=by)
    session.rollback()
    audit.record(session, None, "something.else", by=by)
    session.commit()

    assert trail.verify(session).problems == []
    assert not session.scalar(select(audit.AuditEvent.seq).where(audit.AuditEvent.lane == audit.BULK_LANE))


def test_the_id_of_a_removed_record_is_never_given_again(session, rows):
    by = factories.make_user()
    first = bulk.add_records(session, Record, rows, by=by)
    session.execute(delete(RECORDS).where(RECORDS.c.id.in_(first)))

    again = bulk.add_records(session, Record, rows, by=by)
    ordinary = factories.add_record(Record(title="单个"))

    assert min(again) > max(first)
    assert ordinary.id > max(again)
