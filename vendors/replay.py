"""A finished pick made again from what is public, so that nobody has to believe it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import WrongState
from core.i18n import Text
from core.i18n import lazy_gettext as _
from vendors import draws, methods
from vendors.methods import Basis, Result
from vendors.picks import Pick, PickStatus


@dataclass(frozen=True)
class Check:
    """One thing that was computed again, beside what had been published."""

    label: Text
    published: str
    computed: str

    @property
    def agrees(self) -> bool:
        """Tell whether both are the same."""
        return self.published == self.computed


@dataclass(frozen=True)
class Replay:
    """A pick made again."""

    entries: Sequence[Mapping[str, Any]]
    given: Mapping[str, Any]
    result: Result
    checks: Sequence[Check]

    @property
    def agrees(self) -> bool:
        """Tell whether everything came out as it was published."""
        return all(check.agrees for check in self.checks)


def replay(pick: Pick) -> Replay:
    """Make a pick again from its seed, its list, the words called out and the quotes."""
    if pick.status is not PickStatus.picked or pick.candidate_list is None or pick.winner is None:
        raise WrongState(_("Only a pick with a result can be made again."))
    entries, given = json.loads(pick.candidate_list), json.loads(pick.outcome or "{}")
    list_hash = draws.digest_of(pick.candidate_list)
    result = methods.pick(pick.algorithm, Basis(entries, list_hash, pick.seed, pick.called_out or "", given))
    return Replay(
        entries,
        given,
        result,
        (
            Check(_("SHA-256 of the seed"), pick.seed_hash, draws.commitment(pick.seed)),
            Check(_("SHA-256 of the list of candidates"), pick.list_hash or "", list_hash),
            Check(_("Picked"), pick.winner.number, result.winner),
        ),
    )
