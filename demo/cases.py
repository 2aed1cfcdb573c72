"""The cases of the demonstration zone: tenders, contracts and asset transfers in every state."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assets import appraisals
from assets import services as assets
from assets.models import AssetTransfer
from contracts import payments
from contracts import services as contracts
from contracts.models import Contract
from core import workflow
from core.permissions import Permission
from demo.office import SAMPLE, Office
from procurement import disputes
from procurement import services as procurement
from procurement.models import Tender


def _approve(office: Office, record: Any, needs: Permission, edit: Permission) -> None:
    workflow.review(office.session, record, "submit", by=office.officer, needs=edit)
    workflow.review(office.session, record, "approve", by=office.people["approver"], needs=needs)


def _tender(office: Office, title: str, method: str, category: str, budget: str, raised_on: date) -> Tender:
    return procurement.raise_need(
        office.session,
        by=office.officer,
        on=raised_on,
        organization=office.places["zone"],
        title=f"{title}{SAMPLE}",
        method=method,
        category=category,
        budget=Decimal(budget),
    )


def _prepare(office: Office, tender: Tender, notice_on: date, *, agent: bool = False) -> None:
    """Take a tender from its need to the approved documents, well before its notice."""
    session, officer = office.session, office.officer
    _approve(office, tender, Permission.tender_approve, Permission.tender_edit)
    procurement.advance(session, tender, "publish_intent", by=officer, on=notice_on - timedelta(days=45))
    procurement.advance(session, tender, "file_plan", by=officer, on=notice_on - timedelta(days=40))
    if agent:
        procurement.engage_agent(
            session, tender, by=officer, on=notice_on - timedelta(days=30), agent=office.vendors["agency"]
        )
    procurement.draft_documents(session, tender, by=officer, on=notice_on - timedelta(days=12))
    _approve(office, tender, Permission.tender_approve, Permission.tender_edit)
    procurement.advance(session, tender, "review_documents", by=officer, on=notice_on - timedelta(days=5))


def _award(
    office: Office, tender: Tender, opened_on: date, letter_on: date, winner: str, amount: str
) -> None:
    """Take a tender from its deadline to the award letter."""
    session, officer = office.session, office.officer
    procurement.close_bids(session, tender, by=officer, on=opened_on)
    for step in ("open_bids", "check_qualifications", "evaluate"):
        procurement.advance(session, tender, step, by=officer, on=opened_on)
    procurement.receive_report(session, tender, by=officer, on=opened_on + timedelta(days=1))
    procurement.confirm_result(
        session,
        tender,
        by=office.people["approver"],
        on=letter_on - timedelta(days=1),
        winner=office.vendors[winner],
        award_amount=Decimal(amount),
    )
    procurement.advance(session, tender, "publish_result", by=officer, on=letter_on, letter_on=letter_on)


def lay_tenders(office: Office) -> None:
    days, session, officer = office.days, office.session, office.officer
    _environment(office)
    _sanitation(office)
    _tender(office, "应急救援服务", "competitive_consultation", "safety", "980000", days.plain(-20))
    testing = _tender(
        office, "园区消防设施年度检测", "request_for_quotation", "fire", "380000", days.plain(-40)
    )
    _prepare(office, testing, days.back(2))
    procurement.advance(
        session, testing, "publish_notice", by=officer,
        notice_on=days.back(2), documents_on=days.back(2), deadline_on=days.ahead(4),
    )  # fmt: skip
    safety = _tender(office, "下年度安全生产监管服务", "public_tender", "safety", "2360000", days.plain(-9))
    workflow.review(session, safety, "submit", by=officer, needs=Permission.tender_edit)
    _tender(office, "企业环境监测服务", "competitive_consultation", "environment", "1260000", days.today)


def _environment(office: Office) -> None:
    """An award letter six working days old: the losers' bonds should have been returned yesterday."""
    days = office.days
    letter_on = days.back(6)
    notice_on = letter_on - timedelta(days=34)
    tender = _tender(
        office, "环境监测服务", "public_tender", "environment", "2180000", notice_on - timedelta(days=50)
    )
    _prepare(office, tender, notice_on)
    opened_on = notice_on + timedelta(days=28)
    procurement.advance(
        office.session, tender, "publish_notice", by=office.officer, notice_on=notice_on,
        documents_on=notice_on, supply_end_on=notice_on + timedelta(days=18), deadline_on=opened_on,
    )  # fmt: skip
    _award(office, tender, opened_on, letter_on, "shengfeng", "2086000")


def _sanitation(office: Office) -> None:
    """A challenge five working days old: its answer is due in two, and the signing stands still."""
    days, session, officer = office.days, office.session, office.officer
    letter_on = days.back(9)
    notice_on = letter_on - timedelta(days=36)
    raised_on = notice_on - timedelta(days=60)
    tender = _tender(office, "园区环卫一体化服务", "public_tender", "sanitation", "4860000", raised_on)
    _prepare(office, tender, notice_on, agent=True)
    opened_on = notice_on + timedelta(days=29)
    procurement.advance(
        session, tender, "publish_notice", by=officer, notice_on=notice_on, documents_on=notice_on,
        supply_end_on=notice_on + timedelta(days=18), deadline_on=opened_on,
    )  # fmt: skip
    _award(office, tender, opened_on, letter_on, "boneng", "4599000")
    disputes.receive_challenge(session, tender, by=officer, on=days.back(5), reference="质疑函 1 号")
    disputes.receive_complaint(session, tender, by=officer, on=days.today, reference="投诉书 1 号")


def sign_contract(
    office: Office, title: str, vendor: str, category: str, amount: str, signed_on: date
) -> Contract:
    """Take a contract from its draft to the signature, to be paid in two instalments."""
    session = office.session
    contract = contracts.draft(
        session,
        by=office.officer,
        organization=office.places["zone"],
        on=signed_on - timedelta(days=12),
        title=f"{title}{SAMPLE}",
        vendor=office.vendors[vendor],
        amount=Decimal(amount),
        category=category,
        starts_on=signed_on,
        ends_on=signed_on + timedelta(days=364),
        award_letter_on=signed_on - timedelta(days=13),
    )
    for label, part in (("首期款", "0.4"), ("尾款", "0.6")):
        payments.schedule(
            session,
            contract,
            by=office.officer,
            label=label,
            basis="accepted",
            amount=Decimal(amount) * Decimal(part),
        )
    workflow.review(session, contract, "submit", by=office.officer, needs=Permission.contract_edit)
    contracts.clear_legal(session, contract, by=office.people["finance"], on=signed_on - timedelta(days=8))
    contracts.clear_finance(session, contract, by=office.people["finance"], on=signed_on - timedelta(days=7))
    workflow.review(
        session, contract, "approve", by=office.people["approver"], needs=Permission.contract_approve
    )
    seal_note = "经开区管理专用章，4 份（示例）"
    contracts.sign(session, contract, by=office.people["approver"], on=signed_on, seal_note=seal_note)
    return contract


def lay_contracts(office: Office) -> None:
    days, session, officer = office.days, office.session, office.officer
    sign_contract(office, "安全生产监管服务合同", "chemical", "safety", "1860000", days.back(2))
    late = sign_contract(office, "消防安全技术服务合同", "fire", "fire", "420000", days.back(10))
    contracts.publish(session, late, by=officer, on=days.back(9))
    paid = sign_contract(
        office, "环境保护技术服务合同", "shengfeng", "environment", "1360000", days.plain(-150)
    )
    contracts.publish(session, paid, by=officer, on=days.plain(-149))
    contracts.file(session, paid, by=officer, on=days.plain(-145))
    contracts.begin(session, paid, by=officer, on=days.plain(-144))
    payments.deliver(session, paid, by=officer, on=days.plain(-30), line=1)
    payments.accept(session, paid, by=office.people["colleague"], on=days.plain(-24), line=1)
    payments.enter_invoice(session, paid, by=officer, on=days.plain(-22), line=1)


def lay_transfers(office: Office) -> None:
    days, session, desk = office.days, office.session, office.people["assets"]
    base_on = days.plain(-247)
    put_in = _transfer(
        office, "标准厂房 3–6 号楼作价出资", "capital_contribution", "42600000", days.plain(-260)
    )
    assets.finish_audit(session, put_in, by=desk, on=days.plain(-230))
    appraisals.appraise(
        session, put_in, by=desk, on=days.plain(-200), valuation_base_on=base_on,
        appraised_amount=Decimal(51800000), appraiser="某资产评估机构（示例）",
    )  # fmt: skip
    moved = _transfer(office, "标准厂房 1 号楼无偿划转", "free_transfer", "13800000", days.plain(-120))
    assets.finish_audit(session, moved, by=desk, on=days.plain(-100))
    workflow.review(session, moved, "submit", by=desk, needs=Permission.asset_edit)
    workflow.review(session, moved, "approve", by=office.people["approver"], needs=Permission.asset_approve)
    assets.approve(
        session, moved, by=office.people["approver"], on=days.plain(-60), approval_document="县府办函（示例）"
    )
    assets.sign_agreement(session, moved, by=desk, on=days.back(8))
    _transfer(office, "标准厂房 8 号楼有偿转让", "sale", "9600000", days.plain(-6))


def _transfer(office: Office, title: str, route: str, value: str, decided_on: date) -> AssetTransfer:
    desk = office.people["assets"]
    transfer = assets.create(
        office.session,
        by=desk,
        organization=office.places["zone"],
        on=decided_on,
        title=f"{title}{SAMPLE}",
        route=route,
        from_name="经济开发区管委会",
        to_name="县工投",
    )
    assets.add_asset(
        office.session,
        transfer,
        by=desk,
        name=title,
        book_value=Decimal(value),
        net_value=Decimal(value) * Decimal("0.9"),
        area=Decimal(12000),
        location="工业一路（示例）",
        completion_accepted_on=decided_on - timedelta(days=300),
        final_accounts_on=decided_on - timedelta(days=30),
    )
    return transfer
