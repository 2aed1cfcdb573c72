"""The search at the head of every page."""

from decimal import Decimal

import pytest

from core.permissions import RoleName
from deadlines.views.search import SHOWN
from tests.factories import make_organization, make_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor


@pytest.fixture
def reader(session):
    return make_user()


@pytest.fixture
def find(as_user, reader, session):
    def ask(words: str, who=reader):
        session.commit()
        return as_user(who).get("/search", query_string={"q": words})

    return ask


def test_all_words_have_to_occur_in_any_order(find, reader):
    tender = make_tender(reader.organization, title="园区消防设施年度检测")
    other = make_tender(reader.organization, title="园区保洁")
    page = find("检测 消防").text
    assert tender.number in page
    assert other.number not in page


def test_records_of_every_kind_are_found(find, reader):
    tender = make_tender(reader.organization, title="环境监测采购")
    vendor = make_vendor(reader.organization, title="环境监测公司")
    page = find("环境监测").text
    assert tender.number in page
    assert vendor.number in page


def test_a_whole_number_leads_straight_to_its_record(find, reader):
    tender = make_tender(reader.organization, number="CG-2026-7001")
    answer = find("cg-2026-7001")
    assert answer.status_code == 302
    assert answer.location == f"/records/{tender.id}"


def test_what_another_organization_holds_is_not_found(find):
    hidden = make_tender(make_organization(), title="别处的采购", number="CG-2026-7002")
    assert hidden.number not in find("别处的采购").text
    assert find("CG-2026-7002").status_code == 200


def test_a_role_finds_only_the_kinds_that_it_may_see(find, reader, session):
    tender = make_tender(reader.organization, title="管理员看不到的采购", number="CG-2026-7003")
    keeper = make_user(RoleName.administrator, organization=reader.organization)
    assert tender.number not in find("管理员看不到", keeper).text
    assert find("CG-2026-7003", keeper).status_code == 200


@pytest.mark.parametrize(("count", "says"), [(SHOWN, False), (SHOWN + 1, True)])
def test_what_is_not_shown_is_said(find, reader, count, says):
    for number in range(count):
        make_tender(reader.organization, title="一模一样的采购", number=f"CG-2026-8{number:03d}")
    page = find("一模一样").text
    assert page.count("一模一样的采购") == SHOWN
    assert ('class="pad muted"' in page) is says


@pytest.mark.parametrize("words", ["", "   ", "%", "_" * 300, "没有这样的词"])
def test_no_words_and_odd_words_find_nothing(find, reader, words):
    make_tender(reader.organization)
    page = find(words)
    assert page.status_code == 200
    assert 'class="empty"' in page.text


def test_a_field_that_names_a_vendor_gets_suggestions(as_user, reader, session):
    vendor = make_vendor(reader.organization, title="示例检测有限公司")
    make_vendor(make_organization(), title="别处的示例检测公司")
    make_tender(reader.organization, title="示例检测采购")
    session.commit()
    answer = as_user(reader).get("/search/suggest/vendor", query_string={"query": "示例检测"})
    assert answer.json == [[vendor.id, f"{vendor.number} 示例检测有限公司"]]


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        (RoleName.officer, "vendor", 200),
        (RoleName.administrator, "vendor", 404),
        (RoleName.officer, "nothing", 404),
    ],
)
def test_suggestions_need_the_right_to_see_the_kind(as_user, session, role, kind, status):
    person = make_user(role)
    session.commit()
    answer = as_user(person).get(f"/search/suggest/{kind}", query_string={"query": "示例"})
    assert answer.status_code == status


def test_a_record_is_shown_with_its_amount(find, reader):
    make_tender(reader.organization, title="金额可见的采购", budget=Decimal("1234567.80"))
    assert "¥1,234,567.80" in find("金额可见").text
