"""Templates that come back as they went out, and files handed back with their problems marked."""

import io
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from core.errors import InvalidInput
from core.i18n import speaking
from core.ledger import books, reading
from core.ledger.cells import offered, reader
from core.ledger.checking import Check
from core.ledger.headings import AmountUnit
from core.ledger.plan import Plan, begin
from core.ledger.samples import sample_of
from tests import factories
from tests.factories.ledger import HEADINGS, MATTERS, Desk, lines, make_desk

KINDS = ("vendors", "qualifications", "tenders", "contracts", "transfers")


def saved(book, path: Path) -> Path:
    with book:
        path.write_bytes(book.read())
    return path


@pytest.fixture
def desk(session, tmp_path) -> Desk:
    return make_desk(session, tmp_path)


def test_every_ledger_of_the_office_can_be_taken_in(app):
    assert [sheet.kind for sheet in app.extensions["sheets"]] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_a_template_is_understood_when_it_comes_back(app, session, tmp_path, kind, language):
    sheet = app.extensions["sheets"][kind]
    with app.test_request_context(), speaking(language):
        path = saved(books.template(sheet), tmp_path / "template.xlsx")

    plan = begin(reading.probe(path), sheet)

    assert (plan.heading_row, list(plan.columns)) == (1, [column.name for column in sheet.columns])
    amounts = {column.name for column in sheet.columns if column.type == "money"}
    assert plan.units == dict.fromkeys(amounts, AmountUnit.yuan)
    check = Check(session, sheet, plan, factories.make_organization())
    with (
        reading.rows(path, sheet=plan.sheet, first=2, columns=check.positions) as rows,
        pytest.raises(InvalidInput, match="no row to be taken in"),
    ):
        list(check.batches(rows.each))
    assert check.tally.passed_over == [2], "the example is nobody's record"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_one_that_would_be_accepted(app, kind):
    for column in app.extensions["sheets"][kind].columns:
        assert reader(column, unit=AmountUnit.yuan)(sample_of(column)) is not None, column.name


def test_a_template_that_somebody_filled_in_is_taken_in(desk, tmp_path):
    path = saved(books.template(MATTERS), tmp_path / "template.xlsx")
    first = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

    entry = desk.take_in([first[0], first[1], *lines(2)])

    assert [record.title for record in desk.made(entry)] == ["事项A0", "事项A1"]


def test_a_template_offers_lists_and_a_dictionary(tmp_path):
    path = saved(books.template(MATTERS), tmp_path / "template.xlsx")
    book = CalamineWorkbook.from_path(str(path))

    words = book.get_sheet_by_index(1).to_python()

    assert [row[0] for row in words[1:]] == [books.heading_of(column) for column in MATTERS.columns]
    place = next(n for n, title in enumerate(words[0]) if title == "类别")
    assert [row[place] for row in words[1:3]] == offered(MATTERS.column("colour")) == ["红", "绿"]


def marked(desk: Desk, entry, path: Path) -> list[list]:
    plan = Plan.from_json(entry.plan)
    check = Check(desk.session, MATTERS, plan, desk.place)
    stored = desk.store.path(entry.sha256)
    with reading.rows(stored, sheet=plan.sheet, first=plan.heading_row + 1, columns=check.positions) as rows:
        top = reading.probe(stored).sheet(plan.sheet).rows
        saved(books.corrections(top, rows.each, check, total=rows.total), path)
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


ROWS = [
    ["2026年台账"],
    ["", *HEADINGS],
    [1, "A-1", "事项一", 12.5, date(2026, 3, 1), "红", 1, "是"],
    [],
    [2, "A-2", "=1+1", "多少", "2026-02-30", "红", 1, "是"],
    ["合计", "", "", 12.5],
]


def test_a_file_comes_back_with_every_row_in_its_place_and_the_problems_beside_it(desk, tmp_path):
    entry = desk.receive(ROWS)
    desk.settle(entry)

    rows = marked(desk, entry, tmp_path / "marked.xlsx")

    assert rows[0][0] == "2026年台账"
    assert rows[1][1:9] == [*HEADINGS, "Problems"]
    assert rows[2][1:5] == ["A-1", "事项一", 12.5, "2026-03-01"]
    assert rows[2][8] == ""
    assert rows[4][1:5] == ["A-2", "=1+1", "多少", "2026-02-30"]
    assert rows[4][8].startswith("D5 金额（元）: “多少” is no amount")
    assert "E5 日期: There is no such day" in rows[4][8]


def test_a_file_that_came_back_can_be_corrected_and_uploaded_again(desk, tmp_path):
    entry = desk.receive(ROWS)
    desk.settle(entry)
    path = tmp_path / "marked.xlsx"
    marked(desk, entry, path)

    again = desk.receive_bytes(path.read_bytes())
    desk.settle(again)
    tally = desk.check(again)

    assert [problem.cell for problem in tally.problems] == ["D5", "E5"]


def test_of_a_very_long_file_only_the_wrong_rows_come_back(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(books, "MOST_WHOLE", 2)
    entry = desk.receive([HEADINGS, *lines(3), ["A-9", "", 1], *lines(2, "B")])
    desk.settle(entry)

    rows = marked(desk, entry, tmp_path / "marked.xlsx")

    assert [(n, row[0]) for n, row in enumerate(rows, start=1) if row[0]] == [(1, "编号"), (5, "A-9")]


def test_a_workbook_handed_out_is_one_stream():
    with books.template(MATTERS) as book:
        assert isinstance(book.read(4), bytes)
        assert book.seek(0, io.SEEK_END) > 1000
