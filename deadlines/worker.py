"""The process that reminds: it ticks, and remembers nothing that is not in the database."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import clock
from core.clock import local_day
from core.db import db, writing
from core.intake import antivirus, jobs, orphans
from deadlines import alerts, delivery, engine, leadership, services, sweep
from deadlines.alert_models import Channel
from deadlines.delivery import Tally
from deadlines.heartbeat import Pulse, beat, leader_is_silent
from deadlines.sending import Carrier, Post

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 30
DELIVER_SECONDS = 5
SCAN_SECONDS = 5
BEAT_SECONDS = 15
WATCH_SECONDS = 1.0
# a tick further away than its interval and this: the clock was put back
OUT_OF_REACH = timedelta(seconds=5)

Moment = Callable[[Session], datetime]
# what other packages have done once a day, told the day; it may be done twice
Daily = Callable[[Session, date], object]


def sweep_all(session: Session, channels: tuple[Channel, ...], *, moment: Moment = engine.present) -> int:
    """Raise everything that is due, committing batch by batch; return how many alerts were raised."""
    now = moment(session)
    if not sweep.due_exists(session, now):
        session.rollback()
        return 0
    session.rollback()
    if _is_doubtful(session, now, moment):
        logger.warning("the clock of this machine was moved: reminders wait until it has settled")
        return 0
    raised = 0
    for batch in sweep.batches(session, now, channels=channels):
        session.commit()
        raised += batch.raised
    session.rollback()
    logger.info("raised %d alerts", raised)
    return raised


def _is_doubtful(session: Session, now: datetime, moment: Moment) -> bool:
    if moment is not engine.present:  # somebody has named the moment
        return False
    writing(session)
    doubtful = engine.clock_is_doubtful(session, now)
    session.commit()
    return doubtful


def tidy(session: Session, *, moment: Moment = engine.present) -> int:
    """Close what ends by itself, and retire the alerts of everything that was changed in bulk."""
    today = local_day(moment(session))
    session.rollback()
    writing(session)
    closed = services.close_lapsed(session, today=today)
    alerts.reconcile(session)
    session.commit()
    return closed


def each_day(session: Session, tasks: Iterable[Daily], *, moment: Moment = engine.present) -> None:
    """Do what is to be done once a day, each task in a transaction of its own."""
    today = local_day(moment(session))
    session.rollback()
    for task in tasks:
        writing(session)
        task(session, today)
        session.commit()


def deliver_all(session: Session, post: Post, *, moment: Moment = engine.present) -> Tally:
    """Send whatever may leave now, batch by batch."""
    total = Tally()
    with Carrier(post) as carrier:
        while delivery.is_waiting(session, moment(session)):
            session.rollback()
            done = delivery.deliver(session, carrier, moment=moment)
            total += done
    session.rollback()
    return total


class Worker:
    """One process with its ticks; of several, one leads and the others stand by."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.post = Post.of(app.config)
        self.desk = jobs.Desk(
            app.extensions["documents"], antivirus.scanner(app.config), antivirus.is_off(app.config)
        )
        self.stopping = threading.Event()
        with app.app_context():
            self.leadership = leadership.leadership(db.engine)
        self.pulse = Pulse(f"{socket.gethostname()}:{os.getpid()}", clock.now())
        self.scheduler = BackgroundScheduler(
            timezone="Asia/Shanghai",
            # a tick that was slept through is made up for once; a slow one is not joined by a second
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._lead_lock = threading.Lock()
        self._tidied_on: date | None = None
        self._settled_on: date | None = None

    def run(self) -> None:
        """Tick until a signal says to stop, then finish what is under way."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_arguments: self.stopping.set())
        for job, seconds in (
            (self.beat, BEAT_SECONDS),
            (self.sweep, SWEEP_SECONDS),
            (self.deliver, DELIVER_SECONDS),
            (self.scan, SCAN_SECONDS),
        ):
            self.scheduler.add_job(
                self._safely,
                "interval",
                [job],
                seconds=seconds,
                next_run_time=clock.now(),
                name=job.__name__,
            )
        self.scheduler.start()
        logger.info("worker %s ticks", self.pulse.worker)
        self._watch_the_clock()
        self.scheduler.shutdown(wait=True)
        self.leadership.release()
        logger.info("worker %s stops", self.pulse.worker)

    def _watch_the_clock(self) -> None:
        """Wait for the end; let a tick come at once that a clock put back has moved out of reach."""
        while not self.stopping.wait(WATCH_SECONDS):
            now = clock.now()
            for job in self.scheduler.get_jobs():
                if job.next_run_time - now > job.trigger.interval + OUT_OF_REACH:
                    logger.warning("the clock of this process went back: %s ticks at once", job.name)
                    job.modify(next_run_time=now)

    def _safely(self, job: Callable[[Session], None]) -> None:
        with self.app.app_context(), db.sessionmaker() as session:
            try:
                job(session)
            except DBAPIError as error:  # the next tick tries again; nothing is remembered here
                self.pulse.note = f"{job.__name__}: {type(error.orig or error).__name__}"
                logger.exception("the tick failed, the next one tries again")

    def _leads(self) -> bool:
        with self._lead_lock:
            self.pulse.leads = self.leadership.hold()
            return self.pulse.leads

    def _works(self, session: Session) -> bool:
        """Return whether to do the work: as the leader, or because the leader has fallen silent."""
        return self._leads() or leader_is_silent(session, engine.present(session))

    def beat(self, session: Session) -> None:
        """Show a sign of life, leading or not, and look whether the clock was moved."""
        self._leads()
        now = engine.present(session)
        session.rollback()
        writing(session)
        if engine.clock_is_doubtful(session, now):
            self.pulse.note = "the clock of this machine was moved"
        beat(session, self.pulse, now=now, own_clock=clock.now())
        session.commit()
        self.pulse.note = ""

    def sweep(self, session: Session) -> None:
        """Raise what is due; once a day put the rows in order."""
        if not self._works(session):
            return
        today = local_day(engine.present(session))
        session.rollback()
        if self._tidied_on != today:
            tidy(session)
            jobs.sweep(session, self.desk.store, moment=engine.present)
            self._tidied_on = today
        self.pulse.raised += sweep_all(session, self.post.channels)
        if self._settled_on != today:  # after the reminders: they must not wait for it
            each_day(session, self.app.extensions["daily"])
            self.collect(session)
            self._settled_on = today

    def collect(self, session: Session) -> None:
        """Remove stored files that nothing refers to any more."""
        age = timedelta(days=self.app.config["ORPHAN_DAYS"])
        now = engine.present(session)
        orphans.collect(session, self.desk.store, at=now, older_than=age)
        session.rollback()

    def deliver(self, session: Session) -> None:
        """Send what may leave."""
        if not self._works(session):
            return
        session.rollback()
        tally = deliver_all(session, self.post)
        self.pulse.sent += tally.sent
        self.pulse.failed += tally.failed

    def scan(self, session: Session) -> None:
        """Scan the files that came in."""
        if not self._works(session):
            return
        session.rollback()
        jobs.scan_all(session, self.desk, moment=engine.present)
