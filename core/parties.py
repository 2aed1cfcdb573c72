"""The accounts of an outside party: several people, of whom some may open and close the others' accounts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, people
from core.auth import By, User, roles_by_name
from core.errors import InvalidInput, NotFound
from core.i18n import lazy_gettext as _
from core.organizations import beyond
from core.permissions import PARTY_ROLES, Permission, RoleName, authorize
from core.records import Record


def accounts(session: Session, party: Record) -> Sequence[User]:
    """Return the people of a party, by name."""
    return session.scalars(select(User).where(User.party_id == party.id).order_by(User.name, User.id)).all()


def open_account(
    session: Session,
    party: Record,
    *,
    name: str,
    email: str,
    role: RoleName,
    by: By,
    at: datetime,
    digest: str | None = None,
    note: str | None = None,
) -> User:
    """Open an account of a party; with the digest of a password that its holder has chosen, or without."""
    _authorize(party, by)
    address = email.strip().lower()
    with beyond(session):
        taken = session.scalar(select(User.id).where(User.email == address))
        by_name = roles_by_name(session)
    faults = {
        "name": None if name.strip() else _("Give the name."),
        "email": _("There is an account with this address already.") if taken is not None else None,
        "role": None if role in PARTY_ROLES else _("An account of a vendor holds no role of the office."),
    }
    if any(faults.values()):
        raise InvalidInput({field: fault for field, fault in faults.items() if fault is not None})
    person = User(
        name=name.strip(),
        email=address,
        organization_id=party.organization_id,
        party_id=party.id,
        roles=[by_name[role]],
        password=digest,
        created_at=at,
    )
    session.add(person)
    session.flush()
    _note(session, party, person, "user.create", by=by, note=note)
    return person


def change_role(session: Session, party: Record, person: User, role: RoleName, *, by: By) -> None:
    """Give a person of a party the other role; somebody has to stay who may open accounts."""
    _check_person(party, person, by)
    if role not in PARTY_ROLES:
        raise InvalidInput({"role": _("An account of a vendor holds no role of the office.")})
    if person.has_role_named(role):
        return
    if role is not RoleName.vendor_admin:
        _demand_another(session, party, person)
    person.roles = [roles_by_name(session)[role]]
    _note(session, party, person, "user.roles", by=by)
    people.end_sessions(person)


def close_account(session: Session, party: Record, person: User, *, by: By, note: str | None = None) -> None:
    """Close an account of a party; its sessions end."""
    _check_person(party, person, by)
    if not person.active:
        return
    _demand_another(session, party, person)
    person.active = False
    _note(session, party, person, "user.disable", by=by, note=note)
    people.end_sessions(person)


def reopen_account(session: Session, party: Record, person: User, *, by: By, note: str | None = None) -> None:
    """Open a closed account of a party again."""
    _check_person(party, person, by)
    if person.active:
        return
    person.active = True
    _note(session, party, person, "user.enable", by=by, note=note)


def hand_over_password(
    session: Session, party: Record, person: User, digest: str, *, by: By, at: datetime
) -> None:
    """Let a new password open an account of a party once, to choose another, within the next days."""
    _check_person(party, person, by)
    if by.id == person.id:
        raise InvalidInput({"password": _("Change your own password under your name.")})
    person.password, person.one_time_until = digest, at + people.ONE_TIME
    _note(session, party, person, "user.one_time_password", by=by)
    people.end_sessions(person)


def _authorize(party: Record, by: By) -> None:
    if by.party_id is None:
        authorize(by, Permission.vendor_admit)
        return
    authorize(by, Permission.portal_users)
    if by.party_id != party.id:
        raise NotFound


def _check_person(party: Record, person: User, by: By) -> None:
    _authorize(party, by)
    if person.party_id != party.id:
        raise NotFound


def _demand_another(session: Session, party: Record, leaving: User) -> None:
    others = (
        select(func.count())
        .select_from(User)
        .where(
            User.party_id == party.id,
            User.active,
            User.id != leaving.id,
            User.roles.any(name=RoleName.vendor_admin),
        )
    )
    if leaving.has_role_named(RoleName.vendor_admin) and not session.scalar(others):
        raise InvalidInput({"role": _("Somebody has to stay who may open accounts: name another first.")})


def _note(
    session: Session, party: Record, person: User, act: str, *, by: By, note: str | None = None
) -> None:
    facts = {"user": person.id, "user_name": person.name, "roles": sorted(role.name for role in person.roles)}
    audit.record(session, party, act, by=by, note=note, **facts)
