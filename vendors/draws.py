"""The draw: a number that nobody could steer, out of a committed seed and a frozen list; anybody can redo it.

The seed's SHA-256 is published before the candidates are frozen, the list's when they are, and a witness may
call out words after that. So whoever knows the seed cannot choose the list or the words to suit it, and
whoever chooses those does not know the seed.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

DRAW = "draw-1"
DIGEST_SPAN = 2**256


def commitment(seed: str) -> str:
    """Return the hash by which a seed is known before it is shown."""
    return hashlib.sha256(seed.encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Step:
    """One hash of the draw: what it was taken over, and which place it led to, if any."""

    counter: int
    text: str
    digest: str
    place: int | None


def draw(seed: str, list_hash: str, called_out: str, count: int) -> tuple[int, list[Step]]:
    """Return one of ``count`` places, each as likely as any other, and every step that led to it."""
    if count < 1:
        raise ValueError("nothing to draw from")
    steps: list[Step] = []
    place = None
    while place is None:
        text = "\n".join((DRAW, seed, list_hash, called_out, str(len(steps))))
        digest = digest_of(text)
        place = place_of(int(digest, 16), DIGEST_SPAN, count)
        steps.append(Step(len(steps), text, digest, place))
    return place, steps


def place_of(number: int, span: int, count: int) -> int | None:
    """Return the place that a number below ``span`` leads to, or None for the rest that would favour some.

    The largest multiple of ``count`` within the span is shared out evenly; what lies beyond is drawn anew.
    """
    return number % count if number < span - span % count else None
