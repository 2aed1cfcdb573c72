"""The audit trail."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from core import audit
from core.records import Record
from tests.factories import add_record, current, make_user


def make_record() -> Record:
    return add_record(Record(title="示例"))


def test_a_change_without_an_audit_event_is_refused(session):
    record = make_record()
    session.commit()
    record.title = "改名"

    with pytest.raises(audit.UnauditedChange, match="without an audit event"):
        session.flush()


def test_an_event_names_the_old_and_the_new_value(session):
    record, user = make_record(), make_user()
    session.commit()

    audit.record(session, record, "record.rename", by=user)
    record.title = "改名"
    session.commit()

    newest = audit.history(session, record)[0]
    assert newest.facts["changes"]["title"] == ["示例", "改名"]
    assert newest.facts["actor_name"] == user.name


def test_a_rolled_back_change_leaves_no_event(session):
    record = make_record()
    session.commit()
    audit.record(session, record, "record.rename", by=make_user())
    record.title = "改名"
    session.rollback()
    session.commit()

    assert [event.action for event in audit.history(session, record)] == ["created"]


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_events set body = '{}'",
        "delete from audit_events",
        "insert or replace into audit_events select * from audit_events",
        "truncate audit_events",
    ],
)
def test_the_trail_cannot_be_altered(session, statement):
    make_record()
    session.commit()
    sqlite = current().get_bind().dialect.name == "sqlite"
    if statement.startswith("truncate" if sqlite else "insert or"):
        return

    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


def test_a_link_set_by_its_object_is_named_like_one_set_by_its_number(session):
    record, first, second = make_record(), make_user(), make_user()
    session.commit()
    for change in ({"owner": first}, {"owner_id": second.id}, {"owner": first}, {"owner": None}):
        audit.record(session, record, "record.hand", by=first)
        for name, value in change.items():
            setattr(record, name, value)
        session.commit()

    acts = [event for event in audit.history(session, record) if event.action == "record.hand"]
    seen = [event.facts["changes"]["owner_id"] for event in reversed(acts)]
    assert seen == [[None, first.id], [first.id, second.id], [second.id, first.id], [first.id, None]]
