"""Write core/data/initials.txt, from which a title's pinyin initials are read: python -m tools.initials

The letters come from the dictionaries of pypinyin (MIT), which the system itself does not need to run.
"""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).resolve().parent.parent / "core/data/initials.txt"
COMMON = range(0x4E00, 0xA000)  # the block of unified ideographs


def letter(syllable: str) -> str:
    """Return the first letter of a syllable, without its tone."""
    return unicodedata.normalize("NFD", syllable)[0]


def characters() -> dict[str, str]:
    """Return the letter of each character in its most frequent reading."""
    return {chr(code): letter(pinyin_dict[code]) for code in COMMON if code in pinyin_dict}


def exceptions(single: dict[str, str]) -> dict[str, str]:
    """Return the letters of each phrase that its characters, or shorter phrases in it, do not tell."""
    found: dict[str, str] = {}
    for phrase in sorted(phrases_dict, key=lambda phrase: (len(phrase), phrase)):
        letters = "".join(letter(readings[0]) for readings in phrases_dict[phrase])
        if len(letters) == len(phrase) and letters != "".join(_told(phrase, single, found)):
            found[phrase] = letters
    return found


def _told(phrase: str, single: dict[str, str], known: dict[str, str]) -> Iterator[str]:
    place = 0
    while place < len(phrase):
        parts = (phrase[place : place + size] for size in range(len(phrase) - place, 1, -1))
        part = next((part for part in parts if part in known), phrase[place])
        yield known.get(part) or single.get(part, "")
        place += len(part)


def lines() -> Iterator[str]:
    """Yield a line of characters for each letter, then one of phrases for each run of letters."""
    single = characters()
    for table, between in ((single, ""), (exceptions(single), " ")):
        ordered = sorted(table, key=lambda text: (table[text], text))
        for letters, texts in groupby(ordered, table.__getitem__):
            yield f"{letters} {between.join(texts)}"


def main() -> None:
    """Write the file."""
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")


if __name__ == "__main__":
    main()
