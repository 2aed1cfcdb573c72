"""The calendar on screen: a year shown, added from a notice, corrected by hand, and refused line by line."""

import html
import io
import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM, User
from core.organizations import Organization
from core.permissions import GRANTS, Permission, RoleName
from deadlines import services
from deadlines.calendar import Calendar, Notice, YearArrangement
from deadlines.corrections import calendar_for
from deadlines.models import CalendarYear, Deadline
from deadlines.notices import NoticeFormat, as_notice, parse_notice
from tests.factories import make_organization, make_user
from tests.factories.matters import Matter, make_matter

TRAITS = ("method.public_tender", "tender.by_agent")
NOTICE = """# year: 2027
# title: 关于2027年部分节假日安排的通知（样例）
# number: 国办发明电〔2026〕99号
# issued_on: 2026-11-20
from,to,kind,festival
2027-01-01,2027-01-03,holiday,new_year
2027-01-09,,make_up,
2027-02-05,2027-02-12,holiday,spring_festival
2027-05-01,,holiday,labour_day
2027-10-01,2027-10-07,holiday,national_day
"""


@pytest.fixture
def zone(session: Session) -> Organization:
    return make_organization()


@pytest.fixture
def admin(zone: Organization) -> User:
    return make_user(RoleName.administrator, organization=zone, name="管理员")


@pytest.fixture
def browser(session: Session, as_user, admin) -> FlaskClient:
    session.commit()
    found = as_user(admin)
    found.post("/language", data={"locale": "en"})
    return found


@pytest.fixture
def waiting(session: Session, zone, monkeypatch) -> Deadline:
    """A report due two working days after the last but one day of 2026."""
    monkeypatch.setattr(Matter, "given", frozenset(TRAITS))
    return report_of(session, zone)


def report_of(session: Session, organization: Organization) -> Deadline:
    tender = make_matter(*TRAITS, organization=organization)
    services.announce(session, tender, "evaluation_ended", on=date(2026, 12, 30), by=SYSTEM)
    session.commit()
    rows = session.scalars(select(Deadline).filter_by(record_id=tender.id))
    return next(row for row in rows if row.owed and row.target_event == "evaluation_report_delivered")


def typed(page: str) -> str:
    found = re.search(r'<textarea class="mono"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


# -- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [RoleName.administrator, RoleName.officer])
def test_everybody_reads_the_calendar_and_administrators_change_it(session, as_user, zone, role):
    client = as_user(make_user(role, organization=zone))
    may = Permission.calendar_edit in GRANTS[role]

    page = client.get("/calendar/?year=2026")

    assert page.status_code == 200
    assert ("/calendar/import" in page.text) is may
    assert client.get("/calendar/import").status_code == (200 if may else 403)
    assert client.get("/calendar/sample.csv").status_code == (200 if may else 403)
    sent = client.post("/calendar/import", data={"text": NOTICE, "confirm": "yes"})
    assert sent.status_code == (302 if may else 403)
    assert calendar_for(session).published(2027) is may


@pytest.mark.parametrize(
    ("year", "shown"),
    [(2004, "working days"), (2026, "248 working days"), (2027, "not published"), (2003, "not published")],
)
def test_a_year_is_shown_or_said_to_be_unpublished(browser, year, shown):
    assert shown in browser.get(f"/calendar/?year={year}").text


def test_odd_years_do_no_harm(browser):
    for year in ("0", "-5", "99999", "abc"):
        assert browser.get(f"/calendar/?year={year}").status_code == 200, year
        assert browser.get(f"/calendar/import?year={year}").status_code == 200, year


# -- adding -------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_would_move_and_changes_nothing(session, browser, waiting):
    floor = waiting.due_on

    page = browser.post("/calendar/import", data={"text": NOTICE})

    assert page.status_code == 200
    assert waiting.record.number in page.text
    assert f"/records/{waiting.record_id}" not in page.text  # who keeps the calendar may not open it
    assert "4 Jan 2027" in page.text
    assert "Put in force" in page.text
    session.refresh(waiting)
    assert (waiting.provisional, waiting.due_on) == (True, floor)
    assert not calendar_for(session).published(2027)


def test_what_is_confirmed_is_put_in_force_and_kept_in_the_trail(session, browser, admin, waiting):
    sent = browser.post("/calendar/import", data={"text": NOTICE, "confirm": "yes"})

    assert sent.status_code == 302
    session.refresh(waiting)
    assert (waiting.provisional, waiting.due_on) == (False, date(2027, 1, 4))
    kept = session.scalars(select(CalendarYear)).one()
    assert (kept.document_number, kept.corrected_by_id) == ("国办发明电〔2026〕99号", admin.id)
    page = browser.get("/calendar/?year=2027").text
    assert "管理员" in page
    assert "99号" in page


def test_deadlines_of_other_organizations_move_as_well_but_are_only_counted(session, browser, waiting):
    elsewhere = report_of(session, make_organization())

    page = browser.post("/calendar/import", data={"text": NOTICE})
    browser.post("/calendar/import", data={"text": NOTICE, "confirm": "yes"})

    assert f"/records/{elsewhere.record_id}" not in page.text
    assert re.search(r"4 deadlines move.*\s+2 of them belong to", page.text), page.text
    session.refresh(elsewhere)
    assert elsewhere.due_on == date(2027, 1, 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encodings_that_offices_use(browser, encoding):
    content = as_notice(parse_notice(NOTICE, NoticeFormat.csv), "zh").encode(encoding)

    page = browser.post("/calendar/import", data={"file": (io.BytesIO(content), "notice.csv"), "text": ""})

    assert page.status_code == 200
    assert "What would change in 2027" in page.text
    assert "国办发明电〔2026〕99号" in typed(page.text)


# -- refusing -----------------------------------------------------------------------------------------------


def test_every_wrong_line_of_a_notice_is_named_and_nothing_typed_is_lost(session, browser):
    broken = NOTICE.replace("2027-01-09", "2027-01-32").replace("labour_day", "may_day")

    page = browser.post("/calendar/import", data={"text": broken, "confirm": "yes"})

    assert page.status_code == 422
    assert "Line 7, from: 2027-01-32 is not a date" in page.text
    assert "Line 9, festival: may_day is not a known festival" in page.text
    assert "2 places are wrong" in page.text
    assert typed(page.text).replace("\r", "") == broken
    assert session.scalars(select(CalendarYear)).all() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xff\xff", "The file is not text"), (b"a" * 200_001, "this one is too large")],
)
def test_a_file_that_is_no_notice_is_refused_at_its_field(browser, content, message):
    page = browser.post("/calendar/import", data={"file": (io.BytesIO(content), "notice.csv")})

    assert page.status_code == 422
    assert message in page.text.split('id="file-error"')[1].split("</p>")[0]


def test_nothing_typed_asks_for_the_notice(browser):
    page = browser.post("/calendar/import", data={"text": " "})

    assert page.status_code == 422
    assert "the table of days is missing" in page.text


# -- correcting ---------------------------------------------------------------------------------------------


def test_a_year_is_corrected_from_what_holds_now(session, browser):
    text = typed(browser.get("/calendar/import?year=2026").text)
    assert "# number: 国办发明电〔2025〕7号" in text
    corrected = text.replace("2026-09-25,2026-09-27", "2026-09-25,2026-09-28")
    assert corrected != text

    page = browser.post("/calendar/import?year=2026", data={"text": corrected})
    assert "28 Sep 2026 working day → public holiday" in page.text
    browser.post("/calendar/import", data={"text": corrected, "confirm": "yes"})

    assert not calendar_for(session).is_working(date(2026, 9, 28))
    assert "2026-09-25,2026-09-28" in typed(browser.get("/calendar/import?year=2026").text)


def test_a_year_to_be_added_begins_with_what_every_year_has(browser):
    text = typed(browser.get("/calendar/import?year=2027").text)

    assert "# year: 2027" in text
    assert "2027-10-01,,holiday,national_day" in text


def test_the_page_is_prefilled_in_the_language_of_the_reader(as_user, session, admin):
    session.commit()

    assert "# 年份: 2026" in typed(as_user(admin).get("/calendar/import?year=2026").text)


def test_the_sample_file_can_be_imported_as_it_is(browser):
    sample = browser.get("/calendar/sample.csv")

    assert sample.headers["Content-Disposition"] == "attachment; filename=calendar-2026.csv"
    assert sample.data.startswith(b"\xef\xbb\xbf")
    page = browser.post("/calendar/import", data={"file": (io.BytesIO(sample.data), "s.csv"), "text": ""})
    assert "What would change in 2026" in page.text
    assert "No open deadline moves" in page.text


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("number", [2004, 2008, 2015, 2020, 2026])
def test_a_year_written_as_a_notice_is_read_back(number, language):
    year = Calendar.shipped().year(number)
    assert year is not None

    again = parse_notice(as_notice(year, language), NoticeFormat.csv)

    assert (set(again.holidays), set(again.make_up)) == (set(year.holidays), set(year.make_up))
    assert again.notices == year.notices[-1:]


def test_a_year_without_a_notice_is_written_with_the_places_to_fill_in():
    bare = as_notice(YearArrangement(2027, (), (), (Notice(""),)), "en")

    assert bare.splitlines() == [
        "# year: 2027",
        "# title: ",
        "# number: ",
        "# issued_on: ",
        "from,to,kind,festival",
    ]


def test_the_present_year_is_shown_first(browser):
    assert f"Working calendar {clock.today().year}" in browser.get("/calendar/").text
