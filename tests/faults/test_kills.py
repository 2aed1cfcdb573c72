"""Processes are killed in the middle of sweeping and sending, again and again: nothing is lost or doubled."""

import os
import random
import sys
import time
from collections import Counter
from datetime import date, timedelta

import pytest

from deadlines import sweep
from tests.faults.conftest import KILLS, Office, morning

pytestmark = pytest.mark.faults

START = date(2026, 3, 2)
# beyond a lease, so that what a killed process held is taken over
NEXT_TRY = 11.0


class Storm:
    """A run of days, with kills."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.luck = random.Random(seed)
        self.kills: Counter[str] = Counter()
        # how long a process of each kind may work at most: shortened when it was done before its death
        self.grace = {"sweep": 0.3, "deliver": 0.3}

    def day(self, today: date) -> None:
        """Let one day pass; the days before it the worker stood still."""
        self.office.model.pass_day(today)
        self._batter("sweep", lambda _try: morning(today))
        self._finish_sweep(today)
        tries = self._batter("deliver", lambda attempt: morning(today, 1 + attempt * NEXT_TRY))
        self._finish_sweep(today)  # what was moved meanwhile
        self._finish_delivery(today, tries)

    def _batter(self, act: str, moment) -> int:
        """Start one or two processes at once and kill them, until they finish in spite of it."""
        for attempt in range(8):
            pack = [
                self.office.nursery.start(act, moment(attempt), size=10)
                for _number in range(self.luck.choice((1, 1, 2)))
            ]
            time.sleep(self.luck.uniform(0, self.grace[act]))
            self._disturb(moment(attempt).date())
            hits = sum(self.office.nursery.kill(process) for process in pack)
            self.kills[act] += hits
            self.grace[act] = max(0.02, self.grace[act] * (1.1 if hits else 0.7))
            if not hits or self.kills.total() >= KILLS:
                return attempt + 1
        return 8

    def _disturb(self, today: date) -> None:
        """Meet one deadline and move another while the processes are at work."""
        if self.luck.random() < 0.5 or len(self.office.model.due) < 30:
            return
        met, moved = self.luck.sample(sorted(self.office.model.due), 2)
        self.office.meet(met, today)
        self.office.move(
            moved, self.office.model.due[moved] + timedelta(days=self.luck.randint(1, 40)), today
        )

    def _finish_sweep(self, today: date) -> None:
        for _try in range(20):
            self.office.nursery.run("sweep", morning(today), size=500)
            with self.office.glance() as session:
                if not sweep.due_exists(session, morning(today)):
                    return
            time.sleep(0.1)  # the server still lets go of what a killed process had locked
        raise AssertionError("the sweep never came to its end")

    def _finish_delivery(self, today: date, tries: int) -> None:
        for attempt in range(tries, tries + 4):
            self.office.nursery.run("deliver", morning(today, 1 + attempt * NEXT_TRY))


def test_killed_processes_lose_nothing_and_double_nothing(office: Office, capsys):
    seed = int(os.environ.get("PROCUREMENT_FAULT_SEED") or time.time_ns() % 1_000_000)
    storm = Storm(office, seed)
    people = office.found(20)
    office.open(people, lambda number: START + timedelta(days=10 + number * 7), each=12)

    today = START
    while storm.kills.total() < KILLS:
        storm.day(today)
        today += timedelta(days=storm.luck.randint(1, 12))
    verdict = office.judge()

    with capsys.disabled():
        engine = office.app.config["DATABASE_URL"].partition(":")[0]
        sys.stdout.write(f"\n  {engine}: kills {dict(storm.kills)}, seed {seed}, until {today}: {verdict}\n")
    assert verdict.faults == [], f"seed {seed}"
    assert verdict.repeated <= storm.kills["deliver"]
    assert storm.kills.total() >= KILLS


def test_a_worker_that_stood_still_makes_up_for_it_with_the_most_urgent_step(office: Office):
    office.open(office.found(3), lambda number: START + timedelta(days=20 + number), each=6)

    for days in (0, 9, 40, 41):  # three absences of days and weeks
        today = START + timedelta(days=days)
        office.model.pass_day(today)
        office.nursery.run("sweep", morning(today), size=500)
        office.nursery.run("sweep", morning(today, 1), size=500)
        office.nursery.run("deliver", morning(today, 2))
    office.nursery.run("deliver", morning(today, 2 + NEXT_TRY))  # a busy machine's mail may need another try

    verdict = office.judge()
    assert verdict.faults == []
    assert verdict.repeated == 0
    assert verdict.in_app == len(office.model.expected) > 0


def test_two_processes_at_once_share_the_work(office: Office):
    office.open(office.found(6), lambda number: START + timedelta(days=number), each=12)
    office.model.pass_day(START)

    sweeping = [office.nursery.start("sweep", morning(START), size=5) for _number in range(3)]
    assert [office.nursery.reap(process) for process in sweeping] == [0, 0, 0]
    office.nursery.run("sweep", morning(START), size=500)
    sending = [office.nursery.start("deliver", morning(START, 1)) for _number in range(3)]
    assert [office.nursery.reap(process) for process in sending] == [0, 0, 0]

    verdict = office.judge()
    assert (verdict.faults, verdict.repeated) == ([], 0)


# -- the mail server ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["refuse_421", "refuse_550", "hang", "cut"])
def test_a_mail_server_that_misbehaves_for_a_while_gets_everything_afterwards(office: Office, mode: str):
    office.open(office.found(1), lambda number: START + timedelta(days=number), each=4)
    office.model.pass_day(START)
    office.nursery.run("sweep", morning(START), size=500)

    office.sink.mode = mode
    office.nursery.run("deliver", morning(START, 1))
    office.nursery.run("deliver", morning(START, 4))
    office.sink.mode = "take"
    office.nursery.run("deliver", morning(START, 60))

    verdict = office.judge()
    assert verdict.faults == []
    assert (verdict.repeated > 0) is (mode == "cut")
    assert all(mail.confirmed for mail in office.sink.received) is (mode != "cut")
