"""Amounts in Chinese capitals."""

from decimal import Decimal

import pytest

from core.capitals import amount_in_capitals

# The samples printed in the People's Bank's rules on filling in bills (annex 1 of the settlement measures).
OFFICIAL = [
    ("1409.50", "壹仟肆佰零玖元伍角"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
    ("107000.53", "壹拾万柒仟元零伍角叁分"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
]

BEYOND = [
    ("0", "零元整"),
    ("-0.001", "零元整"),
    ("0.05", "伍分"),
    ("0.30", "叁角"),
    ("0.32", "叁角贰分"),
    ("1", "壹元整"),
    ("10", "壹拾元整"),
    ("10.05", "壹拾元零伍分"),
    ("100500", "壹拾万零伍佰元整"),
    ("1000000", "壹佰万元整"),
    ("10001000", "壹仟万壹仟元整"),
    ("10000001", "壹仟万零壹元整"),
    ("100000001", "壹亿零壹元整"),
    ("110000000", "壹亿壹仟万元整"),
    ("101000000", "壹亿零壹佰万元整"),
    ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
    ("1234500000000", "壹万贰仟叁佰肆拾伍亿元整"),
    ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ("-12.30", "负壹拾贰元叁角"),
    ("1.999", "贰元整"),
    ("0.005", "壹分"),
]


@pytest.mark.parametrize(("amount", "words"), OFFICIAL)
def test_the_official_samples_come_out_as_printed(amount, words):
    assert amount_in_capitals(Decimal(amount)) == words


@pytest.mark.parametrize(("amount", "words"), BEYOND)
def test_zeros_sections_and_rounding(amount, words):
    assert amount_in_capitals(Decimal(amount)) == words


def test_an_amount_beyond_the_notation_is_refused():
    with pytest.raises(ValueError, match="too large"):
        amount_in_capitals(Decimal(10) ** 16)
