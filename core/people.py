"""Accounts and organizations as an administrator keeps them; every act is in the trail, none is on oneself.

An administrator reaches the people of the own organizations and of those below them, and nobody who is
also posted elsewhere: whoever may set a password may come in as that person.
"""

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import audit
from core.auth import By, Posting, User, roles_by_name
from core.errors import Forbidden, InvalidInput, NotFound
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.organizations import Organization, OrganizationKind, Scope, add_organization
from core.permissions import PARTY_ROLES, Permission, RoleName, authorize

ONE_TIME = timedelta(hours=72)
# without letters and digits that are taken for one another
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 5


@dataclass(frozen=True)
class Particulars:
    """What is kept of a person."""

    name: str
    email: str
    organization: Organization
    roles: frozenset[RoleName]
    deputy: User | None = None
    is_head: bool = False


def reach(by: By, on: date) -> Scope | None:
    """Return the organizations whose people somebody may see; None for all."""
    return by.scope(on) if isinstance(by, User) else None


def find(session: Session, user_id: int, *, by: By, on: date) -> User:
    """Return a person within reach, or raise NotFound alike for one absent and one elsewhere."""
    person = session.get(User, user_id)
    if person is None or not _holds(reach(by, on), person.organization_id):
        raise NotFound
    return person


def find_organization(session: Session, organization_id: int, *, by: By, on: date) -> Organization:
    """Return an organization within reach, or raise NotFound."""
    organization = session.get(Organization, organization_id)
    if organization is None or not _holds(reach(by, on), organization.id):
        raise NotFound
    return organization


def is_beyond(person: User, *, by: By, on: date) -> bool:
    """Return whether a person also works where the administrator has no say."""
    scope = reach(by, on)
    return any(
        not _holds(scope, posting.organization_id)
        for posting in person.postings
        if posting.ends_on is None or posting.ends_on >= on
    )


def create(session: Session, given: Particulars, *, by: By, on: date, at: datetime, note: str) -> User:
    """Open an account; it has no password until one is handed over."""
    authorize(by, Permission.user_edit)
    _check(session, None, given, by=by, on=on)
    _demand_note(note)
    by_name = roles_by_name(session)
    person = User(
        name=given.name,
        email=given.email,
        organization=given.organization,
        roles=[by_name[role] for role in sorted(given.roles)],
        deputy=given.deputy,
        is_head=given.is_head,
        created_at=at,
    )
    session.add(person)
    session.flush()
    audit.record(session, None, "user.create", by=by, note=note, **_about(person), **_words(given))
    return person


def change(session: Session, person: User, given: Particulars, *, by: By, on: date, note: str = "") -> None:
    """Change a person's particulars; other roles or another organization need a reason and end sessions."""
    _authorize(person, by=by, on=on)
    _check(session, person, given, by=by, on=on)
    was = _particulars(person)
    if was == given:
        return
    weighty = (was.roles, was.organization) != (given.roles, given.organization)
    if weighty:
        _refuse_oneself(person, by)
        _demand_note(note)
    by_name = roles_by_name(session)
    person.name, person.email, person.organization = given.name, given.email, given.organization
    person.deputy, person.is_head = given.deputy, given.is_head
    person.roles = [by_name[role] for role in sorted(given.roles)]
    act = "user.roles" if weighty else "user.change"
    before, after = _words(was), _words(given)
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    audit.record(session, None, act, by=by, note=note or None, **_about(person), changed=changed)
    if weighty:
        end_sessions(person)


def disable(session: Session, person: User, *, by: By, on: date, note: str) -> None:
    """Close an account: its sessions end, and nothing of what it did is lost."""
    _act_on(session, person, "user.disable", by=by, on=on, note=note)
    person.active = False
    end_sessions(person)


def enable(session: Session, person: User, *, by: By, on: date, note: str) -> None:
    """Open a closed account again."""
    _act_on(session, person, "user.enable", by=by, on=on, note=note)
    person.active = True


def reset_second_factor(session: Session, person: User, *, by: By, on: date, note: str) -> None:
    """Forget a person's second factor and recovery codes, as after the loss of a phone."""
    _act_on(session, person, "user.reset_second_factor", by=by, on=on, note=note)
    person.tf_primary_method = person.tf_totp_secret = person.tf_phone_number = None
    person.mf_recovery_codes = None
    end_sessions(person)


def hand_over_password(
    session: Session, person: User, digest: str, *, by: By, on: date, at: datetime, note: str
) -> None:
    """Let a new password open the account once, to choose another, within the next days."""
    until = at + ONE_TIME
    _act_on(session, person, "user.one_time_password", by=by, on=on, note=note, until=until)
    person.password, person.one_time_until = digest, until
    end_sessions(person)


def new_password() -> str:
    """Return a password that can be read out: some hundred bits in groups of letters."""
    return "-".join("".join(secrets.choice(LETTERS) for _place in range(GROUP)) for _group in range(GROUPS))


def end_sessions(person: User) -> None:
    """End every session of a person."""
    person.fs_uniquifier = uuid.uuid4().hex


def post(
    session: Session,
    person: User,
    organization: Organization,
    *,
    starts_on: date,
    ends_on: date | None,
    by: By,
    on: date,
    note: str = "",
) -> Posting:
    """Post a person to an organization: what the person sees follows from the first day to the last."""
    _authorize(person, by=by, on=on)
    _refuse_oneself(person, by)
    if person.party_id is not None:
        raise InvalidInput({"organization": _("An account of a vendor is posted nowhere.")})
    _check_posting(person, organization, starts_on, ends_on, reach(by, on))
    posting = Posting(user_id=person.id, organization=organization, starts_on=starts_on, ends_on=ends_on)
    person.postings.append(posting)
    detail: dict[str, Any] = {"organization": organization.name, "starts_on": starts_on, "ends_on": ends_on}
    audit.record(session, None, "user.post", by=by, note=note or None, **_about(person), **detail)
    session.flush()
    return posting


def end_posting(session: Session, person: User, posting: Posting, *, ends_on: date, by: By, on: date) -> None:
    """Let a posting end with a day."""
    _authorize(person, by=by, on=on)
    _refuse_oneself(person, by)
    if ends_on < posting.starts_on:
        raise InvalidInput({"ends_on": _("The posting had not begun by that day.")})
    detail: dict[str, Any] = {
        "organization": posting.organization.name,
        "ends_on": [posting.ends_on, ends_on],
    }
    audit.record(session, None, "user.end_posting", by=by, **_about(person), **detail)
    posting.ends_on = ends_on


def add_below(
    session: Session, parent: Organization, *, kind: OrganizationKind, code: str, name: str, by: By, on: date
) -> Organization:
    """Add an organization under another."""
    authorize(by, Permission.user_edit)
    if not _holds(reach(by, on), parent.id):
        raise NotFound
    _check_organization(session, None, parent.id, code, name)
    organization = add_organization(session, kind=kind, code=code, name=name, parent=parent)
    detail = {"organization": name, "code": code, "kind": kind, "parent": parent.name}
    audit.record(session, None, "organization.create", by=by, **detail)
    return organization


def rename(
    session: Session,
    organization: Organization,
    *,
    kind: OrganizationKind,
    code: str,
    name: str,
    by: By,
    on: date,
) -> None:
    """Change what an organization is called; where it stands in the tree stays."""
    authorize(by, Permission.user_edit)
    if not _holds(reach(by, on), organization.id):
        raise NotFound
    _check_organization(session, organization, organization.parent_id, code, name)
    changed = {
        field: [was, new]
        for field, was, new in (
            ("name", organization.name, name),
            ("code", organization.code, code),
            ("kind", organization.kind, kind),
        )
        if was != new
    }
    if changed:
        organization.name, organization.code, organization.kind = name, code, kind
        audit.record(session, None, "organization.change", by=by, organization=name, changed=changed)


def _holds(scope: Scope | None, organization_id: int) -> bool:
    return scope is None or scope.everything or organization_id in scope.own


def _authorize(person: User, *, by: By, on: date) -> None:
    authorize(by, Permission.user_edit)
    if not _holds(reach(by, on), person.organization_id):
        raise NotFound
    if is_beyond(person, by=by, on=on):
        raise Forbidden(_("This person is also posted elsewhere: the administrator there has to do this."))


def _act_on(session: Session, person: User, act: str, *, by: By, on: date, note: str, **detail: Any) -> None:
    _authorize(person, by=by, on=on)
    _refuse_oneself(person, by)
    _demand_note(note)
    audit.record(session, None, act, by=by, note=note, **_about(person), **detail)


def _refuse_oneself(person: User, by: By) -> None:
    if by.id == person.id:
        raise Forbidden(_("Nobody decides on their own account: another administrator has to do this."))


def _demand_note(note: str) -> None:
    if not note.strip():
        raise InvalidInput(
            {"note": _("Say on what ground: the instruction, or how the person was identified.")}
        )


def _check(session: Session, person: User | None, given: Particulars, *, by: By, on: date) -> None:
    faults = dict(_faults(session, person, given, reach(by, on)))
    if person is not None and by.id == person.id:
        faults.update(_own_faults(person, given))
    if faults:
        raise InvalidInput(faults)


def _faults(
    session: Session, person: User | None, given: Particulars, scope: Scope | None
) -> Iterator[tuple[str, Text]]:
    yield from _party_faults(person, given)
    if not given.roles:
        yield "roles", _("Choose at least one role.")
    elif RoleName.administrator in given.roles and len(given.roles) > 1:
        yield "roles", _("An administrator holds no other role: accounts and business stay apart.")
    if not _holds(scope, given.organization.id):
        yield "organization", _("This organization is not among yours.")
    deputy = given.deputy
    if deputy is not None and (deputy is person or not deputy.active or deputy.party_id is not None):
        yield "deputy", _("The deputy is somebody else with an open account.")
    elif deputy is not None and not _holds(scope, deputy.organization_id):
        yield "deputy", _("This person is not among yours.")
    taken = session.scalar(select(User.id).where(User.email == given.email))
    if taken is not None and (person is None or taken != person.id):
        yield "email", _("There is an account with this address already.")


def _party_faults(person: User | None, given: Particulars) -> Iterator[tuple[str, Text]]:
    """An account of an outside party stays one, and none of the office's becomes one."""
    if person is None or person.party_id is None:
        if given.roles & PARTY_ROLES:
            yield "roles", _("This role is for the accounts of a vendor; the vendor opens them.")
        return
    if given.roles - PARTY_ROLES:
        yield "roles", _("An account of a vendor holds no role of the office.")
    if given.organization is not person.organization:
        yield "organization", _("An account of a vendor stays with the register of the vendor.")
    if given.is_head or given.deputy is not None:
        yield "deputy", _("An account of a vendor neither heads nor stands in for the office.")


def _own_faults(person: User, given: Particulars) -> Iterator[tuple[str, Text]]:
    if given.roles != {role.name for role in person.roles}:
        yield "roles", _("Nobody changes their own roles: another administrator has to do this.")
    if given.organization is not person.organization:
        yield "organization", _("Nobody moves themselves: another administrator has to do this.")


def _check_posting(
    person: User, organization: Organization, starts_on: date, ends_on: date | None, scope: Scope | None
) -> None:
    faults: dict[str, Text] = {}
    if not _holds(scope, organization.id):
        faults["organization"] = _("This organization is not among yours.")
    elif organization.id == person.organization_id:
        faults["organization"] = _("The person is at home there.")
    if ends_on is not None and ends_on < starts_on:
        faults["ends_on"] = _("The last day lies before the first.")
    for other in person.postings:
        same = other.organization_id == organization.id
        if same and _overlap((other.starts_on, other.ends_on), (starts_on, ends_on)):
            faults["starts_on"] = _("The person is posted there in that time already.")
    if faults:
        raise InvalidInput(faults)


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)


def _check_organization(
    session: Session, organization: Organization | None, parent_id: int | None, code: str, name: str
) -> None:
    same = or_(Organization.code == code, (Organization.parent_id == parent_id) & (Organization.name == name))
    others: Sequence[Organization] = session.scalars(select(Organization).where(same)).all()
    faults: dict[str, Text] = {}
    for other in others:
        if other is organization:
            continue
        if other.code == code:
            faults["code"] = _("Another organization has this code.")
        else:
            faults["name"] = _("Another organization there has this name.")
    if faults:
        raise InvalidInput(faults)


def _particulars(person: User) -> Particulars:
    return Particulars(
        name=person.name,
        email=person.email,
        organization=person.organization,
        roles=frozenset(role.name for role in person.roles),
        deputy=person.deputy,
        is_head=person.is_head,
    )


def _about(person: User) -> dict[str, Any]:
    return {"user": person.id, "user_name": person.name}


def _words(given: Particulars) -> dict[str, Any]:
    return {
        "name": given.name,
        "email": given.email,
        "organization": given.organization.name,
        "roles": sorted(given.roles),
        "deputy": given.deputy.name if given.deputy else None,
        "is_head": given.is_head,
    }
