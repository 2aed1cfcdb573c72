"""What other programs are told of rules, days and plans: the shapes that ``--format json`` prints.

Names, order and types are a contract with those who script against them. A date that cannot be known is null.
"""

from typing import Any

from marshmallow import Schema, fields

from deadlines.models import DeadlineState
from deadlines.periods import Computation
from deadlines.queries import Bucket
from deadlines.rules import Grade, Method, Nature, Rule
from deadlines.terms import Bound, Direction, Role, Side, Unit, Why


class TitleSchema(Schema):
    """A title in both languages."""

    zh = fields.String()
    en = fields.String()


class DayCountSchema(Schema):
    """A day that a period passes, and whether and why it counts."""

    on = fields.Date()
    counted = fields.Boolean()
    why = fields.Enum(Why, by_value=True)


class ExplanationSchema(Schema):
    """A computed rule, day by day."""

    rule = fields.String(attribute="rule.id")
    anchor_on = fields.Date(attribute="result.anchor_on")
    unit = fields.Enum(Unit, by_value=True, attribute="result.period.unit")
    amount = fields.Integer(attribute="result.period.amount")
    bound = fields.Enum(Bound, by_value=True, attribute="result.period.bound")
    direction = fields.Enum(Direction, by_value=True, attribute="result.period.direction")
    role = fields.Enum(Role, by_value=True, attribute="result.role")
    strict_on = fields.Date(attribute="result.strict_on")
    rolled_on = fields.Date(attribute="result.rolled_on")
    effective_on = fields.Date(attribute="result.effective_on")
    recommended_on = fields.Date(attribute="result.recommended_on")
    provisional = fields.Boolean(attribute="result.provisional")
    missing_years = fields.List(fields.Integer(), attribute="result.missing_years")
    statute = fields.String(attribute="rule.statute.title.zh")
    article = fields.String(attribute="rule.article")
    grade = fields.Enum(Grade, by_value=True, attribute="rule.grade")
    days = fields.List(fields.Nested(DayCountSchema), attribute="result.days")


class RuleSchema(Schema):
    """A rule of the catalogue."""

    rule = fields.String(attribute="id")
    domain = fields.String()
    title = fields.Nested(TitleSchema)
    anchor = fields.String()
    target = fields.String()
    amount = fields.Integer(attribute="period.amount")
    unit = fields.Enum(Unit, by_value=True, attribute="period.unit")
    direction = fields.Enum(Direction, by_value=True, attribute="period.direction")
    bound = fields.Enum(Bound, by_value=True, attribute="period.bound")
    role = fields.Enum(Role, by_value=True)
    nature = fields.Enum(Nature, by_value=True)
    side = fields.Enum(Side, by_value=True, attribute="period.side")
    methods = fields.Function(lambda rule: sorted(rule.methods))
    when = fields.Function(lambda rule: sorted(rule.when))
    unless = fields.Function(lambda rule: sorted(rule.unless))
    derives = fields.List(fields.String())
    joint = fields.List(fields.String())
    statute = fields.String(attribute="statute.title.zh")
    article = fields.String()
    grade = fields.Enum(Grade, by_value=True)
    ladder = fields.List(fields.Integer())
    effective_from = fields.Date()
    effective_to = fields.Date()


class StepSchema(Schema):
    """A step of a plan and the latest day for it."""

    event = fields.String(attribute="event.id")
    title = fields.Nested(TitleSchema, attribute="event.title")
    latest_on = fields.Date()
    prudent_on = fields.Date()
    floor_on = fields.Date()
    ceiling_on = fields.Date()
    provisional = fields.Boolean()
    rules = fields.List(fields.Pluck(RuleSchema, "rule"))


class PlanSchema(Schema):
    """A purchase planned backwards from the day on which its service must start."""

    method = fields.Enum(Method, by_value=True)
    service_start = fields.Date()
    steps = fields.List(fields.Nested(StepSchema))


class LineSchema(Schema):
    """A deadline on somebody's agenda."""

    id = fields.Integer(attribute="deadline.id")
    record = fields.String(attribute="deadline.record.number")
    title = fields.String(attribute="deadline.record.title")
    rule = fields.String(attribute="deadline.rule_id")
    occurrence = fields.String(attribute="deadline.occurrence")
    role = fields.Enum(Role, by_value=True, attribute="deadline.role")
    anchor_on = fields.Date(attribute="deadline.anchor_on")
    due_on = fields.Date(attribute="deadline.due_on")
    effective_on = fields.Date(attribute="deadline.effective_on")
    recommended_on = fields.Date(attribute="deadline.recommended_on")
    provisional = fields.Boolean(attribute="deadline.provisional")
    state = fields.Enum(DeadlineState, by_value=True, attribute="deadline.state")
    bucket = fields.Enum(Bucket, by_value=True)
    working_days_left = fields.Integer()
    owner = fields.Function(lambda line: line.deadline.owner.email if line.deadline.owner else None)


class AgendaSchema(Schema):
    """What is due, and how much of it."""

    today = fields.Date()
    counts = fields.Dict(keys=fields.Enum(Bucket, by_value=True), values=fields.Integer())
    deadlines = fields.List(fields.Nested(LineSchema))


def explanation(rule: Rule, result: Computation) -> dict[str, Any]:
    """Return a computed rule as the documented shape."""
    shape: dict[str, Any] = ExplanationSchema().dump({"rule": rule, "result": result})
    return shape
