"""The pinyin initials of a Chinese text: the bank of Chongqing is found by cqyh."""

from functools import cache, lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data/initials.txt"
REMEMBERED = 4_096  # a ledger names the same vendors again and again


@lru_cache(REMEMBERED)
def initials(text: str) -> str:
    """Return the first letter of each Chinese character as its phrase is read; others give none."""
    if text.isascii():
        return ""
    letters, phrases, longest = _tables()
    found = [letters.get(character, "") for character in text]
    after = 0
    for place in [place for place, character in enumerate(text) if character in longest]:
        if place < after:
            continue  # inside the last phrase
        for size in range(longest[text[place]], 1, -1):
            said = phrases.get(text[place : place + size])
            if said is not None:
                found[place : place + size] = [said, *[""] * (size - 1)]
                after = place + size
                break
    return "".join(found)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, int]]:
    """Return the letters of characters, those of phrases, and how long phrases are by first character."""
    letters: dict[str, str] = {}
    phrases: dict[str, str] = {}
    longest: dict[str, int] = {}
    for line in DATA.read_text(encoding="utf-8").splitlines():
        said, *texts = line.split(" ")
        if len(said) == 1:
            letters.update(dict.fromkeys(texts[0], said))
            continue
        for phrase in texts:
            phrases[phrase] = said
            longest[phrase[0]] = max(longest.get(phrase[0], 1), len(phrase))
    return letters, phrases, longest
