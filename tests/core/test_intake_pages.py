"""Documents in the browser: attached whole and in pieces, seen, fetched or not, and never another's."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.auth import User
from core.documents import Document, ScanState, Store
from core.errors import InvalidInput
from core.intake import jobs, parts, services
from core.intake.jobs import Desk
from core.intake.models import PartialUpload
from core.intake.parts import Announced
from core.permissions import RoleName
from procurement.models import Tender
from tests import factories
from tests.conftest import SignIn
from tests.factories import files
from tests.factories.procurement import make_tender

S = ScanState
JSON = {"Accept": "application/json"}
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def switched_off(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "ANTIVIRUS", "off")


@pytest.fixture
def store(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    own = Store(tmp_path)
    monkeypatch.setitem(app.extensions, "documents", own)
    return own


@pytest.fixture
def officer(session: Session) -> User:
    return factories.make_user(organization=factories.make_organization(factories.make_organization()))


@pytest.fixture
def tender(session: Session, officer: User) -> Tender:
    made = make_tender(officer.organization)
    session.commit()
    return made


@pytest.fixture
def browser(officer: User, tender: Tender, as_user: SignIn) -> FlaskClient:
    return as_user(officer)


def send(browser: FlaskClient, tender: Tender, content: bytes, name: str = "公告.pdf", **more: str):
    given = {"file": (io.BytesIO(content), name), **more}
    return browser.post(f"/records/{tender.id}/documents", data=given, content_type="multipart/form-data")


def only(session: Session) -> Document:
    session.expire_all()
    return session.scalars(select(Document)).one()


def scanned(session: Session, store: Store, state: ScanState | None = None) -> Document:
    session.commit()  # what the browser did lies within what this session has begun
    jobs.scan_all(session, Desk(store, None, is_off=True), moment=lambda _session: clock.now())
    document = only(session)
    if state is not None:
        document.scan_state, document.scan_note, document.scan_due_at = state, "Eicar-Test", clock.now()
        session.commit()
    return document


# -- whole ---------------------------------------------------------------------------------------------------


def test_a_file_is_attached_with_its_name_its_label_and_its_kind(browser, tender, session, store):
    content = files.pdf()

    answer = send(browser, tender, content, "公\u202e告.pdf", label="招标公告")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/records/{tender.id}#documents")
    document = only(session)
    assert (document.filename, document.label, document.size) == ("公告.pdf", "招标公告", len(content))
    assert (document.media_type, document.scan_state) == ("application/pdf", S.received)
    assert store.path(document.sha256).read_bytes() == content
    page = browser.get(f"/records/{tender.id}").text
    assert "公告.pdf" in page
    assert "等待病毒查杀" in page


def test_what_acts_by_itself_is_said_on_the_line_of_the_document_and_in_the_trail(browser, tender, session):
    act = files.acting({"/S": files.pikepdf.Name.JavaScript, "/JS": files.pikepdf.String("x")})
    send(browser, tender, files.pdf(act=act))

    page = browser.get(f"/records/{tender.id}").text

    assert '<span class="tag soon">JavaScript 脚本</span>' in page
    assert only(session).findings == ["pdf_javascript", "pdf_open_action"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("公告.docx", files.pdf(), "文件名以 .docx 结尾"),
        ("setup.exe", b"MZ" + bytes(99), "这里只接受以下格式"),
        ("空.pdf", b"", "文件是空的"),
        ("断.pdf", files.pdf()[:-60], "文件不完整"),
    ],
)
def test_a_refusal_says_why_and_keeps_the_label(browser, tender, session, name, content, said):
    answer = send(browser, tender, content, name, label="公告稿")

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="公告稿"' in answer.text
    assert session.scalars(select(Document)).all() == []


def test_a_form_without_a_file_is_refused(browser, tender):
    answer = browser.post(f"/records/{tender.id}/documents", data={"label": "x"})

    assert answer.status_code == 422
    assert "请先选择文件" in answer.text


@pytest.mark.parametrize(("over", "status"), [(0, 302), (1, 422)])
def test_a_file_may_be_as_large_as_is_set(app, browser, tender, monkeypatch, over, status):
    content = files.pdf()
    monkeypatch.setitem(app.config, "MAX_UPLOAD_BYTES", len(content) - over)

    assert send(browser, tender, content).status_code == status


def test_who_may_not_attach_or_see_is_refused(session, tender, as_user, officer):
    auditor = factories.make_user(RoleName.auditor, organization=officer.organization)
    enterprise = factories.make_user(RoleName.enterprise, organization=officer.organization)
    stranger = factories.make_user()
    session.commit()

    assert send(as_user(auditor), tender, files.pdf()).status_code == 403
    assert send(as_user(enterprise), tender, files.pdf()).status_code == 404
    assert send(as_user(stranger), tender, files.pdf()).status_code == 404
    begun = as_user(stranger).post(f"/records/{tender.id}/parts", data={"filename": "a.pdf", "size": 5})
    assert begun.status_code == 404
    assert session.scalars(select(Document)).all() == []


# -- quotas --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "most", "said"),
    [
        ("RECORD_QUOTA_FILES", 1, "已有 1 个文件"),
        ("RECORD_QUOTA_BYTES", 2 * len(files.pdf()) - 1, "空间不足"),
    ],
)
def test_a_record_holds_so_many_files_and_so_many_bytes(
    app, browser, tender, monkeypatch, setting, most, said
):
    monkeypatch.setitem(app.config, setting, most)
    assert send(browser, tender, files.pdf()).status_code == 302

    answer = send(browser, tender, files.pdf())

    assert answer.status_code == 422
    assert said in answer.text


def test_the_last_room_of_a_record_can_be_used(app, browser, tender, monkeypatch):
    monkeypatch.setitem(app.config, "RECORD_QUOTA_BYTES", 2 * len(files.pdf()))

    assert [send(browser, tender, files.pdf()).status_code for _ in range(3)] == [302, 302, 422]


def test_a_party_holds_so_much_over_all_its_records_and_people(session, officer):
    party = make_tender(officer.organization)
    people = [factories.make_user(RoleName.vendor, party_id=party.id) for _ in range(2)]
    for person, size in zip(people, (30, 60), strict=True):
        session.add(_document(make_tender(officer.organization), size, person))
    session.flush()
    other = make_tender(officer.organization)
    limits = services.Limits(1000, 1000, 10, 100, 10)

    services.require_room(session, other, 10, by=people[0], limits=limits)
    with pytest.raises(InvalidInput):
        services.require_room(session, other, 11, by=people[0], limits=limits)
    services.require_room(session, other, 11, by=officer, limits=limits)


def _document(record: Tender, size: int, by: User) -> Document:
    return Document(
        record=record,
        organization_id=record.organization_id,
        filename="a.pdf",
        media_type="application/pdf",
        sha256="0" * 64,
        size=size,
        uploaded_at=clock.now(),
        uploaded_by_id=by.id,
    )


# -- seeing and fetching -------------------------------------------------------------------------------------


def test_a_document_is_fetched_as_an_attachment_that_cannot_act(browser, tender, session, store):
    content = files.pdf()
    send(browser, tender, content)
    document = scanned(session, store)

    answer = browser.get(f"/documents/{document.id}")

    assert answer.data == content
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"export.pdf\"; filename*=UTF-8''%E5%85%AC%E5%91%8A.pdf"
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("state", [S.received, S.scanning, S.failed, S.infected, S.unscanned])
def test_what_is_not_clean_cannot_be_fetched_or_seen(
    app, browser, tender, session, store, monkeypatch, state
):
    monkeypatch.setitem(app.config, "ANTIVIRUS", "tcp:127.0.0.1:1")
    send(browser, tender, files.pdf())
    document = scanned(session, store, state)

    assert browser.get(f"/documents/{document.id}").status_code == 409
    assert browser.get(f"/documents/{document.id}/preview/1.png").status_code == 409
    page = browser.get(f"/documents/{document.id}/about")
    assert page.status_code == 200
    assert f"/documents/{document.id}/preview" not in page.text
    assert f'href="/documents/{document.id}"' not in page.text


def test_a_preview_is_our_own_picture(browser, tender, session, store):
    send(browser, tender, files.pdf(2))
    document = scanned(session, store)
    page = browser.get(f"/documents/{document.id}/about").text

    answer = browser.get(f"/documents/{document.id}/preview/2.png")

    assert re.findall(r"/preview/(\d)\.png", page) == ["1", "2"]
    assert answer.data.startswith(b"\x89PNG")
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == ("image/png", "inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [browser.get(f"/documents/{document.id}/preview/{n}.png").status_code for n in (0, 3)] == [
        404,
        404,
    ]


def test_anothers_document_and_an_absent_one_answer_alike(browser, tender, session, store, as_user):
    send(browser, tender, files.pdf())
    document = scanned(session, store)
    stranger = factories.make_user()
    session.commit()
    outside = as_user(stranger)

    for path in ("/documents/{}", "/documents/{}/about", "/documents/{}/preview/1.png"):
        answers = [outside.get(path.format(number)) for number in (document.id, document.id + 99)]
        assert [answer.status_code for answer in answers] == [404, 404], path


def test_the_page_says_what_the_scan_waits_for(app, browser, tender, session, store, monkeypatch):
    send(browser, tender, files.pdf())
    monkeypatch.setitem(app.config, "ANTIVIRUS", "")
    assert "没有设置病毒查杀" in browser.get(f"/records/{tender.id}").text
    monkeypatch.setitem(app.config, "ANTIVIRUS", "tcp:127.0.0.1:1")
    scanned(session, store, S.failed)
    assert "查杀服务没有回应" in browser.get(f"/records/{tender.id}").text
    scanned(session, store, S.infected)
    assert "已隔离：Eicar-Test" in browser.get(f"/records/{tender.id}").text


# -- in pieces -----------------------------------------------------------------------------------------------


def begin(browser: FlaskClient, tender: Tender, content: bytes, name: str = "大.pdf") -> str:
    words = {"filename": name, "size": len(content), "label": "公告"}
    answer = browser.post(f"/records/{tender.id}/parts", data=words, headers=JSON)
    assert answer.status_code == 201, answer.text
    return answer.json["url"]


def put(browser: FlaskClient, url: str, content: bytes, offset: int):
    return browser.put(
        f"{url}?offset={offset}", data=content, content_type="application/octet-stream", headers=JSON
    )


def test_a_file_comes_in_piece_by_piece_and_goes_on_where_it_stopped(browser, tender, session, store):
    content = files.scanned_pdf(2)
    url = begin(browser, tender, content)

    assert put(browser, url, content[:1000], 0).json == {"received": 1000}
    assert browser.get(url, headers=JSON).json["received"] == 1000
    assert put(browser, url, content[1000:], 1000).json == {"received": len(content)}
    answer = browser.post(url, headers=JSON)

    assert answer.json == {"url": f"/records/{tender.id}#documents"}
    document = only(session)
    assert (document.filename, document.label) == ("大.pdf", "公告")
    assert store.path(document.sha256).read_bytes() == content
    assert not parts.path(store, url.rpartition("/")[2]).exists()


def test_finishing_twice_attaches_once(browser, tender, session):
    content = files.pdf()
    url = begin(browser, tender, content)
    put(browser, url, content, 0)

    assert [browser.post(url, headers=JSON).status_code for _ in range(2)] == [200, 200]
    assert only(session)
    assert put(browser, url, b"more", len(content)).status_code == 409


@pytest.mark.parametrize("offset", [0, 5, 99, -1])
def test_a_piece_that_does_not_follow_is_refused(browser, tender, offset):
    url = begin(browser, tender, files.pdf())
    put(browser, url, b"%PDF-1.7\nx", 0)

    assert put(browser, url, b"more", offset).status_code == 409
    assert browser.get(url, headers=JSON).json["received"] == 10


def test_more_than_was_announced_is_refused_and_what_came_before_stays(browser, tender):
    url = begin(browser, tender, b"x" * 10)

    assert put(browser, url, b"x" * 6, 0).status_code == 200
    assert put(browser, url, b"x" * 5, 6).status_code == 422
    assert browser.get(url, headers=JSON).json["received"] == 6
    assert put(browser, url, b"x" * 4, 6).status_code == 200


def test_an_upload_that_is_not_whole_cannot_be_finished(browser, tender, session):
    url = begin(browser, tender, files.pdf())
    put(browser, url, b"%PDF", 0)

    assert browser.post(url, headers=JSON).status_code == 409
    assert session.scalars(select(Document)).all() == []


def test_a_hostile_file_in_pieces_is_refused_and_forgotten(browser, tender, session, store):
    content = files.packed([("a.txt", b"x")])
    url = begin(browser, tender, content, "附件.pdf")
    put(browser, url, content, 0)

    answer = browser.post(url, headers=JSON)

    assert answer.status_code == 422
    assert "这里只接受以下格式" in answer.json["message"]
    session.expire_all()
    assert session.scalars(select(PartialUpload)).all() == []
    assert list(parts.path(store, "x").parent.iterdir()) == []


def test_an_upload_belongs_to_who_began_it(browser, tender, session, as_user, officer):
    colleague = factories.make_user(organization=officer.organization)
    session.commit()
    url = begin(browser, tender, files.pdf())
    other = as_user(colleague)

    assert other.get(url, headers=JSON).status_code == 404
    assert put(other, url, b"x", 0).status_code == 404
    assert other.post(url, headers=JSON).status_code == 404
    assert other.delete(url, headers=JSON).status_code == 404


def test_what_is_on_its_way_has_its_room_reserved_once(app, browser, tender, monkeypatch):
    content = files.pdf()
    monkeypatch.setitem(app.config, "RECORD_QUOTA_BYTES", 2 * len(content))
    url = begin(browser, tender, content)
    assert send(browser, tender, content).status_code == 302
    assert send(browser, tender, content).status_code == 422

    put(browser, url, content, 0)
    assert browser.post(url, headers=JSON).status_code == 200


def test_an_upload_that_is_given_up_leaves_its_room(app, browser, tender, session, monkeypatch, store):
    monkeypatch.setitem(app.config, "RECORD_QUOTA_FILES", 1)
    url = begin(browser, tender, files.pdf())
    put(browser, url, b"%PDF", 0)

    assert browser.delete(url, headers=JSON).status_code == 204

    assert list(parts.path(store, "x").parent.iterdir()) == []
    assert send(browser, tender, files.pdf()).status_code == 302


@pytest.mark.parametrize("size", ["0", "-5", "x", ""])
def test_an_upload_of_nothing_is_refused(browser, tender, size):
    words = {"filename": "a.pdf", "size": size}

    assert browser.post(f"/records/{tender.id}/parts", data=words, headers=JSON).status_code == 422


def test_an_upload_that_is_announced_as_too_large_is_refused_at_once(app, browser, tender):
    words = {"filename": "a.pdf", "size": app.config["MAX_UPLOAD_BYTES"] + 1}

    answer = browser.post(f"/records/{tender.id}/parts", data=words, headers=JSON)

    assert answer.status_code == 422
    assert "50 MB" in answer.json["message"]


@pytest.mark.parametrize(("hours", "is_forgotten"), [(23, False), (24, True)])
def test_an_upload_is_forgotten_after_a_day(session, store, officer, tender, hours, is_forgotten):
    at = datetime(2026, 3, 2, tzinfo=UTC)
    limits = services.Limits(100, 100, 9, 100, 9)
    begun = parts.begin(
        session, tender, Announced("a.pdf", 10), by=officer, at=at, limits=limits, store=store
    )
    upload_id = begun.id
    session.commit()
    parts.add(store, upload_id, io.BytesIO(b"12345"), offset=0, size=10)

    jobs.sweep(session, store, moment=lambda _session: at + timedelta(hours=hours))

    session.expire_all()
    assert (session.get(PartialUpload, upload_id) is None) is is_forgotten
    assert parts.path(store, upload_id).exists() is not is_forgotten
    parts.path(store, upload_id).unlink(missing_ok=True)


def test_nobody_begins_uploads_without_end(session, store, officer, tender):
    at = clock.now()
    limits = services.Limits(100, 10_000, 99, 100, 9)
    for _ in range(parts.MOST_OPEN):
        parts.begin(session, tender, Announced("a.pdf", 1), by=officer, at=at, limits=limits, store=store)
    with pytest.raises(InvalidInput, match="under way"):
        parts.begin(session, tender, Announced("a.pdf", 1), by=officer, at=at, limits=limits, store=store)
