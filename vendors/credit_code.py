"""Unified social credit codes (GB 32100-2015), checked to the character."""

import unicodedata
from operator import mul

from core.errors import InvalidInput
from core.i18n import Text
from core.i18n import lazy_gettext as _

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z: they are read as 1, 0, 5, U, 2
MEANT = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
DIVISION = slice(2, 8)  # the division where it was registered, in digits (GB/T 2260)
ORGANIZATION = slice(8, 16)  # the organization code, with its own check character behind it (GB 11714)
ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# a ledger has a hundred thousand of them: looked up, not searched
VALUES = {character: value for value, character in enumerate(ALPHABET)}
ORGANIZATION_VALUES = {character: int(character, 36) for character in ALPHABET}


def normalise(typed: str) -> str:
    """Return the code in capitals of ordinary width, without spaces and hyphens."""
    if typed.isascii() and typed.isalnum():
        return typed.upper()
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(character for character in plain if not character.isspace() and character != "-")


def check(typed: str, *, field: str = "credit_code") -> str:
    """Return the code as it is kept, or raise InvalidInput naming the character that is wrong."""
    code = normalise(typed)
    wrong = fault(code)
    if wrong is not None:
        raise InvalidInput({field: wrong})
    return code


def fault(code: str) -> Text | None:
    """Return what is wrong with a normalised code, or None."""
    if not VALUES.keys() >= set(code[:LENGTH]):
        return _foreign(*next((n, c) for n, c in enumerate(code, start=1) if c not in VALUES))
    if len(code) != LENGTH:
        return _("The code has %(found)d characters; it needs 18.") % {"found": len(code)}
    if not code[DIVISION].isdigit():
        place, character = next(
            (n, c) for n, c in enumerate(code, start=1) if n > DIVISION.start and not c.isdigit()
        )
        return _("Character %(place)d is “%(character)s”; the division code there is made of digits.") % {
            "place": place,
            "character": character,
        }
    if code[16] != (inner := organization_check(code[ORGANIZATION])):
        return _("Character 17 is “%(found)s”; after %(before)s it has to be “%(right)s”.") % {
            "found": code[16],
            "before": code[ORGANIZATION],
            "right": inner,
        }
    if code[17] != (last := check_character(code[:17])):
        return _("Character 18 is “%(found)s”; after %(before)s it has to be “%(right)s”.") % {
            "found": code[17],
            "before": code[:17],
            "right": last,
        }
    return None


def check_character(first: str) -> str:
    """Return the eighteenth character that belongs to the first seventeen."""
    total = sum(map(mul, map(VALUES.__getitem__, first), WEIGHTS))
    return ALPHABET[-total % 31]


def organization_check(body: str) -> str:
    """Return the check character of an eight-character organization code."""
    total = sum(map(mul, map(ORGANIZATION_VALUES.__getitem__, body), ORGANIZATION_WEIGHTS))
    return "0123456789X"[-total % 11]


def _foreign(place: int, character: str) -> Text:
    if character in MEANT:
        return _(
            "Character %(place)d is “%(character)s”, which no code contains; perhaps it is “%(meant)s”."
        ) % {"place": place, "character": character, "meant": MEANT[character]}
    return _("Character %(place)d is “%(character)s”, which no code contains.") % {
        "place": place,
        "character": character,
    }
