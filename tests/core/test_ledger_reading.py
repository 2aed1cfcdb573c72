"""Reading files that offices have, and refusing those that would do harm, each with what to do about it."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from core.errors import InvalidInput
from core.ledger import archive, reading
from tests.factories.ledger import TWO_ROWS, cell, raw_workbook, text_file, workbook

ROWS = [["编号", "名称"], ["A-1", "事项一"], ["A-2", "事项二"]]


def cells(path: Path, *, sheet: str | None = None, first: int = 1, columns=(0, 1)) -> list[list]:
    name = sheet if sheet is not None else reading.probe(path).sheets[0].name
    with reading.rows(path, sheet=name, first=first, columns=columns) as rows:
        return [list(row) for row in rows.each]


def test_the_rows_of_a_workbook_with_their_numbers(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [*ROWS[:2], [], [None, "事项三"]])

    assert cells(path) == [[1, "编号", "名称"], [2, "A-1", "事项一"], [4, "", "事项三"]]


def test_a_table_that_begins_far_from_the_corner_keeps_its_addresses(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [[], [], ["", "", "编号", "名称"], ["", "", "A-1", 5]])

    assert cells(path, columns=(2, 3)) == [[3, "编号", "名称"], [4, "A-1", 5.0]]
    assert reading.probe(path).sheets[0].rows[0] == (3, ["", "", "编号", "名称"])


def test_days_numbers_and_truths_come_as_they_are(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page, days = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
        page.write_datetime(0, 0, datetime(2026, 3, 1), days)  # noqa: DTZ001 - a spreadsheet has no zone
        page.write_number(0, 1, 12.5)
        page.write_boolean(0, 2, True)
        page.write_number(1, 0, 46082, days)

    assert cells(path, columns=(0, 1, 2)) == [[1, "2026-03-01", 12.5, True], [2, "2026-03-01", "", ""]]


def test_a_value_merged_over_rows_holds_for_each_of_them(tmp_path):
    rows = [["供应商", "合同"], ["甲", "一"], [None, "二"], [None, "三"], ["乙", "四"]]
    path = workbook(tmp_path / "a.xlsx", rows, merged=[(1, 0, 3, 0, "甲")])

    assert [row[1] for row in cells(path)] == ["供应商", "甲", "甲", "甲", "乙"]


def test_a_hidden_sheet_is_not_looked_at(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("隐藏", "台账"):
            book.add_worksheet(name).write_row(0, 0, ["编号", name])
        book.worksheets()[0].hide()
        book.worksheets()[1].activate()

    assert [sheet.name for sheet in reading.probe(path).sheets] == ["台账"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("comma", [",", ";", "\t", "|"], ids=repr)
def test_text_in_the_encodings_and_with_the_delimiters_that_offices_use(tmp_path, encoding, comma):
    path = text_file(tmp_path / "a.csv", ROWS, encoding=encoding, comma=comma)

    assert cells(path) == [[1, "编号", "名称"], [2, "A-1", "事项一"], [3, "A-2", "事项二"]]


def test_rare_characters_survive_gb18030(tmp_path):
    path = text_file(tmp_path / "a.csv", [["编号", "名称"], ["㐀", "龘𠮷"]], encoding="gb18030")

    assert cells(path)[1] == [2, "㐀", "龘𠮷"]


def test_quoted_text_may_hold_the_delimiter_and_breaks(tmp_path):
    path = text_file(tmp_path / "a.csv", [["编号", "名称"], ["A,1", '第一行\n第"二"行']])

    assert cells(path)[1] == [2, "A,1", '第一行\n第"二"行']


def test_of_a_sheet_thousands_of_columns_wide_only_what_is_asked_for_comes(tmp_path):
    wide = [[f"列{i}" for i in range(3000)], list(range(3000))]
    path = workbook(tmp_path / "a.xlsx", wide)

    assert cells(path, columns=(0, 2999)) == [[1, "列0", "列2999"], [2, 0.0, 2999.0]]


def test_an_empty_cell_in_the_last_corner_does_no_harm(tmp_path):
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    path = raw_workbook(tmp_path / "a.xlsx", TWO_ROWS + far)

    assert cells(path) == [[1, "编号", "名称"], [2, "A-1", "事项一"]]


def test_a_reader_that_stops_early_leaves_no_process_behind(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [ROWS[0], *([["A", "b"]] * 5000)])

    with reading.rows(path, sheet="Sheet1", first=2, columns=[0, 1]) as rows:
        assert next(iter(rows.each)) == [2, "A", "b"]
        process = rows.each.gi_yieldfrom.gi_frame.f_locals["process"]
    assert process.poll() is not None


# -- what is refused -----------------------------------------------------------------------------------------

FAR = f'<row r="1048576">{cell("XFD1048576", "x")}</row>'


def lying(path: Path) -> Path:
    return raw_workbook(path, TWO_ROWS + FAR, dimension='<dimension ref="A1:B2"/>')


def encrypted_entry(path: Path) -> Path:
    workbook(path, ROWS)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    return path


def many_entries(path: Path) -> Path:
    return raw_workbook(path, TWO_ROWS, **{f"x{i}.xml": b"" for i in range(2001)})


def bomb(path: Path) -> Path:
    return raw_workbook(path, TWO_ROWS, **{"xl/media/a.bin": bytes(64 * 1024 * 1024)})


def same_name_twice(path: Path) -> Path:
    raw_workbook(path, TWO_ROWS)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive_:
        archive_.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return path


def truncated(path: Path) -> Path:
    workbook(path, [ROWS[0], *([["A", "b"]] * 500)])
    path.write_bytes(path.read_bytes()[:-300])
    return path


def document(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive_:
        archive_.writestr("[Content_Types].xml", "<Types/>")
        archive_.writestr("word/document.xml", "<w/>")
    return path


def binary_workbook(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive_:
        archive_.writestr("[Content_Types].xml", "<Types/>")
        archive_.writestr("xl/workbook.bin", "x")
    return path


def written(content: bytes):
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
REFUSED = {
    "a value in the last corner": (lambda path: raw_workbook(path, TWO_ROWS + FAR), "XFD1048576"),
    "a sheet that lies about its size": (lying, "XFD1048576"),
    "an encrypted entry": (encrypted_entry, "password"),
    "thousands of entries": (many_entries, "no office program"),
    "a bomb": (bomb, "no office program"),
    "a name twice": (same_name_twice, "no office program"),
    "a truncated workbook": (truncated, "damaged"),
    "a workbook with cut XML": (
        lambda path: raw_workbook(path, TWO_ROWS[:-40]),
        "damaged|nothing in the file",
    ),
    "a text document": (document, "no workbook"),
    "a binary workbook": (binary_workbook, "save the file as .xlsx"),
    "an old workbook": (written(OLE + bytes(600)), "old Excel"),
    "a workbook with a password": (written(OLE + "EncryptedPackage".encode("utf-16-le")), "password"),
    "a PDF": (written(b"%PDF-1.7 " + b"x" * 100), "no table"),
    "a picture": (written(b"\x89PNG\r\n\x1a\n" + b"x" * 100), "no table"),
    "a web page": (written(b"\xef\xbb\xbf\n<html><table><tr><td>1</td></tr></table></html>"), "web page"),
    "XML": (written(b'<?xml version="1.0"?><Workbook/>'), "web page"),
    "bytes that are no text": (written(b"a,b\n\xff\xff\x80\x80\xff,c\n"), "neither UTF-8"),
    "bytes with zeros": (written(b"a,b\0c\n1,2\n"), "no table"),
    "a quotation that never ends": (written(b'a,"b\n' + b"x,y\n" * 20_000), "damaged"),
    "a row beyond the last column": (written(b"a" + b",b" * 17_000 + b"\n"), "XYW1|too far"),
    "nothing but commas": (written(b",,,\n,,\n"), "nothing in the file|No row"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_in_words(tmp_path, name):
    make, reason = REFUSED[name]
    path = make(tmp_path / "file")

    with pytest.raises(InvalidInput, match=reason) as refusal:
        reading.probe(path)
    assert list(refusal.value.fields) == ["file"]


def test_a_file_that_breaks_off_among_its_rows_is_no_shorter_ledger(tmp_path):
    rows = "".join(f'<row r="{i}">{cell(f"A{i}", "x")}</row>' for i in range(1, 3000))
    path = raw_workbook(tmp_path / "a.xlsx", rows[:-2000])

    with pytest.raises(InvalidInput):
        cells(path, sheet="Sheet1")


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16384, "XFD")]
)
def test_the_letters_of_a_column(number, letters):
    assert archive.letters(number) == letters
    assert archive.number_of(letters.encode()) == number


def test_an_old_macintosh_workbook_says_so(tmp_path):
    path = raw_workbook(tmp_path / "a.xlsx", TWO_ROWS, book='<workbookPr date1904="1"/>')

    assert reading.probe(path).epoch_1904
    assert not reading.probe(workbook(tmp_path / "b.xlsx", [["编号", date(2026, 1, 1)]])).epoch_1904
