"""A year's notice as a file: read from CSV and JSON, refused line by line."""

import json
from datetime import date

import pytest

from core.errors import InvalidInput
from deadlines.calendar import Calendar, DayKind, Festival, as_document
from deadlines.notices import NoticeFormat, arrangement_faults, parse_notice

CSV = """# year: 2027
# title: 国务院办公厅关于2027年部分节假日安排的通知
# number: 国办发明电〔2026〕9号
# issued_on: 2026-11-25
from,to,kind,festival
2027-01-01,2027-01-03,holiday,new_year
2027-05-01,2027-05-05,holiday,labour_day
2027-05-08,,make_up,
2027-10-01,2027-10-07,holiday,national_day
"""


def refusal(text: str, format: NoticeFormat = NoticeFormat.csv) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        parse_notice(text, format)
    return {field: str(message) for field, message in refused.value.fields.items()}


def test_a_csv_notice_becomes_a_year() -> None:
    year = parse_notice(CSV, NoticeFormat.csv)

    assert (year.year, year.published) == (2027, True)
    assert year.notices[0].number == "国办发明电〔2026〕9号"
    assert year.notices[0].issued_on == date(2026, 11, 25)
    assert len(year.holidays) == 15
    assert year.holidays[0] == (date(2027, 1, 1), Festival.new_year)
    assert year.make_up == (date(2027, 5, 8),)


def test_a_csv_with_chinese_headings_dates_and_a_mark_is_understood() -> None:
    text = """\ufeff# 年份：2027
# 标题：放假通知
开始日期,结束日期,类型,节日
2027年1月1日,2027/1/3,放假,元旦
2027-05-01,,休,劳动节
2027.5.8,,上班,
2027-10-01,2027-10-07,放假,国庆节
"""

    year = parse_notice(text, NoticeFormat.csv)

    assert year.notices[0].title == "放假通知"
    assert (date(2027, 10, 7), Festival.national_day) in year.holidays
    assert year.make_up == (date(2027, 5, 8),)


def test_a_notice_makes_its_year_known() -> None:
    calendar = Calendar.shipped().with_years([parse_notice(CSV, NoticeFormat.csv)])

    assert calendar.kind(date(2027, 5, 8)) is DayKind.make_up
    assert calendar.add_working(date(2026, 12, 30), 2) == date(2027, 1, 4)


@pytest.mark.parametrize("number", [2004, 2008, 2020, 2026])
def test_a_shipped_year_written_as_json_is_read_back(number: int) -> None:
    year = Calendar.shipped().year(number)
    assert year is not None

    again = parse_notice(json.dumps(as_document(year)), NoticeFormat.json)

    assert (set(again.holidays), set(again.make_up)) == (set(year.holidays), set(year.make_up))
    assert again.notices == year.notices


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("2027-05-08,,make_up,", "2027-05-32,,make_up,", "8.from", "Line 8, from: 2027-05-32 is not a date"),
        ("2027-05-08,,make_up,", "soon,,make_up,", "8.from", "Line 8, from: soon is not a date"),
        ("2027-05-08,,make_up,", ",,make_up,", "8.from", "Line 8, from: - is not a date"),
        ("2027-05-08,,make_up,", "2027-05-08,,perhaps,", "8.kind", "Line 8, kind: is neither"),
        ("2027-01-03,holiday", "2026-12-03,holiday", "6.to", "Line 6, to: lies before the first day"),
        ("2027-01-03,holiday", "2027-03-03,holiday", "6.to", "Line 6, to: lies before the first day"),
        ("new_year", "new_yaer", "6.festival", "Line 6, festival: new_yaer is not a known festival"),
        ("from,to,kind,festival", "day,to,kind,festival", "5.from", "Line 5, from: there is no such column"),
        ("# year: 2027\n", "", "year", "year: is missing or not a year"),
        ("# year: 2027", "# year: next", "year", "year: is missing or not a year"),
        ("# title: ", "# tittle: ", "title", "title: is missing"),
        ("2026-11-25", "yesterday", "issued_on", "issued_on: yesterday is not a date"),
        ("2027-05-08,,make_up,", "2027-05-07,,make_up,", "2027-05-07", "2027-05-07 is not a weekend day"),
        ("2027-05-08,,make_up,", "2027-05-02,,make_up,", "2027-05-02", "2027-05-02 is listed twice"),
        ("2027-05-08,,make_up,", "2026-11-28,,make_up,", "2026-11-28", "2026-11-28 lies outside 2027"),
        ("2027-10-01,2027-10-07", "2027-10-02,2027-10-07", "2027-10-01", "2027-10-01 is a statutory holiday"),
    ],
)
def test_a_wrong_csv_is_refused_with_line_and_field(old: str, new: str, field: str, message: str) -> None:
    assert old in CSV

    assert message in refusal(CSV.replace(old, new, 1))[field]


def test_a_table_typed_in_without_headings_reads_as_one_with_them() -> None:
    bare = CSV.replace("from,to,kind,festival\n", "")

    assert bare != CSV
    assert parse_notice(bare, NoticeFormat.csv) == parse_notice(CSV, NoticeFormat.csv)


def test_every_wrong_line_is_named_at_once() -> None:
    text = CSV.replace("2027-05-08", "x").replace("new_year", "y")

    assert set(refusal(text)) == {"8.from", "6.festival"}


def test_an_empty_file_is_refused() -> None:
    assert "the table of days is missing" in refusal("")["from"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", "1.json"),
        ("[]", "json"),
        ('{"year": 2027, "title": "t", "holidays": []}', "holidays"),
        ('{"year": 2027, "title": "t", "holidays": {"new_year": "2027-01-01"}}', "holidays.new_year"),
        ('{"year": 2027, "title": "t", "holidays": {"new_year": ["1 Jan"]}}', "holidays.new_year.[0]"),
        ('{"year": 2027, "title": "t", "holidays": {"easter": ["2027-03-28"]}}', "holidays.easter.festival"),
        ('{"year": 2027, "title": "t", "make_up": ["2027-13-01"]}', "make_up.[0]"),
        ('{"year": 2027, "title": "t", "notices": {}}', "notices"),
        ('{"title": "t"}', "year"),
        ('{"year": 2027}', "title"),
    ],
)
def test_a_wrong_json_is_refused_with_its_field(text: str, field: str) -> None:
    assert field in refusal(text, NoticeFormat.json)


def test_every_shipped_year_is_without_fault() -> None:
    assert {
        year.year: faults for year in Calendar.shipped().arrangements if (faults := arrangement_faults(year))
    } == {}
