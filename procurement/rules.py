"""What has to hold of a purchase beside its dates, which the clocks watch."""

from datetime import date
from decimal import Decimal

from core.errors import InvalidInput, WrongState
from core.i18n import Text
from core.i18n import lazy_gettext as _
from deadlines.loading import load_catalogue
from deadlines.rules import Method
from procurement.methods import REPORT, ROUTES, Step
from procurement.models import Tender
from vendors.models import Vendor


def require_budget(budget: Decimal | None) -> Decimal:
    """Return the budget, or raise InvalidInput when there is none."""
    if budget is None or budget <= 0:
        raise InvalidInput({"budget": _("The budget is an amount above zero.")})
    return budget


def require_party(vendor: Vendor | None, name: str | None, field: str) -> str | None:
    """Return the name of somebody outside the register; raise InvalidInput when nobody or two are named."""
    plain = " ".join((name or "").split()) or None
    if (vendor is None) == (plain is None):
        raise InvalidInput({field: _("Name one: a vendor of the register, or somebody outside it.")})
    return plain


def require_award(tender: Tender, amount: Decimal | None) -> None:
    """Raise InvalidInput for an award that the budget does not cover.

    Source: Government Procurement Law, art. 36: bids above the budget that cannot be paid void the purchase.
    """
    if tender.method is Method.framework_agreement:
        return
    if amount is None or amount < 0:
        raise InvalidInput({"award_amount": _("Give the amount of the award.")})
    if amount > tender.budget:
        raise InvalidInput(
            {"award_amount": _("The award is above the budget: raise the budget first, or declare it void.")}
        )


def require_no_dispute(tender: Tender) -> None:
    """Raise WrongState while a challenge or complaint is open that may change the result.

    Source: Implementing Regulations, art. 54: signing stops until the challenge is answered.
    """
    if tender.open_challenges or tender.open_complaints:
        raise WrongState(_("A challenge or complaint is open: no contract is signed before it is settled."))


def require_closed(deadline_on: date | None, on: date) -> None:
    """Raise InvalidInput for bids closed before their deadline."""
    if deadline_on is not None and on < deadline_on:
        raise InvalidInput({"on": _("Bids may come in until %(day)s.") % {"day": deadline_on.isoformat()}})


def outlives_the_exit(tender: Tender) -> frozenset[str]:
    """Return the deadline rules that go on after the purchase has ended: refunds, disputes, archives."""
    no_more = {*ROUTES[tender.method].stages, *REPORT, "tender_report_submitted"}
    return frozenset(rule.id for rule in load_catalogue().rules.values() if rule.target not in no_more)


def unknown_days(tender: Tender, step: Step, given: set[str]) -> dict[str, Text]:
    """Return a fault for each day that the tender's method does not ask for at this step."""
    asked = {day for day, _event in step.days}
    return {day: _("This method has no such date.") for day in sorted(given - asked)}


def require_event_beside(tender: Tender, event: str) -> None:
    """Raise InvalidInput for an event that is a stage of its own, or no event of the tender's method."""
    require_event(tender, event)
    if event in ROUTES[tender.method].stages:
        raise InvalidInput({"event": _("This date belongs to a stage: take the step itself.")})


def require_new_reference(reference: str | None, known: set[str]) -> str:
    """Return what an event is told apart by, or raise InvalidInput when it is missing or taken."""
    plain = " ".join((reference or "").split())[:60]
    if not plain:
        raise InvalidInput({"reference": _("Give a number or name by which it is told apart.")})
    if plain in known:
        raise InvalidInput({"reference": _("This reference is taken already.")})
    return plain


def require_successor(tender: Tender, successor: Tender) -> None:
    """Raise InvalidInput when a tender would follow itself, or run in a circle."""
    following: Tender | None = successor
    while following is not None:
        if following is tender:
            raise InvalidInput({"successor": _("A tender does not follow itself.")})
        following = following.successor


def require_event(tender: Tender, event: str) -> None:
    """Raise InvalidInput for an event that cannot happen to a tender by this method."""
    if event not in ROUTES[tender.method].events:
        raise InvalidInput({"event": _("This date does not belong to the method of the tender.")})
