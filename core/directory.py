"""The directory: whom an administrator looks after, some at a time, and the tree of organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from core.auth import Posting, Role, User
from core.i18n import lazy_gettext as _
from core.organizations import Organization, Scope
from core.permissions import PARTY_ROLES, RoleName
from core.register import Listing, Order, Page, column, decode
from core.search import words

SIZE = 50
NAME = column(User, "name", _("Full name"))
BY_NAME = Order(NAME, descending=False)
OUTSIDERS = frozenset({RoleName.vendor, RoleName.enterprise}) | PARTY_ROLES


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to."""

    words: str = ""
    organization: Organization | None = None
    role: RoleName | None = None
    active: bool | None = None


@dataclass(frozen=True)
class Found:
    """Some people, and the marks of the pages before and after."""

    people: Sequence[User]
    previous: str | None
    next: str | None


@dataclass(frozen=True)
class Branch:
    """An organization in the tree, as deep as it stands below the first one shown."""

    organization: Organization
    depth: int
    people: int


def people(
    session: Session, wanted: Wanted, *, scope: Scope | None, after: str = "", before: str = ""
) -> Found:
    """Return the people who are at home within a scope, by name."""
    mark = decode(after or before, BY_NAME) if after or before else None
    page: Page = Listing(User, [NAME]).page(
        session, [*_criteria(wanted, scope)], BY_NAME, at=mark, backwards=bool(before), size=SIZE
    )
    ids = [row[0] for row in page.rows]
    loaded = select(User).where(User.id.in_(ids)).order_by(User.name, User.id)
    loaded = loaded.options(
        selectinload(User.organization), selectinload(User.postings).selectinload(Posting.organization)
    )
    return Found(session.scalars(loaded).all(), page.previous, page.next)


def deputies(session: Session, *, scope: Scope | None) -> Sequence[User]:
    """Return who may stand in for somebody: the office's own people with an open account."""
    insiders = User.roles.any(Role.name.not_in(sorted(OUTSIDERS)))
    found = select(User).where(User.active, insiders, *_within(scope, User.organization_id))
    return session.scalars(found.order_by(User.name, User.id)).all()


def represented(session: Session, person: User) -> Sequence[User]:
    """Return those whose deputy a person is."""
    return session.scalars(select(User).where(User.deputy_id == person.id).order_by(User.name)).all()


def tree(session: Session, *, scope: Scope | None) -> list[Branch]:
    """Return the organizations of a scope from the top down, each with how many open accounts it has."""
    open_accounts = select(User.organization_id, func.count()).where(User.active)
    counts: dict[int, int] = dict(session.execute(open_accounts.group_by(User.organization_id)).all())
    found = session.scalars(select(Organization).where(*_within(scope, Organization.id))).all()
    names = {organization.id: (organization.name, organization.id) for organization in found}
    own = sorted(found, key=lambda o: [names[step] for step in _steps(o) if step in names])
    return [Branch(o, sum(step in names for step in _steps(o)) - 1, counts.get(o.id, 0)) for o in own]


def _steps(organization: Organization) -> list[int]:
    return [int(step) for step in organization.path.strip("/").split("/")]


def _criteria(wanted: Wanted, scope: Scope | None) -> list[ColumnElement[bool]]:
    found = [
        or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
        for word in words(wanted.words)
    ]
    found += _within(scope, User.organization_id)
    if wanted.organization is not None:
        below = select(Organization.id).where(Organization.path.startswith(wanted.organization.path))
        found.append(User.organization_id.in_(below))
    if wanted.role is not None:
        found.append(User.roles.any(Role.name == wanted.role))
    if wanted.active is not None:
        found.append(User.active.is_(wanted.active))
    return found


def _within(scope: Scope | None, place: InstrumentedAttribute[int]) -> list[ColumnElement[bool]]:
    return [] if scope is None or scope.everything else [place.in_(sorted(scope.own))]


def posted_today(person: User, on: date) -> list[Posting]:
    """Return the postings in force on a day."""
    return [
        posting
        for posting in person.postings
        if posting.starts_on <= on and (posting.ends_on is None or on <= posting.ends_on)
    ]
