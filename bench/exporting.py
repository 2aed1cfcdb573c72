"""Export: the register of contracts as CSV, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

from bench.databases import Office
from bench.kept import lent
from bench.measure import Goal, Line, limit
from bench.pages import LIST, sign_in

ENGINES = ("sqlite", "postgresql")
ROWS = 1_000_000
MEGABYTES = 100.0
STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


def run(engine: str, _size: str) -> Iterator[Line]:
    """Fetch the whole register as a stream and watch how much the process grows."""
    if not STATUS.exists():
        return
    with lent(engine, ROWS) as place:
        grown = _grown(place, ROWS)
    yield limit(Goal(f"export.memory.{engine}", 1.0, "rows are kept somewhere"), MEGABYTES, grown, "MB")


def _grown(place: Office, rows: int) -> float:
    browser = sign_in(place, place.app.test_client())
    browser.get(LIST)
    RESET.write_text("5")  # the peak is counted anew
    before = _memory("VmRSS")
    lines = 0
    answer = browser.get(LIST + "export/csv/", buffered=False)
    for part in answer.iter_encoded():
        lines += part.count(b"\n")
    answer.close()
    assert lines == rows + 1, f"{lines} lines for {rows} rows"
    return max(0.1, _memory("VmHWM") - before)


def _memory(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
