"""What a comparison of agencies shows, for the office and for the public alike."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.i18n import gettext as _
from vendors import queries, standings
from vendors.libraries import Library
from vendors.ranking import PER_MILLE, Spread, Standing, typical_of

MEASURES = (standings.DAYS, standings.FEES)
# what one picture shows at a glance; the table holds them all
MOST_DRAWN = 20


@dataclass(frozen=True)
class Period:
    """The days that are compared; none: all there are."""

    since: date | None = None
    until: date | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether every commission counts."""
        return self.since is None and self.until is None


@dataclass(frozen=True)
class Comparison:
    """The agencies of a library side by side."""

    by: str
    period: Period
    lines: Sequence[Standing]
    typical: Spread
    names: Mapping[int, str]

    @property
    def first_on(self) -> date | None:
        """Return the day of the earliest case."""
        return min((line.first_on for line in self.lines if line.first_on), default=None)

    @property
    def last_on(self) -> date | None:
        """Return the day of the latest case."""
        return max((line.last_on for line in self.lines if line.last_on), default=None)

    @property
    def picture(self) -> str:
        """Return what the chart draws: medians with the middle half of the cases, the best on top."""
        drawn = [line for line in self.lines if line.rank is not None][:MOST_DRAWN]
        own = [getattr(line, self.by) for line in drawn]
        scale = 1 if self.by == standings.DAYS else PER_MILLE / 100
        return json.dumps(
            {
                "names": [self.names.get(line.vendor_id, "") for line in drawn],
                "lower": [spread.lower / scale for spread in own],
                "upper": [spread.upper / scale for spread in own],
                "median": [spread.median / scale for spread in own],
                "cases": [spread.n for spread in own],
                "typical": self.typical.median / scale,
                "unit": _("Working days")
                if self.by == standings.DAYS
                else _("Share of the published fee (per cent)"),
                "words": {
                    "half": _("Middle half of the cases"),
                    "median": _("Median"),
                    "typical": _("Median of the category"),
                    "cases": _("cases"),
                },
            },
            ensure_ascii=False,
        )


def asked() -> tuple[str, Period]:
    """Return the measure and the period of the request; raise InvalidInput for what is no day."""
    by = request.args.get("by", standings.DAYS)
    period = Period(day_of("since"), day_of("until"))
    if period.since and period.until and period.until < period.since:
        raise InvalidInput({"until": _("The last day lies before the first.")})
    return by if by in MEASURES else standings.DAYS, period


def day_of(name: str) -> date | None:
    """Return a day of the request's address, or None when there is none."""
    typed = request.args.get(name, "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InvalidInput({name: _("This is no day: %(typed)s.", typed=typed[:20])}) from None


def compare(session: Session, library: Library, by: str, period: Period) -> Comparison:
    """Return the agencies of a library side by side: from the summary, or for a period from the cases."""
    if period.is_open:
        lines = standings.top(session, library, by=by, limit=None)
        lines += standings.unranked(session, library, by=by)
        usual = standings.typical(session, library, by)
    else:
        known = standings.samples(session, library, period.since, period.until)
        usual = typical_of(list(known.values()), by)
        lines = standings.recomputed(session, library, by=by, since=period.since, until=period.until)
    names = queries.names_of(session, {line.vendor_id for line in lines})
    return Comparison(by, period, lines, usual, names)


def formula(library: Library, usual: Spread, by: str) -> dict[str, Any]:
    """Return the numbers of the formula that the page prints."""
    scale = 1 if by == standings.DAYS else PER_MILLE / 100
    return {"k": library.shrinkage, "median": f"{usual.median / scale:g}", "least": library.ranking_minimum}


def shown(value: float, by: str) -> str:
    """Return a figure as the table shows it: days, or a percentage of the published fee."""
    return f"{value:.1f}".removesuffix(".0") if by == standings.DAYS else f"{value * 100 / PER_MILLE:.1f}%"
