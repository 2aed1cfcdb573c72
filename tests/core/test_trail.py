"""Tampering with the audit trail is found."""

import io
import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core import audit, clock, trail
from core.records import Record
from tests.factories import add_record, make_organization, make_user


@pytest.fixture
def written(session):
    """A trail of some dozen events in several lanes, with the triggers out of the way as for a thief."""
    user, place = make_user(), make_organization()
    for number in range(12):
        record = add_record(Record(title=f"示例{number}"), place)
        session.commit()
        audit.record(session, record, "record.rename", by=user)
        record.title = f"改名{number}"
        session.commit()
    if session.get_bind().dialect.name == "sqlite":
        for name in ("no_update", "no_delete", "no_replace"):
            session.execute(text(f"drop trigger audit_events_{name}"))
    else:
        session.execute(text("alter table audit_events disable trigger all"))
    return session


def anchored(session) -> trail.Anchor:
    return trail.read_anchor(io.StringIO(trail.anchor(session)))


def a_lane(session) -> int:
    return session.execute(text("select max(lane) from audit_events where seq >= 2")).scalar_one()


def test_an_untouched_trail_verifies(written):
    report = trail.verify(written, anchored(written))

    assert report.problems == []
    assert report.events >= 24


@pytest.mark.parametrize(
    "tampering",
    [
        "update audit_events set body = replace(body, '改名', '假名') where lane = :lane",
        "update audit_events set actor_id = null where lane = :lane and action = 'record.rename'",
        "update audit_events set action = 'record.other' where lane = :lane",
        "update audit_events set record_id = 987654 where lane = :lane",
        "update audit_events set at = '2020-01-01 00:00:00.000001' where lane = :lane",
        "update audit_events set hash = prev where lane = :lane",
        "delete from audit_events where lane = :lane and seq = 1",
        "delete from audit_events where lane = :lane and seq > 1",
        "update audit_events set seq = seq + 100 where lane = :lane",
    ],
)
def test_the_chain_and_its_heads_find(written, tampering):
    written.execute(text(tampering), {"lane": a_lane(written)})

    assert trail.verify(written).problems


def rewrite_tail(session, lane: int) -> None:
    """Cut a lane's last event and set the head back, as somebody with the whole database could."""
    head = "(select seq from audit_lanes where lane = :lane)"
    session.execute(text(f"delete from audit_events where lane = :lane and seq = {head}"), {"lane": lane})
    session.execute(
        text(
            "update audit_lanes set seq = seq - 1, hash = (select hash from audit_events e "
            "where e.lane = audit_lanes.lane and e.seq = audit_lanes.seq - 1) where lane = :lane"
        ),
        {"lane": lane},
    )


def test_a_rewritten_tail_passes_the_chain_but_not_an_anchor(written):
    anchor, lane = anchored(written), a_lane(written)

    rewrite_tail(written, lane)

    assert trail.verify(written).problems == []
    assert trail.verify(written, anchor).problems == [
        f"lane {lane}: the anchor's event {anchor.heads[lane][0]} is gone"
    ]


def test_a_moment_on_a_full_second_agrees_with_what_was_signed(session, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 23, 1, tzinfo=UTC))
    audit.record(session, None, "user.sign_in", by=make_user())
    session.commit()

    assert trail.verify(session).problems == []


def test_random_single_changes_are_always_found(written):
    anchor, chance = anchored(written), random.Random(20261123)
    rows = written.execute(text("select lane, seq, body from audit_events")).all()
    for _ in range(25):
        lane, seq, body = chance.choice(rows)
        place = chance.randrange(len(body))
        altered = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
        with written.begin_nested() as savepoint:
            written.execute(
                text("update audit_events set body = :body where lane = :lane and seq = :seq"),
                {"body": altered, "lane": lane, "seq": seq},
            )
            assert trail.verify(written, anchor).problems, (lane, seq, place)
            savepoint.rollback()


@pytest.mark.parametrize("tampered", [False, True])
def test_the_command_exits_with_what_it_found(app, written, tampered, tmp_path):
    if tampered:
        written.execute(
            text("delete from audit_events where lane = :lane and seq = 1"), {"lane": a_lane(written)}
        )
    written.commit()
    runner = app.test_cli_runner()
    kept = tmp_path / "anchor.json"
    kept.write_text(runner.invoke(args=["audit", "anchor"]).output)

    done = runner.invoke(args=["audit", "verify", "--anchor", str(kept)])

    assert done.exit_code == (1 if tampered else 0), done.output
