"""The screens of the ledger, as an officer walks through them."""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from core.ledger import reading, work
from core.ledger.models import ImportState, LedgerImport, Work
from core.permissions import RoleName
from tests import factories
from tests.factories import ledger as files
from tests.factories.scanners import clamd
from tests.factories.vendors import make_code
from vendors.models import Vendor

HEADINGS = ["供应商名称", "统一社会信用代码", "联系人", "联系电话", "入库日期"]


@pytest.fixture
def officer(session):
    return factories.make_user(RoleName.officer)


@pytest.fixture
def browser(officer, as_user, session):
    session.commit()
    client = as_user(officer)
    client.post("/language", data={"locale": "en"})
    return client


def vendor_lines(count: int) -> list[list]:
    return [[f"示例供应商{i}", make_code(), "示例", "0796-1", date(2026, 1, 5)] for i in range(count)]


def upload(browser, tmp_path: Path, rows, *, kind: str = "vendors", name: str = "台账.xlsx"):
    path = files.workbook(tmp_path / "upload", rows)
    data = {"kind": kind, "file": (io.BytesIO(path.read_bytes()), name)}
    return browser.post("/ledger/", data=data, content_type="multipart/form-data")


def last(session) -> LedgerImport:
    session.expire_all()
    return session.scalars(select(LedgerImport).order_by(LedgerImport.id.desc()).limit(1)).one()


def chosen(page: str) -> dict[str, str]:
    """Return what the selects of a page would send."""
    found = {}
    for name, options in re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        marked = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = marked[1] if marked else ""
    return found


def test_a_ledger_goes_in_with_four_clicks_and_comes_out_again(browser, session, tmp_path):
    assert "Take in a ledger" in browser.get("/ledger/").text

    answer = upload(browser, tmp_path, [["2026年供应商台账"], HEADINGS, *vendor_lines(3), ["合计", "3家"]])
    page = browser.get(answer.location)
    assert "Row 2 holds the headings" in page.text

    entry = last(session)
    answer = browser.post(f"{answer.location}/columns", data=chosen(page.text))
    preview = browser.get(answer.location).text
    assert "Take in 3 rows" in preview
    assert "Nothing is saved yet." in preview
    assert session.scalar(select(Vendor.id).limit(1)) is None

    answer = browser.post(f"/ledger/{entry.id}/commit")
    result = browser.get(answer.location).text
    assert "3 rows were taken in" in result
    assert "/admin/vendor/" in result
    assert session.scalars(select(Vendor.title).order_by(Vendor.id)).all() == [
        f"示例供应商{i}" for i in range(3)
    ]

    answer = browser.post(f"/ledger/{entry.id}/undo")
    assert "This import was taken back" in browser.get(answer.location).text
    assert session.scalar(select(Vendor.id).limit(1)) is None
    assert last(session).state is ImportState.undone
    assert "Taken back" in browser.get("/ledger/").text


def test_wrong_cells_are_shown_by_address_and_handed_back_in_a_workbook(browser, session, tmp_path):
    rows = [HEADINGS, *vendor_lines(2)]
    rows[2][1], rows[2][4] = "91360800MA00000000", "3/18/2026"
    answer = upload(browser, tmp_path, rows, name="供应商.xlsx")
    page = browser.get(answer.location)

    answer = browser.post(f"{answer.location}/columns", data=chosen(page.text))
    preview = browser.get(answer.location).text

    assert ">B3<" in preview
    assert ">E3<" in preview
    assert "can be read in two ways" in preview
    assert "Take in" not in preview.split("<main")[1].split("Take in a ledger")[1]
    book = browser.get(f"{answer.location}/problems.xlsx")
    assert book.status_code == 200
    assert "UTF-8''%E4%BE%9B%E5%BA%94%E5%95%86%20%28problems%29.xlsx" in book.headers["Content-Disposition"]
    assert browser.post(f"/ledger/{last(session).id}/commit").status_code == 409


def test_the_problems_are_told_in_the_readers_language(browser, session, tmp_path):
    rows = [HEADINGS, *vendor_lines(1)]
    rows[1][4] = "2026年5月"
    answer = upload(browser, tmp_path, rows)
    page = browser.get(answer.location)
    answer = browser.post(f"{answer.location}/columns", data=chosen(page.text))
    assert "The day is missing: 2026年5月" in browser.get(answer.location).text

    browser.post("/language", data={"locale": "zh_Hans_CN"})

    assert "缺少“日”：2026年5月" in browser.get(answer.location).text


def test_a_unit_that_the_heading_does_not_say_is_asked_for(browser, session, tmp_path):
    rows = [["项目名称", "采购方式", "预算金额"], ["示例项目", "公开招标", 86.5]]
    answer = upload(browser, tmp_path, rows, kind="tenders")
    page = browser.get(answer.location)

    refused = browser.post(f"{answer.location}/columns", data=chosen(page.text))
    assert refused.status_code == 422
    assert "Say in what “预算金额” is counted" in refused.text
    assert 'href="#unit_budget"' in refused.text

    answered = browser.post(f"{answer.location}/columns", data={**chosen(page.text), "unit_budget": "wan"})
    assert "865,000.00" in browser.get(answered.location).text


def test_a_needed_column_has_to_be_chosen(browser, session, tmp_path):
    answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(1)])
    page = browser.get(answer.location)

    refused = browser.post(f"{answer.location}/columns", data={**chosen(page.text), "column_title": ""})

    assert refused.status_code == 422
    assert "“Registered name” is needed: choose its heading." in refused.text


def test_another_row_may_hold_the_headings(browser, session, tmp_path):
    answer = upload(browser, tmp_path, [["名称", "地址"], HEADINGS, *vendor_lines(1)])

    moved = browser.post(f"{answer.location}/columns", data={"look": "1", "heading_row": "1"})
    assert "Row 1 holds the headings" in browser.get(moved.location).text
    refused = browser.post(f"{answer.location}/columns", data={"look": "1", "heading_row": "99"})
    assert (refused.status_code, "nothing in row 99" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("", b"", "Choose a file first."),
        ("a.pdf", b"%PDF-1.7 x", "This is no table"),
        ("a.csv", b"", "empty|nothing in the file"),
    ],
    ids=["no file", "a PDF", "an empty file"],
)
def test_what_is_no_ledger_is_refused_on_the_same_page(browser, name, content, reason):
    data = {"kind": "vendors"} | ({"file": (io.BytesIO(content), name)} if name else {})

    answer = browser.post("/ledger/", data=data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert re.search(reason, answer.text)
    assert 'aria-invalid="true"' in answer.text


def test_an_unknown_kind_is_not_found(browser):
    data = {"kind": "x", "file": (io.BytesIO(b"a"), "a.csv")}

    assert browser.post("/ledger/", data=data, content_type="multipart/form-data").status_code == 404


@pytest.mark.parametrize("kind", ["vendors", "qualifications", "tenders", "contracts", "transfers"])
def test_every_template_can_be_downloaded(browser, kind):
    answer = browser.get(f"/ledger/template/{kind}.xlsx")

    assert (answer.status_code, answer.data[:4]) == (200, b"PK\x03\x04")


def test_the_file_itself_can_be_had_again(browser, session, tmp_path):
    answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(1)])

    again = browser.get(f"{answer.location}/file")

    assert again.data == (tmp_path / "upload").read_bytes()
    assert again.headers["Content-Disposition"].startswith("attachment")


def test_another_office_finds_nothing(browser, session, as_user, tmp_path):
    answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(1)])
    stranger = as_user(factories.make_user())
    session.commit()

    for path in ("", "/file", "/problems.xlsx"):
        assert stranger.get(f"{answer.location}{path}").status_code == 404
    for path in ("columns", "commit", "undo", "release"):
        assert stranger.post(f"{answer.location}/{path}").status_code == 404


@pytest.mark.parametrize("role", [RoleName.finance, RoleName.auditor, RoleName.approver])
def test_only_who_takes_ledgers_in_comes_here(session, as_user, role):
    client = as_user(factories.make_user(role))
    session.commit()

    assert client.get("/ledger/").status_code == 403


def test_whose_ledger_it_may_be_is_ones_own_branch(browser, session, officer, tmp_path):
    below = factories.make_organization(parent=officer.organization)
    elsewhere = factories.make_organization()
    session.commit()
    path = files.workbook(tmp_path / "upload", [HEADINGS, *vendor_lines(1)])

    def send(place):
        file = (io.BytesIO(path.read_bytes()), "a.xlsx")
        data = {"kind": "vendors", "organization": str(place.id), "file": file}
        return browser.post("/ledger/", data=data, content_type="multipart/form-data")

    assert send(below).status_code == 302
    assert last(session).organization_id == below.id
    assert (send(elsewhere).status_code, "Choose an organization." in send(elsewhere).text) == (422, True)


def test_a_long_ledger_is_left_to_a_process_of_its_own(browser, session, tmp_path, monkeypatch, app):
    started = []
    monkeypatch.setattr(work, "FEW_ROWS", 1)
    monkeypatch.setattr(work, "start", lambda entry, **named: started.append((entry.work, named["language"])))
    answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(3)])
    page = browser.get(answer.location)

    browser.post(f"{answer.location}/columns", data=chosen(page.text))

    entry = last(session)
    assert started == [(Work.check, "en")]
    stopped = browser.get(answer.location).text
    assert "The work has stopped" in stopped
    assert 'http-equiv="refresh"' not in stopped
    work.Progress(app.extensions["documents"], entry.work_token).write()
    running = browser.get(answer.location).text
    assert '<meta http-equiv="refresh" content="2">' in running
    assert "At work" in browser.get("/ledger/").text
    for step in ("columns", "commit", "undo", "release"):
        assert browser.post(f"{answer.location}/{step}").status_code == 409
    work.Progress(app.extensions["documents"], entry.work_token).path.unlink()
    browser.post(f"{answer.location}/release")
    assert "The process ended before its work was done." in browser.get(answer.location).text


def test_what_somebody_else_entered_meanwhile_is_found_out(browser, session, tmp_path, monkeypatch):
    answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(1)])
    page = browser.get(answer.location)
    browser.post(f"{answer.location}/columns", data=chosen(page.text))
    answer_of_the_first = browser.post(f"{answer.location}/commit")
    assert answer_of_the_first.status_code == 302

    assert browser.post(f"{answer.location}/commit").status_code == 409


@pytest.mark.parametrize(
    ("says", "refusal"),
    [
        (None, ""),
        (b"stream: Eicar-Test FOUND\0", "A virus was found in this file"),
        (b"INSTREAM size limit exceeded. ERROR\0", "nothing is taken in unscanned"),
    ],
)
def test_a_ledger_is_scanned_for_viruses_before_anything_of_it_is_parsed(
    app, browser, session, tmp_path, monkeypatch, says, refusal
):
    parsed = []
    probe = reading.probe
    monkeypatch.setattr(reading, "probe", lambda path: parsed.append(path) or probe(path))
    with clamd() as scanner:
        scanner.says = says
        monkeypatch.setitem(app.config, "ANTIVIRUS", f"tcp:127.0.0.1:{scanner.server_address[1]}")
        answer = upload(browser, tmp_path, [HEADINGS, *vendor_lines(1)])

    assert len(scanner.seen) == 1
    assert refusal in answer.text
    assert bool(parsed) is (refusal == "")
    taken = session.scalars(select(LedgerImport)).all()
    assert len(taken) == (refusal == "")
