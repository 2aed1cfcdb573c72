"""Look through every object of a PDF, those packed into object streams too, for what acts by itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from core.intake.families import Refused

TAIL = 4096
DEEPEST = 60
# the key or name -> what is shown; a destination to open at is no action
ACTIVE = {
    "/AA": "pdf_automatic_action",
    "/EF": "pdf_embedded_file",
    "/EmbeddedFile": "pdf_embedded_file",
    "/EmbeddedFiles": "pdf_embedded_file",
    "/GoToE": "pdf_other_file",
    "/GoToR": "pdf_other_file",
    "/ImportData": "pdf_sends_data",
    "/JS": "pdf_javascript",
    "/JavaScript": "pdf_javascript",
    "/Launch": "pdf_launch",
    "/Movie": "pdf_media",
    "/OpenAction": "pdf_open_action",
    "/Rendition": "pdf_media",
    "/RichMedia": "pdf_media",
    "/Sound": "pdf_media",
    "/SubmitForm": "pdf_sends_data",
    "/XFA": "pdf_dynamic_form",
}
# a quick look at an object as it is written decides whether it is read key by key
HINT = re.compile(b"|".join(re.escape(name.encode()) for name in ACTIVE))


def inspect(path: Path) -> list[str]:
    """Return what is noteworthy in a PDF; refuse one that is locked or cut short."""
    _require_end(path)
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                raise Refused("damaged")
            found = set(_look_through(pdf))
            if pdf.get_warnings():
                found.add("pdf_repaired")
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError) as error:
        raise Refused("damaged") from error
    return sorted(found)


def _require_end(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if b"startxref" not in tail or b"%%EOF" not in tail:
        raise Refused("cut_short")


def _look_through(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from _names(pdf.trailer, 0)
    for each in pdf.objects:
        written = _written(each)
        if HINT.search(written):
            yield from _names(each, 0)


def _written(each: Any) -> bytes:
    """Return an object as qpdf writes it, with every name in its one plain spelling."""
    if isinstance(each, pikepdf.Stream):
        return each.stream_dict.unparse(resolved=True)
    return bytes(each.unparse(resolved=True)) if isinstance(each, pikepdf.Object) else b""


def _names(each: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise Refused("damaged")
    if isinstance(each, pikepdf.Stream | pikepdf.Dictionary):
        for key, value in each.items():
            if key in ACTIVE and (key != "/OpenAction" or _acts(value)):
                yield ACTIVE[key]
            yield from _names_within(value, depth)
    elif isinstance(each, pikepdf.Array):
        for value in each:
            yield from _names_within(value, depth)


def _names_within(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, pikepdf.Name):
        if str(value) in ACTIVE:
            yield ACTIVE[str(value)]
    elif isinstance(value, pikepdf.Object) and not value.is_indirect:
        yield from _names(value, depth + 1)


def _acts(value: Any) -> bool:
    is_action = isinstance(value, pikepdf.Dictionary)
    return is_action and str(value.get("/S", "")) != "/GoTo"
