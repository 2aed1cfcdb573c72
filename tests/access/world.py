"""Two zones, three vendors, and people of each role: of every kind of thing one's own, and another's."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.models import ContractStatus
from core import clock
from core.auth import SYSTEM, Posting, User
from core.db import db
from core.documents import ScanState, Store
from core.intake.models import PartialUpload
from core.organizations import Organization
from core.permissions import RoleName
from core.records import Record
from deadlines import feed
from deadlines.alert_models import Alert, Channel, MessageState, OutboxMessage
from deadlines.models import Deadline, RuleOverride, ThresholdValue
from deadlines.services import announce
from tests import factories
from tests.conftest import SignIn
from tests.factories import files, make_organization, make_user, serial
from tests.factories import ledger as books
from tests.factories.assets import make_transfer
from tests.factories.contracts import make_contract
from tests.factories.libraries import make_commission, make_library, make_member, make_pick
from tests.factories.parties import make_document, make_party_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_qualification, make_vendor
from vendors import accounts, commission_requests
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind
from vendors.libraries import Library
from vendors.models import QualificationStatus, Vendor
from vendors.ties import Tie, TieKind

RULE, THRESHOLD = "gp_contract_file_7wd", "supplementary_contract_cap"
TODAY = date(2026, 11, 23)
HEADINGS = ["供应商名称", "统一社会信用代码", "联系人", "联系电话", "入库日期"]

Holdings = dict[str, Any]
OFFICE_ROLES = {
    "officer": RoleName.officer,
    "finance": RoleName.finance,
    "librarian": RoleName.librarian,
    "auditor": RoleName.auditor,
    "administrator": RoleName.administrator,
}
ACTORS = ("anonymous", "vendor A", "vendor B", *OFFICE_ROLES)


@dataclass
class World:
    """Who is there, and what is whose."""

    app: Flask
    people: dict[str, User]
    own: dict[str, Holdings]
    others: dict[str, Holdings]


def settle(app: Flask) -> World:
    """Fill an empty database, and say what is whose."""
    with _session(app) as session:
        sets, people, officers, stranger = _populate(app, session)
        session.commit()
    for things, officer in zip(sets, officers, strict=True):  # over the page, as everybody does
        things["import_id"] = _import(app, officer)
    own, others = {}, {}
    with _session(app) as session:
        strange = _personal(session, stranger, sets[0])
        for name, person in people.items():
            mine, another = (sets[1], sets[0]) if name == "vendor B" else (sets[0], sets[1])
            own[name] = mine | _personal(session, person, mine)
            foreign = (
                another | {"library_id": sets[2]["library_id"]} if name.startswith("vendor") else sets[2]
            )
            others[name] = foreign | strange
        session.commit()
    own["anonymous"], others["anonymous"] = own["vendor A"], others["vendor A"]
    return World(app, people, own, others)


@contextmanager
def _session(app: Flask) -> Iterator[Session]:
    with app.app_context(), db.sessionmaker(expire_on_commit=False) as session:
        factories.use(session)
        yield session


def _populate(app: Flask, session: Session) -> tuple[list[Holdings], dict[str, User], list[User], User]:
    here, there = make_organization(), make_organization()
    libraries = [make_library(place, ServiceCategory.testing) for place in (here, there)]
    ours, theirs, far = make_vendor(here), make_vendor(here), make_vendor(there)
    places = ((here, ours, libraries[0]), (here, theirs, libraries[0]), (there, far, libraries[1]))
    sets = [_furnish(app, session, *each) for each in places]
    people = {name: make_user(role, organization=here) for name, role in OFFICE_ROLES.items()}
    people |= {"vendor A": make_party_user(ours), "vendor B": make_party_user(theirs)}
    officers = [make_user(organization=place) for place, *_ in places]
    return sets, people, officers, make_user(organization=here)


def _furnish(app: Flask, session: Session, place: Organization, vendor: Vendor, library: Library) -> Holdings:
    """Make what an office has of a vendor, and what a vendor has of itself."""
    keeper, agent = make_user(organization=place), make_party_user(vendor, RoleName.vendor_agent)
    paper = make_qualification(vendor, QualificationStatus.verified)
    announce(session, paper, CERTIFICATES[CertificateKind.cma].issued_event, on=date(2024, 5, 20), by=SYSTEM)
    contract = make_contract(ContractStatus.signed, place, vendor=vendor)
    membership = make_member(library, vendor)
    commission = make_commission(library, keeper)
    commission_requests.assign(session, commission, vendor, by=SYSTEM, on=TODAY)
    pick = make_pick(make_commission(library, keeper))
    accounts.propose(
        session, vendor, by=keeper, on=TODAY, holder=vendor.title, bank="示例银行", number="6222000000000001"
    )
    session.flush()
    records = {
        "tender": make_tender(place),
        "contract": contract,
        "vendor": vendor,
        "qualification": paper,
        "library": library,
        "membership": membership,
        "commission": commission,
        "pick": pick,
        "transfer": make_transfer(organization_id=place.id),
    }
    named = {f"{name}_id": record.id for name, record in records.items()}
    return (
        named
        | {
            "record_id": contract.id,
            "paper_id": paper.id,
            "rejected_paper_id": make_qualification(vendor, QualificationStatus.rejected).id,
            "document_id": _document(app, paper),
            "deadline_id": session.scalars(select(Deadline.id).where(Deadline.record_id == paper.id)).first(),
            "account_id": accounts.of_vendor(session, vendor)[0].id,
            "organization_id": place.id,
            "user_id": keeper.id,
            "agent_id": agent.id,
        }
        | _of_office(session, place, keeper)
    )


def _document(app: Flask, record: Record) -> int:
    store: Store = app.extensions["documents"]
    kept = store.keep(io.BytesIO(files.pdf()), at_most=10**6, type_of=lambda _path: "application/pdf")
    drawn = store.preview(kept.sha256, 1)
    drawn.parent.mkdir(parents=True, exist_ok=True)
    drawn.write_bytes(files.png())
    document = make_document(
        record, shared=True, sha256=kept.sha256, size=kept.size, scan_state=ScanState.clean, previews=1
    )
    return document.id


def _of_office(session: Session, place: Organization, keeper: User) -> Holdings:
    """Make what an administrator keeps."""
    posting = Posting(user_id=keeper.id, organization_id=place.id, starts_on=TODAY)
    message = OutboxMessage(
        dedup_key=f"key{next(serial)}",
        recipient_id=keeper.id,
        channel=Channel.mail,
        state=MessageState.dead,
        created_at=clock.now(),
        send_after=clock.now(),
        subject="示例提醒",
    )
    override = RuleOverride(
        rule_id=RULE,
        organization_id=place.id,
        amount=5,
        reason="示例",
        effective_from=TODAY + timedelta(days=next(serial)),
    )
    value = ThresholdValue(
        threshold_id=THRESHOLD, organization_id=place.id, year=next(serial), value=1, reason="示例"
    )
    session.add_all([posting, message, override, value])
    session.flush()
    return {
        "posting_id": posting.id,
        "message_id": message.id,
        "override_id": override.id,
        "value_id": value.id,
    }


def _personal(session: Session, person: User, things: Holdings) -> Holdings:
    """Make what belongs to one person alone."""
    alert = Alert(
        deadline_id=things["deadline_id"],
        step=7,
        due_on=TODAY,
        recipient_id=person.id,
        channel=Channel.in_app,
        raised_at=clock.now(),
        raised_on=TODAY,
    )
    tie = Tie(user_id=person.id, kind=TieKind.kinship, hint="王", declared_on=TODAY)
    record = session.get_one(Record, things["record_id"])
    upload = PartialUpload(
        id=f"upload{next(serial):037d}",
        record=record,
        organization_id=record.organization_id,
        user_id=person.id,
        filename="一.pdf",
        size=10,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )
    session.add_all([alert, tie, upload])
    session.flush()
    token = feed.issue(session, person, at=clock.now())
    return {"alert_id": alert.id, "tie_id": tie.id, "upload_id": upload.id, "token": token}


def _import(app: Flask, officer: User) -> int:
    """Take in a ledger with one wrong cell, and return its number."""
    folder = Path(app.config["DOCUMENT_DIR"]) / f"import{next(serial)}"
    rows = [HEADINGS, ["示例", "91360800MA00000000", "示例", "0796-1", date(2026, 1, 5)]]
    sheet = books.workbook(folder, rows).read_bytes()
    browser = SignIn(app)(officer)
    sent = browser.post("/ledger/", data={"kind": "vendors", "file": (io.BytesIO(sheet), "一.xlsx")})
    page = browser.get(sent.location).text
    browser.post(f"{sent.location}/columns", data=_chosen(page))
    return int(sent.location.rpartition("/")[2])


def _chosen(page: str) -> dict[str, str]:
    """Return what the selects of a page would send."""
    found = re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    marked = [(name, re.search(r'<option value="([^"]*)" selected', options)) for name, options in found]
    return {name: mark[1] if mark else "" for name, mark in marked}
