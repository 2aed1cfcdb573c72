"""People: users, their roles and postings, and what follows from them."""

import uuid
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, ClassVar, TypeVar, cast

from flask_security import RoleMixin, UserMixin
from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Select,
    String,
    Table,
    bindparam,
    false,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import (
    Mapped,
    Session,
    make_transient_to_detached,
    mapped_column,
    object_session,
    relationship,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from core.db import Model
from core.organizations import NOTHING, Organization, Scope, make_scope, scope_of
from core.permissions import GRANTS, ROLE_LABELS, Permission, RoleName
from core.prepared import Prepared

M = TypeVar("M", bound=Model)

user_roles = Table(
    "user_roles",
    Model.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    """A role by name; what it grants stands in ``core.permissions.GRANTS``."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[RoleName] = mapped_column(unique=True)
    description: Mapped[str | None] = mapped_column(String(200))

    permissions: ClassVar[list[str]] = []  # type: ignore[misc]  # flask-security would store them

    def __str__(self) -> str:
        return str(ROLE_LABELS[self.name])


@lru_cache
def granted(roles: tuple[RoleName, ...]) -> frozenset[Permission]:
    """Return what roles grant together."""
    return frozenset[Permission]().union(*(GRANTS[name] for name in roles))


class Posting(Model):
    """A person's posting to another organization than the home one; what it may see follows it."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    organization: Mapped[Organization] = relationship()


class User(Model, UserMixin):
    """Somebody with an account."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    # an account of an outside party, such as a vendor: its record
    party_id: Mapped[int | None] = mapped_column(ForeignKey("records.id", use_alter=True), index=True)
    # a deadline that climbs its ladder is told to the owner, the owner's deputy, the organization's head
    is_head: Mapped[bool] = mapped_column(default=False)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    locale: Mapped[str | None] = mapped_column(String(20))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid.uuid4().hex)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON()))
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]
    # somebody unknown has typed this address, and whoever reads its mail has not confirmed it yet
    email_pending: Mapped[bool] = mapped_column(default=False, server_default=false())
    # the password was handed over by an administrator: it opens until then, and only to choose another
    one_time_until: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    deputy: Mapped["User | None"] = relationship(remote_side=[id])
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # a list of our own roles
        secondary=user_roles, lazy="selectin"
    )
    postings: Mapped[list[Posting]] = relationship(foreign_keys=[Posting.user_id])

    def __str__(self) -> str:
        return self.name

    @property
    def role_names(self) -> tuple[RoleName, ...]:
        """Return the names of the user's roles."""
        if "roles" not in self.__dict__ and _ROLES in self.__dict__:
            brought: tuple[RoleName, ...] = self.__dict__[_ROLES]
            return brought
        return tuple(role.name for role in self.roles)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Return what the user's roles grant together."""
        return granted(self.role_names)

    @property
    def role_label(self) -> str:
        """Return the user's roles in words."""
        return "、".join(str(ROLE_LABELS[name]) for name in self.role_names)

    def may(self, permission: Permission) -> bool:
        """Return whether the user holds a permission."""
        return permission in self.permissions

    def has_role_named(self, *names: RoleName) -> bool:
        """Return whether the user has one of the roles."""
        return any(name in names for name in self.role_names)

    def working_organizations(self, on: date) -> list[Organization]:
        """Return where the user works on a day: the postings in force, or else the home organization."""
        posted = [
            p.organization
            for p in self.postings
            if p.starts_on <= on and (p.ends_on is None or on <= p.ends_on)
        ]
        return posted or [self.organization]

    def scope(self, on: date) -> Scope:
        """Return which organizations the user sees on a day."""
        session = object_session(self)
        if session is None or not self.active:
            return NOTHING
        if self.party_id is not None:
            return Scope(above=self.organization.steps, party=self.party_id)
        day, scope = self.__dict__.pop(_SCOPE, (None, NOTHING))
        return scope if day == on else scope_of(session.execute(_BELOW_POSTS, {"person": self.id, "day": on}))


# What came along with whoever is signed in. The scope is handed out once: a posting may change afterwards.
_ROLES, _SCOPE = "_roles_brought", "_scope_brought"


def _below(person: Any) -> Select[str, int]:
    """Select what is below the working organizations of a person on a day."""
    user, post = cast(Table, User.__table__).alias("who").c, cast(Table, Posting.__table__).c
    place = cast(Table, Organization.__table__)
    below = place.alias("below")
    day = bindparam("day", type_=Date())
    posted = select(post.organization_id).where(
        post.user_id == person, post.starts_on <= day, or_(post.ends_on.is_(None), post.ends_on >= day)
    )
    home = select(user.organization_id).where(user.id == person, ~posted.exists())
    return select(place.c.path, below.c.id).where(
        place.c.id.in_(union_all(posted, home)), below.c.path.startswith(place.c.path)
    )


_BELOW_POSTS = _below(bindparam("person"))


# -- whoever is signed in -----------------------------------------------------------------------------------

# The rest, passwords and secrets above all, is fetched when somebody asks for it.
_OF_PERSON = (
    "id",
    "name",
    "active",
    "organization_id",
    "party_id",
    "locale",
    "fs_uniquifier",
    "tf_primary_method",
    "one_time_until",
)
_OF_HOME = ("id", "parent_id", "kind", "code", "name", "path")


def _whoever_is_signed_in() -> Prepared:
    person, home = cast(Table, User.__table__).c, cast(Table, Organization.__table__).c
    role, held = cast(Table, Role.__table__).c, user_roles.c
    key = person.fs_uniquifier == bindparam("key")
    places = _below(select(person.id).where(key).scalar_subquery()).cte("places")
    paths = select(places.c.path).distinct().subquery()
    roles = select(func.aggregate_strings(type_coerce(role.name, String), " ")).where(
        role.id == held.role_id, held.user_id == person.id
    )
    return Prepared(
        select(
            *(person[name] for name in _OF_PERSON),
            *(home[name].label(f"home_{name}") for name in _OF_HOME),
            roles.correlate(cast(Table, User.__table__)).scalar_subquery(),
            select(func.aggregate_strings(paths.c.path, " ")).scalar_subquery(),
            select(func.aggregate_strings(sql_cast(places.c.id, String), " ")).scalar_subquery(),
        ).where(key, home.id == person.organization_id)
    )


_SIGNED_IN = _whoever_is_signed_in()


def signed_in(session: Session, key: str, on: date) -> User | None:
    """Return whoever a session of the browser belongs to, with roles, organization and scope, or None.

    One statement, of which the objects are made without the loader: it would cost more than all the rest
    that a page does to know its reader.
    """
    found = _SIGNED_IN.rows(session, {"key": key, "day": on})
    if not found:
        return None
    *facts, roles, paths, below = found[0]
    count = len(_OF_PERSON)
    user = _known(session, User, dict(zip(_OF_PERSON, facts[:count], strict=True)))
    home = _known(session, Organization, dict(zip(_OF_HOME, facts[count:], strict=True)))
    set_committed_value(user, "organization", home)
    user.__dict__[_ROLES] = tuple(RoleName(name) for name in (roles or "").split())
    user.__dict__[_SCOPE] = on, make_scope((paths or "").split(), map(int, (below or "").split()))
    return user


def _known(session: Session, model: type[M], facts: dict[str, Any]) -> M:
    """Return the object that the session has under this id, or one that is as if it had been loaded."""
    known: M | None = session.identity_map.get(identity_key(model, facts["id"]))
    if known is not None:
        return known
    made = model()
    made.__dict__.update(facts)  # as the loader does: nothing has changed
    make_transient_to_detached(made)
    session.add(made)
    return made


class System:
    """The system as an actor: jobs and imports that no person runs."""

    id: ClassVar[None] = None
    party_id: ClassVar[None] = None
    name: ClassVar[str] = "system"
    permissions: ClassVar[frozenset[Permission]] = frozenset(Permission)

    def may(self, permission: Permission) -> bool:
        """Return True: the system may do whatever a service asks."""
        return True


SYSTEM = System()

By = User | System


def roles_by_name(session: Session) -> dict[RoleName, Role]:
    """Return every role, adding those that the database does not have yet."""
    known = {role.name: role for role in session.scalars(select(Role))}
    for name in RoleName:
        if name not in known:
            known[name] = Role(name=name)
            session.add(known[name])
    session.flush()
    return known


def secret_fields(model: type[Any]) -> frozenset[str]:
    """Return the names of the columns whose values never leave the database in words."""
    return frozenset(column.key for column in model.__mapper__.columns if column.info.get("secret"))
