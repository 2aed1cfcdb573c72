"""Exports: no cell is a formula, numbers stay numbers, Chinese names arrive, and filters are kept."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from core import exports
from core.auth import User
from core.cells import plain
from core.register import column
from tests import factories
from tests.conftest import SignIn
from tests.core.test_register import LIST, app  # noqa: F401 - the application with the notebook's register
from tests.factories.notebooks import NotebookStatus, make_notebook

TITLES = ["编号", "金额"]
AS_IT_IS = [lambda value: value] * 2


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix(exports.BOM), newline="")))


def written(*values: object) -> list[str]:
    """Return the cells of one CSV row."""
    text = "".join(exports.csv_rows(["x"] * len(values), [lambda v: v] * len(values), [(1, *values)]))
    return rows_of(text)[1]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_would_be_a_formula_gets_a_quote(start: str) -> None:
    assert written(f"{start}cmd|'/C calc'!A0") == [f"'{start}cmd|'/C calc'!A0"]


@pytest.mark.parametrize("text", ["环卫", "HT-2026-0001", "a=b", "'=1", " =1", "", "91310000MA1FL00001"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert written(text) == [text]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (Decimal("-100.50"), "-100.50"),
        (Decimal("1234567890123456.78"), "1234567890123456.78"),
        (-3, "-3"),
        (None, ""),
        (date(2026, 11, 3), "2026-11-03"),
        (datetime(2026, 11, 3, 9, 5), "2026-11-03 09:05"),  # noqa: DTZ001 - local time on a sheet
    ],
)
def test_numbers_and_days_are_written_plainly(value: object, cell: str) -> None:
    assert written(value) == [cell]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1a"), max_size=20))
def test_no_text_at_all_begins_a_formula(text: str) -> None:
    (cell,) = written(text)
    assert cell[:1] not in exports.FORMULA_STARTS
    assert cell in {text, f"'{text}"}


def test_the_first_character_tells_excel_that_it_is_utf8() -> None:
    first = next(exports.csv_rows(TITLES, AS_IT_IS, []))
    assert first.encode().startswith(b"\xef\xbb\xbf")
    assert rows_of(first) == [TITLES]


@pytest.mark.parametrize("count", [0, 1, exports.BATCH - 1, exports.BATCH, exports.BATCH + 1])
def test_every_row_is_streamed_once(count: int) -> None:
    parts = list(exports.csv_rows(TITLES, AS_IT_IS, ((i, f"n{i}", i) for i in range(count))))
    assert len(parts) == count // exports.BATCH + 1
    assert [row[0] for row in rows_of("".join(parts))[1:]] == [f"n{i}" for i in range(count)]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "https://example.org", "0012", "{=A1}"]
    with exports.xlsx_file(["文"], [lambda v: v], [(i, text) for i, text in enumerate(texts)]) as file:
        raw = file.read()
    sheet = CalamineWorkbook.from_filelike(BytesIO(raw)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet] == ["文", *texts]
    assert b"<f>" not in unzipped(raw)
    assert b"hyperlink" not in unzipped(raw)


def unzipped(raw: bytes) -> bytes:
    with ZipFile(BytesIO(raw)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_a_workbook_keeps_amounts_and_days_as_such() -> None:
    row = (1, Decimal("1234.50"), date(2026, 11, 3), None, 7)
    with exports.xlsx_file(["a", "b", "c", "d"], [lambda v: v] * 4, [row]) as file:
        sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    assert sheet[1] == [1234.5, date(2026, 11, 3), "", 7.0]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (
            "合同-2026-11-23.csv",
            "filename=\"-2026-11-23.csv\"; filename*=UTF-8''%E5%90%88%E5%90%8C-2026-11-23.csv",
        ),
        ("合同.xlsx", "filename=\"export.xlsx\"; filename*=UTF-8''%E5%90%88%E5%90%8C.xlsx"),
        ('a"\r\nb.csv', "filename=\"ab.csv\"; filename*=UTF-8''a%22%0D%0Ab.csv"),
    ],
)
def test_a_chinese_name_arrives(name: str, header: str) -> None:
    assert exports.disposition(name) == f"attachment; {header}"


# -- through the register -----------------------------------------------------------------------------------


@pytest.fixture
def officer(session: Session) -> User:
    return factories.make_user()


@pytest.fixture
def browser(officer: User, as_user: SignIn) -> FlaskClient:
    return as_user(officer)


@pytest.fixture
def books(officer: User) -> None:
    partner = make_notebook("=供方", organization=officer.organization, number="0001", price=Decimal(500))
    make_notebook(
        "写满的",
        organization=officer.organization,
        status=NotebookStatus.full,
        partner=partner,
        number="0002",
    )
    make_notebook("别处的")


def test_a_register_is_exported_in_words(browser: FlaskClient, books: None, officer: User) -> None:
    answer = browser.get(LIST + "export/csv/?sort=number")
    assert answer.mimetype == "text/csv"
    assert "%E7%AC%94%E8%AE%B0%E6%9C%AC%E5%86%8C" in answer.headers["Content-Disposition"]
    _titles, first, second = rows_of(answer.get_data(as_text=True))
    place = officer.organization.name
    assert first == ["0001", "'=供方", "空白", "500.00", "2026-12-31", place, "", ""]
    assert second == ["0002", "写满的", "写满", "9.90", "2026-12-31", place, "'=供方", ""]


@pytest.mark.parametrize(
    ("query", "rows"), [("", 2), ("?status=full", 1), ("?q=写满", 1), ("?status=burnt", 0)]
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_export_keeps_to_the_filters(
    browser: FlaskClient, books: None, query: str, rows: int, suffix: str
) -> None:
    answer = browser.get(f"{LIST}export/{suffix}/{query}", buffered=True)
    assert answer.status_code == 200
    if suffix == "csv":
        assert len(rows_of(answer.get_data(as_text=True))) == rows + 1
    else:
        sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert len(sheet) == rows + 1


@pytest.mark.parametrize(("most", "status"), [(2, 200), (1, 302)])
def test_a_workbook_that_would_be_too_long_leads_back_to_the_list(
    browser: FlaskClient, books: None, most: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_XLSX_ROWS", most)
    answer = browser.get(LIST + "export/xlsx/?price_from=1", buffered=True)
    assert answer.status_code == status
    if status == 302:
        assert answer.location.endswith("/admin/notebook/?price_from=1")
        assert "CSV" in browser.get(LIST).text


@pytest.mark.parametrize("suffix", ["pdf", "json", "CSV"])
def test_other_kinds_of_sheet_are_not_there(browser: FlaskClient, suffix: str) -> None:
    assert browser.get(f"{LIST}export/{suffix}/").status_code == 404


def test_moments_are_exported_in_the_time_of_china(app: Flask) -> None:  # noqa: F811 - the fixture
    write = plain(column(User, "created_at", "x"))
    local = datetime(2026, 1, 1, 0, 30)  # noqa: DTZ001 - local time on a sheet
    assert write(datetime(2025, 12, 31, 16, 30, tzinfo=UTC)) == local
    assert write(None) is None
