"""The catalogue's codes in the reader's words."""

import re
from datetime import date
from decimal import Decimal

from core.formats import day
from core.i18n import gettext as _
from core.i18n import language
from deadlines.calendar import DayKind
from deadlines.models import MoveWhy
from deadlines.rules import Ceiling, Method, Rule, Threshold
from deadlines.terms import Unit

LONG_PART = re.compile(r"（[^（）]*）|\([^()]*\)|^中华人民共和国|^关于")


def short_statute(rule: Rule | Threshold) -> str:
    """Return a statute's everyday name: without the state, the order number and the year."""
    title = rule.statute.title.to(language())
    return LONG_PART.sub("", title).strip() or title


def domain_labels() -> dict[str, str]:
    """Return the domains of the catalogue in words."""
    return {
        "tender": _("Tendering"),
        "disclosure": _("Disclosure"),
        "contract": _("Contracts"),
        "complaint": _("Challenges and complaints"),
        "payment": _("Payment"),
        "archive": _("Archives"),
        "qualification": _("Qualifications"),
        "asset_transfer": _("Asset transfers"),
        "library": _("Agency libraries"),
    }


def grade_labels() -> dict[str, str]:
    """Return how well a rule's text was verified, in words."""
    return {
        "statute_text_match": _("checked against the full text"),
        "page_excerpt": _("seen in an excerpt"),
        "page_secondary": _("from a secondary source: check before relying on it"),
        "none": _("from memory: check before relying on it"),
        "own_terms": _("set by the office or agreed by the parties"),
    }


def method_labels() -> dict[Method, str]:
    """Return the methods of procurement in words."""
    return {
        Method.public_tender: _("Open tender"),
        Method.invited_tender: _("Invited tender"),
        Method.competitive_negotiation: _("Competitive negotiation"),
        Method.competitive_consultation: _("Competitive consultation"),
        Method.request_for_quotation: _("Request for quotation"),
        Method.single_source: _("Single source"),
        Method.framework_agreement: _("Framework agreement"),
        Method.bidding_law_tender: _("Tender required by the Bidding Law"),
    }


def unit_labels() -> dict[Unit, str]:
    """Return the units of periods in words."""
    return {
        Unit.calendar_day: _("days"),
        Unit.working_day: _("working days"),
        Unit.month: _("months"),
        Unit.year: _("years"),
    }


def move_labels() -> dict[MoveWhy, str]:
    """Return why a deadline moved, in words."""
    return {
        MoveWhy.anchor_moved: _("the day it is counted from moved"),
        MoveWhy.anchor_occurred: _("what was planned has happened"),
        MoveWhy.paused: _("it was paused"),
        MoveWhy.resumed: _("it ran on after a pause"),
        MoveWhy.calendar: _("the working calendar was published or corrected"),
        MoveWhy.rule: _("the rule was made stricter, or no longer is"),
        MoveWhy.traits: _("the record's particulars changed"),
        MoveWhy.reopened: _("it runs again"),
    }


def level_labels() -> dict[str, str]:
    """Return the levels of government that a threshold may hold for; the empty one is all."""
    return {
        "": _("all levels"),
        "central": _("central"),
        "local": _("local"),
        "provincial": _("provincial"),
        "municipal": _("municipal"),
        "county": _("county"),
    }


def category_labels() -> dict[str, str]:
    """Return what a threshold may be about; the empty one is everything."""
    return {
        "": _("everything"),
        "goods_services": _("goods and services"),
        "goods": _("goods"),
        "services": _("services"),
        "works": _("works"),
        "works_goods": _("goods for works"),
        "works_services": _("services for works"),
    }


def written_threshold(threshold: Threshold, value: Decimal | date) -> str:
    """Write a threshold's value with its bound and unit."""
    if isinstance(value, date):
        return day(value)
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    signs = {Ceiling.max: "≤ ", Ceiling.min: "≥ ", Ceiling.below: "< ", Ceiling.fixed: ""}
    return signs[threshold.bound] + _with_unit(threshold.unit, number)


def _with_unit(unit: str, number: str) -> str:
    match unit:
        case "CNY":
            return f"¥{number}"
        case "minute":
            return _("%(number)s minutes", number=number)
        case "percent_per_day":
            return _("%(number)s%% a day", number=number)
        case _:
            return _("%(number)s%%", number=number) + _of(unit)


def _of(unit: str) -> str:
    bases = {
        "percent_of_original_contract": _(" of the original contract"),
        "percent_of_project_budget": _(" of the project's budget"),
        "percent_of_estimate": _(" of the estimate"),
        "percent_of_contract": _(" of the contract"),
        "percent_of_score": _(" of the score"),
        "percent_of_shortlist": _(" of the shortlist"),
        "percent_of_budget": _(" of the budget"),
        "percent_of_appraisal": _(" of the appraisal"),
        "percent_of_price": _(" of the price"),
    }
    return bases.get(unit, "")


def day_labels() -> dict[DayKind, str]:
    """Return what a day can be, in words."""
    return {
        DayKind.working: _("working day"),
        DayKind.weekend: _("weekend"),
        DayKind.holiday: _("public holiday"),
        DayKind.make_up: _("make-up workday"),
        DayKind.unknown: _("unknown"),
    }
