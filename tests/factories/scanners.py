"""A virus scanner for tests: it speaks clamd's INSTREAM and knows one virus."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from core.intake.antivirus import Scanner
from tests.factories.files import EICAR


class Clamd(socketserver.ThreadingTCPServer):
    """Answers as told: ``says`` replaces the verdict, ``most`` is where it hangs up."""

    allow_reuse_address = True
    daemon_threads = True
    says: bytes | None = None
    most: int | None = None
    seen: list[int]

    @property
    def scanner(self) -> Scanner:
        """Return the client that asks this scanner."""
        return Scanner(host="127.0.0.1", port=self.server_address[1], patience=5)


class Talk(socketserver.StreamRequestHandler):
    """One file."""

    server: Clamd
    command: ClassVar[bytes] = b"zINSTREAM\0"

    def handle(self) -> None:
        """Read a file in its pieces and give a verdict."""
        if self.rfile.read(len(self.command)) != self.command:
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if self.server.most is not None and len(content) > self.server.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(len(content))
        verdict = b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0"
        self.wfile.write(verdict if self.server.says is None else self.server.says)


@contextmanager
def clamd() -> Iterator[Clamd]:
    """Run a scanner on a port of its own."""
    with Clamd(("127.0.0.1", 0), Talk) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
