"""What a contract may not do: exceed its ceiling, pay too early, be signed after the work began."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from contracts.models import Contract, PaymentLine
from core.errors import InvalidInput, Unlawful, WrongState
from core.i18n import Text, language
from core.i18n import lazy_gettext as _
from core.organizations import OrganizationKind
from deadlines.corrections import ThresholdReading, threshold
from deadlines.rules import Threshold
from procurement.models import Tender
from vendors.models import Vendor

# Government Procurement Law, article 49: all supplements together, counted against the first amount.
SUPPLEMENT_CAP = "supplementary_contract_cap"
# Interim Measures for Emergency Procurement (Caiku 2026 No. 12), for contracts signed from that day on.
EMERGENCY_CAP = "emergency_addon_cap"
EMERGENCY_FROM = date(2026, 10, 1)
# Regulation on Payments to Small and Medium Enterprises (order 802), article 9: the longest term to agree on.
LONGEST_TERM_DAYS = 60
TEN_YEARS = 3650
LONGEST_ACCEPTANCE_DAYS = 365
NO_SUCH_TERM = _("Give from 1 to 3650 days, or leave it empty.")


def require_positive(amount: Decimal, field: str) -> None:
    """Raise InvalidInput unless an amount is above zero."""
    if amount <= 0:
        raise InvalidInput({field: _("Give an amount above zero.")})


def require_not_before(on: date, earlier: date | None, *, field: str = "on") -> None:
    """Raise InvalidInput when a day lies before the one that has to come first."""
    if earlier is not None and on < earlier:
        raise InvalidInput(
            {field: _("This cannot be before %(day)s, the day of the step before it.") % {"day": earlier}}
        )


def require_term(starts_on: date | None, ends_on: date | None) -> None:
    """Raise InvalidInput for a term that ends before it starts."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise InvalidInput({"ends_on": _("The term cannot end before it starts.")})


def require_award(tender: Tender | None, vendor: Vendor, amount: Decimal) -> None:
    """Raise InvalidInput unless vendor and amount are those of the award."""
    if tender is None:
        return
    if tender.winner_id is not None and tender.winner_id != vendor.id:
        raise InvalidInput({"vendor": _("The contract goes to the vendor that won the tender.")})
    if tender.award_amount is not None and amount > tender.award_amount:
        raise InvalidInput(
            {"amount": _("The award is %(award)s yuan: the contract cannot exceed it.") % _shown(tender)}
        )


def is_sensible_term(days: int) -> bool:
    """Return whether a term of payment is one at all: a day at least, and no more than ten years."""
    return 1 <= days <= TEN_YEARS


def require_lawful_term(payment_days: int | None, *, is_payee_sme: bool, payer: OrganizationKind) -> None:
    """Raise Unlawful when a public body agrees to pay a small firm later than after sixty days."""
    if payment_days is None:
        return
    if not is_sensible_term(payment_days):
        raise InvalidInput({"payment_days": NO_SUCH_TERM})
    if payment_days <= LONGEST_TERM_DAYS or not is_payee_sme or payer is OrganizationKind.platform_company:
        return
    raise Unlawful(
        _("A public body pays a small or medium enterprise within 60 days; no longer term may be agreed."),
        rule="sme_payment_max_60d",
        statute=str(_("Regulation on Payments to Small and Medium Enterprises")),
        article=str(_("Article 9")),
        field="payment_days",
        lawful_on=None,
    )


def require_ready_to_sign(contract: Contract, on: date) -> None:
    """Raise unless the reviews are in, no dispute stands in the way, and the work has not begun."""
    if contract.legal_cleared_on is None or contract.finance_cleared_on is None:
        raise WrongState(_("The legal and the finance review have to be in before the contract is signed."))
    tender = contract.tender
    if tender is not None and (tender.suspended_on or tender.open_challenges or tender.open_complaints):
        raise WrongState(_("The tender is disputed: no contract is signed until that is settled."))
    require_not_before(on, contract.award_letter_on)
    if contract.starts_on is not None and contract.starts_on < on:
        raise InvalidInput(
            {
                "on": _("The term began on %(day)s: a contract is signed before the work begins.")
                % {"day": contract.starts_on}
            }
        )


def require_acceptance_days(days: int | None) -> None:
    """Raise InvalidInput for an agreed time of acceptance that is none."""
    if days is not None and not 1 <= days <= LONGEST_ACCEPTANCE_DAYS:
        raise InvalidInput({"acceptance_days": _("Give from 1 to 365 days, or leave it empty.")})


def check_supplement(session: Session, contract: Contract, delta: Decimal, on: date) -> Text | None:
    """Raise Unlawful when all supplements of a government contract exceed their share of its amount.

    The share is the law's tenth, or the stricter one that the organization has set. In an emergency it is
    larger; that text is known at second hand only, so what it alone allows is answered with a caution.
    """
    if not contract.is_government_procurement or delta <= 0:
        return None
    tenth = _share(session, contract, SUPPLEMENT_CAP, on)
    caps = [tenth]
    if contract.is_emergency and (contract.signed_on or on) >= EMERGENCY_FROM:
        caps.append(_share(session, contract, EMERGENCY_CAP, on))
    cap = max(caps, key=lambda share: share.value)
    room = contract.amount * Decimal(str(cap.value)) / 100 - contract.supplemented
    facts = {
        "cap": f"{Decimal(str(cap.value)).normalize():f}",
        "room": f"{max(room, Decimal(0)):.2f}",
        "delta": f"{delta:.2f}",
    }
    if delta > room:
        raise _beyond_the_cap(cap.threshold, facts)
    if contract.supplemented + delta <= contract.amount * Decimal(str(tenth.value)) / 100:
        return None
    return (
        _(
            "Beyond the ordinary cap on supplements, as an emergency purchase allows (%(cap)s per cent):"
            " check the text of the measures and keep the grounds on file."
        )
        % facts
    )


def _beyond_the_cap(cap: Threshold, facts: dict[str, str]) -> Unlawful:
    return Unlawful(
        _(
            "All supplements together may not exceed %(cap)s per cent of the first amount: %(room)s yuan are"
            " left, and this one adds %(delta)s."
        )
        % facts,
        rule=cap.id,
        statute=cap.statute.title.to(language()),
        article=cap.article or "",
        field="amount_delta",
        lawful_on=None,
    )


def _share(session: Session, contract: Contract, threshold_id: str, on: date) -> ThresholdReading:
    return threshold(session, threshold_id, year=on.year, organization_path=contract.organization.path)


def check_ceiling(contract: Contract, ceiling: Decimal, field: str) -> None:
    """Raise InvalidInput for an amount below what is paid, or below what is scheduled."""
    if ceiling < contract.paid:
        raise InvalidInput(
            {
                field: _("%(paid)s yuan are paid already: the amount cannot fall below.")
                % {"paid": contract.paid}
            }
        )
    if ceiling < contract.scheduled:
        raise InvalidInput(
            {
                field: _(
                    "The instalments come to %(scheduled)s yuan: remove some before the amount is lowered."
                )
                % {"scheduled": contract.scheduled}
            }
        )
    require_positive(ceiling, field)


def check_room(contract: Contract, amount: Decimal) -> None:
    """Raise InvalidInput when an instalment does not fit under the ceiling."""
    require_positive(amount, "amount")
    room = contract.ceiling - contract.scheduled
    if amount > room:
        raise InvalidInput(
            {"amount": _("Only %(room)s yuan of the contract are not scheduled yet.") % {"room": room}}
        )


def check_payment(line: PaymentLine, amount: Decimal, on: date) -> None:
    """Raise InvalidInput for a payment above the instalment or before what it waits for."""
    if amount < 0 or amount > line.amount:
        raise InvalidInput(
            {
                "amount": _("This instalment is %(amount)s yuan: no more is paid on it.")
                % {"amount": line.amount}
            }
        )
    require_not_before(on, line.approved_on)
    require_not_before(on, line.condition_met_on)


def chosen(
    lines: list[PaymentLine], test: Callable[[PaymentLine], bool], position: int | None
) -> PaymentLine:
    """Return the instalment that is meant: by its number, or the only one for which the step is open."""
    open_ones = [line for line in lines if test(line) and position in (None, line.position)]
    if len(open_ones) == 1:
        return open_ones[0]
    if position is None:
        raise InvalidInput({"line": _("Several instalments wait for this: choose one.")})
    raise InvalidInput({"line": _("No instalment with this number waits for this.")})


def irregularities(contract: Contract) -> Iterator[Text]:
    """Name what the dates of a contract, imported ones above all, show against the rules."""
    signed_on = contract.signed_on
    if signed_on is not None and contract.starts_on is not None and contract.starts_on < signed_on:
        yield _("Signed after the work began")
    if (
        contract.award_letter_on is not None
        and signed_on is not None
        and signed_on < contract.award_letter_on
    ):
        yield _("Signed before the award letter")
    for line in contract.lines:
        if line.paid_on is not None and signed_on is not None and line.paid_on < signed_on:
            yield _("Instalment %(position)d was paid before the signing") % {"position": line.position}


def _shown(tender: Tender) -> dict[str, str]:
    return {"award": f"{tender.award_amount:.2f}"}
