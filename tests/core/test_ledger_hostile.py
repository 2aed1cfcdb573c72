"""A hundred broken and hostile files: each is refused in words or taken in whole, and nothing in between."""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import DomainError
from tests.factories.ledger import (
    HEADINGS,
    TWO_ROWS,
    Desk,
    cell,
    lines,
    make_desk,
    raw_workbook,
    text_file,
    workbook,
)

SEEDS = range(16)
Break = Callable[[Path, random.Random, int], Path]


def good(path: Path, chance: random.Random, turn: int) -> Path:
    return workbook(path, [HEADINGS, *lines(chance.randrange(1, 30))])


def flip_bytes(path: Path, chance: random.Random, turn: int) -> Path:
    data = bytearray(good(path, chance, turn).read_bytes())
    for _ in range(chance.randrange(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    return path


def cut(path: Path, chance: random.Random, turn: int) -> Path:
    data = good(path, chance, turn).read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])
    return path


def splice(path: Path, chance: random.Random, turn: int) -> Path:
    data = good(path, chance, turn).read_bytes()
    place = chance.randrange(len(data))
    path.write_bytes(data[:place] + chance.randbytes(chance.randrange(1, 500)) + data[place:])
    return path


def break_a_part(path: Path, chance: random.Random, turn: int) -> Path:
    """Change the text of one part inside a sound archive."""
    with zipfile.ZipFile(good(path, chance, turn)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    text = parts[name]
    place = chance.randrange(len(text))
    broken = [
        text[:place],
        text[:place] + b"<" + text[place:],
        text.replace(b'r="', b'r="ZZZ', 1),
        text.replace(b"<v>", b"<v>1e999", 1),
        text.replace(b't="s"', b't="e"'),
        text.replace(b"<v>0</v>", b"<v>99999999</v>"),
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + text,
        b"",
    ]
    parts[name] = broken[turn % len(broken)]
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


def odd_cells(path: Path, chance: random.Random, turn: int) -> Path:
    """Write cells that a workbook may hold and a ledger should not."""
    odd = [
        '<c r="C2"><v>1e308</v></c>',
        '<c r="C2"><v>-1</v></c>',
        '<c r="C2"><v>NaN</v></c>',
        '<c r="C2" t="b"><v>7</v></c>',
        '<c r="C2" t="e"><v>#REF!</v></c>',
        '<c r="C2" t="d"><v>2026-99-99</v></c>',
        '<c r="C2"><f>1/0</f></c>',
        '<c r="C2"><v></v></c>',
        '<c t="inlineStr"><is><t>1</t></is></c>',
        cell("C2", "x" * 40_000),
        cell("C2", "&#x202e;12"),
        cell("B2", "=cmd|' /C calc'!A0"),
        cell("A2", "9" * 41),
        cell("XFD2", "weit weg"),
        cell("C1048576", "unten"),
        cell("C2", "12\ud83d".encode("utf-8", "ignore").decode()),
    ]
    heads = "".join(cell(f"{letter}1", text) for letter, text in zip("ABCDEFG", HEADINGS, strict=True))
    own = f'<row r="2">{cell("A2", "A-1")}{cell("B2", "事项一")}{odd[turn % len(odd)]}</row>'
    return raw_workbook(path, f'<row r="1">{heads}</row>{own}')


def noise(path: Path, chance: random.Random, turn: int) -> Path:
    path.write_bytes(
        chance.choice([b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"]) + chance.randbytes(3000)
    )
    return path


def ragged_text(path: Path, chance: random.Random, turn: int) -> Path:
    rows = [
        HEADINGS,
        *([chance.choice(["", "-", "x", "1", "是", '"', "\r"])] * chance.randrange(12) for _ in range(40)),
    ]
    text_file(path, rows, encoding=chance.choice(["utf-8", "gb18030"]), comma=chance.choice(",;\t"))
    if chance.random() < 0.5:
        data = path.read_bytes()
        path.write_bytes(data[: chance.randrange(1, len(data))])
    return path


BREAKS: tuple[Break, ...] = (flip_bytes, cut, splice, break_a_part, odd_cells, noise, ragged_text)


@pytest.fixture
def desk(session, tmp_path) -> Desk:
    return make_desk(session, tmp_path)


def try_to_take_in(desk: Desk, content: bytes) -> tuple[int, str]:
    """Take a file in if it lets itself be taken in; return how many records are new, or why none is."""
    with desk.session.begin_nested() as attempt:
        try:
            entry = desk.receive_bytes(content)
            desk.settle(entry)
            return desk.commit(entry).fresh, "taken in"
        except DomainError as refusal:
            attempt.rollback()
            return 0, str(refusal)


# What is broken does not depend on the database: one engine is enough.
@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("break_it", BREAKS, ids=lambda break_it: break_it.__name__)
def test_a_broken_file_is_refused_or_taken_in_whole(desk, break_it, tmp_path):
    outcomes = set()
    for seed in SEEDS:
        path = break_it(tmp_path / "broken", random.Random(f"{break_it.__name__} {seed}"), seed)
        before = desk.count()
        fresh, said = try_to_take_in(desk, path.read_bytes())
        assert (desk.count(), bool(said)) == (before + fresh, True), f"{break_it.__name__} {seed}"
        outcomes.add(bool(fresh))

    assert False in outcomes, "nothing was ever refused: the files are not broken"


def test_there_are_more_than_a_hundred_of_them():
    assert len(BREAKS) * len(SEEDS) >= 100


@pytest.mark.parametrize(
    "rows", [TWO_ROWS, f"<row>{cell('A1', '编号')}{cell('B1', '名称')}</row>"], ids=["plain", "numberless"]
)
def test_a_workbook_of_few_parts_is_a_workbook(desk, tmp_path, rows):
    path = raw_workbook(tmp_path / "a.xlsx", rows)

    assert desk.receive_bytes(path.read_bytes()).plan["heading_row"] == 1


def test_a_formula_in_a_name_stays_a_name(desk):
    entry = desk.take_in([HEADINGS, ["A-1", "=HYPERLINK(1)", 1]])

    assert [record.title for record in desk.made(entry)] == ["=HYPERLINK(1)"]
