"""The appraisal behind a price: its report, its way to the authority, and a new one when it has lapsed."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from assets import rules
from assets.models import AppraisalProcedure, AssetTransfer, Stage
from assets.routes import STEP_OF, events_of
from assets.rules import require_not_before
from assets.services import enter
from assets.workflow import WORKFLOW
from core.auth import By
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.records import ReviewStatus
from deadlines.services import announce, retract

RESTING_ON_THE_APPRAISAL = (
    Stage.notice_end,
    Stage.notice,
    Stage.approval,
    Stage.appraisal_filing,
    Stage.appraisal_application,
)


def appraise(session: Session, transfer: AssetTransfer, *, by: By, on: date, **report: Any) -> None:
    """Enter the appraisal report: base date, value, appraiser, and the procedure it has to go through."""
    _enter_report(session, transfer, "appraise", by=by, on=on, **report)


def appraise_again(session: Session, transfer: AssetTransfer, *, by: By, on: date, **report: Any) -> None:
    """Enter a report that replaces an earlier one; what rested on that is taken back."""
    _enter_report(session, transfer, "appraise_again", by=by, on=on, **report)


def apply_for_filing(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter that the appraisal went to the authority, with the papers that it needs."""
    enter(session, transfer, "apply_for_filing", Stage.appraisal_application, by=by, on=on)


def file_appraisal(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter that the authority filed or approved the appraisal."""
    enter(session, transfer, "file_appraisal", Stage.appraisal_filing, by=by, on=on)


def _enter_report(
    session: Session,
    transfer: AssetTransfer,
    name: str,
    *,
    by: By,
    on: date,
    valuation_base_on: date,
    appraised_amount: Decimal,
    appraiser: str,
    appraisal_procedure: str | None = None,
) -> None:
    WORKFLOW.check(session, name, transfer, by=by)
    require_not_before(on, valuation_base_on)
    if appraised_amount < 0:
        raise InvalidInput({"appraised_amount": _("An amount cannot be negative.")})
    WORKFLOW.apply(session, name, transfer, by=by)
    _take_back_what_rested_on_the_appraisal(session, transfer, by=by, on=on)
    transfer.valuation_base_on = valuation_base_on
    transfer.appraisal_expires_on = rules.appraisal_expiry(valuation_base_on)
    transfer.appraised_on = on
    transfer.appraised_amount = appraised_amount
    transfer.appraiser = appraiser
    if appraisal_procedure:
        transfer.appraisal_procedure = AppraisalProcedure(appraisal_procedure)
    announce(session, transfer, "valuation_base_date", on=valuation_base_on, by=by)
    announce(session, transfer, "appraisal_report_issued", on=on, by=by)


def _take_back_what_rested_on_the_appraisal(
    session: Session, transfer: AssetTransfer, *, by: By, on: date
) -> None:
    if transfer.appraised_on is not None:
        transfer.review = ReviewStatus.draft
    reason = str(_("The assets are appraised again"))
    settled = [stage for stage in RESTING_ON_THE_APPRAISAL if getattr(transfer, STEP_OF[stage].field)]
    for stage in settled:
        setattr(transfer, STEP_OF[stage].field, None)
        for event in events_of(transfer.route, transfer.appraisal_procedure, STEP_OF[stage]):
            retract(session, transfer, event, on=on, by=by, reason=reason)
    transfer.price_consent_on = transfer.floor_price = None
