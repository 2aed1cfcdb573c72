"""The days that the steps of a qualification have entered, as they may be corrected."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.kinds import Entry, Happening
from core.records import ReviewStatus
from deadlines.models import EventDate
from vendors import qualifications, rules
from vendors.certificates import CERTIFICATES
from vendors.models import Qualification, QualificationStatus

Q = QualificationStatus
UNVERIFIED = frozenset({Q.submitted, Q.rejected})
OVER = frozenset({Q.renewed, Q.withdrawn, Q.lapsed})

PRINTED = _("It is printed on the certificate: correct it, or withdraw the certificate.")
RENEWING = _("It has taken the place of another certificate: withdraw it, or correct the day only.")
STANDS = _("The certificate has lapsed, or was replaced or withdrawn: its days stand.")


def entries(session: Session, held: Qualification) -> list[Entry]:
    """Return the entered days of a verified certificate; before that its form is open."""
    if held.status in UNVERIFIED or held.verified_on is None:
        return []
    known, fixed = CERTIFICATES[held.certificate], STANDS if held.status in OVER else None
    renewal = _renewal_on(session, held)
    printed = [Happening(known.issued_event)]
    found = [_printed(held, "issued_on", printed, fixed)]
    if held.expires_on is not None:
        printed.append(Happening(known.expiry_event, planned=True))
        found.append(_printed(held, "expires_on", printed[1:], fixed))
    found.append(_verification(held, printed, renewal, fixed))
    if renewal is not None:
        found.append(
            Entry(
                key="renewal_application_submitted",
                label=_("Note the application for renewal"),
                on=renewal,
                transition="apply_for_renewal",
                events=(Happening("renewal_application_submitted"),),
                follows=((_("Issued on"), held.issued_on),),
                fixed=fixed,
            )
        )
    return found


@contextmanager
def guard(session: Session, held: Qualification, _entry: Entry, on: date) -> Iterator[None]:
    """Refuse days that contradict one another or another certificate; keep what the vendor lacks in step."""
    yield
    faults = rules.certificate_faults(held.category, held.certificate, held.issued_on, held.expires_on)
    if "expires_on" in faults:
        raise InvalidInput({"to": faults["expires_on"]})
    qualifications.refuse_twin(session, held.vendor, held.certificate_number, held.issued_on, held)
    session.flush()
    qualifications.tell(session, held.vendor, on)


def _renewal_on(session: Session, held: Qualification) -> date | None:
    chosen = (EventDate.record_id == held.id, EventDate.event == "renewal_application_submitted")
    return session.scalars(select(EventDate.occurred_on).where(*chosen)).first()


def _printed(held: Qualification, column: str, events: list[Happening], fixed: object) -> Entry:
    return Entry(
        key=column,
        label=_("Issued on") if column == "issued_on" else _("Last day"),
        on=getattr(held, column),
        transition="verify",
        events=tuple(events),
        keeps=((held, column),),
        stays=PRINTED,
        fixed=STANDS if fixed else None,
    )


def _verification(
    held: Qualification, printed: list[Happening], renewal: date | None, fixed: object
) -> Entry:
    on = held.verified_on
    if on is None:
        raise LookupError("a certificate that nobody has verified")
    applied = ((_("Note the application for renewal"), renewal),) if renewal else ()
    return Entry(
        key="verified_on",
        label=_("Verified on"),
        on=on,
        transition="verify",
        events=tuple(Happening(each.event, after=None, planned=each.planned) for each in printed),
        keeps=((held, "verified_on"),),
        follows=((_("Issued on"), held.issued_on),),
        puts_back=(
            (held, "verified_on", None),
            (held, "verified_by_id", None),
            (held, "source", None),
            (held, "review", ReviewStatus.submitted),
        ),
        leads=applied,
        stays=RENEWING if held.replaces_id is not None else None,
        fixed=STANDS if fixed else None,
    )
