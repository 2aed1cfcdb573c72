"""Accounts of outside parties for tests."""

from typing import Any

from core.auth import User
from core.documents import Document
from core.permissions import RoleName
from core.records import Record
from tests import factories


def make_party_user(vendor: Record, role: RoleName = RoleName.vendor_admin, **given: Any) -> User:
    """Make an account of a vendor, its administrator's unless told otherwise."""
    return factories.make_user(role, organization=vendor.organization, party_id=vendor.id, **given)


def make_document(record: Record, *, shared: bool = False, **given: Any) -> Document:
    """Attach a document whose bytes nobody reads."""
    session = factories.current()
    document = Document(
        **{
            "record": record,
            "organization_id": record.organization_id,
            "filename": "示例.pdf",
            "media_type": "application/pdf",
            "sha256": "0" * 64,
            "size": 1,
            "uploaded_at": record.created_at,
            "shared": shared,
        }
        | given
    )
    session.add(document)
    session.flush()
    return document
