"""Look into ZIP archives by hand: which family an archive is of, and that nothing in it does harm.

An OFD needs its ``OFD.xml``; an office document needs ``[Content_Types].xml`` and the main part that it
names. What satisfies two families is refused.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from core.intake import directory
from core.intake.directory import Directory, Entry
from core.intake.families import (
    LOCAL_HEADER,
    OLE,
    PDF,
    PDF_SEEN_WITHIN,
    FileKind,
    Refused,
    family,
    is_archive,
    is_program,
)
from core.intake.markup import Markup

HEAD = 4096
MOST_EMBEDDED = 32 * 1024 * 1024
CONTENT_TYPES = "[Content_Types].xml"
OFD_ROOT = "OFD.xml"
MAIN = "application/vnd.openxmlformats-officedocument."
MAIN_TYPES = {
    f"{MAIN}wordprocessingml.document.main+xml": FileKind.docx,
    f"{MAIN}spreadsheetml.sheet.main+xml": FileKind.xlsx,
}
XML_SUFFIXES = (".xml", ".rels", ".vml")
# pictures that Office keeps packed in itself
PACKED_PICTURES = (".emz", ".wmz")
TEXTS = (".txt", ".csv", ".md")


@dataclass
class Facts:
    """What was seen in an archive."""

    kind: FileKind
    findings: set[str] = field(default_factory=set)


def inspect(file: IO[bytes], size: int, *, depth: int = 0) -> Facts:
    """Return which family an archive is of and what is noteworthy in it; refuse what does harm."""
    content = directory.read(file, size)
    directory.check(content, size)
    starts = directory.check_layout(file, content)
    facts = Facts(_family(file, content, starts))
    if facts.kind is not FileKind.zip:
        _refuse_pdf_within(file)
    for entry in content.entries:
        if not entry.is_folder:
            _Reader(facts, entry, depth).read(file, starts[entry.offset])
        elif entry.size:
            raise Refused("suspicious_archive")
    if facts.kind is FileKind.zip:
        _refuse_hidden_pdf(file, content, starts)
    return facts


def _family(file: IO[bytes], content: Directory, starts: Mapping[int, int]) -> FileKind:
    by_name = {entry.name: entry for entry in content.entries}
    found = set()
    if OFD_ROOT in by_name:
        found.add(FileKind.ofd)
    if CONTENT_TYPES in by_name:
        entry = by_name[CONTENT_TYPES]
        found |= _main_parts(file, entry, starts[entry.offset], frozenset(by_name))
    if len(found) > 1:
        raise Refused("two_kinds")
    if not found and any(name.endswith("vbaProject.bin") for name in by_name):
        raise Refused("macros")
    return found.pop() if found else FileKind.zip


def _main_parts(file: IO[bytes], entry: Entry, start: int, names: frozenset[str]) -> set[FileKind]:
    found: set[FileKind] = set()

    def hear(name: str, attributes: Mapping[str, str]) -> None:
        if name != "Override":
            return
        part, said = attributes.get("PartName", "").lstrip("/"), attributes.get("ContentType", "")
        if "macroEnabled" in said:
            raise Refused("macros")
        if said in MAIN_TYPES and part in names:
            found.add(MAIN_TYPES[said])

    markup = Markup(hear)
    for piece in directory.inflate(file, entry, start):
        markup.feed(piece)
    markup.close()
    if not found:
        raise Refused("unknown_type")
    return found


class _Reader:
    """Read one entry to its end: its beginning decides what it may be."""

    def __init__(self, facts: Facts, entry: Entry, depth: int) -> None:
        self.facts, self.entry, self.depth = facts, entry, depth
        self.lower = entry.name.replace("\\", "/").lower()
        self.head = b""
        self.markup: Markup | None = None
        self.inner: io.BytesIO | None = None

    def read(self, file: IO[bytes], start: int) -> None:
        waiting: list[bytes] = []
        is_decided = False
        for piece in directory.inflate(file, self.entry, start):
            if is_decided:
                self._take(piece)
                continue
            waiting.append(piece)
            self.head = b"".join(waiting)[:HEAD]
            if len(self.head) == HEAD:
                self._decide()
                is_decided = True
                self._take(b"".join(waiting))
        if not is_decided:
            self._decide()
            self._take(b"".join(waiting))
        self._finish()

    def _decide(self) -> None:
        if is_program(self.head):
            raise Refused("program_inside", name=self.entry.name[-80:])
        if self.facts.kind is FileKind.zip:
            self._decide_paper()
        else:
            self._decide_part()

    def _decide_paper(self) -> None:
        """Accept into a plain archive only what would be accepted alone, and plain text."""
        if not self.head:
            return
        if self.lower.endswith(TEXTS):
            _require_text(self.head, self.entry.name)
            return
        try:
            family(self.head)
        except Refused as refusal:
            code = "nested_archive" if is_archive(self.head) else "unknown_inside"
            raise Refused(code, name=self.entry.name[-80:]) from refusal
        self._keep_inner()

    def _decide_part(self) -> None:
        if self.lower.endswith("vbaproject.bin"):
            raise Refused("macros")
        is_embedded = "/embeddings/" in self.lower or self.head.startswith((OLE, PDF))
        if is_embedded or "/activex/" in self.lower:
            self.facts.findings.add("embedded_file")
        if self.lower.endswith(XML_SUFFIXES) or self.head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml"):
            self.markup = Markup(self._hear if self.lower.endswith(".rels") else None)
        elif is_archive(self.head) and not self.lower.endswith(PACKED_PICTURES):
            if "/embeddings/" not in self.lower or not self.head.startswith(LOCAL_HEADER):
                raise Refused("nested_archive", name=self.entry.name[-80:])
            self._keep_inner()

    def _keep_inner(self) -> None:
        if self.depth:
            raise Refused("nested_archive", name=self.entry.name[-80:])
        if self.head.startswith(LOCAL_HEADER):
            if self.entry.size > MOST_EMBEDDED:
                raise Refused("nested_archive", name=self.entry.name[-80:])
            self.inner = io.BytesIO()

    def _hear(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note what an office program would fetch from elsewhere; a link that is only clicked is none."""
        is_outside = name == "Relationship" and attributes.get("TargetMode") == "External"
        if is_outside and not attributes.get("Type", "").endswith("/hyperlink"):
            self.facts.findings.add("external_reference")

    def _take(self, piece: bytes) -> None:
        if self.markup is not None:
            self.markup.feed(piece)
        if self.inner is not None:
            self.inner.write(piece)

    def _finish(self) -> None:
        if self.markup is not None:
            self.markup.close()
        if self.inner is None:
            return
        found = inspect(self.inner, self.inner.tell(), depth=self.depth + 1)
        if found.kind is FileKind.zip:
            raise Refused("nested_archive", name=self.entry.name[-80:])
        self.facts.findings |= found.findings


def _require_text(head: bytes, name: str) -> None:
    if b"\x00" in head or is_archive(head):
        raise Refused("unknown_inside", name=name[-80:])


def _refuse_pdf_within(file: IO[bytes]) -> None:
    file.seek(0)
    if PDF in file.read(PDF_SEEN_WITHIN):
        raise Refused("two_kinds")


def _refuse_hidden_pdf(file: IO[bytes], content: Directory, starts: Mapping[int, int]) -> None:
    """Refuse a beginning of PDF that is not simply the beginning of a file stored in the archive."""
    file.seek(0)
    at = file.read(PDF_SEEN_WITHIN).find(PDF)
    stored = {starts[entry.offset] for entry in content.entries if entry.method == directory.STORED}
    if at >= 0 and at not in stored:
        raise Refused("two_kinds")
