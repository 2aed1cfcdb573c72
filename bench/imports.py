"""H10: a ledger of contracts taken in, with numbers, trail, search and clocks, beside COPY of bare rows.

The ledger is a workbook, as offices keep them. The dry run reads one in which every hundredth row is wrong,
and has to name each of these cells; the import reads one without faults, half of it without numbers, and has
to leave every record with a number of its own, its act in the trail, and its clocks. Both run in a process
of their own, from the stored file to the commit, so that what they add to its memory can be told.

The floor writes as many rows of records and contracts as the driver takes them: COPY on PostgreSQL, one
prepared statement on SQLite. It reads no workbook, checks nothing, and keeps neither trail nor clocks.
"""

import gc
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import xlsxwriter

from app import create_app
from bench import contracts
from bench.databases import KEY, Office, fill, office
from bench.measure import Goal, Line, limit, of_seconds, seconds
from core import clock
from core.auth import SYSTEM
from core.db import db, writing
from core.ledger import services
from core.ledger.checking import Tally
from core.ledger.models import LedgerImport
from core.organizations import Organization
from core.pinyin import initials
from deadlines.loading import load_catalogue

ENGINES = ("sqlite", "postgresql")
ROWS = {"quick": 100_000, "full": 200_000}
MEGABYTES = 100.0
SHARE_OF_COPY = 0.02
IMPORTED, CHECKED = 5_000, 20_000  # rows a second
EVERY = 100
FIRST = 10_000_000  # the ids of the floor's rows
WHY = "where the time goes: profiles/h10.txt"
HEADINGS = (
    *("合同编号", "合同名称", "供应商名称", "合同金额（元）", "合同类型", "采购方式", "是否政府采购"),
    *("签订日期", "合同公告日期", "合同备案日期", "合同开始日期", "合同到期日"),
)
METHODS = ("公开招标", "竞争性磋商", "询价")
BEGIN = date(2025, 1, 6)


@dataclass(frozen=True)
class Told:
    """What a process says of its work."""

    seconds: float
    rows: int
    problems: int
    megabytes: float


def run(engine: str, size: str) -> Iterator[Line]:
    """Check a ledger with faults, take in one without, and compare both with bare rows."""
    count = ROWS[size]
    with office(engine) as place:
        contracts.sign(place, 1000, searched=True)
        bare = seconds(lambda: _bare(place, count))
        faulty, sound = (_file(place, count, wrong=wrong) for wrong in (EVERY, 0))
        checked = _apart(place, "check", faulty)
        assert (checked.rows, checked.problems) == (count, count // EVERY), checked
        taken = _apart(place, "commit", sound)
        assert (taken.rows, taken.problems) == (count, 0), taken
        _assert_complete(place, count)
    yield of_seconds(Goal(f"h10.copy.{engine}", SHARE_OF_COPY, WHY), [(bare, taken.seconds)], each=count)
    for name, least, told in (("dry", CHECKED, checked), ("import", IMPORTED, taken)):
        each = told.seconds / count * 1000
        yield limit(Goal(f"h10.{name}.{engine}", 1.0, WHY), 1000 / least, each, "ms")
        yield limit(Goal(f"h10.{name}.memory.{engine}", 1.0, WHY), MEGABYTES, told.megabytes, "MB")


def _bare(place: Office, count: int) -> None:
    pairs = list(contracts._contracts(place, FIRST, count, "performing"))
    fill(place, "records", contracts.RECORDS, (record for record, _ in pairs))
    fill(place, "contracts", contracts.CONTRACTS, (contract for _, contract in pairs))


def _assert_complete(place: Office, count: int) -> None:
    """Find every record with a number of its own, its act in the trail and its clocks."""
    own = "select record_id from ledger_records"
    kept = (
        ("count(*)", f"records where id in ({own})"),
        ("count(distinct number)", f"records where id in ({own})"),
        ("count(distinct record_id)", f"audit_events where record_id in ({own})"),
        ("count(distinct record_id)", f"deadlines where record_id in ({own})"),
    )
    with closing(place.connect()) as connection:
        for what, where in kept:
            found = connection.execute(f"select {what} from {where}").fetchone()[0]
            assert found == count, f"{what} from {where.split()[0]}: {found} instead of {count}"


# -- the workbook -------------------------------------------------------------------------------------------


def _file(place: Office, count: int, *, wrong: int) -> Path:
    folder = Path(place.app.config["DOCUMENT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"ledger-{wrong}.xlsx"
    options = {"constant_memory": True, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet("台账")
        page.write_row(0, 0, HEADINGS)
        for number, cells in enumerate(_ledger(count, wrong), start=1):
            page.write_row(number, 0, cells)
    return path


def _ledger(count: int, wrong: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(11)  # noqa: S311 - repeatable on purpose
    names = contracts.vendor_names()
    for number in range(count):
        title = "".join(map(chance.choice, (contracts.PLACES, contracts.THINGS, contracts.FORMS)))
        day = BEGIN + timedelta(chance.randrange(500))
        start = day + timedelta(chance.randrange(30))
        over = start + timedelta(364 + 365 * chance.randrange(3))
        published, filed = (day + timedelta(chance.randrange(most)) for most in (3, 8))
        signed = "2025年春" if wrong and number % wrong == 0 else day
        yield (
            f"ZJ-{number:06d}" if number % 2 else "",
            f"{title}（{number}号）",
            names[chance.randrange(contracts.VENDORS)],
            chance.randrange(10_000, 9_000_000) / 100,
            "服务",
            chance.choice(METHODS),
            "是",
            *map(str, (signed, published, filed, start, over)),
        )


# -- a process of its own -----------------------------------------------------------------------------------


def _apart(place: Office, work: str, path: Path) -> Told:
    store = place.app.config["DOCUMENT_DIR"]
    words = [sys.executable, "-m", "bench.imports", work, place.url, store, str(path)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return Told(**json.loads(done.stdout.splitlines()[-1]))


def main(work: str, url: str, store: str, path: str) -> None:
    """Check a file or take it in, and say how long it took and by how much the process has grown."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": KEY, "TESTING": True, "DOCUMENT_DIR": store})
    with app.app_context():
        entry_id = _receive(app, Path(path))
        load_catalogue()  # what the program is does not count as what the rows add to it
        initials("示例")
        gc.freeze()  # as the command does that takes a ledger in
        before, begun = _memory("VmRSS"), perf_counter()
        tally = _check(app, entry_id) if work == "check" else _commit(app, entry_id)
        taken = perf_counter() - begun
        grown = _memory("VmHWM") - before
        print(json.dumps(asdict(Told(taken, tally.rows, tally.problem_count, max(grown, 0.01)))))


def _receive(app: Any, path: Path) -> int:
    writing(db.session)
    organization = db.session.get_one(Organization, 1)
    sheet = app.extensions["sheets"]["contracts"]
    with path.open("rb") as stream:
        upload = services.Upload(stream, path.name, 1 << 30)
        entry = services.receive(
            db.session,
            upload,
            sheet,
            by=SYSTEM,
            organization=organization,
            at=clock.now(),
            store=app.extensions["documents"],
        )
    assert len(entry.plan["columns"]) == len(HEADINGS), entry.plan["columns"]
    entry_id = entry.id
    db.session.commit()
    return entry_id


def _check(app: Any, entry_id: int) -> Tally:
    entry = db.session.get_one(LedgerImport, entry_id)
    sheet, store = app.extensions["sheets"][entry.kind], app.extensions["documents"]
    return services.examine(db.session, entry, sheet, path=store.path(entry.sha256), tell=lambda *_: None)


def _commit(app: Any, entry_id: int) -> Tally:
    writing(db.session)
    entry = services.get(db.session, entry_id, locked=True)
    sheet, store = app.extensions["sheets"][entry.kind], app.extensions["documents"]
    tally = services.commit(
        db.session,
        entry,
        sheet,
        by=SYSTEM,
        on=clock.today(),
        at=clock.now(),
        path=store.path(entry.sha256),
        tell=lambda *_: None,
    )
    db.session.commit()
    return tally


def _memory(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
