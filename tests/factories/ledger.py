"""Ledger files for tests, and a small kind of record that they can list."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import func, select

from core import bulk, clock
from core.documents import Store
from core.ledger import services, withdrawal
from core.ledger.models import LedgerImport, LedgerRecord
from core.ledger.plan import Plan
from core.ledger.sheets import Column, Sheet, Sheets
from core.permissions import RoleName
from core.records import Record
from tests import factories

ON = date(2026, 11, 23)

HEADINGS = ("编号", "名称", "金额（元）", "日期", "类别", "数量", "是否公开")
COLOURS = {"红": "red", "红色": "red", "绿": "green"}


def find_matters(session, rows: Sequence[Mapping[str, Any]], *, organization) -> dict:
    """Return the matters kept already, by number or by title."""
    numbers = [row["number"] for row in rows if row["number"]]
    titles = [row["title"] for row in rows if not row["number"]]
    own = select(Record.id, Record.number, Record.title).where(Record.organization_id == organization.id)
    kept = session.execute(own.where(Record.number.in_(numbers)))
    titled = session.execute(own.where(Record.title.in_(titles)))
    return {(row.number, None): row.id for row in kept} | {(None, row.title): row.id for row in titled}


def check_matters(session, rows, *, organization) -> list:
    """Refuse what is called so."""
    return [(n, "title", "这个名称不可用") for n, row in enumerate(rows) if row["title"] == "不可用"]


def load_matters(session, rows, *, by, organization, on: date) -> list[int]:
    """Write matters."""
    written = [
        {
            "number": row["number"] or f"MT-{on.year}-{row['title']}",
            "title": row["title"],
            "organization_id": organization.id,
            "search_words": (str(row["amount"]),),
        }
        for row in rows
    ]
    return bulk.add_records(session, Record, written, by=by)


MATTERS = Sheet(
    kind="matters",
    label="事项",
    columns=(
        Column("number", ("编号", "number"), longest=40),
        Column("title", ("名称", "事项名称", "title"), required=True, longest=60),
        Column("amount", ("金额", "合同金额", "amount"), "money"),
        Column("on", ("日期", "签订日期"), "date"),
        Column("colour", ("类别",), "choice", choices=COLOURS),
        Column("count", ("数量",), "integer"),
        Column("public", ("是否公开",), "boolean"),
    ),
    natural_key=("number",),
    identify=lambda row: (row["number"], None) if row["number"] else (None, row["title"]),
    find=find_matters,
    check=check_matters,
    load=load_matters,
)


def lines(count: int, prefix: str = "A") -> list[list[Any]]:
    """Return good rows below the usual headings."""
    return [
        [f"{prefix}-{i}", f"事项{prefix}{i}", 100 + i, date(2026, 3, 1), "红", i, "是"] for i in range(count)
    ]


def workbook(
    path: Path,
    rows: Sequence[Sequence[Any]],
    *,
    merged: Sequence[tuple[int, int, int, int, str]] = (),
    name: str | None = None,
    others: Mapping[str, Sequence[Sequence[Any]]] | None = None,
) -> Path:
    """Write a workbook; ``merged`` holds (first row, first column, last row, last column, text) from 0."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, content in {name or "Sheet1": rows, **(others or {})}.items():
            page = book.add_worksheet(title)
            for r, row in enumerate(content):
                for c, value in enumerate(row):
                    put(page, r, c, value, days)
        for area in merged:
            book.worksheets()[0].merge_range(*area)
    return path


def put(page: Any, row: int, column: int, value: Any, days: Any) -> None:
    """Write one cell by the type of its value."""
    if isinstance(value, date):
        page.write_datetime(row, column, datetime.combine(value, time()), days)
    elif value is not None and value != "":
        page.write(row, column, value)


def text_file(
    path: Path, rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", comma: str = ","
) -> Path:
    """Write a text file with a delimiter."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=comma).writerows(rows)
    path.write_bytes(buffer.getvalue().encode(encoding))
    return path


CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cell(address: str, text: str) -> str:
    """Return the XML of a cell with text."""
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def raw_workbook(path: Path, rows: str, *, dimension: str = "", book: str = "", **entries: bytes) -> Path:
    """Write a workbook whose one sheet holds this XML, with further entries of the archive."""
    sheet = f'<worksheet xmlns="{MAIN}">{dimension}<sheetData>{rows}</sheetData></worksheet>'
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **entries}.items():
            archive.writestr(name, content)
    return path


TWO_ROWS = (
    f'<row r="1">{cell("A1", "编号")}{cell("B1", "名称")}</row>'
    f'<row r="2">{cell("A2", "A-1")}{cell("B2", "事项一")}</row>'
)


@dataclass
class Desk:
    """Somebody at work on ledgers."""

    session: Any
    store: Store
    folder: Path
    by: Any
    place: Any

    def receive(self, rows, *, name="台账.xlsx", **named) -> LedgerImport:
        make: Callable[..., Path] = text_file if name.endswith(".csv") else workbook
        path = make(self.folder / "incoming", rows, **named)
        return self.receive_bytes(path.read_bytes(), name)

    def receive_bytes(self, content: bytes, name: str = "台账.xlsx") -> LedgerImport:
        return services.receive(
            self.session,
            services.Upload(io.BytesIO(content), name, 1 << 20),
            MATTERS,
            by=self.by,
            organization=self.place,
            at=clock.now(),
            store=self.store,
        )

    def settle(self, entry, columns=None, units=None) -> None:
        services.settle(
            self.session,
            entry,
            MATTERS,
            by=self.by,
            at=clock.now(),
            columns=columns if columns is not None else Plan.from_json(entry.plan).columns,
            units=units or {},
        )

    def check(self, entry):
        path = self.store.path(entry.sha256)
        tally = services.examine(self.session, entry, MATTERS, path=path, tell=lambda *_: None)
        services.note_check(self.session, entry, MATTERS, tally, at=clock.now())
        return tally

    def commit(self, entry):
        return services.commit(
            self.session,
            entry,
            MATTERS,
            by=self.by,
            on=ON,
            at=clock.now(),
            path=self.store.path(entry.sha256),
            tell=lambda *_: None,
        )

    def take_in(self, rows, **named) -> LedgerImport:
        entry = self.receive(rows, **named)
        self.settle(entry)
        self.commit(entry)
        return entry

    def undo(self, entry, upkeep=frozenset()) -> int:
        sheets = Sheets((MATTERS,), upkeep=upkeep)
        return withdrawal.undo(self.session, entry, sheets, by=self.by, at=clock.now(), tell=lambda *_: None)

    def count(self) -> int:
        own = select(func.count()).select_from(Record).where(Record.organization_id == self.place.id)
        return self.session.scalar(own)

    def made(self, entry) -> list[Record]:
        wanted = select(Record).join(LedgerRecord, LedgerRecord.record_id == Record.id)
        wanted = wanted.where(LedgerRecord.import_id == entry.id).order_by(LedgerRecord.row)
        return list(self.session.scalars(wanted))


def make_desk(session, folder: Path) -> Desk:
    """Return an officer with a place to keep files."""
    place = factories.make_organization()
    by = factories.make_user(RoleName.officer, organization=place)
    return Desk(session, Store(folder / "store"), folder, by, place)
