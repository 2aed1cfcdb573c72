"""What tells people and accounts apart without being kept in the clear: keyed digests, and sealed numbers.

One key, ``IDENTITY_KEY``, makes both. It lies in the configuration, not in the database: whoever has only a
copy of the database can neither read a number nor try all numbers against a digest.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable

from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from core.errors import InvalidInput, Misconfigured
from core.i18n import Text
from core.i18n import lazy_gettext as _

SHOWN = 4
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
ID_FORM = re.compile(r"[0-9]{17}[0-9X]")
ACCOUNT_FORM = re.compile(r"[0-9]{8,32}")
PHONE_FORM = re.compile(r"[0-9]{7,15}")
BRACKETS = str.maketrans("（）【】［］", "()[][]")


class Identity:
    """The digests and seals of one key."""

    def __init__(self, key: str) -> None:
        self._digest_key = hmac.digest(key.encode(), b"digest", hashlib.sha256)
        self._box = Fernet(base64.urlsafe_b64encode(hmac.digest(key.encode(), b"seal", hashlib.sha256)))

    def digest(self, kind: str, value: str) -> str:
        """Return what stands for a value: alike for two ways of writing it, and telling nothing of it."""
        said = f"{kind}:{PLAIN[kind](value)}".encode()
        return hmac.new(self._digest_key, said, hashlib.sha256).hexdigest()

    def seal(self, value: str) -> str:
        """Return a value so that only the holder of the key reads it."""
        return self._box.encrypt(value.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Return what was sealed."""
        return self._box.decrypt(sealed.encode()).decode()


def identity_of(session: Session) -> Identity:
    """Return the digests of the application that the session belongs to."""
    known = session.info.get("identity")
    if not isinstance(known, Identity):
        raise Misconfigured("this session was opened without the key of identities")
    return known


def plain_account(typed: str, *, field: str = "number") -> str:
    """Return the digits of a bank account, or raise InvalidInput."""
    return _required(ACCOUNT_FORM, _digits(typed), field, _("A bank account has 8 to 32 digits."))


def plain_phone(typed: str, *, field: str = "phone") -> str:
    """Return the digits of a telephone number, or raise InvalidInput."""
    return _required(PHONE_FORM, _phone(typed), field, _("A telephone number has 7 to 15 digits."))


def plain_id(typed: str, *, field: str = "id_number") -> str:
    """Return an identity number in capitals, or raise InvalidInput saying what is wrong with it."""
    number = _capitals(typed)
    wrong = id_fault(number)
    if wrong is not None:
        raise InvalidInput({field: wrong})
    return number


def id_fault(number: str) -> Text | None:
    """Return what is wrong with an identity number (GB 11643), or None."""
    if not ID_FORM.fullmatch(number):
        return _("An identity number has 17 digits and a digit or X.")
    right = id_check(number[:17])
    if number[17] != right:
        return _("Character 18 of the identity number is “%(found)s”; it has to be “%(right)s”.") % {
            "found": number[17],
            "right": right,
        }
    return None


def id_check(first: str) -> str:
    """Return the eighteenth character that belongs to the first seventeen."""
    return ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first, ID_WEIGHTS, strict=True)) % 11]


def tail(number: str) -> str:
    """Return the last characters of a number, by which people recognise it."""
    return number[-SHOWN:]


def masked(last: str) -> str:
    """Return how a number is shown of which only the end is told."""
    return f"•••• {last}"


def _digits(typed: str) -> str:
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(letter for letter in plain if not letter.isspace() and letter != "-")


def _phone(typed: str) -> str:
    digits = _digits(typed).removeprefix("+")
    bare = digits.replace("(", "").replace(")", "")
    return bare.removeprefix("86") if len(bare) == 13 and bare.startswith("861") else bare


def _capitals(typed: str) -> str:
    return _digits(typed).upper()


def _name(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed).translate(BRACKETS).split()).casefold()


def _required(form: re.Pattern[str], plain: str, field: str, message: Text) -> str:
    if not form.fullmatch(plain):
        raise InvalidInput({field: message})
    return plain


# how each kind of value is written before it is digested
PLAIN: dict[str, Callable[[str], str]] = {
    "account": _digits,
    "code": _capitals,
    "id": _capitals,
    "name": _name,
    "phone": _phone,
}
