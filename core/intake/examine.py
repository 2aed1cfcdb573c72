"""The process in which files are read: ``python -m core.intake.examine FD``, started and asked by ``apart``.

It has its libraries loaded and a fork ready for each file; the fork has limits of memory and time, no secret
in its environment, and one pipe to answer on. Nothing of the application is imported.
"""

import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from core.intake import containers, directory, drawing, images, portable
from core.intake.families import FileKind, Refused, family

MOST_MEMORY = 512 * 1024 * 1024
MOST_SECONDS = 20
LONGEST_WAIT = 60
LARGEST_PREVIEW = 64 * 1024 * 1024
HEAD = 1024


def inspect(path: Path) -> dict[str, Any]:
    """Return what kind of file this is and what is noteworthy in it, or the code of a refusal."""
    try:
        kind, findings = _inspected(path)
    except Refused as refusal:
        return refusal.answer
    except MemoryError:
        return {"refused": "too_complex"}
    return {"kind": kind.value, "findings": findings}


def _inspected(path: Path) -> tuple[FileKind, list[str]]:
    with path.open("rb") as file:
        head = file.read(HEAD)
        kind = family(head)
        size = file.seek(0, 2)
        if kind is FileKind.zip:
            facts = containers.inspect(file, size)
            return facts.kind, sorted(facts.findings)
        if directory.is_also_an_archive(file, size):
            raise Refused("two_kinds")
    if kind is FileKind.pdf:
        return kind, portable.inspect(path)
    images.inspect(path, kind)
    return kind, []


def draw(path: Path, kind: FileKind, target: str) -> dict[str, Any]:
    """Draw the previews of a file; one that cannot be drawn has none."""
    try:
        return {"previews": drawing.draw(path, kind, target)}
    except (MemoryError, OSError, ValueError, RuntimeError, SyntaxError) as error:
        return {"previews": 0, "trouble": type(error).__name__}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question about one file."""
    path = Path(question["path"])
    if "target" in question:
        return draw(path, FileKind(question["kind"]), question["target"])
    return inspect(path)


def limit() -> None:
    """Put this process under limits that no file can lift."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_PREVIEW),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(LONGEST_WAIT)


def serve(door: socket.socket) -> None:
    """Fork for each question until the asking process is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, pipes, _flags, _address = socket.recv_fds(door, 65_536, 1)
        if not message:
            return
        if os.fork() == 0:
            _answer_and_leave(door, message, pipes[0])
        for pipe in pipes:
            os.close(pipe)


def _answer_and_leave(door: socket.socket, message: bytes, pipe: int) -> None:
    try:
        door.close()
        limit()
        os.write(pipe, json.dumps(answer(json.loads(message))).encode())
    finally:
        os._exit(0)  # an empty answer says that the file was too much


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
