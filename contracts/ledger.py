"""The office's ledger of contracts: its columns as data, and how rows come in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from contracts import queries, services
from contracts.models import Basis, Contract, ContractStatus, Nature, PaymentLine, contract_traits
from contracts.rules import LONGEST_ACCEPTANCE_DAYS, NO_SUCH_TERM, is_sensible_term
from core import numbering
from core.auth import By
from core.bulk import add_records, insert_rows
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.ledger.sheets import Column, Sheet
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.rules import GOVERNMENT_METHODS
from procurement.ledger import METHOD_WORDS
from procurement.queries import tenders_by_number
from vendors import credit_code
from vendors.categories import CATEGORY_WORDS
from vendors.ledger import CODE_TITLES, SAMPLE_CODE
from vendors.queries import register_of, vendors_by_code, vendors_by_name

Row = Mapping[str, Any]
Fault = tuple[int, str, Text]

NATURE_WORDS = {
    "服务": Nature.service,
    "服务类": Nature.service,
    "货物": Nature.goods,
    "货物类": Nature.goods,
    "工程": Nature.works,
    "工程类": Nature.works,
    **{str(nature): nature for nature in Nature},
}

VENDOR_TITLES = ("供应商名称", "供应商", "乙方", "承包单位", "服务单位", "签约单位", "vendor")
WINNER_TITLES = ("中标单位", "成交供应商", "中标供应商")
UNSIGNED_DAYS = ("published_on", "filed_on", "completed_on", "terminated_on", "paid_on")


def find(session: Session, rows: Sequence[Row], *, organization: Organization) -> dict[tuple[Any, ...], int]:
    """Return the ids of contracts kept already, by number, or by title where the ledger has no number."""
    numbers = [row["number"] for row in rows if row.get("number")]
    titles = [row["title"] for row in rows if not row.get("number")]
    kept = queries.contracts_by_number(session, organization, numbers)
    found: dict[tuple[Any, ...], int] = {(number, None): id_ for number, id_ in kept.items()}
    titled = queries.contracts_by_title(session, organization, titles)
    return found | {(None, title): id_ for title, id_ in titled.items()}


def check(session: Session, rows: Sequence[Row], *, organization: Organization) -> list[Fault]:
    """Name unknown parties, and amounts and days that contradict one another."""
    vendors = _vendors_of(session, rows, organization)
    tenders = _tenders_of(session, rows, organization)
    faults: list[Fault] = []
    for number, row in enumerate(rows):
        if number not in vendors:
            column = "vendor_code" if row.get("vendor_code") else "vendor"
            faults.append((number, column, _("One vendor of the register has to be meant: import it first.")))
        if row.get("tender") and row["tender"] not in tenders:
            faults.append((number, "tender", _("No tender has this number.")))
        faults += [(number, column, message) for column, message in _faults(row)]
    return faults


def load(session: Session, rows: Sequence[Row], *, by: By, organization: Organization, on: date) -> list[int]:
    """Write new contracts at the stage that their days show, and start the clocks of those days.

    What the ledger shows against the rules, such as a signing after the work began, is kept as it is
    and named on the contract's page: the past is not put right by refusing to see it.
    """
    given = [row["number"] for row in rows if row.get("number")]
    numbering.keep_ahead(session, services.PREFIX, organization.id, given)
    blanks = len(rows) - len(given)
    fresh = iter(
        numbering.next_numbers(session, services.PREFIX, organization.id, on.year, blanks) if blanks else []
    )
    vendors = _vendors_of(session, rows, organization)
    tenders = _tenders_of(session, rows, organization)
    payees = queries.payees(session, set(vendors.values()))
    written = [
        _contract(row, vendors[n], payees[vendors[n]], tenders.get(row.get("tender") or ""), on)
        | {"number": row.get("number") or next(fresh), "organization_id": organization.id}
        for n, row in enumerate(rows)
    ]
    ids = add_records(session, Contract, written, by=by)
    paid = [_line(id_, row) for id_, row in zip(ids, rows, strict=True) if row.get("paid")]
    insert_rows(session, cast(Table, PaymentLine.__table__), paid)
    announce_many(session, _entries(ids, rows, written, organization, on), on=on, by=by)
    return ids


def status_of(row: Row, on: date) -> ContractStatus:
    """Return the stage that a row's days show."""
    if row.get("signed_on") is None:
        return ContractStatus.drafted
    if row.get("terminated_on"):
        return ContractStatus.terminated
    if row.get("completed_on"):
        return ContractStatus.completed
    if (row.get("starts_on") or row["signed_on"]) <= on:
        return ContractStatus.performing
    is_disclosed = row.get("published_on") and row.get("filed_on")
    return ContractStatus.filed if is_disclosed else ContractStatus.signed


def _faults(row: Row) -> Iterator[tuple[str, Text]]:
    starts_on, ends_on = row.get("starts_on"), row.get("ends_on")
    if row["amount"] <= 0:
        yield "amount", _("Give an amount above zero.")
    if starts_on and ends_on and ends_on < starts_on:
        yield "ends_on", _("The term cannot end before it starts.")
    if row.get("completed_on") and row.get("terminated_on"):
        yield "terminated_on", _("A contract is either completed or terminated.")
    if row.get("signed_on") is None and (day := next(filter(row.get, UNSIGNED_DAYS), None)):
        yield day, _("The contract has no day of signing.")
    days = row.get("payment_days")
    if days is not None and not is_sensible_term(days):
        yield "payment_days", NO_SUCH_TERM
    acceptance_days = row.get("acceptance_days")
    if acceptance_days is not None and not 1 <= acceptance_days <= LONGEST_ACCEPTANCE_DAYS:
        yield "acceptance_days", _("Give from 1 to 365 days, or leave it empty.")
    yield from _faults_of_payment(row)


def _faults_of_payment(row: Row) -> Iterator[tuple[str, Text]]:
    paid = row.get("paid") or Decimal(0)
    if paid < 0:
        yield "paid", _("An amount cannot be negative.")
    if paid > row["amount"]:
        yield "paid", _("More is paid than the contract comes to.")
    if bool(paid) != bool(row.get("paid_on")):
        yield "paid_on", _("What is paid has a day, and a day of payment has its amount.")


def _vendors_of(session: Session, rows: Sequence[Row], organization: Organization) -> dict[int, int]:
    register = register_of(organization)
    codes = {row["vendor_code"] for row in rows if row.get("vendor_code")}
    names = {row["vendor"] for row in rows if row.get("vendor") and not row.get("vendor_code")}
    by_code = vendors_by_code(session, register, codes)
    by_name = vendors_by_name(session, register, names)
    found: dict[int, int] = {}
    for number, row in enumerate(rows):
        if code := row.get("vendor_code"):
            ids = [by_code[code]] if code in by_code else []
        else:
            ids = by_name.get(row.get("vendor") or "", [])
        if len(ids) == 1:
            found[number] = ids[0]
    return found


def _tenders_of(session: Session, rows: Sequence[Row], organization: Organization) -> dict[str, int]:
    numbers = {row["tender"] for row in rows if row.get("tender")}
    return tenders_by_number(session, organization, sorted(numbers)) if numbers else {}


def _contract(
    row: Row, vendor_id: int, payee: tuple[str, bool], tender_id: int | None, on: date
) -> dict[str, Any]:
    status = status_of(row, on)
    name, is_sme = payee
    paid = row.get("paid") or Decimal(0)
    kept = ("signed_on", "published_on", "filed_on", "starts_on", "ends_on", "completed_on", "terminated_on")
    return {
        "title": row["title"],
        "status": status,
        "review": ReviewStatus.draft if status is ContractStatus.drafted else ReviewStatus.approved,
        "vendor_id": vendor_id,
        "vendor_name": name,
        "is_payee_sme": is_sme,
        "tender_id": tender_id,
        "procurement_method": row.get("procurement_method"),
        "is_government_procurement": _is_government_procurement(row),
        "nature": row.get("nature") or Nature.service,
        "category": row.get("category"),
        "payment_days": row.get("payment_days"),
        "acceptance_days": row.get("acceptance_days"),
        "is_emergency": bool(row.get("is_emergency")),
        "amount": row["amount"],
        "ceiling": row["amount"],
        "scheduled": paid,
        "paid": paid,
        "award_letter_on": row.get("award_letter_on"),
        **{day: row.get(day) for day in kept},
        "search_words": (name,),
    }


def _is_government_procurement(row: Row) -> bool:
    told = row.get("is_government_procurement")
    return row.get("procurement_method") in GOVERNMENT_METHODS if told is None else bool(told)


def _line(contract_id: int, row: Row) -> dict[str, Any]:
    """Return the one instalment that stands for what was paid before the contract came in."""
    return {
        "contract_id": contract_id,
        "position": 1,
        "label": str(_("Paid before the import")),
        "basis": Basis.invoiced,
        "amount": row["paid"],
        "invoiced_on": row["paid_on"],
        "paid_on": row["paid_on"],
        "paid_amount": row["paid"],
    }


def _entries(
    ids: Sequence[int],
    rows: Sequence[Row],
    written: Sequence[Mapping[str, Any]],
    organization: Organization,
    on: date,
) -> Iterable[Entry]:
    for id_, row, kept in zip(ids, rows, written, strict=True):
        traits = contract_traits(
            payer=organization.kind,
            method=kept["procurement_method"] if kept["tender_id"] is None else None,
            is_government_procurement=kept["is_government_procurement"],
            is_service=kept["nature"] is Nature.service,
            is_payee_sme=kept["is_payee_sme"],
            payment_days=kept["payment_days"],
        )
        yield Entry(id_, organization.id, traits, list(_dates(row, kept, on)), party_id=kept["vendor_id"])


def _dates(row: Row, kept: Mapping[str, Any], on: date) -> Iterator[Dated]:
    ended_on = kept["completed_on"] or kept["terminated_on"]
    starts_on = kept["starts_on"] or kept["signed_on"]
    is_alone = kept["tender_id"] is None
    days: tuple[tuple[str, date | None], ...] = (
        ("award_letter_issued", row.get("award_letter_on") if is_alone else None),
        ("contract_signed", kept["signed_on"]),
        ("contract_published", kept["published_on"]),
        ("contract_filed", kept["filed_on"]),
        ("procurement_closed", ended_on if is_alone else None),
    )
    yield from (Dated(event, day) for event, day in days if day is not None)
    if kept["signed_on"] and starts_on:
        yield Dated("contract_effective", starts_on, planned=starts_on > on)
    if expires_on := ended_on or (kept["signed_on"] and kept["ends_on"]):
        yield Dated("contract_expiry", expires_on, planned=ended_on is None)


def _day(name: str, *titles: str, label: Text) -> Column:
    return Column(name, titles, "date", label=label)


SHEET = Sheet(
    kind="contracts",
    needs=Permission.contract_edit,
    label=_("Contracts"),
    columns=(
        Column("number", ("合同编号", "合同号", "编号", "number"), longest=40, label=_("Number")),
        Column(
            "title",
            ("合同名称", "项目名称", "合同标题", "名称", "title"),
            required=True,
            label=_("Title"),
        ),
        Column(
            "vendor",
            (*VENDOR_TITLES, *WINNER_TITLES),
            label=_("Vendor"),
        ),
        Column(
            "vendor_code",
            CODE_TITLES,
            clean=lambda typed: credit_code.check(typed, field="vendor_code"),
            longest=40,
            sample=SAMPLE_CODE,
            label=_("Unified social credit code"),
        ),
        Column(
            "tender",
            ("采购项目编号", "采购编号", "招标编号", "项目编号", "tender"),
            longest=40,
            label=_("Tender"),
        ),
        Column(
            "amount",
            ("合同金额", "合同价", "合同价款", "合同总价", "签约金额", "金额", "amount"),
            "money",
            required=True,
            label=_("Amount"),
        ),
        Column(
            "nature",
            ("合同类型", "合同类别", "采购类型", "品目类别", "nature"),
            "choice",
            choices=NATURE_WORDS,
            label=_("What is bought"),
        ),
        Column(
            "category",
            ("服务类别", "类别", "category"),
            "choice",
            choices=CATEGORY_WORDS,
            label=_("Service category"),
        ),
        Column(
            "procurement_method",
            ("采购方式", "招标方式", "方式", "method"),
            "choice",
            choices=METHOD_WORDS,
            label=_("Procurement method"),
        ),
        Column(
            "is_government_procurement",
            ("是否政府采购", "政府采购", "government procurement"),
            "boolean",
            label=_("Government procurement"),
        ),
        _day(
            "award_letter_on",
            "中标通知书日期",
            "成交通知书日期",
            "通知书日期",
            label=_("Award letter issued"),
        ),
        _day(
            "signed_on",
            "签订日期",
            "签约日期",
            "合同签订日期",
            "签订时间",
            "合同日期",
            "signed on",
            label=_("Signed on"),
        ),
        _day("published_on", "合同公告日期", "公告日期", "合同公示日期", label=_("Published on")),
        _day("filed_on", "合同备案日期", "备案日期", label=_("Filed on")),
        _day(
            "starts_on",
            "合同开始日期",
            "服务开始日期",
            "开始日期",
            "起始日期",
            "生效日期",
            label=_("Term begins"),
        ),
        _day(
            "ends_on",
            "合同到期日",
            "合同到期日期",
            "合同结束日期",
            "服务结束日期",
            "结束日期",
            "到期日期",
            "到期日",
            "截止日期",
            label=_("Term ends"),
        ),
        Column(
            "payment_days",
            ("付款期限（天）", "付款期限", "付款期限(天)", "账期", "payment days"),
            "integer",
            label=_("Agreed term of payment (days)"),
        ),
        Column(
            "acceptance_days",
            ("约定验收期限（天）", "验收期限", "检验期限", "检验期", "acceptance days"),
            "integer",
            label=_("Agreed time of acceptance (days)"),
        ),
        Column(
            "is_emergency",
            ("是否紧急采购", "紧急采购", "emergency purchase"),
            "boolean",
            label=_("Emergency purchase"),
        ),
        Column(
            "paid",
            ("已付金额", "已付款", "已支付金额", "累计付款", "累计支付", "paid"),
            "money",
            label=_("Paid"),
        ),
        _day("paid_on", "最近付款日期", "付款日期", "支付日期", label=_("Last payment")),
        _day("completed_on", "履行完毕日期", "完成日期", "完工日期", label=_("Completed on")),
        _day("terminated_on", "合同解除日期", "解除日期", "终止日期", label=_("Terminated on")),
    ),
    natural_key=("number",),
    identify=lambda row: (row["number"], None) if row.get("number") else (None, row.get("title")),
    find=find,
    check=check,
    load=load,
)

SHEETS: tuple[Sheet, ...] = (SHEET,)
