"""What kinds of file are taken in, by their first bytes; nothing of the application is imported here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Refused(Exception):
    """The file cannot be taken in, for a reason that the caller puts into words."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.answer = {"refused": code, **facts}

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "Refused":
        """Return a refusal that came from another process."""
        return cls(answer["refused"], **{name: fact for name, fact in answer.items() if name != "refused"})


class FileKind(StrEnum):
    """A kind of file, named by its usual suffix."""

    pdf = "pdf"
    ofd = "ofd"
    jpg = "jpg"
    png = "png"
    docx = "docx"
    xlsx = "xlsx"
    zip = "zip"


OOXML = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    FileKind.pdf: "application/pdf",
    FileKind.ofd: "application/ofd",
    FileKind.jpg: "image/jpeg",
    FileKind.png: "image/png",
    FileKind.docx: f"{OOXML}.wordprocessingml.document",
    FileKind.xlsx: f"{OOXML}.spreadsheetml.sheet",
    FileKind.zip: "application/zip",
}
SUFFIXES = {kind: frozenset({kind.value}) for kind in FileKind} | {
    FileKind.jpg: frozenset({"jpg", "jpeg", "jpe", "jfif"})
}
# what a field takes unless it says otherwise; archives only where they are named
PAPERS = frozenset(FileKind) - {FileKind.zip}
WITH_ARCHIVES = frozenset(FileKind)

PDF = b"%PDF-"
JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"
LOCAL_HEADER = b"PK\x03\x04"
# how far a reader of PDF looks for the beginning of its format
PDF_SEEN_WITHIN = 1024

STARTS = ((PDF, FileKind.pdf), (JPEG, FileKind.jpg), (PNG, FileKind.png), (LOCAL_HEADER, FileKind.zip))
ARCHIVES = (
    LOCAL_HEADER,
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"MSCF\x00",
    b"!<arch>\n",
    b"xar!",
)
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
EXECUTABLES = (b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


def family(head: bytes) -> FileKind:
    """Return what the first bytes say: of all that are ZIP archives, only that they are."""
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    raise Refused("unknown_type")


def is_archive(head: bytes) -> bool:
    """Tell whether content begins as a packed archive does."""
    return head.startswith(ARCHIVES) or head[2:5] == b"-lh" or head[257:262] == b"ustar"


def is_program(head: bytes) -> bool:
    """Tell whether content begins as a program does; two letters alone prove nothing."""
    if head.startswith(b"MZ") and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        return head[at : at + 4] == b"PE\x00\x00" or at == 0 or at >= len(head)
    return head.startswith(EXECUTABLES)
