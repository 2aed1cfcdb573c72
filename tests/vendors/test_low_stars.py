"""Below the threshold of stars: the librarian is told once, and the reason of the removal is written."""

from datetime import date

import pytest

from core import memos
from core.permissions import Permission, RoleName
from tests.factories import make_organization, make_user
from tests.factories.libraries import make_done, make_library, make_member
from tests.factories.vendors import make_vendor
from vendors import library_queries, memberships
from vendors.libraries import MembershipStatus

HELD = frozenset({Permission.library_admit})


@pytest.fixture
def library(session):
    return make_library(remove_below=3)


@pytest.fixture
def keeper(library):
    return make_user(RoleName.librarian, organization=library.organization)


@pytest.fixture
def member(library):
    return make_member(library, make_vendor(library.organization, title="示例机构"))


def rated(library, member, *stars) -> None:
    for each in stars:
        make_done(library, member.vendor, stars=each)


def told(session, user) -> list[str]:
    return [str(memo.words) for memo in memos.of(session, user.id)]


@pytest.mark.parametrize(
    ("stars", "is_low"),
    [
        ([(3, 3, 3)], False),
        ([(3, 3, 2)], True),  # 2.80
        ([(5, 5, 5), (1, 1, 1)], False),  # 3.00
        ([(5, 5, 4), (1, 1, 1)], True),  # 2.90
        ([], False),
    ],
)
def test_only_an_average_below_the_threshold_makes_a_candidate(
    session, library, keeper, member, stars, is_low
):
    rated(library, member, *stars)

    assert (library_queries.reason_to_remove(session, member) is not None) is is_low
    assert [each.record for each in library_queries.to_remove(session, HELD, 5)] == [member] * is_low
    assert len(told(session, keeper)) == is_low


def test_the_librarians_of_the_library_are_told_once_with_the_figures(session, library, keeper, member):
    stranger = make_user(RoleName.librarian, organization=make_organization())
    rated(library, member, (2, 2, 2), (2, 2, 2))

    assert told(session, stranger) == []
    (words,) = told(session, keeper)
    assert "2.00" in words
    assert member.number in words
    rated(library, member, (5, 5, 5), (5, 5, 5), (1, 1, 1), (1, 1, 1))  # up to 3.50, down to 2.67
    assert len(told(session, keeper)) == 2


def test_without_a_threshold_or_without_a_place_nobody_is_told(session, keeper, library, member):
    library.remove_below = None
    rated(library, member, (1, 1, 1))
    library.remove_below = 3
    outsider = make_vendor(library.organization)
    make_done(library, outsider, stars=(1, 1, 1))
    gone = make_member(
        library,
        make_vendor(library.organization),
        status=MembershipStatus.removed,
        removed_on=date(2026, 3, 1),
        status_reason="示例",
        admitted_on=None,
        recheck_due_on=None,
    )
    make_done(library, gone.vendor, stars=(1, 1, 1))

    assert told(session, keeper) == []
    assert library_queries.reason_to_remove(session, gone) is None
    assert library_queries.to_remove(session, frozenset(), 5) == []


def test_from_the_library_the_removal_is_one_page_whose_reason_is_written(
    session, library, keeper, member, as_user
):
    rated(library, member, (2, 2, 2))
    session.commit()
    browser = as_user(keeper)
    act = f"/records/{member.id}/act/remove"

    assert f'href="{act}"' in browser.get(f"/libraries/{library.id}").text
    assert "移出：星级低于标准" in browser.get("/").text
    assert "请研究是否移出" in browser.get("/inbox").text
    reason = "1 次评价平均 2.00 星，低于移出标准 3 星"
    assert reason in browser.get(f"/records/{member.id}").text
    assert reason in browser.get(act).text
    browser.post(act, data={"on": "2026-04-01", "reason": reason})

    session.expire_all()
    assert (member.status, member.status_reason) == (MembershipStatus.removed, reason)
    assert library_queries.to_remove(session, HELD, 5) == []


def test_whoever_may_not_decide_finds_no_button(session, library, member, as_user):
    rated(library, member, (2, 2, 2))
    reader = make_user(RoleName.auditor, organization=library.organization)
    session.commit()

    page = as_user(reader).get(f"/libraries/{library.id}").text

    assert "低于" in page
    assert "/act/remove" not in page


def test_an_ordinary_removal_starts_with_an_empty_reason(session, library, keeper, member, as_user):
    session.commit()

    page = as_user(keeper).get(f"/records/{member.id}/act/remove").text

    assert "移出标准" not in page
    memberships.remove(session, member, by=keeper, on=date(2026, 4, 1), reason="示例：自愿退出")
    assert member.status is MembershipStatus.removed
