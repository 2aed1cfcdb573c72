"""Where the headings of a ledger are, what unit they name, and which column each of them holds."""

import pytest

from core.errors import InvalidInput
from core.ledger import mapping
from core.ledger.headings import AmountUnit, Heading, unit_in
from core.ledger.plan import begin
from core.ledger.reading import Probe, Top
from core.ledger.sheets import Column, Sheet
from tests.factories.ledger import HEADINGS, MATTERS


def top(*rows, merged=(), name="Sheet1") -> Top:
    return Top(name, list(enumerate(rows, start=1)), merged)


def plan_of(*rows, merged=(), sheet=MATTERS, **named):
    return begin(Probe([top(*rows, merged=merged)]), sheet, **named)


def held(plan) -> dict[str, str]:
    return {name: plan.heading(name).text for name in plan.columns}


ROW = ["A-1", "事项一", 100, "2026-03-01", "红", 3, "是"]


def test_headings_in_the_first_row():
    plan = plan_of(HEADINGS, ROW)

    assert plan.heading_row == 1
    assert list(plan.columns) == ["number", "title", "amount", "on", "colour", "count", "public"]
    assert plan.units == {"amount": AmountUnit.yuan}


def test_headings_below_a_title_and_a_note_with_the_unit():
    plan = plan_of(
        ["2026年合同台账", "", "", ""],
        ["填报单位：经开区", "", "", "单位：万元"],
        ["序号", "编号", "名称", "金额"],
        [1, "A-1", "事项一", 100],
    )

    assert plan.heading_row == 3
    assert held(plan) == {"number": "编号", "title": "名称", "amount": "金额"}
    assert plan.units == {"amount": AmountUnit.wan}


def test_headings_with_stars_breaks_and_spaces():
    plan = plan_of(["编 号*", "名\n称 ", "金额：\n（万元）"], ["A-1", "事项一", 3])

    assert held(plan) == {"number": "编 号*", "title": "名 称", "amount": "金额： （万元）"}
    assert plan.units == {"amount": AmountUnit.wan}


def test_merged_headings_over_two_rows():
    rows = (
        ["2026年台账", "", "", "", ""],
        ["序号", "基本信息", "", "金额", "备注"],
        ["", "编号", "名称", "合同金额（万元）", ""],
        [1, "A-1", "事项一", 2, ""],
    )
    merged = [((0, 0), (0, 4)), ((1, 0), (2, 0)), ((1, 1), (1, 2)), ((1, 4), (2, 4))]

    plan = plan_of(*rows, merged=merged)

    assert plan.heading_row == 3
    assert held(plan) == {"number": "编号", "title": "名称", "amount": "合同金额（万元）"}
    assert [(h.text, h.group) for h in plan.headings] == [
        ("序号", ""),
        ("编号", "基本信息"),
        ("名称", "基本信息"),
        ("合同金额（万元）", "金额"),
        ("备注", ""),
    ]


def test_grouped_headings_without_a_merge_as_csv_has_them():
    plan = plan_of(["序号", "基本信息", "", "备注"], ["", "编号", "名称", ""], [1, "A-1", "事项一", ""])

    assert plan.heading_row == 2
    assert held(plan) == {"number": "编号", "title": "名称"}
    assert [h.text for h in plan.headings] == ["序号", "编号", "名称", "备注"]


def test_a_unit_named_by_the_group_holds_for_its_columns():
    merged = [((0, 0), (0, 1))]
    plan = plan_of(["基本信息", "", "款项（万元）"], ["编号", "名称", "金额"], ["A", "b", 1], merged=merged)

    assert plan.units == {"amount": AmountUnit.wan}


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("合同金额（元）", AmountUnit.yuan),
        ("合同金额(万元)", AmountUnit.wan),
        ("合同金额【万元】", AmountUnit.wan),
        ("合同金额（单位：万元）", AmountUnit.wan),
        ("合同金额 单位:元", AmountUnit.yuan),
        ("合同金额/万元", AmountUnit.wan),
        ("预算（人民币万元）", AmountUnit.wan),
        ("预算（千元）", AmountUnit.thousand),
        ("总投资（亿元）", AmountUnit.yi),
        ("Amount (yuan)", AmountUnit.yuan),
        ("Amount (RMB)", AmountUnit.yuan),
        ("合同金额", None),
        ("合同金额（含税）", None),
        ("万元以上合同", None),
        ("元旦安排", None),
    ],
    ids=repr,
)
def test_the_unit_that_a_heading_names(heading, unit):
    assert unit_in(heading) is unit


def test_without_anything_recognised_the_first_row_of_texts_is_offered():
    plan = plan_of(["台账"], ["甲", "乙", "丙"], [1, 2, 3])

    assert (plan.heading_row, plan.columns) == (2, {})


def test_a_file_without_headings_is_refused():
    with pytest.raises(InvalidInput, match="No row of headings"):
        plan_of(["台账"], [""], [12])


def test_somebody_may_name_the_row_and_the_sheet():
    probe = Probe([top(HEADINGS, ROW, name="一"), top(["编号", "名称"], ["编号", "名称", "金额"], name="二")])

    assert begin(probe, MATTERS).sheet == "一"
    assert begin(probe, MATTERS, name="二", row=1).columns == {"number": 0, "title": 1}
    with pytest.raises(InvalidInput, match="nothing in row 9"):
        begin(probe, MATTERS, name="二", row=9)
    with pytest.raises(InvalidInput, match="no such sheet"):
        begin(probe, MATTERS, name="三")


def test_the_sheet_with_the_most_known_headings_is_taken():
    probe = Probe([top(["说明", "名称"], name="说明"), top(HEADINGS, ROW, name="台账")])

    assert begin(probe, MATTERS).sheet == "台账"


NAMES = Sheet(
    kind="names",
    columns=(
        Column("vendor", ("供应商",)),
        Column("code", ("统一社会信用代码", "信用代码")),
        Column("signed", ("签订日期",), "date"),
    ),
    natural_key=("code",),
    load=list,
    find=dict,
    label="名称",
)


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["供应商", "信用代码"], {"vendor": 0, "code": 1}),
        (["供应商统一社会信用代码", "供应商"], {"vendor": 1, "code": 0}),
        (["合同签订日期"], {"signed": 0}),
        (["供应商联系人"], {}),
        (["代码"], {}),
        (["供应商", "供应商"], {"vendor": 0}),
        (["供应商 ", "签订\n日期*"], {"vendor": 0, "signed": 1}),
    ],
    ids=repr,
)
def test_each_heading_is_used_once_and_only_when_it_is_more_than_half_alike(headings, expected):
    given = [Heading(position, text) for position, text in enumerate(headings)]

    assert mapping.guess(NAMES, given) == expected


def test_a_corrected_mapping_has_what_is_needed_once_each():
    headings = [Heading(0, "甲"), Heading(1, "乙")]

    assert mapping.checked(MATTERS, headings, {"title": 1, "number": 0}) == {"number": 0, "title": 1}
    with pytest.raises(InvalidInput) as missing:
        mapping.checked(MATTERS, headings, {"number": 0})
    assert list(missing.value.fields) == ["title"]
    with pytest.raises(InvalidInput) as twice:
        mapping.checked(MATTERS, headings, {"number": 1, "title": 1})
    assert list(twice.value.fields) == ["title"]
    with pytest.raises(InvalidInput) as beyond:
        mapping.checked(MATTERS, headings, {"title": 7})
    assert list(beyond.value.fields) == ["title"]


def test_a_unit_is_asked_for_and_never_assumed():
    headings = [Heading(0, "金额"), Heading(1, "名称")]
    columns = {"amount": 0, "title": 1}

    with pytest.raises(InvalidInput, match="Say in what “金额” is counted"):
        mapping.checked_units(MATTERS, headings, columns, {})
    answered = mapping.checked_units(MATTERS, headings, columns, {"amount": AmountUnit.wan})
    assert answered == {"amount": AmountUnit.wan}
    assert mapping.checked_units(MATTERS, headings, {"title": 1}, {}) == {}


def test_what_somebody_answers_goes_before_the_heading():
    headings = [Heading(0, "金额（元）", unit=AmountUnit.yuan)]

    found = mapping.checked_units(MATTERS, headings, {"amount": 0}, {"amount": AmountUnit.wan})

    assert found == {"amount": AmountUnit.wan}


@pytest.mark.parametrize("heading", ["金额（美元）", "金额(USD)", "金额（万港元）"])
def test_amounts_in_foreign_currency_are_refused(heading):
    plan = plan_of(["编号", "名称", heading], ["A", "b", 1])

    with pytest.raises(InvalidInput, match="foreign currency"):
        plan.settled(MATTERS, plan.columns, {"amount": AmountUnit.wan})


def test_a_mapping_file_names_headings_or_letters():
    headings = [Heading(0, "甲"), Heading(26, "乙 方"), Heading(27, "丙")]
    text = '{"columns": {"title": "乙方", "number": "ab"}, "units": {"amount": "wan"}, "heading_row": 3}'

    said = mapping.Said.read(text.encode(), MATTERS)

    assert said.positions(headings) == {"title": 26, "number": 27}
    assert (said.units, said.heading_row, said.sheet) == ({"amount": AmountUnit.wan}, 3, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"columns": []}',
        '{"columns": {}, "units": {"amount": "斤"}}',
        '{"columns": {"x": "甲"}}',
    ],
    ids=repr,
)
def test_a_mapping_file_that_means_nothing_is_refused(text):
    with pytest.raises(InvalidInput) as refusal:
        mapping.Said.read(text.encode(), MATTERS)
    assert list(refusal.value.fields) == ["mapping"]


def test_the_same_headings_are_known_again_and_others_are_not():
    one = [Heading(0, "编号"), Heading(1, "名称 ")]
    same = [Heading(0, "编 号"), Heading(1, "名称")]
    other = [Heading(1, "编号"), Heading(0, "名称")]

    assert mapping.fingerprint(one) == mapping.fingerprint(same) != mapping.fingerprint(other)
