"""Processes to be killed: the application is imported once, and each process is a fork of that one.

Run as ``python -m tests.faults.nursery``. Reads one JSON command a line and answers each with one line.
"""

import faulthandler
import json
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from app import create_app
from core.db import db
from deadlines import delivery, sweep, worker
from deadlines.sending import Carrier, Post

logger = logging.getLogger(__name__)


def sweep_once(order: dict[str, Any]) -> None:
    """Sweep as at a moment, in small batches so that a kill falls between and into them."""
    now = datetime.fromisoformat(order["now"])
    post = Post.of(APP.config)
    with APP.app_context(), db.sessionmaker() as session:
        for _batch in sweep.batches(session, now, channels=post.channels, size=order["size"]):
            session.commit()


def deliver_once(order: dict[str, Any]) -> None:
    """Deliver as at a moment."""
    now = datetime.fromisoformat(order["now"])
    with APP.app_context(), db.sessionmaker() as session, Carrier(Post.of(APP.config)) as carrier:
        while delivery.is_waiting(session, now):
            session.rollback()
            delivery.deliver(session, carrier, moment=lambda _session: now)


def work(order: dict[str, Any]) -> None:
    """Run a worker that ticks several times a second; SIGUSR1 moves its clock ahead, SIGUSR2 back."""
    worker.SWEEP_SECONDS = worker.DELIVER_SECONDS = worker.BEAT_SECONDS = worker.WATCH_SECONDS = 0.5
    sweep.GATHERING = timedelta(seconds=0.5)
    jump = timedelta(seconds=order.get("jump", 0))
    shown = [timedelta(0)]
    traveller: list[Any] = []

    def move(by: timedelta) -> None:
        shown[0] += by
        while traveller:
            traveller.pop().stop()
        traveller.append(time_machine.travel(datetime.now(UTC) + shown[0], tick=True))
        traveller[0].start()
        logger.info("the clock of this process is now off by %s", shown[0])

    signal.signal(signal.SIGUSR1, lambda *_: move(jump))
    signal.signal(signal.SIGUSR2, lambda *_: move(-jump))
    worker.Worker(APP).run()


ACTS = {"sweep": sweep_once, "deliver": deliver_once, "work": work}


def fork(order: dict[str, Any]) -> int:
    """Start an act in a process of its own and return its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        logging.basicConfig(level=logging.INFO, force=True, format="%(process)d %(asctime)s %(message)s")
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        ACTS[order["act"]](order)
        status = 0
    except BaseException:
        logger.exception("the act failed")
    finally:
        os._exit(status)


def reap(child: int, timeout: float) -> int | None:
    """Wait for a process to end; return its exit status, negative for a signal, None when it still runs."""
    ends = time.monotonic() + timeout
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= ends:
            return None
        time.sleep(0.002)


if __name__ == "__main__":
    faulthandler.enable()
    APP = create_app(json.loads(sys.stdin.readline()))
    print(json.dumps("ready"), flush=True)  # noqa: T201 - the answer to the other side
    for line in sys.stdin:
        command = json.loads(line)
        answer = reap(command["reap"], command["timeout"]) if "reap" in command else fork(command)
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer to the other side
