"""The people of the sample office, for what a test does on their behalf beside the screens."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts import services as contracts
from contracts.models import Contract
from core import workflow
from core.auth import User
from core.permissions import Permission
from procurement import services as procurement
from procurement.models import Tender
from vendors import services as vendors
from vendors.models import Vendor


def person(session: Session, name: str) -> User:
    """Return a person by the name before the at sign."""
    return session.scalars(select(User).where(User.email == f"{name}@demo.example")).one()


def prepare_notice(session: Session, title: str, today: date) -> None:
    """Take an approved need to the eve of its notice."""
    officer, approver = person(session, "officer"), person(session, "approver")
    tender = session.scalars(select(Tender).where(Tender.title == title)).one()
    for step, days in (("publish_intent", 45), ("file_plan", 40)):
        procurement.advance(session, tender, step, by=officer, on=today - timedelta(days))
    procurement.draft_documents(session, tender, by=officer, on=today - timedelta(12))
    workflow.review(session, tender, "submit", by=officer, needs=Permission.tender_edit)
    workflow.review(session, tender, "approve", by=approver, needs=Permission.tender_approve)
    procurement.advance(session, tender, "review_documents", by=officer, on=today - timedelta(5))


def raise_need(session: Session, title: str, today: date, *, submitted: bool = False) -> int:
    """Enter a need and return its id."""
    officer = person(session, "officer")
    tender = procurement.raise_need(
        session,
        by=officer,
        on=today,
        organization=officer.organization,
        title=title,
        method="public_tender",
        category="environment",
        budget=Decimal(800000),
    )
    if submitted:
        workflow.review(session, tender, "submit", by=officer, needs=Permission.tender_edit)
    session.flush()
    return tender.id


def ready_contract(session: Session, title: str, today: date) -> int:
    """Draw up a contract that only has to be signed, and return its id."""
    officer, finance = person(session, "officer"), person(session, "finance")
    vendor = session.scalars(select(Vendor).where(Vendor.title.startswith("博能"))).one()
    contract: Contract = contracts.draft(
        session,
        by=officer,
        organization=officer.organization,
        on=today - timedelta(3),
        title=title,
        vendor=vendor,
        amount=Decimal(380000),
        category="environment",
        starts_on=today,
        ends_on=today + timedelta(364),
        award_letter_on=today - timedelta(5),
    )
    workflow.review(session, contract, "submit", by=officer, needs=Permission.contract_edit)
    contracts.clear_legal(session, contract, by=finance, on=today - timedelta(2))
    contracts.clear_finance(session, contract, by=finance, on=today - timedelta(1))
    approver = person(session, "approver")
    workflow.review(session, contract, "approve", by=approver, needs=Permission.contract_approve)
    session.flush()
    return contract.id


def register_vendor(session: Session, title: str, today: date) -> str:
    """Enter a vendor and return its number."""
    officer = person(session, "officer")
    vendor = vendors.register(
        session,
        by=officer,
        on=today,
        organization=officer.organization,
        title=title,
        contact="示例联系人",
        phone="0796-0000000",
    )
    session.flush()
    return vendor.number
