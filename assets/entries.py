"""The days that the steps of a transfer have entered, as they may be corrected."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from assets import rules
from assets.models import Asset, AssetTransfer, Stage, TransferStatus
from assets.routes import STEP_BY, STEP_OF, Step, events_of, path
from assets.rules import Condition, Proposal
from core.errors import Unlawful
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Entry, Happening

ENDED = frozenset({TransferStatus.closed, TransferStatus.abandoned})

CLOSED = _("The case is closed or abandoned: its days stand.")
NEEDED = _("The law counts from this day: it can be corrected, not removed.")
SERVED = _("With the registration the appraisal has served: correct the day only.")

# what a step enters beside its day, and what it was before
CLEARS: Mapping[Stage, tuple[tuple[str, Any], ...]] = {
    Stage.appraisal: (
        ("appraised_amount", None),
        ("valuation_base_on", None),
        ("appraisal_expires_on", None),
        ("appraiser", None),
    ),
    Stage.approval: (("approval_document", None),),
    Stage.notice: (("floor_price", None),),
    Stage.agreement: (("price", None), ("is_paid_in_instalments", False)),
}
ASSET_DAYS = (
    ("completion_accepted_on", _("Completion accepted"), "add_asset", "completion_acceptance_passed"),
    (
        "completion_filed_on",
        _("Completion acceptance filed"),
        "file_completion",
        "completion_acceptance_filed",
    ),
    ("final_accounts_on", _("Final accounts"), "complete_accounts", "final_accounts_completed"),
)


def entries(_session: Session, transfer: AssetTransfer) -> list[Entry]:
    """Return the entered days of a transfer and of its assets."""
    found = [_decision(transfer)]
    for step in path(transfer.route):
        if getattr(transfer, step.field) is None:
            continue
        if step.stage is Stage.appraisal:
            found.append(_base(transfer))
        found.append(_of_step(transfer, step))
    found += _beside(transfer)
    for asset in transfer.assets:
        found += _of_asset(transfer, asset)
    return found


@contextmanager
def guard(_session: Session, transfer: AssetTransfer, entry: Entry, _on: date) -> Iterator[None]:
    """Refuse what would leave a later step without what the law asks before it."""
    before = {condition.rule for condition in _broken(transfer)}
    yield
    if entry.key == "valuation_base_on" and transfer.valuation_base_on is not None:
        transfer.appraisal_expires_on = rules.appraisal_expiry(transfer.valuation_base_on)
    for condition in _broken(transfer):
        if condition.rule not in before:
            raise Unlawful(
                condition.refusal,
                rule=condition.rule,
                statute=str(condition.statute),
                article=str(condition.article),
                field="to",
                lawful_on=None,
            )


def _broken(transfer: AssetTransfer) -> Iterator[Condition]:
    """Return what the steps taken so far would be refused for on their days."""
    for step in path(transfer.route):
        on = getattr(transfer, step.field)
        if on is not None:
            price = transfer.price if step.stage is Stage.agreement else None
            yield from rules.unmet(transfer, STEP_BY[step.stage], Proposal(on, price))


def _of_step(transfer: AssetTransfer, step: Step) -> Entry:
    events = events_of(transfer.route, transfer.appraisal_procedure, step)
    clears = ((step.field, None), *CLEARS.get(step.stage, ()))
    base = (Happening("valuation_base_date", after=None),) if step.stage is Stage.appraisal else ()
    return Entry(
        key=step.field,
        label=step.label,
        on=getattr(transfer, step.field),
        transition=STEP_BY[step.stage],
        events=(*base, *(Happening(event) for event in events)),
        keeps=((transfer, step.field),),
        follows=_follows(transfer, step),
        leads=tuple(_leads(transfer, step.field)),
        puts_back=tuple((transfer, name, value) for name, value in clears),
        stays=SERVED if step.stage is Stage.registration else None,
        fixed=_fixed(transfer),
    )


def _follows(transfer: AssetTransfer, step: Step) -> tuple[tuple[Text, date], ...]:
    labels = {each.field: each.label for each in STEP_OF.values()} | {
        "decided_on": _("Decided on"),
        "valuation_base_on": _("Valuation base date"),
    }
    first = next((name for name in step.after if getattr(transfer, name) is not None), None)
    return ((labels[first], getattr(transfer, first)),) if first else ()


def _leads(transfer: AssetTransfer, field: str) -> Iterator[tuple[Text, date]]:
    for step in path(transfer.route):
        first = next((name for name in step.after if getattr(transfer, name) is not None), None)
        on = getattr(transfer, step.field)
        if first == field and on is not None:
            yield step.label, on


def _decision(transfer: AssetTransfer) -> Entry:
    return Entry(
        key="decided_on",
        label=_("Decided on"),
        on=transfer.decided_on,
        keeps=((transfer, "decided_on"),),
        leads=tuple(_leads(transfer, "decided_on")),
        stays=NEEDED,
        fixed=_fixed(transfer),
    )


def _base(transfer: AssetTransfer) -> Entry:
    on = transfer.valuation_base_on
    if on is None:
        raise LookupError("an appraisal without its base date")
    return Entry(
        key="valuation_base_on",
        label=_("Valuation base date"),
        on=on,
        transition="appraise",
        events=(Happening("valuation_base_date"),),
        keeps=((transfer, "valuation_base_on"),),
        leads=tuple(_leads(transfer, "valuation_base_on")),
        stays=NEEDED,
        fixed=_fixed(transfer),
    )


def _beside(transfer: AssetTransfer) -> Iterator[Entry]:
    """Yield the two approvals that start no clock, but without which a later step would be unlawful."""
    consent = (("price_consent_on", None), ("price_consent_document", None))
    for column, label, transition, clears in (
        ("land_approved_on", _("Land use approved on"), "approve_land", (("land_approved_on", None),)),
        ("price_consent_on", _("Price consented to on"), "consent_to_price", consent),
    ):
        on = getattr(transfer, column)
        if on is not None:
            yield Entry(
                key=column,
                label=label,
                on=on,
                transition=transition,
                keeps=((transfer, column),),
                puts_back=tuple((transfer, name, value) for name, value in clears),
                fixed=_fixed(transfer),
            )


def _of_asset(transfer: AssetTransfer, asset: Asset) -> Iterator[Entry]:
    accepted = asset.completion_accepted_on
    later = [(label, getattr(asset, column)) for column, label, _step, _event in ASSET_DAYS[1:]]
    for column, label, transition, event in ASSET_DAYS:
        on = getattr(asset, column)
        if on is None:
            continue
        is_first = column == "completion_accepted_on"
        yield Entry(
            key=f"{asset.occurrence}-{column}".replace(":", "-"),
            label=label,
            on=on,
            transition=transition,
            about=asset.name,
            events=(Happening(event, asset.occurrence),),
            keeps=((asset, column),),
            follows=((ASSET_DAYS[0][1], accepted),) if accepted and not is_first else (),
            leads=tuple((step, day) for step, day in later if day) if is_first else (),
            puts_back=((asset, column, None),),
            fixed=_fixed(transfer),
        )


def _fixed(transfer: AssetTransfer) -> Text | None:
    return CLOSED if transfer.status in ENDED else None
