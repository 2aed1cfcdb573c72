"""Terms that the office has set itself: a record may say to how much, of a statute's period never."""

from datetime import date

import pytest

from deadlines.corrections import RuleBook, Tightening
from deadlines.loading import load_catalogue

ON = date(2026, 11, 23)
PROMISE, STATUTE = "commission_promise", "eia_credit_rectification_6m"


def book(amount: int | None = None) -> RuleBook:
    """Return the catalogue, with the promise made stricter by organization 1 when an amount is given."""
    stricter = {PROMISE: [Tightening(1, amount, None, date(2026, 1, 1), None)]} if amount else {}
    return RuleBook(load_catalogue(), stricter)


@pytest.mark.parametrize(
    ("stricter", "traits", "amount"),
    [
        (None, (), 25),
        (None, (f"agreed.{PROMISE}=60",), 60),
        (None, (f"agreed.{PROMISE}=1",), 1),
        (None, ("agreed.library_recheck_1y=3",), 25),
        (20, (f"agreed.{PROMISE}=60",), 20),
        (20, (f"agreed.{PROMISE}=15",), 15),
    ],
)
def test_a_record_says_how_long_its_parties_agreed_on_unless_the_office_is_stricter(stricter, traits, amount):
    rules = book(stricter)
    subject = rules.subject("/1/", frozenset(traits))

    assert rules.applying(PROMISE, subject, ON).period.amount == amount
    assert rules.rule_for(PROMISE, "/1/", ON, traits).period.amount == amount


def test_no_record_settles_how_long_a_statute_takes():
    traits = frozenset({f"agreed.{STATUTE}=90"})
    rules = book()

    assert rules.applying(STATUTE, rules.subject("/1/", traits), ON).period.amount == 6
