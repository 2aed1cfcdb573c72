"""Files of a vendor: large ones in pieces before their form, and what each may be seen of."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import clock
from core.documents import Document, ScanState, Store
from core.intake import jobs
from core.intake.jobs import Desk
from core.intake.models import PartialUpload
from core.organizations import OrganizationKind
from tests.factories import files, make_organization
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor
from vendors.models import Qualification

ONCE = re.compile(r'name="once" value="([0-9a-f]{32})"')
KEPT = re.compile(r'name="kept" value="([^"]+)"')
NEW = "/portal/papers/new?category=testing&certificate=cma"
S = ScanState


@pytest.fixture(autouse=True)
def store(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "ANTIVIRUS", "off")
    own = Store(tmp_path)
    monkeypatch.setitem(app.extensions, "documents", own)
    return own


@pytest.fixture
def zone(session):
    return make_organization(kind=OrganizationKind.zone)


@pytest.fixture
def party(session, zone, as_user):
    user = make_party_user(make_vendor(zone))
    session.commit()
    return as_user(user)


def send(browser, content: bytes, name: str = "证书.pdf", most: int | None = None) -> str:
    """Send a file in pieces, or its beginning alone, and return the id of the upload."""
    begun = browser.post("/portal/parts", data={"filename": name, "size": len(content)})
    assert begun.status_code == 201
    where, piece = begun.json["url"], begun.json["piece"]
    for at in range(0, len(content) if most is None else most, piece):
        added = browser.put(f"{where}?offset={at}", data=content[at : at + piece][:most])
        assert added.status_code == 200
    return where.rpartition("/")[2]


def form(browser, **given: str) -> dict[str, str]:
    key = ONCE.search(browser.get(NEW).text)
    today = clock.today()
    return {
        "once": key[1],
        "certificate_number": "CMA-示例-9",
        "issued_on": today.isoformat(),
        "expires_on": (today + timedelta(days=2190)).isoformat(),
    } | given


def counted(session, model) -> int:
    session.commit()  # what the browser did lies within what this session has begun
    return session.scalar(select(func.count()).select_from(model))


def test_a_file_that_came_in_pieces_is_handed_in_with_its_form(session, party, store):
    content = files.pdf(pages=2)

    done = party.post(NEW, data=form(party, upload=send(party, content)))

    assert done.headers["Location"].endswith("/done")
    made = session.scalars(select(Document)).one()
    assert (made.filename, made.size, made.shared) == ("证书.pdf", len(content), True)
    assert store.path(made.sha256).read_bytes() == content
    assert made.record_id == session.scalars(select(Qualification.id)).one()
    assert counted(session, PartialUpload) == 0
    assert list((store.root / "parts").iterdir()) == []


def test_a_form_that_is_refused_keeps_the_file_and_it_is_not_sent_again(session, party):
    given = form(party, upload=send(party, files.pdf()), certificate_number="")
    refused = party.post(NEW, data=given)
    assert refused.status_code == 422
    assert "已收到：证书.pdf" in refused.text

    given |= {"certificate_number": "CMA-示例-9", "upload": "", "kept": KEPT.search(refused.text)[1]}
    assert party.post(NEW, data=given).status_code == 302
    assert counted(session, Document) == 1
    assert counted(session, PartialUpload) == 0


def test_the_same_form_sent_twice_leads_to_the_same_page_though_its_pieces_are_gone(session, party):
    given = form(party, upload=send(party, files.pdf()))

    first, again = party.post(NEW, data=given), party.post(NEW, data=given)

    assert first.headers["Location"] == again.headers["Location"]
    assert counted(session, Document) == 1


def test_a_file_that_has_not_come_in_whole_is_asked_for_again_and_goes_on(session, party, store):
    content = files.pdf()
    upload = send(party, content, most=100)

    refused = party.post(NEW, data=form(party, upload=upload))

    assert refused.status_code == 422
    assert refused.text.count("文件没有传完") == 2  # at the top and at the field
    assert party.get(f"/portal/parts/{upload}").json["received"] == 100
    assert party.put(f"/portal/parts/{upload}?offset=100", data=content[100:]).status_code == 200
    assert party.post(NEW, data=form(party, upload=upload)).status_code == 302


def test_a_hostile_file_in_pieces_is_refused_at_its_field_and_forgotten(session, party):
    upload = send(party, files.pdf()[:-60])

    refused = party.post(NEW, data=form(party, upload=upload))

    assert refused.status_code == 422
    assert "文件不完整" in refused.text
    assert counted(session, PartialUpload) == 0
    assert counted(session, Document) == 0


def test_anothers_upload_is_as_absent_as_none(session, zone, party, as_user):
    user = make_party_user(make_vendor(zone))
    session.commit()
    theirs, content = send(party, files.pdf()), files.pdf()
    other = as_user(user)

    for upload in (theirs, "x" * 43):
        assert other.get(f"/portal/parts/{upload}").status_code == 404
        assert other.put(f"/portal/parts/{upload}?offset=0", data=content).status_code == 404
        assert "文件没有传完" in other.post(NEW, data=form(other, upload=upload)).text
    assert counted(session, Document) == 0


@pytest.mark.parametrize(
    ("state", "said", "is_open"),
    [
        (S.received, "查毒通过后即可打开", False),
        (S.scanning, "查毒通过后即可打开", False),
        (S.failed, "系统会自动重试", False),
        (S.infected, "文件已隔离", False),
        (S.clean, "第 1 页", True),
    ],
)
def test_the_page_of_a_file_says_how_its_scan_stands_and_opens_it_once_it_is_clean(
    app, session, party, store, monkeypatch, state, said, is_open
):
    party.post(NEW, data=form(party, upload=send(party, files.pdf())))
    session.commit()  # what the browser did lies within what this session has begun
    jobs.scan_all(session, Desk(store, None, is_off=True), moment=lambda _session: clock.now())
    monkeypatch.setitem(app.config, "ANTIVIRUS", "/run/none")
    document = session.scalars(select(Document)).one()
    document.scan_state = state
    session.commit()

    page = party.get(f"/portal/documents/{document.id}").text

    assert said in page
    assert (f'href="/documents/{document.id}"' in page) is is_open
    status = 200 if is_open else 409
    assert party.get(f"/portal/documents/{document.id}/preview/1.png").status_code == status
    assert party.get(f"/documents/{document.id}").status_code == status
    listed = party.get(f"/portal/papers/{document.record_id}").text
    assert f"/portal/documents/{document.id}" in listed


def test_anothers_file_is_as_absent_as_none(session, zone, party, as_user):
    party.post(NEW, data=form(party, upload=send(party, files.pdf())))
    user = make_party_user(make_vendor(zone))
    session.commit()
    document = session.scalars(select(Document)).one()
    other = as_user(user)

    for path in ("/portal/documents/{}", "/portal/documents/{}/preview/1.png"):
        assert other.get(path.format(document.id)).status_code == 404
        assert other.get(path.format(document.id + 9)).status_code == 404
