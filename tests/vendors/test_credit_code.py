"""Unified social credit codes, checked to the character."""

import random

import pytest

from core.errors import InvalidInput
from vendors import credit_code

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def total(code: str) -> int:
    """Evaluate the code by the standard's congruence: 0 for a valid one."""
    value, weight = 0, 1
    for character in code[:17]:
        value += CHARACTERS.index(character) * weight
        weight = weight * 3 % 31
    return (value + CHARACTERS.index(code[17])) % 31


def inner_total(organization: str) -> int:
    """Evaluate the inner organization code with its check character: 0 for a valid one."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    last = 10 if organization[8] == "X" else int(organization[8])
    weights = [3, 7, 9, 10, 5, 8, 4, 2]
    return (sum(digits.index(organization[n]) * weights[n] for n in range(8)) + last) % 11


def is_valid(code: str) -> bool:
    """Tell by the two congruences alone whether a code is valid."""
    return (
        len(code) == 18
        and set(code) <= set(CHARACTERS)
        and code[2:8].isdigit()
        and (code[16].isdigit() or code[16] == "X")
        and inner_total(code[8:17]) == 0
        and total(code) == 0
    )


def made_of(first: str) -> str:
    """Return the only valid code that begins with these sixteen characters, found by trying them all."""
    found = [first + a + b for a in CHARACTERS for b in CHARACTERS if is_valid(first + a + b)]
    assert len(found) == 1
    return found[0]


# The example of the standard itself, and codes of well-known bodies.
KNOWN = ["91350100M000100Y43", "91110108551385082Q", "914403001922038216", "91110000802100433B"]


@pytest.mark.parametrize("code", KNOWN)
def test_a_known_code_is_accepted(code):
    assert is_valid(code)
    assert credit_code.check(code) == code


@pytest.mark.parametrize(
    "first",
    [
        "91360000MA35ABCD",
        "N2360830MF123456",  # a village collective
        "A1360000MB000001",
        "Y1360000MA000002",
        "12360830MB1C2D3E",
        "52360000MJ000009",
    ],
)
def test_codes_that_begin_with_digits_or_letters_are_accepted(first):
    code = made_of(first)

    assert credit_code.check(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "91350100m000100y43",
        " 91350100M000100Y43 ",
        "9135 0100 M000 100Y 43",
        "91350100-M000100Y-43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        "91350100M000100Y43\n",
    ],
)
def test_case_width_and_spaces_do_not_matter(typed):
    assert credit_code.check(typed) == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9135O100M000100Y43", "Character 5 is “O”, which no code contains; perhaps it is “0”."),
        ("9I350100M000100Y43", "Character 2 is “I”, which no code contains; perhaps it is “1”."),
        ("91350100M000100Z43", "Character 16 is “Z”, which no code contains; perhaps it is “2”."),
        ("9135010*M000100Y43", "Character 8 is “*”, which no code contains."),
        ("91350100厂00100Y43", "Character 9 is “厂”, which no code contains."),
        ("91350100M000100Y4", "The code has 17 characters; it needs 18."),
        ("91350100M000100Y433", "The code has 19 characters; it needs 18."),
        ("", "The code has 0 characters; it needs 18."),
        ("913501A0M000100Y43", "Character 7 is “A”; the division code there is made of digits."),
        ("91350100M000100Y53", "Character 17 is “5”; after M000100Y it has to be “4”."),
        ("91350100M000100Y44", "Character 18 is “4”; after 91350100M000100Y4 it has to be “3”."),
    ],
)
def test_the_wrong_character_is_named(typed, said):
    with pytest.raises(InvalidInput) as refusal:
        credit_code.check(typed)

    assert str(refusal.value.fields["credit_code"]) == said


def test_the_validator_agrees_with_the_congruences_of_the_standards():
    chance = random.Random(32100)
    disagreements = []
    for _ in range(3000):
        code = list(made_quickly(chance))
        if chance.random() < 0.7:
            code[chance.randrange(18)] = chance.choice(CHARACTERS)
        text = "".join(code)
        if (credit_code.fault(text) is None) != is_valid(text):
            disagreements.append(text)

    assert disagreements == []


@pytest.mark.parametrize("code", KNOWN)
def test_no_single_wrong_character_passes(code):
    slips = [
        code[:place] + other + code[place + 1 :]
        for place in range(18)
        for other in CHARACTERS
        if other != code[place]
    ]

    assert [slip for slip in slips if credit_code.fault(slip) is None] == []


def made_quickly(chance: random.Random) -> str:
    """Return a valid code made by solving the two congruences."""
    body = "".join(chance.choice(CHARACTERS) for _ in range(8))
    last = next(c for c in "0123456789X" if inner_total(body + c) == 0)
    division = f"{chance.randrange(10**6):06d}"
    first = f"{chance.choice(CHARACTERS)}{chance.choice(CHARACTERS)}{division}{body}{last}"
    return next(first + c for c in CHARACTERS if total(first + c) == 0)
