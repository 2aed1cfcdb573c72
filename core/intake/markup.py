"""Read XML as it is inflated: well-formed, without a document type, without entities."""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from core.intake.families import Refused

DEEPEST = 512

Listener = Callable[[str, Mapping[str, str]], None]


class Markup:
    """A parser that refuses whatever may expand or reach outside, and tells a listener each element."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._depth = 0
        self._listener = listener
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = False
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse
        self._parser.ExternalEntityRefHandler = _refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, piece: bytes) -> None:
        """Read a piece."""
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError as error:
            raise Refused("damaged") from error

    def close(self) -> None:
        """Say that there is no more."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("damaged") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused("suspicious_xml")
        if self._listener is not None:
            self._listener(name.rpartition(" ")[2], attributes)

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _refuse(*_arguments: object) -> int:
    raise Refused("suspicious_xml")
