"""How an agency is picked: a seed is committed, the candidates are frozen, the result follows from both."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core import audit
from core.auth import By
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.numbering import next_number
from core.organizations import Organization
from core.permissions import Permission, authorize
from vendors import commission_requests, draws, gate, library_queries, methods
from vendors.commissions import Commission
from vendors.libraries import Library, Membership
from vendors.library_workflow import PICK
from vendors.methods import PRICED, Basis, PickMethod
from vendors.models import Vendor
from vendors.picks import Candidate, Pick, PickStatus
from vendors.rules import require_reason

PREFIX = "XQ"
SEED_BYTES = 32

LEAST: dict[PickMethod, Callable[[Library], int]] = {
    PickMethod.own_choice: lambda library: library.least_own_choice,
    PickMethod.draw: lambda library: library.least_draw,
    PickMethod.rotation: lambda library: library.least_rotation,
    PickMethod.lowest_price: lambda library: library.least_lowest_price,
    PickMethod.mean_adjusted: lambda library: library.least_mean_adjusted,
}


def open_pick(
    session: Session,
    *,
    by: By,
    on: date,
    commission: Commission,
    method: PickMethod | str,
    at: datetime,
    organization: Organization | None = None,
    seed: str | None = None,
) -> Pick:
    """Open the pick for a commission: its seed is made now and kept from everybody, its hash is public."""
    authorize(by, Permission.pick_run)
    commission_requests.require_open(commission)
    running = library_queries.live_pick(session, commission)
    if running is not None:
        raise InvalidInput(
            {"commission": _("This commission has a pick already: %(number)s.") % {"number": running.number}}
        )
    chosen = PickMethod(method)
    secret = seed or secrets.token_hex(SEED_BYTES)
    pick = Pick(
        number=next_number(session, PREFIX, commission.organization_id, on.year),
        title=commission.title,
        organization_id=commission.organization_id,
        owner_id=by.id,
        created_by_id=by.id,
        commission=commission,
        status=PickStatus.open,
        method=chosen,
        algorithm=methods.ALGORITHMS[chosen],
        opened_on=on,
        seed=secret,
        seed_hash=draws.commitment(secret),
        committed_at=at,
    )
    audit.record(session, pick, "created", by=by)
    session.add(pick)
    session.flush()
    return pick


def freeze(session: Session, pick: Pick, *, by: By, on: date, witnesses: str | None = None) -> None:
    """Let every member through the gate and freeze who may be picked; with too few of them the pick fails."""
    PICK.check(session, "freeze", pick, by=by)
    commission_requests.require_open(pick.commission)
    if on < pick.opened_on:
        raise InvalidInput({"on": _("The pick was opened later than that.")})
    library = pick.commission.library
    members = library_queries.members(session, library)
    pick.candidates = [_candidate(session, pick, member, on) for member in members]
    least = LEAST[pick.method](library)
    if len(pick.eligible) < least:
        reason = _("%(found)d of %(members)d members may be picked, %(least)d are needed.") % {
            "found": len(pick.eligible),
            "members": len(members),
            "least": least,
        }
        fail(session, pick, by=by, on=on, reason=str(reason))
        return
    PICK.apply(session, "freeze", pick, by=by)
    pick.frozen_on = on
    pick.witnesses = (witnesses or "").strip() or None
    pick.candidate_list = draws.canonical(_entries(session, pick, members))
    pick.list_hash = draws.digest_of(pick.candidate_list)
    session.flush()


def quote(session: Session, pick: Pick, *, by: By, vendor: Vendor, amount: Decimal) -> None:
    """Enter the price of a candidate, once; above the published list it is refused."""
    PICK.check(session, "quote", pick, by=by)
    candidate = _eligible(pick, vendor)
    if candidate.quote is not None:
        raise InvalidInput({"vendor": _("This candidate has quoted already.")})
    commission_requests.check_fee(pick.commission, amount, "amount")
    PICK.apply(session, "quote", pick, by=by, note=f"{vendor.number}: {amount:.2f}")
    candidate.quote = amount
    session.flush()


def choose(
    session: Session,
    pick: Pick,
    *,
    by: By,
    on: date,
    vendor: Vendor | None = None,
    called_out: str | None = None,
    reason: str | None = None,
) -> None:
    """Find the result, by the method, and give it to the commission.

    ``vendor`` is whom the client chose; ``called_out`` are a witness's words, mixed into a draw.
    """
    PICK.check(session, "choose", pick, by=by)
    if pick.frozen_on is not None and on < pick.frozen_on:
        raise InvalidInput({"on": _("The candidates were frozen later than that.")})
    given = _given(pick, vendor)
    pick_basis = basis(pick, given, called_out or "")
    result = methods.pick(pick.algorithm, pick_basis)
    winner = next(one for one in pick.eligible if one.vendor.number == result.winner)
    _require_still_eligible(session, pick, winner, on)
    note = " ".join(filter(None, (result.winner, winner.vendor.title, (reason or "").strip())))
    PICK.apply(session, "choose", pick, by=by, note=note)
    winner.is_winner = True
    pick.winner = winner.vendor
    pick.picked_on = on
    pick.called_out = (called_out or "").strip() or None
    pick.outcome = draws.canonical(given)
    session.flush()
    commission_requests.assign(
        session, pick.commission, winner.vendor, by=by, on=on, fee=winner.quote, note=pick.number
    )


def fail(session: Session, pick: Pick, *, by: By, on: date, reason: str) -> None:
    """End a pick without a result, saying why; the commission may be picked for anew."""
    given = require_reason(reason)
    PICK.apply(session, "fail", pick, by=by, note=given)
    pick.status_reason = given[:500]
    session.flush()


def cancel(session: Session, pick: Pick, *, by: By, on: date, reason: str) -> None:
    """Give a pick up, saying why."""
    given = require_reason(reason)
    PICK.apply(session, "cancel", pick, by=by, note=given)
    pick.status_reason = given[:500]
    session.flush()


def basis(pick: Pick, given: Mapping[str, Any], called_out: str) -> Basis:
    """Return all that the result follows from."""
    if pick.candidate_list is None or pick.list_hash is None:
        raise WrongState(_("The candidates are not frozen yet."))
    return Basis(json.loads(pick.candidate_list), pick.list_hash, pick.seed, called_out.strip(), given)


def _candidate(session: Session, pick: Pick, member: Membership, on: date) -> Candidate:
    reasons = gate.refusals(session, member, pick.commission, on=on)
    return Candidate(vendor=member.vendor, is_eligible=not reasons, reasons=[dict(one) for one in reasons])


def _entries(session: Session, pick: Pick, members: Sequence[Membership]) -> list[dict[str, Any]]:
    """Return the frozen list: number and name, and for a rotation what its order follows from."""
    passed = {candidate.vendor.id for candidate in pick.eligible}
    chosen = [member for member in members if member.vendor_id in passed]
    if pick.method is PickMethod.rotation:
        with session.no_autoflush:  # this pick itself is no invitation yet
            return library_queries.turns(session, pick.commission.library, chosen)
    return [{"number": member.vendor.number, "name": member.vendor.title} for member in chosen]


def _eligible(pick: Pick, vendor: Vendor) -> Candidate:
    found = next((one for one in pick.eligible if one.vendor is vendor), None)
    if found is None:
        raise InvalidInput({"vendor": _("This vendor is not among the candidates.")})
    return found


def _given(pick: Pick, vendor: Vendor | None) -> dict[str, Any]:
    if pick.method is PickMethod.own_choice:
        if vendor is None:
            raise InvalidInput({"vendor": _("Name the agency that the client chose.")})
        return {"choice": _eligible(pick, vendor).vendor.number}
    if vendor is not None:
        raise InvalidInput({"vendor": _("This method finds the agency itself: name none.")})
    if pick.method not in PRICED:
        return {}
    quotes = {one.vendor.number: f"{one.quote:.2f}" for one in pick.eligible if one.quote is not None}
    least = LEAST[pick.method](pick.commission.library)
    if len(quotes) < least:
        raise WrongState(
            _("%(found)d candidates have quoted, %(least)d are needed: wait, or declare the pick failed.")
            % {"found": len(quotes), "least": least}
        )
    return {"quotes": quotes}


def _require_still_eligible(session: Session, pick: Pick, winner: Candidate, on: date) -> None:
    """Raise WrongState when the one who was found may not be picked any more."""
    if on == pick.frozen_on:
        return
    member = library_queries.membership_of(session, pick.commission.library, winner.vendor)
    reasons = gate.refusals(session, member, pick.commission, on=on) if member is not None else []
    if reasons:
        raise WrongState(
            _("%(vendor)s may not be picked any more: %(why)s Declare the pick failed and pick anew.")
            % {"vendor": winner.vendor.title, "why": gate.words(reasons[0])}
        )
