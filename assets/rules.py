"""What has to hold before a step of a transfer is lawful, and what a plan promises to break."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.models import SMALL_SALE, Asset, AssetTransfer, Route, StagePlan
from assets.routes import CAPITAL, EVERY, PRICED, SALE, STEP_OF
from core.errors import InvalidInput, Unlawful
from core.i18n import Text
from core.i18n import lazy_gettext as _
from deadlines.terms import add_months

# State assets authority order 12: an appraisal serves for a year from its base date (art. 21); a price
# below nine tenths of it suspends the trade until the approving body consents (art. 22).
APPRAISAL_MONTHS = 12
PRICE_FLOOR = Decimal("0.90")


@dataclass(frozen=True)
class Proposal:
    """A step about to be taken: on which day, and at what price where there is one."""

    on: date
    price: Decimal | None = None


@dataclass(frozen=True)
class Condition:
    """What the law asks before some steps: without it they are refused with the article."""

    rule: str
    steps: frozenset[str]
    holds: Callable[[AssetTransfer, Proposal], bool]
    refusal: Text
    statute: Text
    article: Text
    routes: frozenset[Route] = EVERY
    field: str = "on"


def appraisal_expiry(base_on: date) -> date:
    """Return the last day on which an appraisal with this base date still carries a price."""
    return add_months(base_on, APPRAISAL_MONTHS)


def is_price_too_low(price: Decimal, appraised: Decimal) -> bool:
    """Return whether a price lies below nine tenths of the appraisal; exactly nine tenths does not."""
    return price < appraised * PRICE_FLOOR


def check(transfer: AssetTransfer, step: str, proposal: Proposal) -> None:
    """Raise Unlawful for the first condition that the step would break."""
    for condition in unmet(transfer, step, proposal):
        raise Unlawful(
            condition.refusal,
            rule=condition.rule,
            statute=str(condition.statute),
            article=str(condition.article),
            field=condition.field,
            lawful_on=None,
        )


def unmet(transfer: AssetTransfer, step: str, proposal: Proposal) -> Iterator[Condition]:
    """Return the conditions of a step that do not hold."""
    return (
        condition
        for condition in CONDITIONS
        if step in condition.steps
        and transfer.route in condition.routes
        and not condition.holds(transfer, proposal)
    )


def require_not_before(on: date, earlier: date | None, *, field: str = "on") -> None:
    """Raise InvalidInput when a step is dated before the one that it follows."""
    if earlier is not None and on < earlier:
        raise InvalidInput(
            {field: _("This cannot be before %(day)s, the day of the step before it.") % {"day": earlier}}
        )


def check_asset(asset: Asset) -> None:
    """Raise InvalidInput for an asset whose figures or days contradict one another."""
    if asset.net_value > asset.book_value:
        raise InvalidInput({"net_value": _("The net value cannot exceed the book value.")})
    if min(asset.net_value, asset.area) < 0:
        raise InvalidInput({"area": _("Neither an area nor a value can be negative.")})
    for field in ("completion_filed_on", "final_accounts_on"):
        day = getattr(asset, field)
        if day is not None:
            require_not_before(day, asset.completion_accepted_on, field=field)


def chosen(assets: list[Asset], number: int) -> Asset:
    """Return the asset that is meant by its number in the list."""
    if not 1 <= number <= len(assets):
        raise InvalidInput({"asset": _("There is no asset with this number in the list.")})
    return assets[number - 1]


def late_plans(transfer: AssetTransfer) -> list[StagePlan]:
    """Return the planned stages that lie beyond the life of the appraisal and have not happened yet."""
    expiry = transfer.appraisal_expires_on
    if expiry is None or transfer.route is Route.free_transfer:
        return []
    return [
        plan
        for plan in transfer.plans
        if STEP_OF[plan.stage].priced
        and plan.planned_on > expiry
        and getattr(transfer, STEP_OF[plan.stage].field) is None
    ]


def _accounts_are_closed(transfer: AssetTransfer, _proposal: Proposal) -> bool:
    return all(asset.final_accounts_on is not None for asset in transfer.assets)


def _appraisal_is_settled(transfer: AssetTransfer, _proposal: Proposal) -> bool:
    return transfer.appraisal_filed_on is not None


def _appraisal_is_in_force(transfer: AssetTransfer, proposal: Proposal) -> bool:
    return transfer.appraisal_expires_on is not None and proposal.on <= transfer.appraisal_expires_on


def _plan_keeps_the_appraisal(transfer: AssetTransfer, _proposal: Proposal) -> bool:
    return not late_plans(transfer)


def _land_is_free(transfer: AssetTransfer, proposal: Proposal) -> bool:
    approved_on = transfer.land_approved_on
    return not transfer.is_land_allocated or (approved_on is not None and approved_on <= proposal.on)


def _notice_has_run(transfer: AssetTransfer, proposal: Proposal) -> bool:
    floor = transfer.floor_price or transfer.appraised_amount or Decimal(0)
    if floor <= SMALL_SALE:
        return True
    return transfer.notice_ended_on is not None and transfer.notice_ended_on <= proposal.on


def _price_holds(transfer: AssetTransfer, proposal: Proposal) -> bool:
    if proposal.price is None or transfer.appraised_amount is None:
        return True
    if not is_price_too_low(proposal.price, transfer.appraised_amount):
        return True
    return transfer.price_consent_on is not None and transfer.price_consent_on <= proposal.on


def _deed_tax_is_declared(transfer: AssetTransfer, proposal: Proposal) -> bool:
    return transfer.deed_tax_on is not None and transfer.deed_tax_on <= proposal.on


def _land_vat_is_declared(transfer: AssetTransfer, proposal: Proposal) -> bool:
    return transfer.land_vat_on is not None and transfer.land_vat_on <= proposal.on


def _price_is_paid(transfer: AssetTransfer, _proposal: Proposal) -> bool:
    return transfer.is_paid_in_instalments or transfer.price_paid_on is not None


ORDER_12 = _("Interim Measures on the Appraisal of State-Owned Enterprise Assets")
ORDER_32 = _("Measures on Trading in State-Owned Enterprise Assets")
REGULATION_738 = _("Regulation on Administrative State-Owned Assets")

CONDITIONS = (
    Condition(
        "asset_final_accounts_1y",
        frozenset({"approve", "sign_agreement"}),
        _accounts_are_closed,
        _("Final accounts come first: an asset without them cannot be booked, and so cannot be transferred."),
        REGULATION_738,
        _("Article 31"),
    ),
    Condition(
        "appraisal_required",
        frozenset({"approve", "sign_agreement"}),
        _appraisal_is_settled,
        _("A contribution or a sale needs an appraisal that has been filed or approved."),
        REGULATION_738,
        _("Article 36"),
        PRICED,
    ),
    Condition(
        "appraisal_result_valid_1y",
        frozenset({"file_appraisal", "approve", "publish_notice", "sign_agreement"}),
        _appraisal_is_in_force,
        _("The appraisal has lapsed: its price no longer holds. Have the assets appraised again."),
        ORDER_12,
        _("Article 21"),
        PRICED,
    ),
    Condition(
        "appraisal_result_valid_1y",
        frozenset({"approve"}),
        _plan_keeps_the_appraisal,
        _("A stage is planned for a day on which the appraisal will have lapsed. Plan it earlier."),
        ORDER_12,
        _("Article 21"),
        PRICED,
    ),
    Condition(
        "allocated_land_approved",
        frozenset({"sign_agreement"}),
        _land_is_free,
        _("Allocated land changes hands only with the approval of the government that can give it."),
        _("Urban Real Estate Administration Law"),
        _("Article 40"),
    ),
    Condition(
        "asset_transfer_notice",
        frozenset({"sign_agreement"}),
        _notice_has_run,
        _("A sale with a floor price above one million yuan is announced first, and the notice has to end."),
        ORDER_32,
        _("Article 50"),
        SALE,
    ),
    Condition(
        "appraisal_price_floor_90",
        frozenset({"sign_agreement"}),
        _price_holds,
        _("Below nine tenths of the appraisal the trade stands still until the approving body consents."),
        ORDER_12,
        _("Article 22"),
        SALE,
        field="price",
    ),
    Condition(
        "deed_tax_before_registration",
        frozenset({"apply_for_registration", "register"}),
        _deed_tax_is_declared,
        _("Deed tax is declared and paid before the registration."),
        _("Deed Tax Law"),
        _("Article 10"),
    ),
    Condition(
        "land_vat_before_registration",
        frozenset({"register"}),
        _land_vat_is_declared,
        _("Without the land value-added tax settled, no registration is made."),
        _("Interim Regulation on Land Value-Added Tax"),
        _("Article 12"),
        PRICED,
    ),
    Condition(
        "market_registration_change_30d",
        frozenset({"close"}),
        lambda transfer, _proposal: transfer.company_registered_on is not None,
        _("The company's new capital has to be registered first."),
        _("Regulation on the Registration of Market Entities"),
        _("Article 24"),
        CAPITAL,
    ),
    Condition(
        "soe_price_payment_5wd",
        frozenset({"close"}),
        _price_is_paid,
        _("The price has to be paid first."),
        ORDER_32,
        _("Article 28"),
        SALE,
    ),
    Condition(
        "soe_property_registration_change_30d",
        frozenset({"close"}),
        lambda transfer, _proposal: transfer.property_registered_on is not None,
        _("The change of property rights has to be registered first."),
        _("Measures on the Registration of State-Owned Property Rights"),
        _("Article 8"),
    ),
)
