"""Identity numbers, credentials and accounts of nobody."""

from datetime import date

from core.identity import id_check
from tests.factories import serial
from vendors import papers
from vendors.evidence import Credential

DAY = date(2026, 3, 2)


def make_id_number() -> str:
    """Make a valid identity number of nobody, of a division that does not exist."""
    first = f"99000019900101{next(serial) % 1000:03d}"
    return first + id_check(first)


def hire(session, vendor, by, checker, credential: Credential, until=date(2029, 3, 1), id_number=None):
    """Enter a person and have the registration verified by somebody else."""
    papers.add_person(
        session,
        vendor,
        by=by,
        name=f"示例人员{next(serial)}",
        id_number=id_number or make_id_number(),
        credential=credential,
        certificate_number=f"示例证{next(serial)}",
        expires_on=until,
    )
    person = max(papers.people(session, vendor), key=lambda each: each.id)
    papers.verify_person(session, vendor, by=checker, on=DAY, person=person.id, source="示例登记系统")
    return person
