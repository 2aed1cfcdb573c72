"""A file returned with a remark at each field that is wrong."""

from datetime import date

from sqlalchemy.orm import Session

from core.auth import By
from core.errors import InvalidInput
from vendors import review, services
from vendors.models import Vendor

REMARK = "remark_"


def send_back(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    reason: str | None = None,
    **remarks: str | None,
) -> None:
    """Return the file for correction, saying of each field what is wrong, or of the whole."""
    given = {name.removeprefix(REMARK): text for name, text in remarks.items()}
    unknown = given.keys() - review.FIELDS.keys()
    if unknown:
        raise InvalidInput({REMARK + field: field for field in unknown})
    services.send_back(session, vendor, by=by, reason=review.in_one(given, reason))
    review.remark(session, vendor, given, by=by, on=on)
    session.flush()
