"""Pinyin initials: how phrases are read, and that records are found by them."""

import pytest
from pypinyin.phrases_dict import phrases_dict

from core import search
from core.pinyin import DATA, initials
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor
from tools.initials import letter, lines


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("环卫一体化服务", "hwythfw"),
        ("重庆市重大项目", "cqszdxm"),  # one character, two readings
        ("长沙", "cs"),
        ("长江", "cj"),
        ("会计事务所", "kjsws"),
        ("银行行政处", "yhxzc"),
        ("江西A栋（2026年）3#", "jxdn"),  # only what is Chinese
        ("ABC 123", ""),
        ("", ""),
        ("𠮷田", "t"),  # a rare character is passed over
    ],
)
def test_each_character_gives_its_letter_as_its_phrase_is_read(text, letters):
    assert initials(text) == letters


def test_every_phrase_of_the_dictionary_is_read_as_the_dictionary_says():
    wrong = {
        phrase: initials(phrase)
        for phrase, readings in phrases_dict.items()
        if len(readings) == len(phrase) and initials(phrase) != "".join(letter(each[0]) for each in readings)
    }

    assert wrong == {}


def test_the_table_is_what_its_tool_writes():
    assert DATA.read_text(encoding="utf-8").splitlines() == list(lines())


def test_a_record_is_found_by_the_initials_of_its_title_and_a_vendor_by_those_of_its_name(session):
    tender = make_tender(title="重庆路污水管网清淤服务")
    vendor = make_vendor(title="某会计师事务所")
    session.commit()

    for letters, found in (("cqlws", tender), ("CQLWS", tender), ("kjssws", vendor)):
        assert [row.id for row in search.find(session, letters).rows] == [found.id]
