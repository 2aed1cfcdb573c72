"""What the clocks of a contract belong to, in words, and the step that enters what each of them waits for."""

from contracts.models import Contract
from contracts.workflow import (
    is_payable,
    is_requested,
    is_reviewed,
    is_unaccepted,
    is_undelivered,
    is_unsettled,
)
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Answer


def occurrences(contract: Contract) -> dict[str, Text]:
    """Name the instalments and supplements that clocks belong to."""
    lines = {
        line.occurrence: _("Instalment %(position)d: %(label)s")
        % {"position": line.position, "label": line.label}
        for line in contract.lines
    }
    changes = {
        change.occurrence: _("Supplement %(position)d") % {"position": change.position}
        for change in contract.amendments
    }
    return lines | changes


ENTERED_BY = {
    "contract_published": "publish",
    "contract_filed": "file",
    "contract_effective": "begin",
    "contract_expiry": "complete",
    "contract_change_published": "publish_change",
}
# the next of these that is open leads to the payment
TO_THE_PAYMENT = (
    ("pay", is_reviewed),
    ("approve_payment", is_requested),
    ("request_payment", is_payable),
    ("accept", is_unaccepted),
    ("settle", is_unsettled),
    ("deliver", is_undelivered),
)


def answers(contract: Contract, event: str, occurrence: str) -> Answer | None:
    """Return the step that enters what a deadline waits for; for a payment, the next one on its way."""
    if event != "payment_made":
        return Answer(ENTERED_BY[event]) if event in ENTERED_BY else None
    for line in contract.lines:
        if line.occurrence == occurrence:
            step = next((name for name, test in TO_THE_PAYMENT if test(line)), None)
            return Answer(step, {"line": line.position}) if step else None
    return None


def stages(contract: Contract) -> tuple[str, ...]:
    """Return the events of the timeline; publication and filing only where the law asks for them."""
    opening = () if contract.tender_id is not None else ("award_letter_issued",)
    disclosed = ("contract_published", "contract_filed") if contract.is_government_procurement else ()
    closing = () if contract.tender_id is not None else ("procurement_closed",)
    return (*opening, "contract_signed", *disclosed, "contract_effective", "contract_expiry", *closing)
