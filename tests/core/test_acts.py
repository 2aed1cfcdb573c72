"""Reading the trail: within the scope, narrowed, page by page, newest first."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import acts, audit
from core.acts import Wanted
from core.audit import AuditEvent
from core.auth import SYSTEM, User
from core.errors import InvalidInput
from core.organizations import EVERYTHING, Organization, limit, scope_below
from core.records import Record
from tests.factories import add_record, make_organization, make_user

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def act(session: Session, record: Record | None, action: str, by: User | None = None, hours: int = 0) -> None:
    """Let something be done some hours after the start, in a transaction of its own."""
    with time_machine.travel(START + timedelta(hours=hours), tick=False):
        audit.record(session, record, action, by=by or SYSTEM)
        session.commit()


def under(session: Session, organization: Organization, **wanted: object) -> list[str]:
    """Return what somebody of the organization reads."""
    scope = scope_below(session, [organization])
    limit(session, scope)
    try:
        found = acts.page(session, Wanted(**wanted), scope=scope)
        return [each.event.action for each in found.acts if each.event.action.startswith("x.")]
    finally:
        limit(session, EVERYTHING)


@pytest.fixture
def zone(session: Session) -> Organization:
    return make_organization()


def test_an_auditor_reads_the_acts_on_records_in_scope(session, zone):
    department, elsewhere = make_organization(zone), make_organization()
    act(session, add_record(Record(title="甲"), department), "x.ours", hours=1)
    act(session, add_record(Record(title="乙"), elsewhere), "x.theirs", hours=2)

    assert under(session, zone) == ["x.ours"]
    assert under(session, department) == ["x.ours"]
    assert under(session, elsewhere) == ["x.theirs"]


def test_acts_on_no_record_are_read_where_their_person_is_at_home(session, zone):
    department = make_organization(zone)
    act(session, None, "x.above", make_user(organization=zone), hours=1)
    act(session, None, "x.below", make_user(organization=department), hours=2)
    act(session, None, "x.foreign", make_user(), hours=3)

    assert under(session, zone) == ["x.below", "x.above"]
    assert under(session, department) == ["x.below"]


def test_acts_of_the_system_on_no_record_are_read_by_who_sees_everything(session, zone):
    act(session, None, "x.system")
    everywhere = session.scalars(select(Organization)).all()
    assert len(everywhere) == 1
    assert under(session, zone) == ["x.system"]

    make_organization()
    session.commit()

    assert under(session, zone) == []
    found = acts.page(session, Wanted(action="x.system"), scope=EVERYTHING)
    assert len(found.acts) == 1


def test_a_record_comes_with_its_number_and_title(session, zone):
    record = add_record(Record(title="环卫服务"), zone)
    act(session, record, "x.done")

    (found,) = acts.page(session, Wanted(action="x.done"), scope=EVERYTHING).acts

    assert (found.kind, found.number, found.title) == (record.kind, record.number, "环卫服务")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["x.late", "x.mid", "x.early"]),
        ({"action": "x.mid"}, ["x.mid"]),
        ({"action": "x.none"}, []),
        ({"person": "王"}, ["x.mid", "x.early"]),
        ({"person": "WANG@"}, ["x.mid", "x.early"]),
        ({"person": "王 李"}, []),
        ({"person": "%"}, []),
        ({"number": "TT-A"}, ["x.late", "x.early"]),
        ({"number": " TT-B "}, ["x.mid"]),
        ({"number": "TT"}, []),
        # 2 March, 16:00 in Shanghai is the start; midnight there comes eight hours later
        ({"since": date(2026, 3, 3)}, ["x.late", "x.mid"]),
        ({"since": date(2026, 3, 4)}, ["x.late"]),
        ({"until": date(2026, 3, 2)}, ["x.early"]),
        ({"until": date(2026, 3, 3)}, ["x.mid", "x.early"]),
        ({"since": date(2026, 3, 3), "until": date(2026, 3, 3)}, ["x.mid"]),
    ],
)
def test_the_trail_is_narrowed(session, zone, wanted, found):
    wang = make_user(organization=zone, name="王经办", email="wang@example.org")
    li = make_user(organization=zone, name="李审计", email="li@example.org")
    first = add_record(Record(title="甲", number="TT-A"), zone)
    second = add_record(Record(title="乙", number="TT-B"), zone)
    session.commit()
    act(session, first, "x.early", wang, hours=7)
    act(session, second, "x.mid", wang, hours=8)
    act(session, first, "x.late", li, hours=32)

    assert under(session, zone, **wanted) == found


def test_pages_follow_one_another_without_gap_or_repetition(session, zone):
    record, other = (add_record(Record(title=name), zone) for name in ("甲", "乙"))
    session.commit()
    for number in range(23):  # several at one moment, in two lanes
        act(session, (record, other)[number % 2], f"x.{number:02}", hours=number // 4)
    everything = [each.event.action for each in acts.page(session, Wanted(), scope=EVERYTHING, size=99).acts]

    forwards, marks, after = [], [], ""
    while True:
        page = acts.page(session, Wanted(), scope=EVERYTHING, after=after, size=5)
        forwards += [each.event.action for each in page.acts]
        marks.append(page)
        if page.older is None:
            break
        after = page.older

    assert forwards == everything
    assert marks[0].newer is None
    last = marks[-1]
    assert last.newer
    before = acts.page(session, Wanted(), scope=EVERYTHING, before=last.newer, size=5)
    assert [a.event.action for a in before.acts] == [a.event.action for a in marks[-2].acts]
    start = acts.page(session, Wanted(), scope=EVERYTHING, before=marks[1].newer or "", size=5)
    assert [a.event.action for a in start.acts] == everything[:5]
    assert start.newer is None


@pytest.mark.parametrize(
    "mark", ["x", "e30", "WzEsMiwzXQ", "WyIyMDI2LTAxLTAxIiwgMSwgMV0", "IjIwMjYi", "🙂", "WyI"]
)
def test_a_broken_mark_is_refused(session, mark):
    with pytest.raises(InvalidInput):
        acts.page(session, Wanted(), scope=EVERYTHING, after=mark)


def test_counting_stops_one_beyond_the_limit(session, zone):
    for number in range(4):
        act(session, None, f"x.{number}")

    assert acts.count(session, at_most=3) == 4
    assert acts.count(session, at_most=100) == len(session.scalars(select(AuditEvent)).all())
