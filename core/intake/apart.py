"""Ask the process apart about a file; whatever becomes of it there, the asking process lives on."""

import atexit
import os
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from core.intake.families import FileKind

ROOT = Path(__file__).resolve().parents[2]
# a little longer than the process gives itself
LONGEST_WAIT = 65
TOO_MUCH = {"refused": "too_complex"}


class Examiner:
    """The process apart: started when first asked, and again when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None
        self._owner = 0

    def inspect(self, path: Path) -> dict[str, Any]:
        """Return the kind and the findings of a file, or the code of its refusal."""
        return self._ask({"path": str(path.resolve())})

    def draw(self, path: Path, kind: FileKind, target: Path) -> int:
        """Draw previews to ``target``, in whose name ``{}`` stands for the number; return how many."""
        question = {"path": str(path.resolve()), "kind": kind.value, "target": str(target.resolve())}
        return int(self._ask(question).get("previews", 0))

    def close(self) -> None:
        """Let the process end."""
        with self._lock:
            self._forget()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        reader = self._sent(orjson.dumps(question))
        try:
            said = _read(reader)
        finally:
            os.close(reader)
        answer: dict[str, Any] = orjson.loads(said) if said else dict(TOO_MUCH)
        return answer

    def _sent(self, message: bytes) -> int:
        """Send a question and return where its answer comes out; a process that is gone is replaced once."""
        reader, writer = os.pipe()
        try:
            with self._lock:
                try:
                    socket.send_fds(self._opened(), [message], [writer])
                except OSError:
                    self._forget()
                    socket.send_fds(self._opened(), [message], [writer])
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        return reader

    def _opened(self) -> socket.socket:
        if self._door is None or self._owner != os.getpid():  # a fork has to have one of its own
            self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "core.intake.examine", str(theirs.fileno())],
                    cwd=ROOT,
                    env={"LC_ALL": "C.UTF-8"},  # and nothing else: no secret is in reach of a hostile file
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._owner = os.getpid()
        return self._door

    def _forget(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._door = self._process = None


def _read(reader: int) -> bytes:
    until, said = monotonic() + LONGEST_WAIT, b""
    while (left := until - monotonic()) > 0:
        if not select.select([reader], [], [], left)[0]:
            break
        piece = os.read(reader, 65_536)
        if not piece:
            return said
        said += piece
    return b""


EXAMINER = Examiner()
atexit.register(EXAMINER.close)
