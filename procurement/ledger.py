"""The office's ledger of tenders: its columns as data, and how rows come in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from core import numbering
from core.auth import By
from core.bulk import add_records
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.ledger.sheets import Column, Sheet
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.rules import Method
from procurement import queries, services
from procurement.methods import ROUTES, TERMS
from procurement.models import EXITS, ExitReason, Tender, TenderStatus, tender_traits
from vendors.categories import CATEGORY_WORDS, ServiceCategory
from vendors.queries import register_of, vendors_by_name

Row = Mapping[str, Any]
Fault = tuple[int, str, Text]

METHOD_WORDS: dict[str, Method] = {
    "公开招标": Method.public_tender,
    "邀请招标": Method.invited_tender,
    "竞争性谈判": Method.competitive_negotiation,
    "谈判": Method.competitive_negotiation,
    "竞争性磋商": Method.competitive_consultation,
    "磋商": Method.competitive_consultation,
    "询价": Method.request_for_quotation,
    "单一来源": Method.single_source,
    "单一来源采购": Method.single_source,
    "框架协议": Method.framework_agreement,
    "框架协议采购": Method.framework_agreement,
    "依法必须招标": Method.bidding_law_tender,
    "工程招标": Method.bidding_law_tender,
    **{str(method): method for method in Method},
}

EXIT_WORDS: dict[str, TenderStatus] = {
    "流标": TenderStatus.failed,
    "废标": TenderStatus.void,
    "终止": TenderStatus.terminated,
    "终止采购": TenderStatus.terminated,
    **{str(status): status for status in sorted(EXITS)},
}

# column -> the steps whose day it may be: the first that the method has
DAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "intent_on": (("publish_intent", "on"),),
    "plan_on": (("file_plan", "on"),),
    "notice_on": (("publish_notice", "notice_on"), ("publicise", "on")),
    "documents_on": (("publish_notice", "documents_on"),),
    "deadline_on": (("publish_notice", "deadline_on"),),
    "opened_on": (("open_bids", "on"), ("receive_responses", "on"), ("negotiate", "on")),
    "evaluated_on": (("evaluate", "on"),),
    "confirmed_on": (("confirm_result", "on"),),
    "result_on": (("publish_result", "on"),),
    "letter_on": (("publish_result", "letter_on"),),
    "signed_on": (("conclude", "on"), ("sign_framework", "on")),
}
AWARDED = frozenset(
    {TenderStatus.result_confirmed, TenderStatus.result_published, TenderStatus.contract_signed}
)


def find(session: Session, rows: Sequence[Row], *, organization: Organization) -> dict[tuple[Any, ...], int]:
    """Return the ids of tenders kept already, by number, or by title and budget where there is none."""
    numbers = [row["number"] for row in rows if row.get("number")]
    titles = [row["title"] for row in rows if not row.get("number")]
    kept = queries.tenders_by_number(session, organization, numbers)
    titled = queries.tenders_by_title(session, organization, titles)
    found: dict[tuple[Any, ...], int] = {(number,): id_ for number, id_ in kept.items()}
    return found | {(None, *named): id_ for named, id_ in titled.items()}


def identify(row: Row) -> tuple[Any, ...]:
    """Return what tells a tender from others: a title comes back every year, rarely with the same budget."""
    return (row["number"],) if row.get("number") else (None, row.get("title"), row.get("budget"))


def check(session: Session, rows: Sequence[Row], *, organization: Organization) -> list[Fault]:
    """Name the days that a method does not know, and what a stage claims without the facts behind it."""
    return [(number, column, message) for number, row in enumerate(rows) for column, message in _faults(row)]


def load(session: Session, rows: Sequence[Row], *, by: By, organization: Organization, on: date) -> list[int]:
    """Write new tenders at the stage that their days show, and start the clocks of those days."""
    given = [row["number"] for row in rows if row.get("number")]
    numbering.keep_ahead(session, services.PREFIX, organization.id, given)
    blanks = len(rows) - len(given)
    fresh = iter(
        numbering.next_numbers(session, services.PREFIX, organization.id, on.year, blanks) if blanks else []
    )
    names = {row[name] for row in rows for name in ("agent", "winner") if row.get(name)}
    vendors = vendors_by_name(session, register_of(organization), names)
    written = [_tender(row, row.get("number") or next(fresh), organization.id, vendors) for row in rows]
    ids = add_records(session, Tender, written, by=by)
    announce_many(session, _entries(ids, rows, organization.id, on), on=on, by=by)
    return ids


def events_of(row: Row) -> dict[str, date]:
    """Return the days of a row by the events of its method."""
    given = ((column, row.get(column)) for column in DAYS)
    return {event: day for column, day in given if day for event in _events(row["method"], column)}


def status_of(row: Row) -> TenderStatus:
    """Return the stage that a row's days show: the last one that has happened, or its exit."""
    if exit_ := row.get("exit"):
        return TenderStatus(exit_)
    known = events_of(row).keys() - TERMS
    steps = reversed(ROUTES[row["method"]].steps)
    return next((step.target for step in steps if not known.isdisjoint(step.events)), TenderStatus.need)


@cache
def _events(method: Method, column: str) -> tuple[str, ...]:
    for transition, name in DAYS[column]:
        step = ROUTES[method].step(transition)
        if events := tuple(event for asked, event in (step.days if step else ()) if asked == name):
            return events
    return ()


def _faults(row: Row) -> Iterable[tuple[str, Text]]:
    method = row["method"]
    for column in DAYS:
        if row.get(column) and not _events(method, column):
            yield column, _("This method has no such date.")
    if row["budget"] <= 0:
        yield "budget", _("The budget is an amount above zero.")
    if (row.get("award_amount") or 0) < 0:
        yield "award_amount", _("Give the amount of the award.")
    if status_of(row) in AWARDED and not row.get("winner") and method is not Method.framework_agreement:
        yield "winner", _("The result is confirmed: name the winner.")
    if bool(row.get("exit")) != bool(row.get("exited_on")):
        yield "exited_on", _("An exit has a day, and a day of exit has its kind.")


def _tender(row: Row, number: str, organization_id: int, vendors: Mapping[str, list[int]]) -> dict[str, Any]:
    status = status_of(row)
    parties: dict[str, Any] = {}
    for name in ("agent", "winner"):
        ids = vendors.get(row.get(name) or "", [])
        known = ids[0] if len(ids) == 1 else None
        parties |= {f"{name}_id": known, f"{name}_name": None if known else row.get(name)}
    is_exit = status in EXITS
    return {
        "number": number,
        "title": row["title"],
        "organization_id": organization_id,
        "status": status,
        "review": ReviewStatus.draft if status is TenderStatus.need else ReviewStatus.approved,
        "method": row["method"],
        "category": row.get("category") or ServiceCategory.other,
        "budget": row["budget"],
        "award_amount": row.get("award_amount"),
        **parties,
        "exit_reason": ExitReason.other if is_exit else None,
        "exit_note": row.get("exit_note"),
        "exited_on": row.get("exited_on") if is_exit else None,
        "search_words": (row.get("agent"), row.get("winner")),
    }


def _entries(ids: Sequence[int], rows: Sequence[Row], organization_id: int, on: date) -> Iterable[Entry]:
    for id_, row in zip(ids, rows, strict=True):
        dates = [
            Dated(event, day, planned=event in TERMS and day >= on) for event, day in events_of(row).items()
        ]
        if row.get("exited_on"):
            dates.append(Dated("procurement_closed", row["exited_on"]))
        yield Entry(
            id_, organization_id, tender_traits(row["method"], has_agent=bool(row.get("agent"))), dates
        )


def _day(name: str, *titles: str, label: Text) -> Column:
    return Column(name, titles, "date", label=label)


SHEET = Sheet(
    kind="tenders",
    needs=Permission.tender_edit,
    label=_("Tenders"),
    columns=(
        Column(
            "number", ("项目编号", "采购编号", "招标编号", "编号", "number"), longest=40, label=_("Number")
        ),
        Column(
            "title",
            ("项目名称", "采购项目", "采购项目名称", "招标项目名称", "名称", "title"),
            required=True,
            label=_("Name of the purchase"),
        ),
        Column(
            "method",
            ("采购方式", "招标方式", "方式", "method"),
            "choice",
            required=True,
            choices=METHOD_WORDS,
            label=_("Procurement method"),
        ),
        Column(
            "category",
            ("服务类别", "类别", "品目", "category"),
            "choice",
            choices=CATEGORY_WORDS,
            label=_("Service"),
        ),
        Column(
            "budget",
            ("预算金额", "预算", "采购预算", "控制价", "最高限价", "budget"),
            "money",
            required=True,
            label=_("Budget"),
        ),
        Column("agent", ("代理机构", "采购代理机构", "招标代理", "agent"), label=_("Agent")),
        _day("intent_on", "意向公开日期", "采购意向公开日期", label=_("Intent published on")),
        _day("plan_on", "计划备案日期", "采购计划备案日期", label=_("Plan filed on")),
        _day("notice_on", "公告日期", "招标公告日期", "采购公告日期", label=_("Notice published on")),
        _day(
            "documents_on",
            "文件发出日期",
            "招标文件发出日期",
            "采购文件发出日期",
            "发标日期",
            label=_("Documents first issued on"),
        ),
        _day(
            "deadline_on",
            "投标截止日期",
            "投标截止时间",
            "响应截止日期",
            "截标日期",
            label=_("Deadline for bids or responses"),
        ),
        _day("opened_on", "开标日期", "开标时间", "开启日期", "谈判日期", label=_("Opened on")),
        _day("evaluated_on", "评审日期", "评标日期", label=_("Evaluation ended on")),
        _day("confirmed_on", "定标日期", "确定日期", "成交日期", label=_("Result confirmed on")),
        _day("result_on", "结果公告日期", "中标公告日期", "成交公告日期", label=_("Result published on")),
        _day("letter_on", "中标通知书日期", "成交通知书日期", "通知书日期", label=_("Letter issued on")),
        _day("signed_on", "合同签订日期", "签约日期", "合同日期", label=_("Contract signed on")),
        Column(
            "winner",
            ("中标供应商", "成交供应商", "中标单位", "成交单位", "中标人", "winner"),
            label=_("Winner"),
        ),
        Column(
            "award_amount",
            ("中标金额", "成交金额", "中标价", "成交价", "award"),
            "money",
            label=_("Award"),
        ),
        Column(
            "exit", ("终止情形", "异常情形", "exit"), "choice", choices=EXIT_WORDS, label=_("Kind of exit")
        ),
        _day("exited_on", "终止日期", "流标日期", "废标日期", label=_("Ended on")),
        Column("exit_note", ("终止原因", "流标原因", "废标原因"), longest=500, label=_("Explanation")),
    ),
    natural_key=("number",),
    identify=identify,
    find=find,
    check=check,
    load=load,
)

SHEETS: tuple[Sheet, ...] = (SHEET,)
