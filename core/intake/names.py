"""The name under which a file is shown: safe to show, and with the suffix of what the file is."""

import re

from core.documents import LONGEST_NAME, display_name
from core.intake.families import SUFFIXES, FileKind, Refused

# what follows the last dot of "关于采购的请示v1.2" or "合同.定稿" is no suffix
SUFFIX = re.compile(r"(?=.*[a-z])[a-z0-9]{1,8}", re.IGNORECASE)


def named(filename: str, kind: FileKind) -> str:
    """Return the name to show; raise Refused when its suffix speaks of another kind of file."""
    name = display_name(filename)
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and SUFFIX.fullmatch(suffix):
        if suffix.lower() not in SUFFIXES[kind]:
            raise Refused("wrong_suffix", suffix=suffix, kind=kind.value)
        return name
    return f"{name[: LONGEST_NAME - len(kind.value) - 1]}.{kind.value}"
