"""What a reviewer needs of a vendor's file: remarks by field, what has changed since, and who looks alike."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, search
from core.auth import By
from core.documents import Document
from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from core.pinyin import initials
from vendors import accounts, rules
from vendors.dossier import ReviewRemark, VendorAccount
from vendors.models import SIZE_LABELS, Contact, EnterpriseSize, Vendor, VendorStatus
from vendors.workflow import VENDOR

FIELDS: dict[str, LazyString] = {
    "title": _("Registered name"),
    "credit_code": _("Unified social credit code"),
    "legal_representative": _("Legal representative"),
    "size": _("Enterprise size"),
    "address": _("Address"),
    "contacts": _("Contacts"),
    "account": _("Bank account"),
    "agents": _("Authorised agents"),
    "people": _("Registered people"),
    "papers": _("Papers"),
}
DECISIONS = frozenset({"vendor.send_back", "vendor.admit"})
# the initials of 有限公司 and its like end so many names that they tell nothing
FORMS = ("gfyxgs", "yxzrgs", "zrgs", "yxgs", "gs")
SHORTEST = 3
ALIKE = 0.75
MOST_ALIKE = 10
PUNCTUATION = ("-", " ", "(", ")", "+")


@dataclass(frozen=True)
class Change:
    """What stood in a field when it was last decided on, and what stands there now: words, or a document."""

    field: Text
    before: Any
    after: Any


@dataclass(frozen=True)
class Twin:
    """Another vendor that may be the same, and why."""

    vendor: Vendor
    why: Text


def remarks(session: Session, vendor: Vendor) -> list[ReviewRemark]:
    """Return what still has to be corrected, in the order of the file."""
    return _last_round(session, vendor) if vendor.status is VendorStatus.returned else []


def answered(session: Session, vendor: Vendor) -> list[ReviewRemark]:
    """Return what was asked for at the last return, once the file is handed in again."""
    return [] if vendor.status is VendorStatus.returned else _last_round(session, vendor)


def remark(session: Session, vendor: Vendor, given: Mapping[str, str | None], *, by: By, on: date) -> None:
    """Keep a remark for each field that has one, all of them as one more round."""
    said = {field: text.strip() for field, text in given.items() if text and text.strip()}
    number = _rounds(session, vendor) + 1
    for field, text in said.items():
        session.add(
            ReviewRemark(
                vendor_id=vendor.id, round=number, field=field, text=text, made_on=on, made_by_id=by.id
            )
        )


def in_one(given: Mapping[str, str | None], reason: str | None) -> str:
    """Return the reason for a return, out of the remarks when none is given beside them."""
    fields = "、".join(str(FIELDS[field]) for field, text in given.items() if text and text.strip())
    return rules.require_reason((reason or "").strip() or fields)


def changes(session: Session, vendor: Vendor) -> list[Change]:
    """Return what has changed since somebody last decided on the file; nothing before the first decision."""
    decided, later = None, []
    for event in audit.history(session, vendor, limit=500):
        if event.action in DECISIONS:
            decided = event
            break
        later.append(event)
    if decided is None:
        return []
    return [*_fields(later), *_acts(later), *_files(session, vendor, decided.at)]


def twins(session: Session, vendor: Vendor) -> list[Twin]:
    """Return the vendors in sight that may be this one again: same code, phone, account, or a like name."""
    found = [
        *_same_code(session, vendor),
        *_same_phone(session, vendor),
        *_same_account(session, vendor),
        *_like_names(session, vendor),
    ]
    seen: dict[tuple[int, str], Twin] = {}
    for twin in found:
        if twin.vendor.id != vendor.id:
            seen.setdefault((twin.vendor.id, str(twin.why)), twin)
    return list(seen.values())


def is_alike(one: str, other: str) -> bool:
    """Tell whether two names sound or look alike: the same core in pinyin initials, or few letters apart."""
    first, second = core_initials(one), core_initials(other)
    if len(first) >= SHORTEST and first == second:
        return True
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def core_initials(name: str) -> str:
    """Return the pinyin initials of a name without its legal form."""
    said = initials(name)
    form = next((form for form in FORMS if said.endswith(form)), "")
    return said.removesuffix(form)


def _rounds(session: Session, vendor: Vendor) -> int:
    rounds = select(func.max(ReviewRemark.round)).where(ReviewRemark.vendor_id == vendor.id)
    return session.scalars(rounds).one() or 0


def _last_round(session: Session, vendor: Vendor) -> list[ReviewRemark]:
    known = select(ReviewRemark).where(
        ReviewRemark.vendor_id == vendor.id, ReviewRemark.round == _rounds(session, vendor)
    )
    places = list(FIELDS)
    return sorted(session.scalars(known), key=lambda remark: (places.index(remark.field), remark.id))


def _fields(later: list[audit.AuditEvent]) -> Iterator[Change]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for event in reversed(later):
        for field, (was, became) in event.facts["changes"].items():
            if field in FIELDS:
                before.setdefault(field, was)
                after[field] = became
    for field, label in FIELDS.items():
        if field in after and before[field] != after[field]:
            yield Change(label, _shown(field, before[field]), _shown(field, after[field]))


def _acts(later: list[audit.AuditEvent]) -> Iterator[Change]:
    labels = {VENDOR.action(step.name): step.label for step in VENDOR if step.target is None}
    for event in reversed(later):
        if event.action in labels:
            yield Change(labels[event.action], None, event.facts["note"])


def _files(session: Session, vendor: Vendor, decided_at: Any) -> Iterator[Change]:
    known = select(Document).where(Document.record_id == vendor.id).order_by(Document.id)
    before: dict[str, Document] = {}
    for document in session.scalars(known):
        if document.uploaded_at > decided_at:
            label: Text = document.label or _("File")
            yield Change(label, before.get(document.label) if document.label else None, document)
        before[document.label] = document


def as_it_stands(field: str) -> Callable[[Vendor], Text | None]:
    """Return what says of a vendor how a column of its file stands, for whoever remarks on it."""

    def say(vendor: Vendor) -> Text | None:
        value = _shown(field, getattr(vendor, field)) if field in Vendor.__mapper__.column_attrs else None
        return _("Now: %(value)s") % {"value": value} if value else None

    return say


def _shown(field: str, value: Any) -> Any:
    return SIZE_LABELS[EnterpriseSize(value)] if field == "size" and value else value


def _same_code(session: Session, vendor: Vendor) -> Iterator[Twin]:
    if vendor.credit_code:
        for other in session.scalars(select(Vendor).where(Vendor.credit_code == vendor.credit_code)):
            yield Twin(other, _("Same credit code"))


def _same_phone(session: Session, vendor: Vendor) -> Iterator[Twin]:
    mine = {_bare(contact.phone) for contact in vendor.contacts if contact.phone}
    if not mine:
        return
    bare: Any = Contact.phone
    for mark in PUNCTUATION:
        bare = func.replace(bare, mark, "")
    rows = select(Vendor, bare).join(Contact, Contact.vendor_id == Vendor.id).where(bare.in_(sorted(mine)))
    for other, phone in session.execute(rows.order_by(Vendor.id).limit(MOST_ALIKE)):
        yield Twin(other, _("Same telephone number %(phone)s") % {"phone": phone})


def _bare(phone: str) -> str:
    for mark in PUNCTUATION:
        phone = phone.replace(mark, "")
    return phone


def _same_account(session: Session, vendor: Vendor) -> Iterator[Twin]:
    mine = {account.number_digest: account for account in accounts.of_vendor(session, vendor)}
    if not mine:
        return
    rows = (
        select(Vendor, VendorAccount.number_digest)
        .join(VendorAccount, VendorAccount.vendor_id == Vendor.id)
        .where(VendorAccount.number_digest.in_(sorted(mine)))
    )
    for other, digest in session.execute(rows.order_by(Vendor.id).limit(MOST_ALIKE)):
        yield Twin(other, _("Same bank account %(account)s") % {"account": str(mine[digest])})


def _like_names(session: Session, vendor: Vendor) -> Iterator[Twin]:
    said = core_initials(vendor.title)
    if len(said) < SHORTEST:
        return
    rows = search.find(session, said, kinds=["vendor"]).rows
    ids = [row.id for row in rows if is_alike(vendor.title, row.title)][:MOST_ALIKE]
    for other in session.scalars(select(Vendor).where(Vendor.id.in_(ids)).order_by(Vendor.id)):
        yield Twin(other, _("Similar name"))
