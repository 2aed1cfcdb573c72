"""Contracts by the hundred thousand, with the words, the spread and the skew of real ones."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from typing import Any

from bench.databases import Office, analyze, fill, without_indexes

PLACES = [
    "经济开发区",
    "高新区",
    "东湖片区",
    "南城街道",
    "老工业园",
    "科创园",
    "物流港",
    "化工园区",
    "北部新区",
    "滨江大道",
]
THINGS = [
    "环卫",
    "物业",
    "消防",
    "绿化",
    "保洁",
    "安保",
    "检测",
    "评估",
    "审计",
    "造价咨询",
    "监理",
    "勘察",
    "设计",
    "污水处理",
    "应急救援",
    "法律服务",
    "信息化",
    "档案整理",
    "餐饮",
    "车辆租赁",
]
FORMS = [
    "服务",
    "采购项目",
    "一体化",
    "维护合同",
    "年度服务合同",
    "框架协议",
    "补充协议",
    "改造工程",
    "技术服务",
    "运营管理",
]
NAMES = [
    "华",
    "中",
    "兴",
    "盛",
    "恒",
    "远",
    "建",
    "安",
    "瑞",
    "信",
    "宏",
    "泰",
    "德",
    "明",
    "光",
    "达",
    "鑫",
    "源",
    "海",
    "天",
    "龙",
    "腾",
    "金",
    "石",
    "嘉",
    "禾",
]
FIRMS = ["物业管理有限公司", "检测技术有限公司", "建设集团", "工程咨询有限公司", "环境科技股份有限公司"]
CATEGORIES = ("testing", "legal", "finance", None)
VENDORS = 2000
CHUNK = 100_000
FIRST_DAY = date(2023, 1, 1)
DAYS = [FIRST_DAY + timedelta(n) for n in range(1500)]

RECORDS = [
    "id",
    "kind",
    "number",
    "title",
    "organization_id",
    "review",
    "search_text",
    "is_sample",
    "version",
    "created_at",
]
CONTRACTS = [
    "id",
    "status",
    "vendor_id",
    "vendor_name",
    "is_payee_sme",
    "is_government_procurement",
    "nature",
    "category",
    "is_multi_year",
    "amount",
    "ceiling",
    "supplemented",
    "scheduled",
    "paid",
    "signed_on",
    "ends_on",
    "seal_note",
]
VENDOR = ["id", "register_id", "status", "size"]

Pair = tuple[tuple[Any, ...], tuple[Any, ...]]


def sign(place: Office, count: int, *, first: int = VENDORS + 1, searched: bool = False) -> None:
    """Add contracts, nearly all of them in performance, with their vendors when they are the first."""
    with without_indexes(place, "records", "contracts", searched=searched):
        if first == VENDORS + 1:
            _vendors(place)
        _write(place, _contracts(place, first, count, "performing"))


def draft(place: Office, count: int) -> None:
    """Add fresh drafts on top: the skew under which a filter by state must not search long."""
    with closing(place.connect()) as connection:
        (last,) = connection.execute("select max(id) from records").fetchone()
    _write(place, _contracts(place, last + 1, count, "drafted"))
    analyze(place)


def _write(place: Office, pairs: Iterator[Pair]) -> None:
    while chunk := list(islice(pairs, CHUNK)):
        fill(place, "records", RECORDS, (record for record, _ in chunk))
        fill(place, "contracts", CONTRACTS, (contract for _, contract in chunk))


def vendor_names() -> list[str]:
    """Return the names of the vendors; vendor n has the id n + 1."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    return ["".join(chance.choices(NAMES, k=3)) + chance.choice(FIRMS) + str(n) for n in range(VENDORS)]


def _vendors(place: Office) -> None:
    names = vendor_names()
    head = [(n, "vendor", f"GYS-{n}", name, place.zone_id) for n, name in enumerate(names, start=1)]
    fill(place, "records", RECORDS, [(*row, *_rest(place, f"{row[2]} {row[3]}")) for row in head])
    fill(place, "vendors", VENDOR, [(row[0], place.zone_id, "registered", "small") for row in head])


def _contracts(place: Office, first: int, count: int, usual: str) -> Iterator[Pair]:
    chance = random.Random(first)  # noqa: S311 - repeatable on purpose
    names = vendor_names()
    one, pick, number = chance.random, chance.choice, chance.randrange
    no = False if place.engine == "postgresql" else 0
    for id_ in range(first, first + count):
        code = f"HT-{2020 + id_ % 7}-{id_:07d}"
        title = f"{pick(PLACES)}{pick(THINGS)}{pick(FORMS)}（{number(2020, 2028)}年第{number(1, 400)}号）"
        vendor = number(VENDORS)
        status = usual if usual == "drafted" or one() < 0.95 else "signed"
        signed = None if status == "drafted" else DAYS[number(1000)]
        ends = DAYS[number(1500)]
        amount = number(10**6, 10**9)
        yield (
            (
                id_,
                "contract",
                code,
                title,
                pick(place.organization_ids),
                *_rest(place, f"{code} {title} {names[vendor]}"),
            ),
            (
                id_,
                status,
                vendor + 1,
                names[vendor],
                no,
                no,
                "service",
                pick(CATEGORIES),
                no,
                amount,
                amount,
                0,
                0,
                0,
                *_days(place, signed, ends),
                "",
            ),
        )


def _rest(place: Office, text: str) -> tuple[Any, ...]:
    no = False if place.engine == "postgresql" else 0
    moment = "2026-01-01 00:00:00.000000" + ("+00" if place.engine == "postgresql" else "")
    return ("draft", text, no, 1, moment)


def _days(place: Office, *days: date | None) -> list[Any]:
    return [day if day is None or place.engine == "postgresql" else day.isoformat() for day in days]


def bare_draft(place: Office, id_: int, title: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Return the two inserts of which a draft consists, and nothing that the product adds to them."""
    ((record, contract),) = _contracts(place, id_, 1, "drafted")
    record = (*record[:3], title, *record[4:])
    return [
        (f"insert into {table} ({', '.join(names)}) values ({', '.join([place.mark] * len(names))})", row)
        for table, names, row in (("records", RECORDS, record), ("contracts", CONTRACTS, contract))
    ]
