"""The ways to pick an agency, each a function of what is public afterwards; an algorithm never changes.

A new way of reckoning gets a new name beside the old one, so that an old pick is redone as it was made.
Whatever a method leaves equal is settled by the draw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from vendors import draws

# from how many quotes on the highest and the lowest stay out of the mean
TRIMMED_FROM = 5


class PickMethod(StrEnum):
    """How one of the eligible agencies is picked."""

    own_choice = "own_choice"
    draw = "draw"
    rotation = "rotation"
    lowest_price = "lowest_price"
    mean_adjusted = "mean_adjusted"


METHOD_LABELS: dict[PickMethod, LazyString] = {
    PickMethod.own_choice: _("The client's own choice"),
    PickMethod.draw: _("Random draw"),
    PickMethod.rotation: _("Rotation"),
    PickMethod.lowest_price: _("Lowest price"),
    PickMethod.mean_adjusted: _("Nearest below the adjusted mean price"),
}

PRICED = frozenset({PickMethod.lowest_price, PickMethod.mean_adjusted})

# the algorithm by which a pick that opens today is made
ALGORITHMS: dict[PickMethod, str] = {
    PickMethod.own_choice: "choice-1",
    PickMethod.draw: draws.DRAW,
    PickMethod.rotation: "rotation-1",
    PickMethod.lowest_price: "lowest-1",
    PickMethod.mean_adjusted: "mean-1",
}

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Basis:
    """All that a result follows from: the frozen list, the seed, the words called out, quotes or choice."""

    entries: Sequence[Entry]
    list_hash: str
    seed: str
    called_out: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """Who is picked, in which order the candidates stood, and the hashes where the draw decided."""

    winner: str
    order: Sequence[str]
    steps: Sequence[draws.Step] = ()
    mean: Decimal | None = None


def pick(algorithm: str, basis: Basis) -> Result:
    """Return the result of an algorithm."""
    return REGISTRY[algorithm](basis)


def rotation_key(entry: Entry) -> tuple[int, int, int]:
    """Return whose turn it is, the smallest first: awards, then invitations, then class.

    Fines and a newcomer's virtual turns weigh like awards; virtual turns like invitations as well, so
    that whoever joins late starts where the others stand instead of being picked until it has caught up.
    """
    virtual = entry["virtual"]
    return entry["awards"] + entry["penalties"] + virtual, entry["invitations"] + virtual, entry["class"]


def virtual_turns(turns: Sequence[int]) -> int:
    """Return the turns at which a newcomer starts: the fewest that a member has."""
    return min(turns, default=0)


def adjusted_mean(quotes: Sequence[Decimal]) -> Decimal:
    """Return the mean of the quotes; from five on, without the highest and the lowest, to the fen."""
    kept = sorted(quotes)
    if len(kept) >= TRIMMED_FROM:
        kept = kept[1:-1]
    return (sum(kept, Decimal(0)) / len(kept)).quantize(Decimal("0.01"))


def _choice(basis: Basis) -> Result:
    return Result(basis.given["choice"], [basis.given["choice"]])


def _draw(basis: Basis) -> Result:
    return _settle(basis, [entry["number"] for entry in basis.entries])


def _rotation(basis: Basis) -> Result:
    keys = {entry["number"]: rotation_key(entry) for entry in basis.entries}
    return _first(basis, keys)


def _lowest(basis: Basis) -> Result:
    return _first(basis, {number: (quote,) for number, quote in _quotes(basis).items()})


def _mean(basis: Basis) -> Result:
    quotes = _quotes(basis)
    mean = adjusted_mean(list(quotes.values()))
    # not above the mean before above it, the nearer before the farther
    keys = {number: (quote > mean, abs(quote - mean)) for number, quote in quotes.items()}
    return _first(basis, keys, mean)


def _quotes(basis: Basis) -> dict[str, Decimal]:
    return {number: Decimal(quote) for number, quote in basis.given["quotes"].items()}


def _first(basis: Basis, keys: Mapping[str, Any], mean: Decimal | None = None) -> Result:
    order = sorted(keys, key=lambda number: (keys[number], number))
    level = [number for number in order if keys[number] == keys[order[0]]]
    settled = _settle(basis, level)
    rest = [number for number in order if number != settled.winner]
    return Result(settled.winner, [settled.winner, *rest], settled.steps, mean)


def _settle(basis: Basis, level: Sequence[str]) -> Result:
    if len(level) == 1:
        return Result(level[0], level)
    place, steps = draws.draw(basis.seed, basis.list_hash, basis.called_out, len(level))
    return Result(level[place], level, steps)


REGISTRY: dict[str, Callable[[Basis], Result]] = {
    "choice-1": _choice,
    draws.DRAW: _draw,
    "rotation-1": _rotation,
    "lowest-1": _lowest,
    "mean-1": _mean,
}
