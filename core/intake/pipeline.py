"""Take a file in, step by step, failing closed: streamed, examined apart, named, kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.documents import Store, Stored
from core.errors import InvalidInput
from core.intake import names, wording
from core.intake.apart import EXAMINER, Examiner
from core.intake.families import MEDIA_TYPES, PAPERS, FileKind, Refused


@dataclass(frozen=True)
class Received:
    """A file that was taken in: where it lies, what it is called, what it is, what was noticed."""

    stored: Stored
    filename: str
    kind: FileKind
    findings: tuple[str, ...] = ()


def take_in(
    store: Store,
    stream: IO[bytes],
    filename: str,
    *,
    at_most: int,
    accepts: frozenset[FileKind] = PAPERS,
    examiner: Examiner = EXAMINER,
) -> Received:
    """Keep a file that a field may take; raise InvalidInput with the reason for any other.

    Nothing of the database is touched, so that nobody waits for a lock while a file is examined.
    """
    seen: list[tuple[FileKind, str, tuple[str, ...]]] = []

    def inspect(path: Path) -> str:
        answer = _examined(examiner, path)
        kind = _accepted(answer, accepts)
        seen.append((kind, _named(filename, kind, accepts), tuple(answer["findings"])))
        return MEDIA_TYPES[kind]

    stored = store.keep(stream, at_most=at_most, type_of=inspect)
    kind, name, findings = seen[0]
    return Received(stored, name, kind, findings)


def _examined(examiner: Examiner, path: Path) -> dict[str, Any]:
    try:
        return examiner.inspect(path)
    except OSError as error:
        raise InvalidInput({"file": wording.REFUSALS["not_read"]}) from error


def _accepted(answer: Mapping[str, Any], accepts: frozenset[FileKind]) -> FileKind:
    if "refused" in answer:
        raise _refused(Refused.of(answer), accepts)
    kind = FileKind(answer["kind"])
    if kind not in accepts:
        raise InvalidInput({"file": wording.accepted(accepts)})
    return kind


def _named(filename: str, kind: FileKind, accepts: frozenset[FileKind]) -> str:
    try:
        return names.named(filename, kind)
    except Refused as refusal:
        raise _refused(refusal, accepts) from refusal


def _refused(refusal: Refused, accepts: frozenset[FileKind]) -> InvalidInput:
    said = InvalidInput({"file": wording.refusal(refusal.answer, accepts)})
    said.__cause__ = refusal
    return said
