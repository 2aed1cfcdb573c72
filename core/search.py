"""Finding records by a part of their number, title or names, as ``LIKE '%…%'`` would, but by an index.

Every piece of a text is indexed, so that words of one or two characters, which is what Chinese words are,
are found as fast as long ones. SQLite keeps the pieces in an FTS5 table that triggers hold in step,
PostgreSQL in a GIN index on an expression; both also know the organization and the kind of a row.
Whatever an index offers is checked against the text itself, so the index can only ever be too generous.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    column,
    event,
    false,
    func,
    literal,
    literal_column,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from core.organizations import EVERYTHING, Scope
from core.records import Record, scoped

LONGEST = 100
MOST_WORDS = 8
CAP = 200  # a search that finds more wants another word, not a count
MOST_PLACES = 12
MOST_PIECES = 8

# -- SQLite: pieces of three characters as words; a prefix of one or two finds the shorter ones

WORDS = table("record_words", column("rowid", Integer), column("record_words", String))
PLACE, KIND = "\ue1f0", "\ue1f1"
# The tokenizer splits at ASCII punctuation, so that goes into a private area of Unicode.
SHIFTED = {code: chr(0xE000 + code) for code in range(128) if not chr(code).isalnum()}

# -- PostgreSQL: pieces of one and two characters as integers, and where in the table a row stands

BUCKET_MARK, BUCKET = 57345, 15  # and how many bits of the id fall away
MOST_BUCKETS = 128
SPARE = 1.5  # how much further back to look than the words found so far suggest
PLACE_MARK, KIND_MARK = 57360, 57361
NEWEST = 4096
LAST = select(func.max(Record.__table__.c.id))

ROWS = select(Record.id, Record.kind, Record.number, Record.title)
BACKWARDS = (Record.id + literal_column("0")).desc()


@dataclass(frozen=True)
class Page:
    """What a search found: the newest rows as (id, kind, number, title), and how many there are in all."""

    rows: Sequence[Any]
    count: int
    is_capped: bool


def words(text: str) -> list[str]:
    """Return the words that have to occur, in any order."""
    return text.replace("\0", " ")[:LONGEST].split()[:MOST_WORDS]


def find(
    session: Session,
    text: str,
    *,
    kinds: Sequence[str] | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> Page:
    """Return the newest records in scope that hold every word, and a count that stops at the cap."""
    wanted = words(text)
    if not wanted or limit < 1:
        return Page((), 0, is_capped=False)
    asked = [_holds(session, word) for word in wanted]
    if kinds is not None:
        asked.append(Record.kind.in_(sorted(kinds)))
    if before_id is not None:
        asked.append(Record.id < before_id)
    most = max(limit, CAP) + 1
    search = _Search(session, wanted, kinds, asked, most)
    rows = search.by_fts() if _is_sqlite(session) else search.by_gin(before_id)
    return Page(rows[:limit], min(len(rows), CAP), is_capped=len(rows) > CAP)


def matches(session: Session, text: str, kind: str | None = None) -> ColumnElement[bool]:
    """Return the condition that every word of the text occurs in the record's search text."""
    wanted = words(text)
    if not wanted:
        return false()
    kinds = None if kind is None else [kind]
    indexed = _fts(session, wanted, kinds) if _is_sqlite(session) else _gin(_keys(session, wanted, kinds))
    return and_(indexed, *(_holds(session, word) for word in wanted))


@dataclass(frozen=True)
class _Search:
    """One search: what is asked of the rows, and how many are enough."""

    session: Session
    wanted: Sequence[str]
    kinds: Sequence[str] | None
    asked: Sequence[ColumnElement[bool]]
    most: int

    def by_fts(self) -> Sequence[Any]:
        joined = ROWS.select_from(WORDS).join(Record, Record.id == WORDS.c.rowid)
        match = _match(self.session, self.wanted, self.kinds)
        return self._run(joined.where(match).order_by(WORDS.c.rowid.desc()), self.most)

    def by_gin(self, before_id: int | None) -> Sequence[Any]:
        """Look back no further than needed: what the newest rows hold says how far that will be."""
        last = self.session.connection().scalar(LAST) or 0
        last = last if before_id is None else min(last, before_id - 1)
        edge = last - NEWEST
        # A word that is everywhere is found at once by reading the newest rows.
        newest = ROWS.where(Record.id > edge, Record.id <= last).order_by(Record.id.desc())
        rows = list(self._run(newest, self.most))
        keys = _keys(self.session, self.wanted, self.kinds)
        while edge > 0 and len(rows) < self.most:
            missing = self.most - len(rows)
            span = int(missing * (last - edge) / max(len(rows), 0.5) * SPARE)
            top = edge >> BUCKET
            lowest = max((edge - span) >> BUCKET, top - MOST_BUCKETS + 1, 0)
            window = [_key(BUCKET_MARK, number & 0xFFFF) for number in range(lowest, top + 1)]
            # "+ 0": of its own accord the planner might walk the primary key and compute every row's pieces
            part = ROWS.where(_gin(keys), _gin_any(window), Record.id <= edge).order_by(BACKWARDS)
            rows += self._run(part, missing)
            edge = (lowest << BUCKET) - 1
        return rows

    def _run(self, part: Any, most: int) -> Sequence[Any]:
        found = scoped(self.session, part.where(*self.asked).limit(most))
        return self.session.connection().execute(found).all()


def _holds(session: Session, word: str) -> ColumnElement[bool]:
    text = Record.search_text
    if _is_sqlite(session):
        return text.contains(word, autoescape=True)  # SQLite's LIKE ignores the case of ASCII letters
    pattern = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return text.collate("C").ilike(f"%{pattern}%", escape="/")


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _places(session: Session) -> list[int]:
    """Return the organizations of the scope while they are few; the scope itself is applied elsewhere."""
    scope: Scope = session.info.get("scope", EVERYTHING)
    seen = scope.own | scope.above
    return sorted(seen) if not scope.everything and len(seen) <= MOST_PLACES else []


def _spread(pieces: Sequence[str]) -> list[str]:
    """Return few pieces of many, those that say most first: a digit is in every number."""
    several = sorted(set(pieces), key=lambda piece: (piece.isascii(), pieces.index(piece)))
    return several[:MOST_PIECES]


def _fts(session: Session, wanted: Sequence[str], kinds: Sequence[str] | None) -> ColumnElement[bool]:
    return Record.id.in_(select(WORDS.c.rowid).where(_match(session, wanted, kinds)))


def _match(session: Session, wanted: Sequence[str], kinds: Sequence[str] | None) -> ColumnElement[bool]:
    asked = [piece for word in wanted for piece in _phrases(word.translate(SHIFTED))]
    places = _places(session)
    if places:
        asked.append(_any_of(f"{PLACE}{place}" for place in places))
    if kinds:
        asked.append(_any_of(f"{KIND}{kind}" for kind in sorted(kinds)))
    return WORDS.c.record_words.op("MATCH", is_comparison=True)(literal(" AND ".join(asked)))


def _phrases(word: str) -> list[str]:
    if len(word) < 3:
        return [f'"{word}" *']
    return [f'"{piece}"' for piece in _spread([word[i : i + 3] for i in range(len(word) - 2)])]


def _any_of(tokens: Iterator[str]) -> str:
    return "(" + " OR ".join(f'"{token}"' for token in tokens) + ")"


def record_words(text: str, organization_id: int, kind: str) -> str:
    """Return what the FTS5 table holds of a record; SQLite's triggers call it."""
    shifted = text.translate(SHIFTED)
    pieces = [shifted[i : i + 3] for i in range(len(shifted))]
    return " ".join([*pieces, f"{PLACE}{organization_id}", f"{KIND}{kind}"])


@event.listens_for(Engine, "connect")
def _teach_sqlite(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("record_words", 3, record_words, deterministic=True)


def _gin(keys: Sequence[int]) -> ColumnElement[bool]:
    return _PIECES.contains(_array(keys))  # type: ignore[no-any-return]


def _gin_any(keys: Sequence[int]) -> ColumnElement[bool]:
    return _PIECES.overlap(_array(keys))  # type: ignore[no-any-return]


def _array(keys: Sequence[int]) -> Any:
    return type_coerce(list(keys), ARRAY(Integer))


def _pieces() -> Any:
    own = Record.__table__.c
    return func.record_words(own.search_text, own.organization_id, own.kind, own.id, type_=ARRAY(Integer))


_PIECES = _pieces()


def _keys(session: Session, wanted: Sequence[str], kinds: Sequence[str] | None) -> list[int]:
    pieces = [piece for word in wanted for piece in _spread(_pairs(word))]
    keys = {_key(*(ord(character) for character in _ascii_lower(piece))) for piece in pieces}
    places = _places(session)
    if len(places) == 1:
        keys.add(_key(PLACE_MARK, places[0] & 0xFFFF))
    if kinds is not None and len(kinds) == 1:
        keys.add(_key(KIND_MARK, _kind_number(kinds[0])))
    return sorted(keys)


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _key(first: int, second: int = 0) -> int:
    """Return two characters as PostgreSQL's ``first << 16 # second`` in 32 bits with a sign."""
    bits = (first << 16 & 0xFFFFFFFF) ^ second
    return bits - (1 << 32) if bits >> 31 else bits


def _kind_number(kind: str) -> int:
    return (ord(kind[0]) << 8 ^ ord(kind[-1]) ^ len(kind) << 4) & 0xFFFF
