"""What ends by itself, noted the same day: certificates, suspensions, and what rests on them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.errors import DomainError
from core.i18n import lazy_gettext as _
from core.records import Record
from vendors import followers, needs, qualifications, services
from vendors.dossier import VendorNeed
from vendors.evidence import A_DAY
from vendors.models import Qualification, QualificationStatus, Vendor, VendorStatus
from vendors.queries import portions

logger = logging.getLogger(__name__)

AT_ONCE = 500
# a worker that stood still for so long still tells of everything
LOOK_BACK = timedelta(days=31)


@dataclass
class Day:
    """What a day has brought to an end."""

    lapsed: int = 0
    lifted: int = 0
    vendors: int = 0
    refused: int = 0


def settle(session: Session, on: date) -> Day:
    """Note everything that has ended before this day; a second time it finds nothing."""
    day = Day()
    for vendor in _ended_suspensions(session, on):
        with _apart(session, vendor, day):
            _lift(session, vendor)
            day.lifted += 1
    for held in _ended_certificates(session, on):
        with _apart(session, held, day):
            qualifications.lapse(session, held, by=SYSTEM, on=on)
            day.lapsed += 1
    day.vendors = needs.refresh_all(session, on)
    _tell_of_ended_needs(session, on)
    return day


@contextmanager
def _apart(session: Session, record: Record, day: Day) -> Iterator[None]:
    """Let a record that refuses its step hold up no other; the log names it, and tomorrow tries again."""
    number = record.number
    try:
        with session.begin_nested():
            yield
    except DomainError:
        day.refused += 1
        logger.exception("%s could not be brought to its end", number)


def _lift(session: Session, vendor: Vendor) -> None:
    until = vendor.suspended_until
    reason = _("The suspension ended with %(day)s.") % {"day": until.isoformat() if until else ""}
    services.reinstate(session, vendor, by=SYSTEM, reason=str(reason))


def _ended_suspensions(session: Session, on: date) -> list[Vendor]:
    ended = select(Vendor).where(Vendor.status == VendorStatus.suspended, Vendor.suspended_until < on)
    return list(session.scalars(ended.order_by(Vendor.id)))


def _ended_certificates(session: Session, on: date) -> Iterator[Qualification]:
    ended = (
        select(Qualification.id)
        .where(Qualification.status == QualificationStatus.verified, Qualification.expires_on < on)
        .order_by(Qualification.id)
    )
    for ids in portions(session.scalars(ended).all()):
        for start in range(0, len(ids), AT_ONCE):
            some = select(Qualification).where(Qualification.id.in_(ids[start : start + AT_ONCE]))
            yield from session.scalars(some.order_by(Qualification.id)).all()


def _tell_of_ended_needs(session: Session, on: date) -> None:
    """Tell of the vendors that met a requirement once and meet it no longer: people leave no certificate."""
    ended = select(VendorNeed.vendor_id).where(VendorNeed.met_until.between(on - LOOK_BACK, on - A_DAY))
    for ids in portions(session.scalars(ended.distinct()).all()):
        for vendor in session.scalars(select(Vendor).where(Vendor.id.in_(ids)).order_by(Vendor.id)):
            followers.tell(session, vendor, on)
