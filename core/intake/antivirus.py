"""Ask clamd about a file: ``INSTREAM`` over its socket, nothing of it is linked."""

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Misconfigured

OFF = "off"
CHUNK = 256 * 1024
PATIENCE = 120.0
LONGEST_ANSWER = 4096


class ScanFailed(Exception):
    """The scanner gave no verdict; ``is_silent`` when it does not answer at all."""

    def __init__(self, reason: str, *, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.is_silent = is_silent


@dataclass(frozen=True)
class Scanner:
    """Where clamd listens: the path of a socket, or a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0
    patience: float = PATIENCE

    def scan(self, path: Path) -> str:
        """Return the name of the virus in a file, "" when there is none; raise ScanFailed otherwise."""
        try:
            with self._connected() as door, path.open("rb") as file:
                said = _asked(door, file)
        except FileNotFoundError as error:
            raise ScanFailed(f"no such file: {Path(error.filename or '').name}", is_silent=True) from error
        except OSError as error:
            raise ScanFailed(type(error).__name__, is_silent=True) from error
        if said == "stream: OK":
            return ""
        if said.startswith("stream: ") and said.endswith(" FOUND"):
            return said.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScanFailed(said[:150] or "no answer")

    def _connected(self) -> socket.socket:
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout=self.patience)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.settimeout(self.patience)
            door.connect(self.path)
        except OSError:
            door.close()
            raise
        return door


def _asked(door: socket.socket, file: Any) -> str:
    try:
        door.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            door.sendall(struct.pack("!L", len(chunk)) + chunk)
        door.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it says why before it hangs up: past its own limit of size, for one
    answer = b""
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        piece = door.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def scanner(config: Mapping[str, Any]) -> Scanner | None:
    """Return the scanner that the settings name, none when there is none; raise Misconfigured on nonsense."""
    named = str(config["ANTIVIRUS"] or "").strip()
    if not named or is_off(config):
        return None
    if named.startswith("unix:/"):
        return Scanner(path=named.removeprefix("unix:"))
    kind, _, address = named.partition(":")
    host, _, port = address.removeprefix("//").rpartition(":")
    if kind != "tcp" or not host or not port.isdigit():
        raise Misconfigured(
            "set PROCUREMENT_ANTIVIRUS to unix:/run/clamav/clamd.ctl, to tcp:127.0.0.1:3310, or to off"
        )
    return Scanner(host=host.strip("[]"), port=int(port))


def is_off(config: Mapping[str, Any]) -> bool:
    """Tell whether the scan was switched off on purpose."""
    return str(config["ANTIVIRUS"] or "").strip().lower() in (OFF, "false")
