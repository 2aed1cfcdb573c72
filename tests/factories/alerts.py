"""Open deadlines and the people who answer for them, without the clock that usually opens one."""

from datetime import date
from typing import Any

from core.auth import User
from core.organizations import Organization
from core.records import Record
from deadlines.ladder import Ladder
from deadlines.loading import load_catalogue
from deadlines.models import Deadline
from deadlines.terms import Role, Side
from tests import factories

RULE = "gp_bid_period_min_20d"
USUAL = (90, 60, 30, 15, 7, 3, 1, 0)


def rule_with(steps: tuple[int, ...], overdue_every: int = 7) -> str:
    """Return the id of a rule of the catalogue that climbs this ladder."""
    return next(
        rule.id
        for rule in load_catalogue().rules.values()
        if rule.ladder == steps and rule.overdue_every == overdue_every
    )


def make_deadline(due_on: date, *, owner: User | None = None, **given: Any) -> Deadline:
    """Make an open deadline on a record of its own, to be looked at from its first step on."""
    session = factories.current()
    rule_id = given.pop("rule_id", None) or rule_with(USUAL)
    rule = load_catalogue().rules[rule_id]
    place: Organization = given.pop("organization", None) or (
        owner.organization if owner else factories.make_organization()
    )
    record = given.pop("record", None) or factories.add_record(Record(title="示例"), place)
    provisional = given.get("provisional", False)
    deadline = Deadline(
        **{
            "organization_id": place.id,
            "record_id": record.id,
            "rule_id": rule_id,
            "role": Role.due,
            "side": Side.buyer,
            "anchor_event": rule.anchor,
            "anchor_on": due_on,
            "target_event": rule.target,
            "due_on": due_on,
            "strict_on": due_on,
            "rolled_on": None if provisional else due_on,
            "effective_on": None if provisional else due_on,
            "floor_on": due_on if provisional else None,
            "owner_id": owner.id if owner else None,
            "next_alert_on": Ladder.of(rule.ladder, rule.overdue_every).first_look(due_on),
        }
        | given
    )
    session.add(deadline)
    session.flush()
    return deadline
