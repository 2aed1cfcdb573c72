"""A mail server that behaves badly on demand, and remembers every message it took."""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    """A message that the sink took in full."""

    key: str
    recipient: str
    subject: str
    body: str
    at: float
    # the sender was told so; otherwise the connection was cut before the answer
    confirmed: bool


class Sink:
    """``mode`` is one of: take, refuse_421, refuse_550, hang, cut."""

    def __init__(self) -> None:
        self.mode = "take"
        self.received: list[Received] = []
        self._lock = threading.Lock()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        """Listen on a free port."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse, hang, or let the recipient pass."""
        if self.mode == "refuse_421":
            return "421 too busy"
        if self.mode == "refuse_550":
            return "550 no such user"
        if self.mode == "hang":
            await asyncio.sleep(30)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the message; then answer, or cut the connection."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        confirmed = self.mode != "cut"
        received = Received(
            key=mail["Message-ID"].strip("<>").partition("@")[0],
            recipient=envelope.rcpt_tos[0],
            subject=mail["Subject"],
            body=mail.get_content(),
            at=time.time(),
            confirmed=confirmed,
        )
        with self._lock:
            self.received.append(received)
        if not confirmed:
            server.transport.abort()
        return "250 taken"
