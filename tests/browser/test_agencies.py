"""Vendors, libraries, picks and commissions as everybody sees them: no barrier, nothing too wide."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from core import clock
from core.auth import User
from core.documents import Document, ScanState
from core.records import Record
from deadlines.models import Deadline
from tests.browser.conftest import AXE, OFFICE, PHONE
from tests.browser.people import person
from tests.browser.test_pages import Walk
from vendors.commissions import Commission
from vendors.dossier import VendorAccount
from vendors.libraries import Library, LibraryStatus, Membership
from vendors.models import Qualification
from vendors.picks import Pick

SIZES = pytest.mark.parametrize("size", [PHONE, OFFICE], ids=["phone", "office"])
LISTS = (
    "/libraries/",
    "/reports/agencies/",
    "/admin/library/",
    "/admin/membership/",
    "/admin/pick/",
    "/admin/commission/",
    "/admin/missing/",
    "/admin/qualification/",
    "/ties",
)
FORMS = ("/records/new/library", "/records/new/pick", "/records/new/membership", "/records/new/qualification")


@pytest.fixture(scope="module")
def files() -> dict[ScanState, int]:
    """A document in each state of its scan, by state."""
    return {}


@pytest.fixture
def of_vendor(writes, files) -> Callable[[], Iterator[str]]:
    """The pages of the demonstration vendor's own records."""

    def paths() -> Iterator[str]:
        with writes() as session:
            vendor_id = person(session, "vendor").party_id
            if not files:
                files.update(attach_in_each_state(session, vendor_id))
            kinds = {"qualification": "papers", "membership": "memberships", "contract": "contracts"}
            kinds["commission"] = "commissions"
            own = select(Record.kind, Record.id).where(Record.party_id == vendor_id, Record.kind.in_(kinds))
            yield from [f"/portal/{kinds[kind]}/{id_}" for kind, id_ in session.execute(own)]
            yield from steps(session, vendor_id)
        yield from [f"/portal/documents/{id_}" for id_ in files.values()]

    return paths


def attach_in_each_state(session, vendor_id: int) -> dict[ScanState, int]:
    vendor = session.get_one(Record, vendor_id)
    made = {
        state: Document(
            record=vendor,
            organization_id=vendor.organization_id,
            shared=True,
            label="示例",
            filename=f"示例-{state}.pdf",
            media_type="application/pdf",
            sha256=f"{number:064x}",
            size=4096,
            uploaded_at=clock.now(),
            scan_state=state,
            findings=["pdf_javascript"],
        )
        for number, state in enumerate(ScanState, start=1)
    }
    session.add_all(made.values())
    session.flush()
    return {state: document.id for state, document in made.items()}


def steps(session, vendor_id: int) -> Iterator[str]:
    """Return the pages on which something is done."""
    paper = session.scalar(select(Qualification.id).where(Qualification.vendor_id == vendor_id).limit(1))
    yield from [f"/portal/papers/{paper}/{step}" for step in ("renew", "applied", "done")]
    place = session.scalar(select(Membership.id).where(Membership.vendor_id == vendor_id).limit(1))
    yield f"/portal/memberships/{place}/done"
    held = select(Membership.library_id).where(Membership.vendor_id == vendor_id)
    library = session.scalar(
        select(Library.id).where(Library.id.not_in(held), Library.status == LibraryStatus.open).limit(1)
    )
    yield from [f"/portal/libraries/{library}", f"/portal/libraries/{library}/apply"]
    given = session.scalars(select(Commission).where(Commission.vendor_id == vendor_id)).all()
    doing = {"requested": ("accept",), "working": ("deliver", "ask_pause"), "paused": ("resume",)}
    for each in given:
        yield from [f"/portal/commissions/{each.id}/{step}" for step in doing.get(each.status, ())]
    day = session.scalar(select(Deadline.id).where(Deadline.party_id == vendor_id).limit(1))
    yield from [f"/portal/why/{day}", "/portal/file/submitted", "/portal/messages?show=done"]


@SIZES
def test_a_vendors_records_and_each_step_on_them_are_free_of_barriers(
    visit, doctor, of_vendor, tmp_path, size
):
    visitor = visit("vendor", size)
    visitor.context.add_init_script(path=AXE)
    walk = Walk(visitor, doctor, tmp_path)
    for path in of_vendor():
        walk.look(path)
    page = visitor.open("/portal/papers/new?category=testing&certificate=cma")
    page.click("main button.btn.primary")
    page.wait_for_load_state()

    assert visitor.status == 422
    assert page.evaluate("document.activeElement.closest('.summary') !== null")
    told = page.locator(".summary a").all_inner_texts()
    beside = page.locator(".field .error:not([hidden])").all_inner_texts()
    assert len(told) == len(beside) > 2
    assert all(any(words in line for line in told) for words in beside)
    assert doctor.serious_barriers(page) == []
    assert visitor.sideways() <= 0
    assert walk.wrong == {}
    assert len(walk.walked) > 25


@pytest.mark.parametrize(("role", "size"), [("officer", PHONE), ("librarian", OFFICE)])
def test_the_offices_pages_of_agencies_are_free_of_barriers(
    visit, doctor, writes, of_vendor, tmp_path, role, size
):
    list(of_vendor())  # so that there are documents
    with writes() as session:
        libraries = session.scalars(select(Library.id)).all()
        chosen = [session.scalars(select(model.id)).all() for model in (Pick, Membership, Commission)]
        account = session.execute(select(VendorAccount.vendor_id, VendorAccount.id).limit(1)).one()
        documents = session.scalars(select(Document.id)).all()
        vendor = session.scalars(select(User.party_id).where(User.party_id.is_not(None)).limit(1)).one()
    visitor = visit(role, size)
    visitor.context.add_init_script(path=AXE)
    walk = Walk(visitor, doctor, tmp_path)
    for path in LISTS:
        walk.look(path)
    for library in libraries[:2]:
        walk.look(f"/libraries/{library}")
        walk.look(f"/libraries/{library}/comparison?by=fees")
    for record in (vendor, libraries[0], *chosen[0], chosen[1][0], chosen[1][-1], *chosen[2][-3:]):
        walk.look(f"/records/{record}")
    for document in documents[:6]:
        walk.look(f"/documents/{document}/about")
    if role == "librarian":
        walk.look(f"/accounts/{account[0]}/{account[1]}")
        for path in FORMS:
            walk.look(path)

    assert walk.wrong == {}


@SIZES
def test_what_anybody_may_see_is_free_of_barriers(visit, doctor, writes, tmp_path, size):
    with writes() as session:
        libraries = session.scalars(select(Library.id)).all()
        picks = session.scalars(select(Pick.id)).all()
    visitor = visit(None, size)
    visitor.context.add_init_script(path=AXE)
    walk = Walk(visitor, doctor, tmp_path)
    for path in ("/public/libraries", "/register", "/login"):
        walk.look(path)
    for library in libraries[:2]:
        walk.look(f"/public/libraries/{library}")
    walk.look(f"/public/libraries/{libraries[0]}?by=fees&since=2026-09-01&until=2026-01-01", 422)
    for pick in picks:
        walk.look(f"/public/picks/{pick}")

    assert walk.wrong == {}
