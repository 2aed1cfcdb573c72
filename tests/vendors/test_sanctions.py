"""A sanction keeps a vendor from everything new, unless a named authority excepts it."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from core.auth import SYSTEM
from core.errors import InvalidInput, WrongState
from tests.factories.vendors import make_vendor
from vendors import sanctions, services
from vendors.dossier import Purpose, SanctionException
from vendors.models import VendorStatus

DAY = date(2026, 3, 2)
UNTIL = date(2026, 9, 1)  # as the factory sets it
V = VendorStatus


def grant(session, vendor, **given):
    return sanctions.grant(
        session,
        vendor,
        **{
            "by": SYSTEM,
            "on": DAY,
            "purpose": "contract",
            "authority": "示例管委会主任办公会",
            "document_number": "示例纪要〔2026〕3号",
            "reason": "示例：应急处置，无其他单位",
            "until": date(2026, 3, 31),
        }
        | given,
    )


@pytest.mark.parametrize(
    ("status", "on", "is_refused"),
    [
        (V.admitted, DAY, False),
        (V.registered, DAY, False),
        (V.suspended, UNTIL, True),
        (V.suspended, date(2026, 9, 2), False),
        (V.debarred, UNTIL, True),
        (V.debarred, date(2026, 9, 2), True),  # readmission is a decision, not a date
        (V.removed, DAY, True),
    ],
)
@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.payment])
def test_a_barred_vendor_is_refused_for_every_purpose(session, status, on, is_refused, purpose):
    vendor = make_vendor(status=status)
    if is_refused:
        with pytest.raises(sanctions.Barred, match="named authority"):
            sanctions.require_clear(session, vendor, purpose, on)
    else:
        sanctions.require_clear(session, vendor, purpose, on)


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [(V.admitted, False), (V.suspended, True), (V.debarred, True), (V.removed, False)],
)
def test_a_sanction_stops_payments_and_leaving_the_register_does_not(session, status, is_refused):
    vendor = make_vendor(status=status)
    if is_refused:
        with pytest.raises(sanctions.Barred, match="be paid"):
            sanctions.require_clear(session, vendor, Purpose.payment, DAY)
    else:
        sanctions.require_clear(session, vendor, Purpose.payment, DAY)


def test_the_refusal_names_the_sanction_its_end_and_its_reason(session):
    vendor = make_vendor(status=V.suspended, status_reason="示例：弄虚作假")

    with pytest.raises(sanctions.Barred) as refusal:
        sanctions.require_clear(session, vendor, Purpose.award, DAY)

    assert all(
        part in str(refusal.value) for part in ("Suspended", "2026-09-01", "示例：弄虚作假", "be awarded")
    )


@pytest.mark.parametrize(
    ("purpose", "on", "is_refused"),
    [
        (Purpose.contract, date(2026, 3, 1), True),
        (Purpose.contract, DAY, False),
        (Purpose.contract, date(2026, 3, 31), False),
        (Purpose.contract, date(2026, 4, 1), True),
        (Purpose.payment, DAY, True),
    ],
)
def test_an_exception_covers_its_purpose_between_its_days(session, purpose, on, is_refused):
    vendor = make_vendor(status=V.debarred)
    grant(session, vendor)
    session.commit()

    if is_refused:
        with pytest.raises(sanctions.Barred):
            sanctions.require_clear(session, vendor, purpose, on)
    else:
        sanctions.require_clear(session, vendor, purpose, on)


@pytest.mark.parametrize("field", ["authority", "document_number", "reason"])
def test_an_exception_names_authority_document_and_reason(session, field):
    with pytest.raises(InvalidInput) as refusal:
        grant(session, make_vendor(status=V.suspended), **{field: " "})
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize(("until", "is_refused"), [(date(2026, 3, 1), True), (DAY, False)])
def test_an_exception_does_not_end_before_it_is_recorded(session, until, is_refused):
    vendor = make_vendor(status=V.suspended)
    if is_refused:
        with pytest.raises(InvalidInput):
            grant(session, vendor, until=until)
    else:
        grant(session, vendor, until=until)


def test_a_vendor_without_a_sanction_needs_no_exception(session):
    with pytest.raises(WrongState):
        grant(session, make_vendor())


def test_the_database_refuses_an_exception_that_is_over_at_once(session):
    vendor = make_vendor(status=V.suspended)
    session.add(
        SanctionException(
            vendor_id=vendor.id,
            purpose=Purpose.pick,
            authority="示例",
            document_number="示例",
            reason="示例",
            recorded_on=DAY,
            until=date(2026, 3, 1),
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("act", ["suspend", "debar", "remove"])
def test_a_sanction_says_who_decided_and_by_which_paper(session, act):
    vendor = make_vendor()
    given = {"authority": "示例管委会", "document_number": "示例〔2026〕2号"}
    until = {} if act == "remove" else {"until": UNTIL}

    getattr(services, act)(session, vendor, by=SYSTEM, on=DAY, reason="示例：弄虚作假", **until, **given)
    session.commit()

    assert vendor.status_reason == "示例：弄虚作假 (示例管委会 示例〔2026〕2号)"


@pytest.mark.parametrize(("length", "is_refused"), [(500, False), (501, True)])
def test_a_reason_fits_into_its_column(session, length, is_refused):
    vendor = make_vendor()
    if is_refused:
        with pytest.raises(InvalidInput, match="500"):
            services.suspend(session, vendor, by=SYSTEM, on=DAY, until=UNTIL, reason="由" * length)
    else:
        services.suspend(session, vendor, by=SYSTEM, on=DAY, until=UNTIL, reason="由" * length)
