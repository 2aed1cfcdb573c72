"""Look into a workbook before it is parsed: what its archive declares, and how far its cells reach.

Only the process that reads files apart uses this; it imports nothing of the application.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any
from xml.etree import ElementTree as ET

MOST_ENTRIES = 2_000
MOST_BYTES = 500 * 1024 * 1024
MOST_RATIO = 400
RATIO_MATTERS_FROM = 32 * 1024 * 1024
MOST_CELLS = 12_000_000
CHUNK = 1 << 20


class Refused(Exception):
    """The file cannot be taken in, for a reason that the caller puts into words."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.answer = {"refused": code, **facts}


SPACES = {
    "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "strict": "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
LINK = re.compile(r"\{[^}]*/relationships\}id$")
DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"')
ROW = re.compile(rb'row [^<>]*?r="(\d+)"')
FAR_CELL = re.compile(rb' r="([A-Z]{2,3})\d')
FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})(\d+)"[^<>]*(?<!/)>')
LONGEST_TAG = 4096


def check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse an archive by its directory, before anything in it is inflated."""
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise Refused("other_format")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Refused("not_a_workbook")
    if len(entries) > MOST_ENTRIES or len(names) != len(entries):
        raise Refused("suspicious_archive")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("encrypted")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Refused("too_large_inside", megabytes=MOST_BYTES // (1024 * 1024))
    for entry in entries:
        is_packed_absurdly = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
        if entry.file_size > RATIO_MATTERS_FROM and is_packed_absurdly:
            raise Refused("suspicious_archive")


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return which part of the archive holds each sheet, by the sheet's name."""
    links = {
        node.get("Id", ""): node.get("Target", "")
        for node in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - limits above
    }
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - limits above
    parts = {}
    for space in SPACES.values():
        for node in book.iter(f"{{{space}}}sheet"):
            link = next((value for name, value in node.items() if LINK.search(name)), "")
            target = links.get(link, "")
            parts[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def has_other_epoch(archive: zipfile.ZipFile) -> bool:
    """Tell whether the workbook counts its days from 1904."""
    head = archive.read("xl/workbook.xml")[: 64 * 1024]
    return bool(re.search(rb'date1904="(1|true)"', head))


def claims_to_be_small(archive: zipfile.ZipFile, part: str) -> bool:
    """Tell whether a sheet says of itself that it fits; if it lies, the limit of memory ends the attempt."""
    with archive.open(part) as stream:
        said = DIMENSION.search(stream.read(LONGEST_TAG))
    return said is not None and number_of(said[1]) * int(said[2]) <= MOST_CELLS


def check_extent(archive: zipfile.ZipFile, part: str) -> None:
    """Refuse a sheet whose filled cells span more than can be laid out in memory.

    A quick look clears most sheets: by their last row and their columns beyond Z, filled or not.
    """
    with archive.open(part) as stream:
        if _is_small(stream):
            return
    with archive.open(part) as stream:
        rows, columns = _extent(stream)
    if rows * columns > MOST_CELLS:
        raise Refused("too_wide", cell=f"{letters(columns)}{rows}")


def _is_small(stream: IO[bytes]) -> bool:
    last_row, last_column = 0, 26
    for piece in _pieces(stream):
        last_row = max(last_row, max(map(int, ROW.findall(piece)), default=0))
        last_column = max(last_column, max(map(number_of, FAR_CELL.findall(piece)), default=0))
        if last_row * last_column > MOST_CELLS:
            return False
    return True


def _extent(stream: IO[bytes]) -> tuple[int, int]:
    rows = columns = 1
    for piece in _pieces(stream):
        for column, row in FILLED_CELL.findall(piece):
            rows, columns = max(rows, int(row)), max(columns, number_of(column))
    return rows, columns


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the stream in pieces that overlap by more than a tag is long."""
    rest = b""
    while chunk := stream.read(CHUNK):
        yield rest + chunk
        rest = chunk[-LONGEST_TAG:]


def number_of(column: bytes) -> int:
    """Return the number of a column from its letters: A is 1."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def letters(number: int) -> str:
    """Return the letters of a column from its number."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
