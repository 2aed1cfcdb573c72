"""What the cells of a ledger say, and what is refused because it could say two things."""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import InvalidInput
from core.ledger.cells import Unreadable, reader
from core.ledger.headings import AmountUnit
from core.ledger.sheets import Column

DAY = date(2023, 8, 9)
WAN, YUAN = AmountUnit.wan, AmountUnit.yuan


def read(type_: str, raw, unit: AmountUnit | None = None, **more):
    return reader(Column("cell", ("单元格",), type_, **more), unit=unit)(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "2023/8/9",
        "2023-08-09",
        "2023.8.9",
        "2023年8月9日",
        "2023年08月09日",
        "２０２３年８月９日",
        " 2023-8-9 ",
        "2023-08-09T00:00:00",
        "2023年8月9日9时30分",
        "2023年8月9日 上午9:30",
        "2023-08-09（星期三）",
        "20230809",
        20230809.0,
        20230809,
        45147.0,
        45147.604,
        "45147",
    ],
    ids=repr,
)
def test_a_day_is_read_however_it_is_written(raw):
    assert read("date", raw) == DAY


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2023/2/29", "no such day"),
        ("20230230", "no such day"),
        ("2023年8月", "day is missing"),
        ("2023.8", "day is missing"),
        ("8/9/2023", "two ways"),
        ("23-8-9", "two ways"),
        ("2023-8/9", "no day"),
        ("下周", "no day"),
        (2023.8, "no day"),
        (2023, "no day"),
        (True, "no day"),
        ("#REF!", "formula"),
        ("1949-12-31", "lies outside"),
        ("2200-01-01", "lies outside"),
    ],
    ids=repr,
)
def test_what_is_no_day_is_refused_with_the_rule(raw, reason):
    with pytest.raises(Unreadable, match=reason):
        read("date", raw)


@pytest.mark.parametrize(
    ("raw", "day"), [("1950-01-01", date(1950, 1, 1)), ("2199-12-31", date(2199, 12, 31))], ids=repr
)
def test_the_first_and_the_last_day_that_are_accepted(raw, day):
    assert read("date", raw) == day


def test_a_workbook_that_counts_from_1904_keeps_its_days():
    column = Column("on", ("日期",), "date")

    assert reader(column, epoch_1904=True)(43685.0) == DAY
    assert reader(column)(45147.0) == DAY


@pytest.mark.parametrize("raw", ["", None, "-", "—", "——", "/", "无", "暂无", " N/A ", "\u200b"], ids=repr)
@pytest.mark.parametrize("type_", ["date", "text", "integer", "choice"], ids=repr)
def test_an_empty_cell_has_many_looks(type_, raw):
    assert read(type_, raw, choices={"红": 1}) is None


def test_words_that_stand_for_an_empty_cell_in_one_column():
    assert read("date", "长期", blanks=("长期",)) is None
    with pytest.raises(Unreadable):
        read("date", "长期")


@pytest.mark.parametrize("type_", ["date", "text", "integer", "choice", "boolean"], ids=repr)
def test_what_is_needed_may_not_be_empty(type_):
    with pytest.raises(Unreadable, match="needed"):
        read(type_, "-", required=True)


@pytest.mark.parametrize(
    ("raw", "unit", "yuan"),
    [
        (12, YUAN, "12.00"),
        (12, WAN, "120000.00"),
        ("12", WAN, "120000.00"),
        ("12万元", YUAN, "120000.00"),
        ("12万", YUAN, "120000.00"),
        ("12元", WAN, "12.00"),
        ("1.2亿元", YUAN, "120000000.00"),
        ("人民币12万元整", YUAN, "120000.00"),
        ("¥1,234.50", YUAN, "1234.50"),
        ("￥1，234.50", YUAN, "1234.50"),
        ("１２３４．５", YUAN, "1234.50"),
        ("1 234.50", YUAN, "1234.50"),
        (0.30000000000000004, YUAN, "0.30"),
        (1234.1, YUAN, "1234.10"),
        (12.345678, WAN, "123456.78"),
        (1.005, AmountUnit.thousand, "1005.00"),
        (0.5, AmountUnit.million, "500000.00"),
        (0, YUAN, "0.00"),
        ("99999999999999.99", YUAN, "99999999999999.99"),
    ],
    ids=repr,
)
def test_an_amount_in_yuan_whatever_its_unit(raw, unit, yuan):
    found = read("money", raw, unit)

    assert (found, found.as_tuple().exponent) == (Decimal(yuan), -2)


@pytest.mark.parametrize(
    ("raw", "unit", "reason"),
    [
        (1234.567, YUAN, "1234.567 yuan has more than two"),
        (12.3456789, WAN, "123456.789 yuan has more than two"),
        ("12%", YUAN, "no amount"),
        ("1,23", YUAN, "no amount"),
        ("12美元", YUAN, "no amount"),
        ("壹拾万元整", YUAN, "no amount"),
        ("约12万", YUAN, "no amount"),
        ("2023-08-09", YUAN, "no amount"),
        ("元", YUAN, "no amount"),
        (True, YUAN, "no amount"),
        ("-0.01", YUAN, "not negative"),
        ("100000000000000", YUAN, "too large"),
        ("#DIV/0!", YUAN, "formula"),
    ],
    ids=repr,
)
def test_what_is_no_amount_is_refused_with_the_rule(raw, unit, reason):
    with pytest.raises(Unreadable, match=reason):
        read("money", raw, unit)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (" 一\u3000二\n三 ", "一 二 三"),
        ("\ufeff名称\u200b", "名称"),
        (12.0, "12"),
        (12.5, "12.5"),
        (123456789012345.0, "123456789012345"),
        ("0012", "0012"),
        (True, "TRUE"),
        ("9.1E+3", "9.1E+3"),
    ],
    ids=repr,
)
def test_text_is_one_line_and_codes_keep_their_digits(raw, text):
    assert read("text", raw) == text


@pytest.mark.parametrize(
    "raw", [1234567890123456.0, 9.1360800e17, "9.13608E+17", "1.23e+14", 10**15], ids=repr
)
def test_a_code_that_has_lost_digits_is_refused(raw):
    with pytest.raises(Unreadable, match="lost all digits"):
        read("text", raw)


def test_text_is_as_long_as_its_column():
    assert read("text", "字" * 20, longest=20) == "字" * 20
    with pytest.raises(Unreadable, match="At most 20 characters; these are 21"):
        read("text", "字" * 21, longest=20)


@pytest.mark.parametrize(
    ("raw", "number"), [(30.0, 30), ("30", 30), (" 30 ", 30), (0, 0), ("-5", -5)], ids=repr
)
def test_a_whole_number(raw, number):
    assert read("integer", raw) == number


@pytest.mark.parametrize("raw", [30.5, "30天", "1e3", True, "三十"], ids=repr)
def test_what_is_no_whole_number_is_refused(raw):
    with pytest.raises(Unreadable, match="no whole number"):
        read("integer", raw)


def test_a_whole_number_that_the_database_can_hold():
    assert read("integer", 2147483647.0) == 2147483647
    for raw in (2147483648.0, "2147483648", -2147483648, 1e300):
        with pytest.raises(Unreadable, match="too large"):
            read("integer", raw)


@pytest.mark.parametrize("raw", ["红", " 红 色", "RED", "ｒｅｄ"], ids=repr)
def test_a_choice_by_any_of_its_words(raw):
    assert read("choice", raw, choices={"红": "r", "红色": "r", "red": "r", "绿": "g"}) == "r"


def test_an_unknown_word_is_answered_with_those_that_are_known():
    with pytest.raises(Unreadable, match=r"“蓝” is not known here\. Accepted: 红、绿"):
        read("choice", "蓝", choices={"红": "r", "红色": "r", "绿": "g"})


@pytest.mark.parametrize("raw", ["是", "有", "√", "Y", "true", True, 1, 1.0, "1"], ids=repr)
def test_yes_in_many_words(raw):
    assert read("boolean", raw) is True


@pytest.mark.parametrize("raw", ["否", "无", "×", "N", "FALSE", False, 0, 0.0, "0"], ids=repr)
def test_no_in_many_words(raw):
    assert read("boolean", raw) is False


def test_neither_yes_nor_no_is_refused():
    with pytest.raises(Unreadable, match="neither yes nor no"):
        read("boolean", "也许")


def refuse(value):
    raise InvalidInput({"cell": "照规则不行"})


def fail(value):
    raise ValueError("不行")


def test_the_packages_own_check_is_quoted():
    assert read("text", "ab", clean=str.upper) == "AB"
    with pytest.raises(Unreadable, match="照规则不行"):
        read("text", "ab", clean=refuse)
    with pytest.raises(Unreadable, match="不行"):
        read("text", "ab", clean=fail)
