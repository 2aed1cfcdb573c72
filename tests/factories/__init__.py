"""Valid objects for tests; a test names only what matters to it."""

from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from core import audit, clock, numbering
from core.auth import SYSTEM, User, roles_by_name
from core.organizations import Organization, OrganizationKind, add_organization
from core.permissions import RoleName
from core.records import Record

serial = count(1)
_current: list[Session] = []


def use(session: Session) -> None:
    """Make this the session into which the factories put what they make."""
    _current[:] = [session]


def current() -> Session:
    """Return the session of the running test."""
    return _current[0]


def make_organization(parent: Organization | None = None, **given: Any) -> Organization:
    """Make a zone, or a department when it has a parent."""
    number = next(serial)
    kind = OrganizationKind.department if parent else OrganizationKind.zone
    return add_organization(
        current(), **{"kind": kind, "code": f"org{number}", "name": f"机构{number}", "parent": parent} | given
    )


def make_user(*roles: RoleName, **given: Any) -> User:
    """Make a user with these roles, an officer when none is named."""
    session, number = current(), next(serial)
    by_name = roles_by_name(session)
    user = User(
        **{
            "email": f"user{number}@example.org",
            "name": f"用户{number}",
            "organization": given.pop("organization", None) or make_organization(),
            "created_at": clock.now(),
            "roles": [by_name[role] for role in roles or (RoleName.officer,)],
        }
        | given
    )
    session.add(user)
    session.flush()
    return user


def add_record(record: Record, organization: Organization | None = None) -> Record:
    """Put a record into the session with a number and its audit event."""
    session = current()
    place = organization or make_organization()
    record.organization_id = record.organization_id or place.id
    record.number = record.number or numbering.next_number(session, "TT", record.organization_id, 2026)
    record.created_at = record.created_at or clock.now()
    session.add(record)
    audit.record(session, record, "created", by=SYSTEM)
    session.flush()
    return record
