"""Read a ledger file that somebody has uploaded: what is in it, and its rows one after another."""

import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.errors import InvalidInput
from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _

END = {"end": True}
ROOT = Path(__file__).resolve().parents[2]
REFUSALS: dict[str, LazyString] = {
    "damaged": _("The file is damaged: open it in Excel or WPS and save it once more."),
    "encrypted": _("The file is protected by a password: save it without one."),
    "not_a_table": _("This is no table: XLSX and CSV files are accepted."),
    "not_a_workbook": _("This is no workbook: XLSX and CSV files are accepted."),
    "old_excel": _("This is an old Excel file (.xls): save it as .xlsx."),
    "other_format": _("This format is not read: save the file as .xlsx."),
    "suspicious_archive": _("The file is packed in a way that no office program does. It was not opened."),
    "too_large": _("The file is too large to be read: delete empty rows and columns, or divide it."),
    "unknown_encoding": _("The text of the file is neither UTF-8 nor GB18030: save it as .xlsx."),
    "web_page": _("This is a web page under the name of a table: open it in Excel and save it as .xlsx."),
}


@dataclass(frozen=True, slots=True)
class Top:
    """The first rows of one sheet, by their number in the file, and the cells that are merged there."""

    name: str
    rows: Sequence[tuple[int, Sequence[Any]]]
    # ((first row, first column), (last row, last column)), counted from 0
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    # how many rows there may be
    total: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file is."""

    sheets: Sequence[Top]
    # a workbook made on an old Macintosh counts its days from 1904
    epoch_1904: bool = False

    def sheet(self, name: str) -> Top:
        """Return a sheet by its name; raise InvalidInput when there is none."""
        found = next((sheet for sheet in self.sheets if sheet.name == name), None)
        if found is None:
            raise InvalidInput({"sheet": _("There is no such sheet in the file.")})
        return found


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a sheet below its headings: how many there may be, and each as (number, *cells)."""

    total: int
    each: Iterator[Sequence[Any]]


def probe(path: Path) -> Probe:
    """Return what a file is; raise InvalidInput with what to do when it cannot be read."""
    with _asked(path, {}) as answers:
        said = next(answers)
    sheets = [
        Top(one["name"], [(number, cells) for number, cells in one["top"]], one["merged"], one["total"])
        for one in said["sheets"]
    ]
    if not any(sheet.rows for sheet in sheets):
        raise InvalidInput({"file": _("There is nothing in the file.")})
    return Probe(sheets, said["epoch_1904"])


@contextmanager
def rows(path: Path, *, sheet: str, first: int, columns: Sequence[int]) -> Iterator[Rows]:
    """Open the rows of a sheet from a row on, cut down to some columns."""
    with _asked(path, {"sheet": sheet, "first": first, "columns": list(columns)}) as answers:
        yield Rows(next(answers)["total"], answers)


@contextmanager
def _asked(path: Path, question: dict[str, Any]) -> Iterator[Generator[Any]]:
    answers = _answers(path, question)
    try:
        yield answers
    finally:
        answers.close()


def _answers(path: Path, question: dict[str, Any]) -> Generator[Any]:
    """Yield what the process apart says; when it dies over a file that lies about itself, ask it why."""
    for more in ({}, {"scan": True}):
        count, is_whole = yield from _heard(path, {**question, **more})
        if is_whole:
            return
        if count:
            raise InvalidInput({"file": REFUSALS["damaged"]})
    raise InvalidInput({"file": REFUSALS["too_large"]})


def _heard(path: Path, question: dict[str, Any]) -> Generator[Any, None, tuple[int, bool]]:
    """Yield the answers of one process; return how many there were, and whether it came to its end."""
    command = [
        sys.executable,
        "-m",
        "core.ledger.extract",
        str(path.resolve()),
        orjson.dumps(question).decode(),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={"LC_ALL": "C.UTF-8"},  # and nothing else: no secret is in reach of a hostile file
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            count = 0
            for count, line in enumerate(process.stdout, start=1):
                answer = orjson.loads(line)
                if isinstance(answer, dict) and "refused" in answer:
                    raise InvalidInput({"file": _refusal(answer)})
                if answer == END:
                    return count, True
                yield answer
            return count, False
        finally:
            process.kill()


def _refusal(answer: dict[str, Any]) -> Text:
    if answer["refused"] == "too_wide":
        return _(
            "The sheet reaches to cell %(cell)s, too far to be read: delete what stands there.",
            cell=answer["cell"],
        )
    if answer["refused"] == "too_large_inside":
        return _("Unpacked, the file is larger than %(megabytes)d MB.", megabytes=answer["megabytes"])
    return REFUSALS[answer["refused"]]
