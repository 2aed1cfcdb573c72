"""Commands about vendors: check a code, say what a vendor lacks, rank agencies, make a pick again."""

import json
import sys
from decimal import Decimal
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import or_, select

from core import clock
from core.commands import Commands
from core.db import db
from core.errors import DomainError
from core.records import Record
from vendors import credit_code, needs, standings
from vendors.categories import CATEGORY_WORDS
from vendors.evidence import NEVER, Need
from vendors.libraries import Library
from vendors.models import Vendor
from vendors.picks import Pick
from vendors.queries import names_of
from vendors.ranking import PER_MILLE, Standing
from vendors.replay import Replay, replay

FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")


@click.group("vendors", cls=Commands)
def cli() -> None:
    """Vendors and what they lack."""


@cli.command("check-code")
@click.argument("code")
def check_code_command(code: str) -> None:
    """Check a unified social credit code; exit 1 and name the character when it is wrong."""
    plain = credit_code.normalise(code)
    wrong = credit_code.fault(plain)
    if wrong is not None:
        click.echo(f"{plain}: {wrong}", err=True)
        sys.exit(1)
    click.echo(plain)


@cli.command("missing")
@click.argument("vendor")
@FORMAT
@with_appcontext
def missing_command(vendor: str, form: str) -> None:
    """Say what a vendor, named by its number or its code, lacks for its services today."""
    named = select(Vendor).where(
        or_(Vendor.number == vendor, Vendor.credit_code == credit_code.normalise(vendor))
    )
    found = db.session.scalars(named).all()
    if not found:
        raise click.ClickException("no vendor has this number or code")
    if len(found) > 1:
        raise click.ClickException("several registers have this number: name the code")
    today = clock.today()
    every = needs.of_vendor(db.session, found[0], today)
    lacking = [need for need in every if not need.is_met(today)]
    if form == "json":
        click.echo(json.dumps({"vendor": found[0].number, "missing": [_facts(need) for need in lacking]}))
        return
    for need in lacking:
        click.echo(f"{need.category}: {need.words(today)}")
    click.echo(f"{len(lacking)} of {len(every)} missing")


def _facts(need: Need) -> dict[str, Any]:
    return {
        "category": need.category,
        "need": need.key,
        "met_until": None if need.met_until == NEVER else need.met_until.isoformat(),
    }


@cli.command("rank")
@click.argument("category")
@click.option("--by", type=click.Choice(["days", "fees"]), default="days")
@FORMAT
@with_appcontext
def rank_command(category: str, by: str, form: str) -> None:
    """Print the ranking of the agencies of a CATEGORY (eia, 环评 …), library by library."""
    service = CATEGORY_WORDS.get(category)
    if service is None:
        raise click.BadParameter(f"no service is called {category}", param_hint="CATEGORY")
    libraries = db.session.scalars(select(Library).where(Library.category == service)).all()
    found = [_ranking(library, by) for library in libraries]
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for library in found:
        click.echo(f"{library['library']}  (n ≥ {library['minimum']}, k = {library['k']})")
        for line in library["agencies"]:
            place, score = ("–", "–") if line["rank"] is None else (line["rank"], f"{line['score']:.2f}")
            click.echo(f"{place:>4}  {score:>7}  n={line['n']:<4} {line['agency']}")


@cli.command("replay-draw")
@click.argument("pick")
@FORMAT
@with_appcontext
def replay_command(pick: str, form: str) -> None:
    """Make a PICK again (its number or id) from its seed and its list; exit with 1 when it disagrees."""
    chosen = select(Pick).where(Pick.id == int(pick) if pick.isdigit() else Record.number == pick)
    found = db.session.scalars(chosen).all()
    if len(found) != 1:
        raise click.BadParameter(f"there is no one pick {pick}", param_hint="PICK")
    try:
        again = replay(found[0])
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    facts = _replayed(found[0], again)
    if form == "json":
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        _tell(facts)
    if not again.agrees:
        sys.exit(1)


def _ranking(library: Library, by: str) -> dict[str, Any]:
    lines = [
        *standings.top(db.session, library, by=by, limit=None),
        *standings.unranked(db.session, library, by=by),
    ]
    names = names_of(db.session, {line.vendor_id for line in lines})
    return {
        "library": str(library),
        "category": str(library.category),
        "by": by,
        "minimum": library.ranking_minimum,
        "k": library.shrinkage,
        "median": standings.typical(db.session, library, by).median,
        "agencies": [_line(line, names[line.vendor_id], by) for line in lines],
    }


def _line(line: Standing, name: str, by: str) -> dict[str, Any]:
    own = getattr(line, by)
    return {
        "rank": line.rank,
        "agency": name,
        "score": line.score if line.rank is not None else None,
        "n": own.n,
        "median": own.median,
        "lower_quartile": own.lower,
        "upper_quartile": own.upper,
        "fee_of_list": float(Decimal(line.fees.twice_median) / (2 * PER_MILLE)) if line.fees.n else None,
        "rating": line.rating,
        "since": line.first_on.isoformat() if line.first_on else None,
        "until": line.last_on.isoformat() if line.last_on else None,
    }


def _replayed(pick: Pick, again: Replay) -> dict[str, Any]:
    return {
        "pick": pick.number,
        "algorithm": pick.algorithm,
        "seed": pick.seed,
        "called_out": pick.called_out or "",
        "candidates": list(again.entries),
        "given": dict(again.given),
        "steps": [
            {"text": step.text, "sha256": step.digest, "place": step.place} for step in again.result.steps
        ],
        "order": list(again.result.order),
        "checks": [
            {
                "what": str(check.label),
                "published": check.published,
                "computed": check.computed,
                "agrees": check.agrees,
            }
            for check in again.checks
        ],
        "agrees": again.agrees,
    }


def _tell(facts: dict[str, Any]) -> None:
    click.echo(f"{facts['pick']}  {facts['algorithm']}")
    click.echo(f"seed        {facts['seed']}")
    click.echo(f"called out  {facts['called_out']}")
    for place, entry in enumerate(facts["candidates"]):
        click.echo(f"{place:>4}  {json.dumps(entry, ensure_ascii=False)}")
    for step in facts["steps"]:
        click.echo(f"sha256({step['text']!r}) = {step['sha256']}  -> {step['place']}")
    for check in facts["checks"]:
        click.echo(f"{'agrees' if check['agrees'] else 'DISAGREES'}  {check['what']}: {check['computed']}")
