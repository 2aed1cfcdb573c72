"""The office's ledger of asset transfers: its columns as data, and how rows come in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from assets import queries, services
from assets.models import (
    AppraisalProcedure,
    Asset,
    AssetTransfer,
    Route,
    Stage,
    TransferStatus,
    transfer_traits,
)
from assets.routes import STEP_OF, events_of, path
from assets.rules import appraisal_expiry
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

Row = Mapping[str, Any]
Fault = tuple[int, str, Text]
S = TransferStatus

ROUTE_WORDS = {
    "无偿划转": Route.free_transfer,
    "划转": Route.free_transfer,
    "作价出资": Route.capital_contribution,
    "作价入股": Route.capital_contribution,
    "增资": Route.capital_contribution,
    "有偿转让": Route.sale,
    "转让": Route.sale,
    "出售": Route.sale,
    **{str(route): route for route in Route},
}
PROCEDURE_WORDS = {
    "核准": AppraisalProcedure.approval,
    "备案": AppraisalProcedure.filing,
    **{str(procedure): procedure for procedure in AppraisalProcedure},
}

# the day by which a row shows that a stage is reached
REACHED_BY = {
    S.audited: "audited_on",
    S.appraised: "appraised_on",
    S.appraisal_filed: "appraisal_filed_on",
    S.approved: "approved_on",
    S.agreement_signed: "agreement_on",
    S.taxes_declared: "deed_tax_on",
    S.registered: "registered_on",
    S.booked: "booked_on",
    S.closed: "closed_on",
}
STAGES = tuple(REACHED_BY)
# what a later stage cannot be without: the audit may have left no trace in an old ledger
NEEDED = {stage: (REACHED_BY[stage],) for stage in STAGES[STAGES.index(S.approved) :]}
PRICED_TOO = {S.approved: ("appraisal_filed_on",), S.agreement_signed: ("price",)}
KEPT_DAYS = tuple(dict.fromkeys((*REACHED_BY.values(), *(step.field for step in STEP_OF.values()))))
KEPT = (
    "from_name",
    "to_name",
    "decided_on",
    "decision_document",
    "valuation_base_on",
    "appraised_amount",
    "appraiser",
    "approval_document",
    "floor_price",
    "price",
    "abandoned_on",
)


def find(session: Session, rows: Sequence[Row], *, organization: Organization) -> dict[tuple[Any, ...], int]:
    """Return the ids of transfers kept already, by number, or by title where the ledger has no number."""
    numbers = [row["number"] for row in rows if row.get("number")]
    titles = [row["title"] for row in rows if not row.get("number")]
    kept = queries.transfers_by_number(session, organization, numbers)
    found: dict[tuple[Any, ...], int] = {(number, None): id_ for number, id_ in kept.items()}
    titled = queries.transfers_by_title(session, organization, titles)
    return found | {(None, title): id_ for title, id_ in titled.items()}


def check(session: Session, rows: Sequence[Row], *, organization: Organization) -> list[Fault]:
    """Name what a stage claims without the facts behind it, and what the route does not have."""
    return [(number, column, message) for number, row in enumerate(rows) for column, message in _faults(row)]


def load(session: Session, rows: Sequence[Row], *, by: By, organization: Organization, on: date) -> list[int]:
    """Write new transfers with their asset at the stage that their days show, and start their clocks."""
    given = [row["number"] for row in rows if row.get("number")]
    numbering.keep_ahead(session, services.PREFIX, organization.id, given)
    blanks = len(rows) - len(given)
    fresh = iter(
        numbering.next_numbers(session, services.PREFIX, organization.id, on.year, blanks) if blanks else []
    )
    written = [
        _transfer(row) | {"number": row.get("number") or next(fresh), "organization_id": organization.id}
        for row in rows
    ]
    ids = add_records(session, AssetTransfer, written, by=by)
    insert_rows(
        session,
        cast(Table, Asset.__table__),
        [_asset(id_, row) for id_, row in zip(ids, rows, strict=True)],
    )
    announce_many(session, _entries(ids, rows, organization.id), on=on, by=by)
    return ids


def square_metres(typed: str) -> Decimal:
    """Read an area; it has no unit of money, so it is not read as an amount."""
    plain = (
        str(typed)
        .replace(",", "")
        .replace("，", "")
        .strip()
        .removesuffix("㎡")
        .removesuffix("平方米")
        .strip()
    )
    try:
        area = Decimal(plain).quantize(Decimal("0.01"))
    except InvalidOperation:
        area = Decimal("NaN")
    if area.is_nan():
        raise ValueError(_("Give the area in square metres, such as 12000.50."))
    return area


def status_of(row: Row) -> TransferStatus:
    """Return the stage that a row's days show: the furthest one, or its end."""
    if row.get("abandoned_on"):
        return S.abandoned
    reached = [stage for stage in STAGES if row.get(REACHED_BY[stage])]
    return reached[-1] if reached else S.decided


def _faults(row: Row) -> Iterator[tuple[str, Text]]:
    status = status_of(row)
    if status in STAGES:
        until = STAGES.index(status) + 1
        needed = [column for stage in STAGES[:until] for column in _needed(stage, row["route"])]
        yield from ((c, _("A later stage is dated: this has to be known.")) for c in needed if not row.get(c))
    if len({bool(row.get(c)) for c in ("valuation_base_on", "appraised_on", "appraised_amount")}) > 1:
        yield "appraised_on", _("Base date, report and value of an appraisal belong together.")
    if row.get("appraisal_filed_on") and not row.get("appraised_on"):
        yield "appraised_on", _("The appraisal is filed: its report has to be known.")
    for step in STEP_OF.values():
        if row.get(step.field) and row["route"] not in step.routes:
            yield step.field, _("This stage does not exist on this route.")
    yield from _faults_of_figures(row)


def _needed(stage: TransferStatus, route: Route) -> tuple[str, ...]:
    priced = () if route is Route.free_transfer else PRICED_TOO.get(stage, ())
    return (*NEEDED.get(stage, ()), *priced)


def _faults_of_figures(row: Row) -> Iterator[tuple[str, Text]]:
    if _net(row) > row["book_value"]:
        yield "net_value", _("The net value cannot exceed the book value.")
    for column in ("area", "book_value", "net_value", "appraised_amount", "floor_price", "price"):
        if (row.get(column) or 0) < 0:
            yield column, _("An amount cannot be negative.")
    applied_on, declared_on = row.get("registration_applied_on"), row.get("deed_tax_on")
    if applied_on and (declared_on is None or declared_on > applied_on):
        yield "deed_tax_on", _("Deed tax is declared and paid before the registration.")
    if applied_on and row.get("registered_on") and row["registered_on"] < applied_on:
        yield "registered_on", _("The registration cannot come before its application.")


def _net(row: Row) -> Decimal:
    net: Decimal | None = row.get("net_value")
    return row["book_value"] if net is None else net


def _transfer(row: Row) -> dict[str, Any]:
    status = status_of(row)
    base_on = row.get("valuation_base_on")
    is_paper_approved = row.get("approved_on") is not None
    return {
        "title": row["title"],
        "status": status,
        "review": ReviewStatus.approved if is_paper_approved else ReviewStatus.draft,
        "route": row["route"],
        "appraisal_procedure": row.get("appraisal_procedure") or AppraisalProcedure.filing,
        "appraisal_expires_on": appraisal_expiry(base_on) if base_on else None,
        **{name: row.get(name) for name in (*KEPT, *KEPT_DAYS)},
        # an abandoned case was not closed, whatever the ledger says
        "closed_on": row.get("closed_on") if status is S.closed else None,
        "book_value": row["book_value"],
        "net_value": _net(row),
        "area": row.get("area") or Decimal(0),
        "search_words": (row["from_name"], row["to_name"], row.get("asset")),
    }


def _asset(transfer_id: int, row: Row) -> dict[str, Any]:
    return {
        "transfer_id": transfer_id,
        "name": (row.get("asset") or row["title"])[:120],
        "location": row.get("location"),
        "area": row.get("area") or Decimal(0),
        "book_value": row["book_value"],
        "net_value": _net(row),
        "completion_accepted_on": row.get("completion_accepted_on"),
        "final_accounts_on": row.get("final_accounts_on"),
    }


def _entries(ids: Sequence[int], rows: Sequence[Row], organization_id: int) -> Iterable[Entry]:
    for id_, row in zip(ids, rows, strict=True):
        procedure = row.get("appraisal_procedure") or AppraisalProcedure.filing
        traits = transfer_traits(procedure, row.get("floor_price"), is_paid_in_instalments=False)
        yield Entry(id_, organization_id, traits, list(_dates(row, procedure)))


def _dates(row: Row, procedure: AppraisalProcedure) -> Iterator[Dated]:
    """Return the days of a case that still runs; of one that is over, only what has to be kept."""
    is_over = status_of(row) in {S.closed, S.abandoned}
    if row.get("valuation_base_on") and not is_over and not row.get("registered_on"):
        yield Dated("valuation_base_date", row["valuation_base_on"])
    for step in path(row["route"]):
        day = row.get(step.field)
        if day is not None and (not is_over or step.stage is Stage.appraisal):
            yield from (Dated(event, day) for event in events_of(row["route"], procedure, step))


def _day(name: str, *titles: str, label: Text) -> Column:
    return Column(name, titles, "date", label=label)


SHEET = Sheet(
    kind="transfers",
    needs=Permission.asset_edit,
    label=_("Asset transfers"),
    columns=(
        Column("number", ("划转编号", "案件编号", "编号", "number"), longest=40, label=_("Number")),
        Column(
            "title", ("划转事项", "项目名称", "事项名称", "名称", "title"), required=True, label=_("Title")
        ),
        Column(
            "route",
            ("划转方式", "处置方式", "转移方式", "路线", "route"),
            "choice",
            required=True,
            choices=ROUTE_WORDS,
            label=_("Route"),
        ),
        Column(
            "from_name",
            ("划出单位", "划出方", "转让方", "出资方", "移交单位", "from"),
            required=True,
            longest=120,
            label=_("Transferor"),
        ),
        Column(
            "to_name",
            ("划入单位", "划入方", "受让方", "接收单位", "承接单位", "to"),
            required=True,
            longest=120,
            label=_("Transferee"),
        ),
        Column("asset", ("资产名称", "资产", "房产名称", "asset"), longest=120, label=_("Asset")),
        Column("location", ("坐落", "地址", "位置", "location"), label=_("Location")),
        Column(
            "area",
            ("建筑面积", "面积", "面积（平方米）", "建筑面积（平方米）", "area"),
            clean=square_metres,
            longest=40,
            sample="12000.50",
            label=_("Area (m²)"),
        ),
        Column(
            "book_value",
            ("账面原值", "原值", "资产原值", "账面价值", "book value"),
            "money",
            required=True,
            label=_("Book value"),
        ),
        Column("net_value", ("账面净值", "净值", "资产净值", "net value"), "money", label=_("Net value")),
        _day("completion_accepted_on", "竣工验收日期", "竣工日期", label=_("Completion accepted")),
        _day("final_accounts_on", "竣工决算日期", "财务决算日期", "决算日期", label=_("Final accounts")),
        Column(
            "decided_on",
            ("决策日期", "决定日期", "研究日期", "立项日期", "decided on"),
            "date",
            required=True,
            label=_("Decided on"),
        ),
        Column(
            "decision_document",
            ("决策文号", "会议纪要", "决策文件"),
            longest=120,
            label=_("Decision (document number)"),
        ),
        _day("audited_on", "审计日期", "清产核资日期", label=_("Audit and inventory")),
        _day("valuation_base_on", "评估基准日", "基准日", label=_("Valuation base date")),
        _day("appraised_on", "评估报告日期", "评估日期", label=_("Day of the report")),
        Column(
            "appraised_amount",
            ("评估值", "评估价值", "评估金额", "评估价"),
            "money",
            label=_("Appraised value"),
        ),
        Column("appraiser", ("评估机构", "评估公司"), longest=120, label=_("Appraiser")),
        Column(
            "appraisal_procedure",
            ("核准或备案", "评估管理方式"),
            "choice",
            choices=PROCEDURE_WORDS,
            label=_("Procedure of the appraisal"),
        ),
        _day("appraisal_applied_on", "评估报送日期", "备案申请日期", label=_("Application to the authority")),
        _day(
            "appraisal_filed_on",
            "评估备案日期",
            "评估核准日期",
            "备案日期",
            label=_("Appraisal filed or approved"),
        ),
        _day("approved_on", "批复日期", "批准日期", "划转批复日期", label=_("Approval of the transfer")),
        Column(
            "approval_document",
            ("批复文号", "批准文号"),
            longest=120,
            label=_("Approval (document number)"),
        ),
        Column("floor_price", ("转让底价", "挂牌底价", "底价"), "money", label=_("Floor price (yuan)")),
        _day("notice_published_on", "转让公告日期", "挂牌日期", label=_("Notice of the sale")),
        _day("notice_ended_on", "公告期满日期", "公告截止日期", label=_("End of the notice")),
        _day("agreement_on", "协议签订日期", "签订日期", "协议日期", label=_("Agreement")),
        Column("price", ("成交价", "转让价款", "作价金额", "出资金额"), "money", label=_("Price")),
        _day("price_paid_on", "价款付清日期", "付款日期", label=_("Payment of the price")),
        _day("company_registered_on", "变更登记日期", "工商变更日期", label=_("Company registration")),
        _day("deed_tax_on", "契税申报日期", "契税日期", "完税日期", label=_("Deed tax")),
        _day("land_vat_on", "土地增值税申报日期", "土增税日期", label=_("Land value-added tax")),
        _day("stamp_duty_on", "印花税申报日期", "印花税日期", label=_("Stamp tax")),
        _day(
            "registration_applied_on",
            "不动产登记受理日期",
            "登记受理日期",
            label=_("Application for registration"),
        ),
        _day(
            "registered_on",
            "不动产登记日期",
            "过户日期",
            "登记日期",
            label=_("Registration of the real estate"),
        ),
        _day("booked_on", "入账日期", "账务处理日期", label=_("Booking on both sides")),
        _day("property_registered_on", "产权登记日期", label=_("Registration of property rights")),
        _day("closed_on", "结案日期", "办结日期", label=_("Case closed")),
        _day("abandoned_on", "放弃日期", "终止日期", label=_("Abandoned")),
    ),
    natural_key=("number",),
    identify=lambda row: (row["number"], None) if row.get("number") else (None, row.get("title")),
    find=find,
    check=check,
    load=load,
)

SHEETS: tuple[Sheet, ...] = (SHEET,)
