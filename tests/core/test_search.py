"""Search: the index offers what reading every text would find, on both engines, within scope."""

import random

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from core import clock, search
from core.organizations import EVERYTHING, Scope, limit
from core.records import Record, ReviewStatus
from tests.factories import make_organization, make_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor

WORDS = [
    "物业",
    "环卫",
    "消防设施",
    "检测（年度）",
    "一体化服务",
    "HT-2026",
    "ht-2026",
    "A栋",
    "100%",
    "a_b",
    "O'Brien",
    '"引号"',
    "x;y",
    "𠮷田",
    "经开区",
    "é",
    "ß",
]


@pytest.fixture
def place(session: Session):
    return make_organization()


def fill(session: Session, place, texts: list[str], ids: list[int] | None = None) -> None:
    """Insert records in bulk, as an import does."""
    rows = [
        {
            "kind": "record",
            "number": f"T-{number}",
            "title": "示例",
            "search_text": line,
            "organization_id": place.id,
            "review": ReviewStatus.draft,
            "created_at": clock.now(),
        }
        for number, line in enumerate(texts)
    ]
    for row, id_ in zip(rows, ids or (), strict=False):
        row["id"] = id_
    session.execute(insert(Record.__table__), rows)


def ids(page: search.Page) -> list[int]:
    return [row.id for row in page.rows]


def read_all(session: Session, word: str) -> list[int]:
    """Find by reading every text, with the case of ASCII letters ignored."""
    lower = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})
    wanted = word.translate(lower)
    rows = session.execute(select(Record.id, Record.search_text).order_by(Record.id.desc()))
    return [number for number, line in rows if wanted in line.translate(lower)]


def test_results_equal_reading_every_text(session: Session, place) -> None:
    chance = random.Random(20261123)
    texts = [" ".join(chance.choices(WORDS, k=4)) for _ in range(150)]
    fill(session, place, texts)
    for _ in range(400):
        line = chance.choice(texts)
        start = chance.randrange(len(line))
        word = line[start : start + chance.randint(1, 6)]
        if not search.words(word) or search.words(word)[0] != word:
            continue
        expected = read_all(session, word)
        page = search.find(session, word, limit=200)
        assert ids(page) == expected, word
        condition = search.matches(session, word)
        listed = select(Record.id).where(condition).order_by(Record.id.desc())
        assert session.scalars(listed).all() == expected, word


@pytest.mark.parametrize(
    "word", ["业环", "zz", "龘", "100%%", "__", "物%", '"', "'", "*", "物*", 'a" OR "b', "(", "^"]
)
def test_odd_words_find_what_holds_them_and_nothing_else(session: Session, place, word: str) -> None:
    fill(session, place, ["物业 环卫", "100% a_b", '物*业 "x" (y) O\'Brien'])
    assert ids(search.find(session, word)) == read_all(session, word)


def test_every_word_has_to_occur_in_any_order(session: Session, place) -> None:
    both = make_tender(place, title="园区消防设施年度检测")
    make_tender(place, title="园区年度保洁")
    assert ids(search.find(session, "检测 消防")) == [both.id]


@pytest.mark.parametrize("nothing", ["", "   ", "\0", "\t\n"])
def test_no_words_find_nothing(session: Session, place, nothing: str) -> None:
    make_tender(place)
    page = search.find(session, nothing)
    assert (list(page.rows), page.count, page.is_capped) == ([], 0, False)
    assert session.scalars(select(Record.id).where(search.matches(session, nothing))).all() == []


def test_a_changed_text_is_found_anew_and_no_longer_as_before(session: Session, place) -> None:
    tender = make_tender(place, title="旧的名称甲乙")
    tender.title = "新的名称丙丁"
    session.info["unaudited"] = True
    session.flush()
    assert ids(search.find(session, "名称甲")) == []
    assert ids(search.find(session, "名称丙")) == [tender.id]


def test_a_deleted_text_is_forgotten(session: Session, place) -> None:
    fill(session, place, ["删掉的一行", "留下的一行"])
    session.execute(text("delete from records where search_text = '删掉的一行'"))
    assert len(search.find(session, "一行").rows) == 1
    assert search.find(session, "删掉").count == 0


def test_a_text_changed_in_bulk_is_found(session: Session, place) -> None:
    fill(session, place, ["成批改之前"])
    session.execute(text("update records set search_text = '成批改之后'"))
    assert search.find(session, "改之后").count == 1
    assert search.find(session, "改之前").count == 0


def test_a_rollback_takes_the_text_out_of_the_index(session: Session, place) -> None:
    with session.begin_nested() as inner:
        fill(session, place, ["写了又撤"])
        inner.rollback()
    assert search.find(session, "又撤").count == 0


@pytest.mark.parametrize("others", [0, 1, search.MOST_PLACES + 3])
def test_only_the_scope_is_found(session: Session, place, others: int) -> None:
    mine = make_tender(place, title="同名的采购")
    make_tender(make_organization(), title="同名的采购")
    more = [make_organization().id for _ in range(others)]
    limit(session, Scope(own=frozenset({place.id, *more})))
    assert ids(search.find(session, "同名的")) == [mine.id]
    listed = session.scalars(select(Record.id).where(search.matches(session, "同名的"))).all()
    assert listed == [mine.id]
    limit(session, EVERYTHING)
    assert search.find(session, "同名的").count == 2


def test_a_record_that_moved_is_found_where_it_is_now(session: Session, place) -> None:
    tender = make_tender(place, title="搬家的采购")
    new_home = make_organization()
    session.info["unaudited"] = True
    tender.organization_id = new_home.id
    session.flush()
    for home, count in ((place, 0), (new_home, 1)):
        limit(session, Scope(own=frozenset({home.id})))
        assert search.find(session, "搬家").count == count
    limit(session, EVERYTHING)


def test_what_the_zone_shares_is_found_from_below(session: Session, place) -> None:
    vendor = make_vendor(place, title="示例共享有限公司")
    person = make_user(organization=make_organization(place))
    limit(session, person.scope(clock.today()))
    found = ids(search.find(session, "示例共享", kinds=["vendor"]))
    assert found == session.scalars(select(Record.id).where(Record.id == vendor.id)).all()
    limit(session, EVERYTHING)


def test_kinds_narrow_the_search(session: Session, place) -> None:
    tender = make_tender(place, title="环境监测采购")
    vendor = make_vendor(place, title="环境监测公司")
    assert ids(search.find(session, "环境监测")) == [vendor.id, tender.id]
    assert ids(search.find(session, "环境监测", kinds=["tender"])) == [tender.id]
    assert ids(search.find(session, "环境监测", kinds=["tender", "vendor"])) == [vendor.id, tender.id]
    assert ids(search.find(session, "环境监测", kinds=[])) == []


def test_older_pages_follow_the_last_row(session: Session, place) -> None:
    fill(session, place, ["一页一页"] * 7)
    first = search.find(session, "一页", limit=3)
    second = search.find(session, "一页", limit=3, before_id=first.rows[-1].id)
    third = search.find(session, "一页", limit=3, before_id=second.rows[-1].id)
    assert ids(first) + ids(second) + ids(third) == read_all(session, "一页")


@pytest.mark.parametrize(("rows", "capped"), [(search.CAP, False), (search.CAP + 1, True)])
def test_the_count_stops_at_the_cap(session: Session, place, rows: int, capped: bool) -> None:
    fill(session, place, ["到顶为止"] * rows)
    page = search.find(session, "到顶", limit=50)
    assert (len(page.rows), page.count, page.is_capped) == (50, search.CAP, capped)


def test_old_rows_are_found_behind_many_new_ones(session: Session, place) -> None:
    fill(session, place, ["很久以前的一件"])
    old = session.scalars(select(Record.id)).one()
    last = old + (1 << 22)
    session.execute(
        insert(Record.__table__),
        [
            {
                "id": number,
                "kind": "record",
                "number": f"N-{number}",
                "title": "新",
                "search_text": "新近的一件",
                "organization_id": place.id,
                "review": ReviewStatus.draft,
                "created_at": clock.now(),
            }
            for number in (last - (1 << 18), last - (1 << 15), last)
        ],
    )
    assert ids(search.find(session, "以前")) == [old]
    assert ids(search.find(session, "一件")) == [last, last - (1 << 15), last - (1 << 18), old]


def like(session: Session, word: str, *, below: int, most: int) -> list[int]:
    """Find the newest as LIKE does."""
    pattern = "%" + word.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
    held = Record.__table__.c
    found = select(held.id).where(held.search_text.ilike(pattern, escape="/"), held.id < below)
    return list(session.scalars(found.order_by(held.id.desc()).limit(most)))


def test_looking_back_step_by_step_finds_what_like_finds(session: Session, place, monkeypatch) -> None:
    monkeypatch.setattr(search, "CAP", 12)
    monkeypatch.setattr(search, "NEWEST", 5000)
    monkeypatch.setattr(search, "MOST_BUCKETS", 3)  # so that one step is not enough
    chance = random.Random(5)
    texts = ["".join(chance.choices("环卫消防检测年度一二三四五", k=6)) for _ in range(300)]
    first = (session.scalar(search.LAST) or 0) + 1
    fill(session, place, texts, ids=[first + number * 1700 for number in range(300)])  # 16 buckets
    limit(session, Scope(own=frozenset({place.id})))
    for _ in range(200):
        text_, length = chance.choice(texts), chance.randint(1, 5)
        start = chance.randrange(0, len(text_) - length + 1)
        word, below = text_[start : start + length], first + 1700 * chance.randint(20, 320)
        found = search.find(session, word, limit=10, before_id=below)
        known = like(session, word, below=below, most=13)
        assert ids(found) == known[:10], word
        assert (found.count, found.is_capped) == (min(len(known), 12), len(known) > 12), word
    limit(session, EVERYTHING)
