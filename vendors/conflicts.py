"""Conflicts of interest: what officers declare, and whether a vendor's people or accounts fall under it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.auth import By, User
from core.errors import Forbidden, InvalidInput, NotFound, WrongState
from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from core.identity import Identity, identity_of, masked, plain_account, plain_id, plain_phone, tail
from vendors import accounts, credit_code, papers, rules
from vendors.models import Vendor
from vendors.ties import TIE_LABELS, Tie, TieClearance, TieKind, TieMark
from vendors.workflow import VENDOR

READERS: dict[str, Callable[..., str]] = {
    "name": lambda typed, field: typed,
    "code": credit_code.check,
    "id": plain_id,
    "phone": plain_phone,
    "account": plain_account,
}
MARK_LABELS: dict[str, LazyString] = {
    "name": _("name"),
    "code": _("unified social credit code"),
    "id": _("identity number"),
    "phone": _("telephone number"),
    "account": _("bank account"),
}


class Conflict(WrongState):
    """Refuse to let somebody decide on a vendor to whom he or she is tied; says which tie and by what."""


@dataclass(frozen=True)
class Hit:
    """A tie that a vendor falls under, and by what."""

    tie: Tie
    by: tuple[str, ...]

    def words(self) -> Text:
        """Return who is tied, how, and what matched; never to whom."""
        return _("%(officer)s: %(kind)s (same %(by)s)") % {
            "officer": self.tie.user.name,
            "kind": TIE_LABELS[self.tie.kind],
            "by": "、".join(str(MARK_LABELS[each]) for each in self.by),
        }


def declare(
    session: Session,
    *,
    by: User,
    on: date,
    kind: str,
    since: date | None = None,
    until: date | None = None,
    **marks: str | None,
) -> Tie:
    """Keep an officer's own declaration; of names and numbers only keyed digests are kept."""
    if by.party_id is not None:
        raise Forbidden
    plain = dict(_plain({name: value.strip() for name, value in marks.items() if value and value.strip()}))
    if not plain:
        raise InvalidInput({"name": _("Give a name or a number by which the tie is recognised.")})
    if since is not None and until is not None and until < since:
        raise InvalidInput({"until": _("The last day does not come before the first.")})
    keys = identity_of(session)
    tie = Tie(
        user_id=by.id,
        kind=TieKind(kind),
        hint=" ".join(_hint(name, value) for name, value in plain.items())[:80],
        since=since,
        until=until,
        declared_on=on,
        marks=[TieMark(digest=keys.digest(name, value)) for name, value in plain.items()],
    )
    session.add(tie)
    session.flush()
    audit.record(session, None, "tie.declare", by=by, tie=tie.id, kind=str(tie.kind))
    return tie


def own(session: Session, user: User) -> list[Tie]:
    """Return what somebody has declared, the newest first."""
    return list(session.scalars(select(Tie).where(Tie.user_id == user.id).order_by(Tie.id.desc())))


def withdraw(session: Session, tie_id: int, *, by: User, on: date) -> None:
    """Take back one's own declaration from a day on; it stays in the trail."""
    tie = session.scalars(select(Tie).where(Tie.id == tie_id, Tie.user_id == by.id)).one_or_none()
    if tie is None or tie.withdrawn_on is not None:
        raise NotFound
    tie.withdrawn_on = on
    audit.record(session, None, "tie.withdraw", by=by, tie=tie.id)
    session.flush()


def hits(session: Session, vendor: Vendor, people: Collection[User], on: date) -> list[Hit]:
    """Return the ties of these people that a vendor falls under on a day and nobody has cleared."""
    ids = sorted({person.id for person in people})
    if not ids:
        return []
    cleared = select(TieClearance.tie_id).where(TieClearance.vendor_id == vendor.id)
    rows = (
        select(Tie, TieMark.digest)
        .join(TieMark)
        .where(Tie.user_id.in_(ids), Tie.id.not_in(cleared))
        .order_by(Tie.id, TieMark.id)
    )
    declared = [(tie, digest) for tie, digest in session.execute(rows) if tie.counts(on)]
    if not declared:  # most people's case: then nothing of the vendor's needs to be read
        return []
    marks = _marks(session, vendor, identity_of(session))
    found: dict[int, tuple[Tie, list[str]]] = {}
    for tie, digest in declared:
        if digest in marks:
            found.setdefault(tie.id, (tie, []))[1].append(marks[digest])
    return [Hit(tie, tuple(dict.fromkeys(by))) for tie, by in found.values()]


def require_none(session: Session, vendor: Vendor, people: Collection[User | None], on: date) -> None:
    """Raise Conflict when one of these people is tied to the vendor."""
    found = hits(session, vendor, [person for person in people if isinstance(person, User)], on)
    if found:
        raise Conflict(
            _(
                "Conflict of interest with %(vendor)s: %(ties)s. Somebody else has to take this over, or the "
                "tie is cleared on the vendor's page with the reason."
            )
            % {"vendor": vendor.title, "ties": "；".join(str(hit.words()) for hit in found)}
        )


def clear(session: Session, vendor: Vendor, *, by: By, on: date, tie: int, reason: str) -> None:
    """Record why a tie is none with this vendor; nobody does that for oneself."""
    given = rules.require_reason(reason)
    VENDOR.check(session, "clear_tie", vendor, by=by)
    known = session.get(Tie, int(tie))
    if known is None or known not in open_ties(session, vendor, on):
        raise InvalidInput({"tie": _("Choose a tie that this vendor falls under.")})
    if by.id == known.user_id:
        raise Forbidden(_("Nobody clears a tie of one's own."))
    VENDOR.apply(session, "clear_tie", vendor, by=by, note=f"{known.user.name}: {given}")
    session.add(
        TieClearance(tie_id=known.id, vendor_id=vendor.id, reason=given, cleared_on=on, cleared_by_id=by.id)
    )
    session.flush()


def open_ties(session: Session, vendor: Vendor, on: date) -> list[Tie]:
    """Return every declared tie that the vendor falls under and nobody has cleared."""
    marks = _marks(session, vendor, identity_of(session))
    tied = select(Tie.user_id).join(TieMark).where(TieMark.digest.in_(sorted(marks)))
    people = session.scalars(select(User).where(User.id.in_(tied))).all()
    return [hit.tie for hit in hits(session, vendor, people, on)]


def _marks(session: Session, vendor: Vendor, keys: Identity) -> dict[str, str]:
    """Return the digests of all that is known of a vendor, with what each is of."""
    names = [vendor.title, vendor.legal_representative, *(contact.name for contact in vendor.contacts)]
    names += [agent.name for agent in papers.agents(session, vendor)]
    phones = [contact.phone for contact in vendor.contacts]
    phones += [agent.phone for agent in papers.agents(session, vendor)]
    staff = papers.people(session, vendor)
    found = {keys.digest("name", name): "name" for name in [*names, *(each.name for each in staff)] if name}
    found |= {keys.digest("phone", phone): "phone" for phone in phones if phone}
    if vendor.credit_code:
        found[keys.digest("code", vendor.credit_code)] = "code"
    found |= {each.id_digest: "id" for each in staff}
    known = accounts.of_vendor(session, vendor)
    return found | {account.number_digest: "account" for account in known}


def _plain(marks: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, typed in marks.items():
        yield name, READERS[name](typed, field=name)


def _hint(name: str, value: str) -> str:
    return f"{value[0]}**" if name == "name" else masked(tail(value))
