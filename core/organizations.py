"""The tree of organizations, and the scope that it puts on every query."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ForeignKey, Row, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from core import isolation
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _


class OrganizationKind(StrEnum):
    """What an organization is in the tree."""

    province = "province"
    county = "county"
    zone = "zone"
    department = "department"
    platform_company = "platform_company"


ORGANIZATION_KIND_LABELS: dict[OrganizationKind, LazyString] = {
    OrganizationKind.province: _("Province"),
    OrganizationKind.county: _("County"),
    OrganizationKind.zone: _("Zone"),
    OrganizationKind.department: _("Department"),
    OrganizationKind.platform_company: _("Platform company"),
}


class Organization(Model):
    """A province, county, zone, department or platform company."""

    __tablename__ = "organizations"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    kind: Mapped[OrganizationKind]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    # "/1/4/": the ids from the root down, so that a subtree is one prefix
    path: Mapped[str] = mapped_column(String(200), index=True, default="")

    parent: Mapped["Organization | None"] = relationship(remote_side=[id])

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> frozenset[int]:
        """Return the ids from the root down to this one."""
        return frozenset(int(step) for step in self.path.strip("/").split("/"))


@dataclass(frozen=True)
class Scope:
    """What a session may see: its own organizations and those below, upward only what is shared."""

    own: frozenset[int] = frozenset()
    above: frozenset[int] = frozenset()
    everything: bool = False
    # an outside party sees what concerns it and nothing else, whichever organization keeps it
    party: int | None = None

    @property
    def rows(self) -> str:
        """Return whose rows these are in the words of row-level security."""
        if self.party is not None:
            return str(self.party)
        return isolation.EVERYTHING if self.everything or self.own else isolation.NOTHING


NOTHING = Scope()
EVERYTHING = Scope(everything=True)


class Scoped:
    """A mapped class whose rows belong to one organization and are seen by it and those above."""

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)


def add_organization(
    session: Session, *, kind: OrganizationKind, code: str, name: str, parent: Organization | None = None
) -> Organization:
    """Add an organization under its parent and return it with its path set."""
    organization = Organization(kind=kind, code=code, name=name, parent=parent)
    session.add(organization)
    session.flush()
    organization.path = f"{parent.path if parent else '/'}{organization.id}/"
    session.flush()
    return organization


def scope_below(session: Session, organizations: Iterable[Organization]) -> Scope:
    """Return the scope of somebody posted to these organizations."""
    paths = [organization.path for organization in organizations]
    if not paths:
        return NOTHING
    below = select(Organization.id).where(or_(*(Organization.path.startswith(path) for path in paths)))
    found = session.scalars(below).all()
    return scope_of((path, id_) for path in paths for id_ in found)


def scope_of(found: Iterable[tuple[str, int] | Row[str, int]]) -> Scope:
    """Return the scope of pairs: the path of a place where somebody works, and an organization below it."""
    paths: set[str] = set()
    own: set[int] = set()
    for path, id_ in found:
        paths.add(path)
        own.add(id_)
    return make_scope(paths, own)


def make_scope(paths: Iterable[str], below: Iterable[int]) -> Scope:
    """Return the scope of somebody who works at these paths, with all the organizations below them."""
    own = frozenset(below)
    above = frozenset(int(step) for path in paths for step in path.strip("/").split("/")) - own
    return Scope(own=own, above=above)


def limit(session: Session, scope: Scope) -> None:
    """Put the session under a scope; every later ORM query obeys it, and PostgreSQL is told of it."""
    session.info["scope"] = scope
    isolation.say(session, scope.rows)


@contextmanager
def beyond(session: Session) -> Iterator[None]:
    """See everything while a service does for somebody what reaches beyond what they may see themselves.

    Whether a code is taken, whom to tell, which clocks a record has: what is found must not be handed out.
    """
    scope = session.info.get("scope", EVERYTHING)
    limit(session, EVERYTHING)
    try:
        yield
    finally:
        limit(session, scope)
