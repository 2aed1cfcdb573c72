"""The days that the steps of a contract have entered, as they may be corrected."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.models import Amendment, Basis, Contract, ContractStatus, PaymentLine
from core.errors import InvalidInput
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Entry, Happening
from core.records import ReviewStatus
from deadlines.models import EventDate

S = ContractStatus
SEALED = frozenset({S.archived, S.withdrawn})

ARCHIVED = _("The contract is in the archive or withdrawn: its days stand.")
OF_A_TENDER = _("The tender ended with this signing: correct its day, or terminate the contract.")
REVIEWED = _("The paper has passed this review: have it returned, or correct the day only.")
ENDED = _("An ended contract is not opened again: correct the day only.")
SUPPLEMENT = _("A signed supplement is undone by another supplement: correct the day only.")
NEEDED = _("The law counts from this day: it can be corrected, not removed.")


@dataclass(frozen=True)
class _Day:
    """A dated column of a contract: its step, its words, its events, and the columns that come before it."""

    column: str
    label: Text
    transition: str | None
    events: tuple[Happening, ...] = ()
    after: tuple[str, ...] = ()
    clears: tuple[tuple[str, Any], ...] = ()
    stays: Text | None = None


DAYS = (
    _Day(
        "award_letter_on", _("Award letter issued"), None, (Happening("award_letter_issued"),), stays=NEEDED
    ),
    _Day("legal_cleared_on", _("Legal review"), "clear_legal"),
    _Day("finance_cleared_on", _("Finance review"), "clear_finance"),
    _Day(
        "signed_on",
        _("Signed on"),
        "sign",
        (Happening("contract_signed"), Happening("contract_expiry", after=None, planned=True)),
        ("award_letter_on", "legal_cleared_on", "finance_cleared_on"),
        (("seal_note", ""),),
    ),
    _Day("published_on", _("Published on"), "publish", (Happening("contract_published"),), ("signed_on",)),
    _Day("filed_on", _("Filed on"), "file", (Happening("contract_filed"),), ("signed_on",)),
    _Day("suspended_on", _("Suspended on"), "suspend", after=("signed_on",)),
    _Day(
        "completed_on",
        _("Completed on"),
        "complete",
        (Happening("contract_expiry"), Happening("procurement_closed")),
        ("signed_on",),
    ),
    _Day(
        "terminated_on",
        _("Terminated on"),
        "terminate",
        (Happening("contract_expiry"), Happening("procurement_closed")),
        ("signed_on",),
        stays=ENDED,
    ),
    _Day(
        "evaluated_on",
        _("Evaluated on"),
        "evaluate",
        after=("completed_on", "terminated_on"),
        clears=(("score", None),),
    ),
    _Day("archived_on", _("Archived on"), "archive", after=("evaluated_on",)),
)

LINE_DAYS = (
    ("delivered_on", _("delivered"), "deliver"),
    ("accepted_on", _("accepted"), "accept"),
    ("settled_on", _("settled"), "settle"),
    ("invoiced_on", _("invoiced"), "enter_invoice"),
    ("requested_on", _("requested"), "request_payment"),
    ("approved_on", _("payment approved"), "approve_payment"),
    ("paid_on", _("paid"), "pay"),
)
ANNOUNCED = {
    "settled_on": "settlement_confirmed",
    "invoiced_on": "invoice_received",
    "paid_on": "payment_made",
}
CONDITION = {
    Basis.delivered: "delivered_on",
    Basis.accepted: "accepted_on",
    Basis.settled: "settled_on",
    Basis.invoiced: "invoiced_on",
}


def entries(session: Session, contract: Contract) -> list[Entry]:
    """Return the entered days of a contract, of its instalments and of its supplements."""
    begun = _begun_on(session, contract)
    found = [_of_contract(contract, day, begun) for day in DAYS if getattr(contract, day.column) is not None]
    if begun is not None:
        found.append(_beginning(contract, begun))
    for amendment in contract.amendments:
        found += _of_amendment(contract, amendment)
    for line in contract.lines:
        found += _of_line(contract, line, begun)
    return found


@contextmanager
def guard(_session: Session, contract: Contract, _entry: Entry, _on: date) -> Iterator[None]:
    """Refuse what a step of the contract would have refused on the new day."""
    began_late = _begins_before_signing(contract)
    yield
    if _begins_before_signing(contract) and not began_late:
        raise InvalidInput(
            {
                "to": _("The term began on %(day)s: a contract is signed before the work begins.")
                % {"day": contract.starts_on}
            }
        )


def _begins_before_signing(contract: Contract) -> bool:
    starts_on, signed_on = contract.starts_on, contract.signed_on
    return starts_on is not None and signed_on is not None and starts_on < signed_on


def _begun_on(session: Session, contract: Contract) -> date | None:
    chosen = (EventDate.record_id == contract.id, EventDate.event == "contract_effective")
    return session.scalars(select(EventDate.occurred_on).where(*chosen)).first()


def _of_contract(contract: Contract, day: _Day, begun: date | None) -> Entry:
    on: date = getattr(contract, day.column)
    return Entry(
        key=day.column,
        label=day.label,
        on=on,
        transition=day.transition,
        events=(*day.events, *(_with_the_signing(contract) if day.column == "signed_on" else ())),
        keeps=((contract, day.column),),
        follows=_known(contract, day.after, DAYS),
        leads=_leads(contract, day.column, begun),
        puts_back=((contract, day.column, None), *((contract, name, value) for name, value in day.clears)),
        undoes=_undoes(contract, day.column),
        stays=_stays(contract, day),
        fixed=_fixed(contract),
    )


def _stays(contract: Contract, day: _Day) -> Text | None:
    if day.column in {"legal_cleared_on", "finance_cleared_on"}:
        return None if contract.review is ReviewStatus.submitted else REVIEWED
    return OF_A_TENDER if day.column == "signed_on" and contract.tender_id is not None else day.stays


def _with_the_signing(contract: Contract) -> Iterator[Happening]:
    """Without a term of its own the contract takes effect as it is signed; a tender ends with it."""
    tied = contract.starts_on is None
    yield Happening("contract_effective", after=0 if tied else None, planned=True)
    if contract.tender is not None:
        yield Happening("contract_signed", record=contract.tender)
        yield Happening("procurement_closed", record=contract.tender)


def _undoes(contract: Contract, column: str) -> str | None:
    if column not in {"published_on", "filed_on"}:
        return None
    return "settle_disclosure" if contract.status is S.filed else ""


def _leads(contract: Contract, column: str, begun: date | None) -> tuple[tuple[Text, date], ...]:
    found = [
        (day.label, getattr(contract, day.column))
        for day in DAYS
        if column in day.after and getattr(contract, day.column) is not None
    ]
    if column == "signed_on":
        found += [(_("Begin performance"), begun)] if begun else []
        found += [(_supplement(each), each.signed_on) for each in contract.amendments]
        found += [(_("invoiced"), line.invoiced_on) for line in contract.lines if line.invoiced_on]
        found += [(_("paid"), line.paid_on) for line in contract.lines if line.paid_on]
    return tuple(found)


def _known(holder: Any, columns: Sequence[str], days: Sequence[Any]) -> tuple[tuple[Text, date], ...]:
    labels = {day.column: day.label for day in days}
    known = ((labels[name], getattr(holder, name)) for name in columns)
    return tuple((label, day) for label, day in known if day is not None)


def _beginning(contract: Contract, begun: date) -> Entry:
    dealt = [(_("delivered"), line.delivered_on) for line in contract.lines if line.delivered_on]
    dealt += [(_("settled"), line.settled_on) for line in contract.lines if line.settled_on]
    ended = [
        (_("Term ends"), contract.ends_on),
        (_("Completed on"), contract.completed_on),
        (_("Suspended on"), contract.suspended_on),
    ]
    tied = contract.starts_on == begun and contract.starts_on != contract.signed_on
    return Entry(
        key="begun_on",
        label=_("Begin performance"),
        on=begun,
        transition="begin",
        events=(Happening("contract_effective"),),
        keeps=((contract, "starts_on"),) if tied else (),
        follows=((_("Signed on"), contract.signed_on),) if contract.signed_on else (),
        leads=(*dealt, *((label, day) for label, day in ended if day)),
        puts_back=((contract, "starts_on", None),) if tied else (),
        fixed=_fixed(contract),
    )


def _of_amendment(contract: Contract, amendment: Amendment) -> Iterator[Entry]:
    about = _supplement(amendment)
    published = amendment.published_on
    signed = ((_("Signed on"), contract.signed_on),) if contract.signed_on else ()
    yield Entry(
        key=f"amendment-{amendment.position}-signed_on",
        label=_("Signed on"),
        on=amendment.signed_on,
        transition="amend",
        about=about,
        events=(Happening("contract_changed", amendment.occurrence),),
        keeps=((amendment, "signed_on"),),
        follows=signed,
        leads=((_("Published on"), published),) if published else (),
        stays=SUPPLEMENT,
        fixed=_fixed(contract),
    )
    if published is not None:
        yield Entry(
            key=f"amendment-{amendment.position}-published_on",
            label=_("Published on"),
            on=published,
            transition="publish_change",
            about=about,
            events=(Happening("contract_change_published", amendment.occurrence),),
            keeps=((amendment, "published_on"),),
            follows=((_("Signed on"), amendment.signed_on),),
            puts_back=((amendment, "published_on", None),),
            fixed=_fixed(contract),
        )


def _supplement(amendment: Amendment) -> Text:
    return _("Supplement %(position)d") % {"position": amendment.position}


def _of_line(contract: Contract, line: PaymentLine, begun: date | None) -> Iterator[Entry]:
    labels = {column: label for column, label, _step in LINE_DAYS}
    before = _orders(line)
    for column, label, transition in LINE_DAYS:
        on = getattr(line, column)
        if on is None:
            continue
        first = (_("Begin performance"), begun or contract.starts_on or contract.signed_on)
        follows = [(labels[name], getattr(line, name)) for name in before[column]]
        follows += [first] if column in {"delivered_on", "settled_on"} else []
        leads = [(labels[name], getattr(line, name)) for name in before if column in before[name]]
        leads += [(_("Completed on"), contract.completed_on)] if column == "paid_on" else []
        yield Entry(
            key=f"line-{line.position}-{column}",
            label=label,
            on=on,
            transition=transition,
            about=str(line),
            events=tuple(_happenings(contract, line, column)),
            keeps=((line, column),),
            follows=tuple((step, day) for step, day in follows if day is not None),
            leads=tuple((step, day) for step, day in leads if day is not None),
            puts_back=((line, column, None), *(_unpaid(contract, line) if column == "paid_on" else ())),
            fixed=_fixed(contract),
        )


def _orders(line: PaymentLine) -> dict[str, tuple[str, ...]]:
    """Return for each day of an instalment those that it cannot come before."""
    condition = CONDITION[line.basis]
    return {
        "delivered_on": (),
        "accepted_on": ("delivered_on",),
        "settled_on": (),
        "invoiced_on": (),
        "requested_on": (condition,),
        "approved_on": ("requested_on",),
        "paid_on": ("approved_on", condition),
    }


def _happenings(contract: Contract, line: PaymentLine, column: str) -> Iterator[Happening]:
    own = line.occurrence
    if column == CONDITION[line.basis]:
        yield Happening("payment_condition_met", own)
    if column in ANNOUNCED:
        yield Happening(ANNOUNCED[column], own)
    if column == "delivered_on":
        if contract.acceptance_days is not None:
            yield Happening("acceptance_term_ended", own, after=contract.acceptance_days)
        yield Happening("goods_or_services_delivered", own)
    if column == "accepted_on":
        yield Happening("acceptance_passed", own)


def _unpaid(contract: Contract, line: PaymentLine) -> tuple[tuple[Any, str, Any], ...]:
    paid = line.paid_amount or 0
    return (
        (line, "paid_amount", None),
        (line, "deduction_reason", ""),
        (contract, "paid", contract.paid - paid),
    )


def _fixed(contract: Contract) -> Text | None:
    return ARCHIVED if contract.status in SEALED else None
