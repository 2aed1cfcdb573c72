"""Commands of the clocks: explain a rule, list the rules, show a year, plan backwards, what is due."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from core import clock
from core.auth import User
from core.commands import Commands
from core.db import db
from core.errors import NotFound
from core.i18n import gettext as _
from core.i18n import language
from deadlines import cli_worker, queries
from deadlines.calendar import FESTIVAL_LABELS, Calendar, YearArrangement, as_document
from deadlines.corrections import calendar_for
from deadlines.explain import reason
from deadlines.loading import load_catalogue
from deadlines.periods import Computation, compute
from deadlines.planning import Step, plan
from deadlines.queries import BUCKET_LABELS, Bucket, Line
from deadlines.rules import Method, Rule
from deadlines.schemas import AgendaSchema, PlanSchema, RuleSchema, explanation
from deadlines.terms import Exclusion


class Day(click.ParamType[date]):
    """A day written as 2026-11-23."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day, or say how it is written."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it like 2026-11-23", param, ctx)


class Span(click.ParamType[Exclusion]):
    """Days written as 2026-03-09..2026-03-15, both included."""

    name = "from..to"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Exclusion:
        """Read both days, or say how they are written."""
        first, dots, last = str(value).partition("..")
        try:
            return Exclusion(date.fromisoformat(first), date.fromisoformat(last if dots else first))
        except ValueError:
            self.fail(f"{value!r} is not a span of days; write it like 2026-03-09..2026-03-15", param, ctx)


FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Shape.")


@click.group("deadlines", cls=Commands)
def cli() -> None:
    """The statutory clock."""


@cli.command("explain")
@click.argument("rule_id")
@click.option("--on", type=Day(), required=True, help="The day of the event from which the period runs.")
@click.option("--exclude", type=Span(), multiple=True, metavar="FROM..TO", help="Days taken out of it.")
@FORMAT
@with_appcontext
def explain_command(rule_id: str, on: date, exclude: tuple[Exclusion, ...], form: str) -> None:
    """Compute a rule from a day and say why, day by day."""
    rule = _rule(rule_id)
    result = compute(rule.period, on, _calendar(), exclusions=exclude)
    _show(form, explanation(rule, result), lambda: _told(rule, result))


@cli.command("rules")
@click.option("--domain", help="Only of one domain, such as tender.")
@FORMAT
@with_appcontext
def rules_command(domain: str | None, form: str) -> None:
    """List the rules of the catalogue."""
    rules = [rule for rule in load_catalogue().rules.values() if domain in (None, rule.domain)]
    if not rules:
        raise click.BadParameter(f"no rule belongs to {domain!r}", param_hint="--domain")
    _show(form, RuleSchema(many=True).dump(rules), lambda: map(_rule_line, rules))


@cli.command("calendar")
@click.argument("year", type=click.IntRange(1949, 2199))
@FORMAT
@with_appcontext
def calendar_command(year: int, form: str) -> None:
    """Show a year's holidays and make-up workdays, and the notice that they come from."""
    calendar = _calendar()
    arrangement = calendar.year(year) or YearArrangement(year, (), (), published=False)
    document = as_document(arrangement)
    if arrangement.published:
        first, last = date(year, 1, 1), date(year, 12, 31)
        document["working_days"] = calendar.count_working(first, last) + calendar.is_working(first)
    _show(form, document, lambda: _year_lines(arrangement, document))


@cli.command("plan")
@click.argument("method", type=click.Choice([method.value for method in Method]))
@click.option("--service-start", type=Day(), required=True, help="The day on which the service must start.")
@FORMAT
@with_appcontext
def plan_command(method: str, service_start: date, form: str) -> None:
    """Plan backwards: the latest lawful day for every step of a purchase."""
    steps = plan(Method(method), service_start, _calendar())
    whole = {"method": Method(method), "service_start": service_start, "steps": steps}
    _show(form, PlanSchema().dump(whole), lambda: map(_step_line, steps))


@cli.command("agenda")
@click.option("--user", "email", help="Only what this person answers for.")
@click.option("--bucket", type=click.Choice([bucket.value for bucket in Bucket]), help="Only one bucket.")
@click.option("--today", type=Day(), default=None, help="As if it were this day.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@FORMAT
@with_appcontext
def agenda_command(email: str | None, bucket: str | None, today: date | None, limit: int, form: str) -> None:
    """List what is due, the fewest working days left first."""
    on = today or clock.today()
    user = _user(email) if email else None
    chosen = Bucket(bucket) if bucket else None
    lines = queries.agenda(db.session, today=on, user=user, bucket=chosen, limit=limit)
    counts = queries.agenda_counts(db.session, today=on, user=user)
    whole = {"today": on, "counts": counts, "deadlines": lines}
    _show(form, AgendaSchema().dump(whole), lambda: map(_agenda_line, lines))


cli_worker.register(cli)


def _calendar() -> Calendar:
    """Return the calendar with this database's corrections; the shipped one where there is no database."""
    url = make_url(current_app.config["DATABASE_URL"])
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return Calendar.shipped()
    try:
        return calendar_for(db.session)
    except (OperationalError, ProgrammingError):
        db.session.rollback()
        return Calendar.shipped()


def _rule(rule_id: str) -> Rule:
    try:
        return load_catalogue().rule(rule_id)
    except NotFound as unknown:
        raise click.BadParameter(str(unknown), param_hint="RULE_ID") from unknown


def _user(email: str) -> User:
    user = db.session.scalars(select(User).where(User.email == email.lower())).one_or_none()
    if user is None:
        raise click.BadParameter(f"nobody has the address {email}", param_hint="--user")
    return user


def _show(form: str, document: Any, lines: Callable[[], Iterable[str]]) -> None:
    if form == "json":
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for line in lines():
        click.echo(line)


def _told(rule: Rule, result: Computation) -> Iterable[str]:
    yield f"{rule.title.to(language())}  {rule.statute.title.to(language())} {rule.article}"
    for name in ("strict_on", "rolled_on", "effective_on", "recommended_on"):
        yield f"{name:<15} {getattr(result, name) or '-'}"
    if result.missing_years:
        years = ", ".join(map(str, result.missing_years))
        yield _("The holiday notice for %(years)s is not published yet.", years=years)
    for day in result.days:
        yield f"{day.on}  {'+' if day.counted else ' '}  {reason(day)}"


def _rule_line(rule: Rule) -> str:
    sign = {"max": "≤", "min": "≥"}[rule.period.bound.value]
    length = f"{sign}{rule.period.amount} {rule.period.unit.value}"
    title, statute = rule.title.to(language()), rule.statute.title.to(language())
    return f"{rule.id:<38} {length:<20} {title}  {statute} {rule.article}"


def _year_lines(year: YearArrangement, document: Mapping[str, Any]) -> Iterable[str]:
    if not year.published:
        yield _("The holiday notice for %(years)s is not published yet.", years=year.year)
    for notice in year.notices:
        yield f"{notice.title} {notice.number or ''}"
    if "working_days" in document:
        yield _("%(days)s working days", days=document["working_days"])
    marked = [(day, str(FESTIVAL_LABELS[festival])) for day, festival in year.holidays]
    marked += [(day, _("Make-up workday")) for day in year.make_up]
    for day, what in sorted(marked):
        yield f"{day} {day:%a}  {what}"


def _step_line(step: Step) -> str:
    day = str(step.latest_on) if step.latest_on else f"{step.floor_on}..{step.ceiling_on} ?"
    return f"{day:<26} {step.event.title.to(language())}  {' '.join(rule.id for rule in step.rules)}"


def _agenda_line(line: Line) -> str:
    left = "?" if line.working_days_left is None else str(line.working_days_left)
    row = line.deadline
    title = load_catalogue().rule(row.rule_id).title.to(language())
    return f"{row.due_on}  {left:>5}  {BUCKET_LABELS[line.bucket]}  {row.record.number}  {title}"
