"""The pages of libraries: for the office, for everybody, as a sheet and as a paper."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from core.permissions import RoleName
from tests.factories import current, make_organization, make_user
from tests.factories.libraries import DAY, make_done, make_library, make_member, make_pick
from tests.factories.vendors import make_vendor
from vendors import commission_requests
from vendors.libraries import LibraryStatus
from vendors.report_types import ReportType


@pytest.fixture
def library(session):
    """A library with a quick, a slow and a nearly unknown agency."""
    found = make_library(
        credit_days=7, ranking_minimum=2, fees={ReportType.other_task: "200.00"}, title="示例环评库"
    )
    for name, days, cases in (("示例快机构", 9, 2), ("示例慢机构", 23, 2), ("示例新机构", 3, 1)):
        vendor = make_vendor(found.organization, title=name)
        make_member(found, vendor)
        for _ in range(cases):
            make_done(found, vendor, delivered_on=date(2026, 3, 2 + days), stars=(5, 4, 3))
    session.commit()
    return found


def text(answer, status=200):
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_the_office_sees_who_is_in_who_may_be_picked_and_how_they_compare(session, as_user, library):
    browser = as_user(make_user(RoleName.librarian, organization=library.organization))

    assert "示例环评库" in text(browser.get("/libraries/"))
    page = text(browser.get(f"/libraries/{library.id}"))
    assert page.index("示例快机构") > 0
    assert "信用状态查询于" in page  # looked up in March 2026: too long ago by now
    compared = text(browser.get(f"/libraries/{library.id}/comparison"))
    assert compared.index("示例快机构") < compared.index("示例慢机构") < compared.index("件数不足")
    assert "data-comparison" in compared
    assert "比较值" in compared
    for path in (f"/records/{library.id}", "/admin/library/", "/admin/membership/", "/admin/pick/"):
        text(browser.get(path))


def test_a_comparison_of_a_period_counts_its_own_cases_and_names_a_day_that_is_none(as_user, library):
    browser = as_user(make_user(RoleName.auditor, organization=library.organization))
    path = f"/libraries/{library.id}/comparison"

    assert "示例慢机构" not in text(browser.get(f"{path}?since=2026-03-01&until=2026-03-12"))
    assert "不是日期" in text(browser.get(f"{path}?since=gestern"), 422)
    assert text(browser.get(f"{path}?since=2026-04-01&until=2026-03-01"), 422)


def test_everybody_sees_agencies_and_figures_and_nobody_sees_clients_or_people(client, library):
    page = text(client.get(f"/public/libraries/{library.id}"))

    assert "示例快机构" in page
    assert "示例企业" not in page
    assert "示例联系人" not in page
    assert "示例环评库" in text(client.get("/public/libraries"))


@pytest.mark.parametrize("path", ["/public/libraries/999999", "/public/picks/999999"])
def test_what_is_absent_is_not_found(client, path):
    text(client.get(path), 404)


def test_a_closed_library_is_public_no_more(session, client):
    library = make_library(status=LibraryStatus.closed, title="示例停用库")
    session.commit()

    text(client.get(f"/public/libraries/{library.id}"), 404)
    assert "示例停用库" not in text(client.get("/public/libraries"))


def test_another_zone_sees_neither_library_nor_report(as_user, library):
    browser = as_user(make_user(RoleName.librarian, organization=make_organization()))

    text(browser.get(f"/libraries/{library.id}"), 404)
    text(browser.get(f"/libraries/{library.id}/comparison"), 404)
    assert "示例快机构" not in text(browser.get("/reports/agencies/?since=2026-01-01&until=2026-12-31"))


def test_the_report_is_a_page_a_sheet_and_a_paper_of_the_same_commissions(as_user, library):
    browser = as_user(make_user(RoleName.auditor, organization=library.organization))
    span = "since=2026-03-01&until=2026-03-31"

    page = text(browser.get(f"/reports/agencies/?{span}"))
    assert "审批部门通过委托 5 件" in page
    assert "不是日期" in text(browser.get("/reports/agencies/?since=x"), 422)
    sheet = browser.get(f"/reports/agencies/sheet.xlsx?{span}")
    rows = CalamineWorkbook.from_filelike(BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 5
    paper = browser.get(f"/reports/agencies/paper.pdf?{span}")
    assert paper.data.startswith(b"%PDF-")


def test_a_pick_shows_its_candidates_with_the_reasons_on_its_record(session, as_user, library):
    commission = make_pick_of(library)
    keeper = make_user(RoleName.librarian, organization=library.organization)
    browser = as_user(keeper)
    answer = browser.post(f"/records/{commission.id}/act/freeze", data={"on": "2026-03-02", "witnesses": ""})
    assert answer.status_code == 302

    assert "示例快机构" in text(browser.get(f"/records/{commission.id}"))


def make_pick_of(library):
    officer = make_user(RoleName.officer, organization=library.organization)
    request = commission_requests.request(
        current(),
        by=officer,
        on=DAY,
        organization=library.organization,
        title="示例：项目",
        library=library,
        report_type="other_task",
        client_name="示例企业",
    )
    pick = make_pick(request)
    current().commit()
    assert Decimal(request.list_fee) == Decimal("200.00")
    return pick
