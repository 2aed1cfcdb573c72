"""Workers that are stopped, killed, doubled, and whose clock is moved."""

import os
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from deadlines.alert_models import Alert, Channel, Heartbeat
from tests.faults.conftest import Office

pytestmark = pytest.mark.faults

THREE_DAYS = timedelta(days=3)


def leaders(session: Session) -> list[int]:
    rows = session.scalars(select(Heartbeat.worker).where(Heartbeat.leads))
    return [int(worker.rpartition(":")[2]) for worker in rows]


def everything_told(office: Office):
    def told(session: Session) -> bool:
        rows = session.execute(
            select(Alert.deadline_id, Alert.step, Alert.due_on, Alert.recipient_id).where(
                Alert.channel == Channel.in_app
            )
        )
        return office.model.expected <= {tuple(row) for row in rows}

    return told


def open_and_expect(office: Office, people) -> None:
    today = clock.today()
    office.open(people, lambda number: today + timedelta(days=number), each=6)
    office.model.pass_day(today)


def test_workers_stopped_doubled_killed_and_with_moved_clocks_tell_everything_once(office: Office):
    people = office.found(2)
    open_and_expect(office, people)
    order = {"jump": THREE_DAYS.total_seconds()}
    first = office.nursery.start("work", **order)
    office.wait("no worker leads", leaders)
    second = office.nursery.start("work", **order)
    office.wait("the first alerts", everything_told(office))
    office.wait("a second worker", lambda s: s.scalar(select(func.count()).select_from(Heartbeat)) == 2)
    with office.glance() as session:
        assert leaders(session) == [first]

    _stop_over_the_tick(office, people, first)
    _move_the_clock(office, people, first)
    assert office.nursery.kill(first), office.nursery.log.read_text()[-8000:]
    open_and_expect(office, people)
    office.wait("the second worker takes over", everything_told(office))
    office.wait("the mail arrives", lambda _session: office.judge().faults == [])

    os.kill(second, signal.SIGTERM)
    assert office.nursery.reap(second) == 0
    verdict = office.judge()
    assert verdict.faults == []
    assert verdict.repeated <= 1  # one process was killed


def _stop_over_the_tick(office: Office, people, worker: int) -> None:
    os.kill(worker, signal.SIGSTOP)
    open_and_expect(office, people)
    time.sleep(1.5)  # six ticks
    os.kill(worker, signal.SIGCONT)
    office.wait("the stopped worker makes up for it", everything_told(office))


def _move_the_clock(office: Office, people, worker: int) -> None:
    """Three days ahead nothing comes early, three days back the ticks go on."""
    os.kill(worker, signal.SIGUSR1)
    time.sleep(1.5)
    os.kill(worker, signal.SIGUSR2)
    time.sleep(0.5)
    os.kill(worker, signal.SIGUSR2)
    time.sleep(1.5)
    os.kill(worker, signal.SIGUSR1)
    open_and_expect(office, people)
    office.wait("the worker ticks on after its clock went back", everything_told(office))
