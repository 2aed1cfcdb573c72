"""What the agencies achieved in a period, so that the records print the paragraph of a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.errors import InvalidInput
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from vendors.commissions import ClientKind, Commission


class Figure(StrEnum):
    """What is added up."""

    commissions = "commissions"
    financing = "financing"
    filings = "filings"
    declarations = "declarations"
    funds = "funds"


FIGURE_LABELS: dict[Figure, LazyString] = {
    Figure.commissions: _("Commissions accepted by the authority"),
    Figure.financing: _("Financing"),
    Figure.filings: _("Intellectual-property filings"),
    Figure.declarations: _("Science project declarations"),
    Figure.funds: _("Funds landed"),
}


@dataclass(frozen=True)
class Effects:
    """The commissions that the authority accepted in a period, and what came of them."""

    since: date
    until: date
    commissions: Sequence[Commission]

    def of(self, figure: Figure) -> list[Commission]:
        """Return the commissions that a figure rests on."""
        return [each for each in self.commissions if _counts(each, figure)]

    @property
    def agencies(self) -> list[str]:
        """Return the names of the agencies at work, in the order of their first case."""
        return list(dict.fromkeys(each.vendor.title for each in self.commissions if each.vendor))

    @property
    def enterprises(self) -> int:
        """Return how many enterprises were served."""
        served = {
            each.client_code or each.client_name
            for each in self.commissions
            if each.client_kind is ClientKind.enterprise
        }
        return len(served)

    @property
    def financing(self) -> Decimal:
        """Return the money that was raised, in yuan."""
        return sum((each.financing_amount or Decimal(0) for each in self.commissions), Decimal(0))

    @property
    def filings(self) -> int:
        """Return how many filings were handled."""
        return sum(each.filings or 0 for each in self.commissions)

    @property
    def declarations(self) -> int:
        """Return how many projects were declared."""
        return sum(each.declarations or 0 for each in self.commissions)

    @property
    def fund_amount(self) -> Decimal:
        """Return the size of the funds that landed, in yuan."""
        return sum((each.fund_amount or Decimal(0) for each in self.commissions), Decimal(0))

    @property
    def in_time(self) -> int:
        """Return in how many cases the agency took no longer than was promised."""
        return sum((each.handling_days or 0) <= each.promised_days for each in self.commissions)


def effects(session: Session, since: date, until: date) -> Effects:
    """Return what the agencies achieved from the one day to the other, both included."""
    if until < since:
        raise InvalidInput({"until": _("The last day lies before the first.")})
    accepted = Commission.authority_accepted_on
    found = (
        select(Commission)
        .where(accepted >= since, accepted <= until)
        .order_by(accepted, Commission.id)
        .options(selectinload(Commission.vendor))
    )
    return Effects(since, until, session.scalars(found).all())


def _counts(commission: Commission, figure: Figure) -> bool:
    match figure:
        case Figure.financing:
            return bool(commission.financing_amount)
        case Figure.filings:
            return bool(commission.filings)
        case Figure.declarations:
            return bool(commission.declarations)
        case Figure.funds:
            return bool(commission.fund_amount)
        case _:
            return True
