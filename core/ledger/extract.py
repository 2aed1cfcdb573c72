"""Turn one file into lines of JSON, in a process of its own: ``python -m core.ledger.extract``.

Whatever a hostile or broken workbook does to its parser happens here, under limits of memory and time and
without a secret in the environment. Nothing of the application is imported; a refusal leaves as a code.
"""

import csv
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import python_calamine
from python_calamine import SheetTypeEnum, SheetVisibleEnum

from core.ledger.archive import (
    CHUNK,
    Refused,
    check_archive,
    check_extent,
    claims_to_be_small,
    has_other_epoch,
    letters,
    sheet_parts,
)

MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 90
MOST_SHEETS = 20
LAST_COLUMN = 16_384
TOP = 40
TOP_COLUMNS = 400
MOST_MERGED = 2_000
LONGEST_SHOWN = 500
LONGEST_CELL = 32_767  # what a cell of a workbook can hold
TALLEST = 10_000

Cells = list[Any]


BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ET.ParseError,
    python_calamine.CalamineError,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    ValueError,
)


def open_book(path: str) -> tuple[Any, dict[str, str], bool]:
    """Check and open a workbook; return it with the parts of its sheets and its epoch."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive)
            return python_calamine.load_workbook(path), sheet_parts(archive), has_other_epoch(archive)
    except BROKEN as error:
        raise Refused("damaged") from error


def read_sheet(path: str, book: Any, parts: dict[str, str], name: str, *, scan: bool) -> Any:
    """Return a sheet that can be laid out in memory; ``scan`` leaves nothing to what it says of itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            if name in parts and (scan or not claims_to_be_small(archive, parts[name])):
                check_extent(archive, parts[name])
        return book.get_sheet_by_name(name)
    except BROKEN as error:
        raise Refused("damaged") from error


def sheet_rows(sheet: Any) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of a sheet by their number, as the workbook counts them.

    A value merged over several rows holds for each of them.
    """
    if sheet.start is None:
        return
    lead = [""] * sheet.start[1]  # the rows above the first filled one come along, the columns before do not
    tall = _tall(sheet.merged_cell_ranges or ())
    kept: dict[int, Any] = {}
    for index, cells in enumerate(sheet.iter_rows()):
        row = lead + cells if lead else cells
        for top, column in tall.get(index, ()):
            if column < len(row):
                row[column] = kept[column] = row[column] if index == top else kept.get(column, "")
        yield index + 1, row


def _height(sheet: Any) -> int:
    return sheet.end[0] + 1 if sheet.end else 0


def _tall(ranges: Sequence[Any]) -> dict[int, list[tuple[int, int]]]:
    """Return by row which columns belong to a merged range of several rows, and where that begins."""
    rows: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _last) in ranges:
        if top < bottom < top + TALLEST:
            for row in range(top, bottom + 1):
                rows.setdefault(row, []).append((top, column))
    return rows


# -- text ----------------------------------------------------------------------------------------------------

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
DELIMITERS = (",", "\t", ";", "|")


def encoding_of(path: str) -> str:
    """Return how the text of a file is encoded; refuse what is no text."""
    with Path(path).open("rb") as file:
        head = file.read(8192)
    if head.startswith(OLE):
        raise Refused("encrypted" if "EncryptedPackage".encode("utf-16-le") in _whole(path) else "old_excel")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head or head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        raise Refused("not_a_table")
    if re.match(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|table|\?xml)", head, re.IGNORECASE):
        raise Refused("web_page")
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise Refused("unknown_encoding")


def _whole(path: str) -> bytes:
    return Path(path).read_bytes()


def _decodes(path: str, encoding: str) -> bool:
    try:
        with Path(path).open(encoding=encoding) as file:
            while file.read(CHUNK):
                pass
    except UnicodeError:
        return False
    return True


def delimiter_of(path: str, encoding: str) -> str:
    """Return what parts the columns: the sign that gives most of the first lines the same, greatest width."""
    with Path(path).open(encoding=encoding, newline="") as file:
        lines = file.read(64 * 1024).splitlines()[:TOP]

    def width(delimiter: str) -> int:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0
        return sum(width for width in widths if width > 1)

    return max(DELIMITERS, key=width)


def text_rows(path: str, encoding: str, delimiter: str) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of a text file by their number."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        with Path(path).open(encoding=encoding, newline="") as file:
            for number, cells in enumerate(csv.reader(file, delimiter=delimiter), start=1):
                if len(cells) > LAST_COLUMN:
                    raise Refused("too_wide", cell=f"{letters(len(cells))}{number}")
                yield number, cells
    except (csv.Error, UnicodeError) as error:
        raise Refused("damaged") from error


# -- the two questions ---------------------------------------------------------------------------------------


def is_archive(path: str) -> bool:
    """Tell whether the file begins as a ZIP archive does."""
    with Path(path).open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def probe(path: str, *, scan: bool) -> dict[str, Any]:
    """Return what the file is, and the top of each of its sheets."""
    if not is_archive(path):
        encoding = encoding_of(path)
        delimiter = delimiter_of(path, encoding)
        found = text_rows(path, encoding, delimiter)
        top = _top(found)
        total = max((number for number, _cells in found), default=top[-1][0] if top else 0)
        sheet = {"name": "", "top": top, "merged": [], "total": total}
        return {"format": "csv", "epoch_1904": False, "sheets": [sheet]}
    book, parts, epoch = open_book(path)
    sheets = []
    for meta in book.sheets_metadata[:MOST_SHEETS]:
        if meta.typ != SheetTypeEnum.WorkSheet or meta.visible != SheetVisibleEnum.Visible:
            continue
        sheet = read_sheet(path, book, parts, meta.name, scan=scan)
        merged = [one for one in sheet.merged_cell_ranges or () if one[0][0] < TOP]
        found_top = {"name": meta.name, "top": _top(sheet_rows(sheet)), "merged": merged[:MOST_MERGED]}
        sheets.append({**found_top, "total": _height(sheet)})
    return {"format": "xlsx", "epoch_1904": epoch, "sheets": sheets}


def _top(rows: Iterator[tuple[int, Cells]]) -> list[tuple[int, Cells]]:
    filled = ((number, cells[:TOP_COLUMNS]) for number, cells in rows if any(cell != "" for cell in cells))
    return [(number, [_clip(cell) for cell in cells]) for number, cells in islice(filled, TOP)]


def _clip(cell: Any) -> Any:
    return cell[:LONGEST_SHOWN] if isinstance(cell, str) else cell


def rows(path: str, wanted: dict[str, Any]) -> Iterator[Any]:
    """Yield how many rows there may be, then those from a row on, cut down to the wanted columns."""
    first, positions = wanted["first"], wanted["columns"]
    total, found = _counted(path, wanted)
    yield {"total": max(total - first + 1, 0)}
    blank = [""] * len(positions)
    for number, cells in found:
        if number >= first:
            width = len(cells)
            picked = [cells[position] if position < width else "" for position in positions]
            if picked != blank:
                yield [number, *picked]


def _counted(path: str, wanted: dict[str, Any]) -> tuple[int, Iterator[tuple[int, Cells]]]:
    if is_archive(path):
        book, parts, _epoch = open_book(path)
        sheet = read_sheet(path, book, parts, wanted["sheet"], scan=wanted.get("scan", False))
        return _height(sheet), sheet_rows(sheet)
    encoding = encoding_of(path)
    delimiter = delimiter_of(path, encoding)
    return sum(1 for _ in text_rows(path, encoding, delimiter)), text_rows(path, encoding, delimiter)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answers(path: str, question: dict[str, Any]) -> Iterator[Any]:
    try:
        if "columns" in question:
            yield from rows(path, question)
        else:
            yield probe(path, scan=question.get("scan", False))
        yield {"end": True}
    except Refused as refusal:
        yield refusal.answer
    except MemoryError:
        yield {"refused": "too_large"}


def main() -> None:
    """Answer one question about one file on standard output."""
    _limit()
    out = sys.stdout.buffer
    for answer in _answers(sys.argv[1], orjson.loads(sys.argv[2])):
        out.write(orjson.dumps(answer, default=str, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
