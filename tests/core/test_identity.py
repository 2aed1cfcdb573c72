"""Digests and seals of names and numbers."""

import pytest

from core.errors import InvalidInput, Misconfigured
from core.identity import Identity, id_check, id_fault, identity_of, plain_account, plain_id, plain_phone

KEYS = Identity("one key")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("account", "6222 0212-3456 7890", "6222021234567890"),
        ("phone", "+86 138-0000-0000", "13800000000"),
        ("phone", "(0796) 8200000", "07968200000"),
        ("id", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ"),
        ("name", " 示例（江西）有限公司", "示例(江西)有限公司"),
        ("code", "91350100m000100y43", "91350100 M000100Y43"),
    ],
)
def test_two_ways_of_writing_one_value_have_one_digest(kind, one, other):
    assert KEYS.digest(kind, one) == KEYS.digest(kind, other)


def test_another_value_another_kind_and_another_key_have_other_digests():
    digest = KEYS.digest("phone", "13800000000")

    assert digest != KEYS.digest("phone", "13800000001")
    assert digest != KEYS.digest("account", "13800000000")
    assert digest != Identity("another key").digest("phone", "13800000000")
    assert "13800000000" not in digest


def test_what_is_sealed_is_read_with_the_key_alone():
    sealed = KEYS.seal("6222021234567890")

    assert "6222" not in sealed
    assert KEYS.unseal(sealed) == "6222021234567890"
    assert sealed != KEYS.seal("6222021234567890")


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        ("11010519491231002X", True),  # the example of the standard
        ("440524188001010014", True),
        ("110105194912310021", False),
        ("1101051949123100X2", False),
        ("11010519491231002", False),
    ],
)
def test_an_identity_number_is_checked_to_its_last_character(number, is_right):
    assert (id_fault(number) is None) is is_right


def test_the_wrong_character_is_named():
    with pytest.raises(InvalidInput, match="“1”; it has to be “X”"):
        plain_id("110105194912310021")
    assert id_check("11010519491231002") == "X"


@pytest.mark.parametrize(
    ("read", "typed", "is_refused"),
    [
        (plain_account, "1234567", True),
        (plain_account, "12345678", False),
        (plain_account, "1" * 32, False),
        (plain_account, "1" * 33, True),
        (plain_account, "62220212345678A0", True),
        (plain_phone, "123456", True),
        (plain_phone, "1234567", False),
        (plain_phone, "电话", True),
    ],
)
def test_numbers_have_so_many_digits(read, typed, is_refused):
    if is_refused:
        with pytest.raises(InvalidInput):
            read(typed)
    else:
        assert read(typed) == typed


def test_a_session_without_the_key_says_so(session):
    assert isinstance(identity_of(session), Identity)
    session.info.pop("identity")

    with pytest.raises(Misconfigured):
        identity_of(session)
