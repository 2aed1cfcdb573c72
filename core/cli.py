"""Commands of the kernel: people, the audit trail, and the one command that starts a small office."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password
from sqlalchemy import select

from core import audit, clock, config, trail
from core.auth import SYSTEM, User, roles_by_name
from core.commands import Commands
from core.db import db, writing
from core.organizations import Organization, OrganizationKind, add_organization
from core.permissions import RoleName

FOUND, USAGE = 1, 2


@click.group(cls=Commands)
def users() -> None:
    """People and their roles."""


@users.command("create")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([r.value for r in RoleName]))
@click.option("--organization", required=True, help="The organization's code.")
@click.password_option(help="Asked for when it is not given; at least 12 characters.")
@with_appcontext
def create_user(email: str, name: str, roles: tuple[str, ...], organization: str, password: str) -> None:
    """Create an account."""
    writing(db.session)
    home = _organization(organization, "--organization")
    if db.session.scalar(select(User.id).where(User.email == email.lower())):
        raise click.BadParameter("an account with this address exists already", param_hint="EMAIL")
    if len(password) < current_app.config["SECURITY_PASSWORD_LENGTH_MIN"]:
        raise click.BadParameter("a password has at least 12 characters", param_hint="--password")
    if RoleName.administrator.value in roles and len(roles) > 1:
        raise click.BadParameter("an administrator holds no other role", param_hint="--role")
    by_name = roles_by_name(db.session)
    db.session.add(
        User(
            email=email.lower(),
            name=name,
            organization=home,
            roles=[by_name[RoleName(role)] for role in roles],
            password=hash_password(password),
            created_at=clock.now(),
        )
    )
    audit.record(db.session, None, "user.create", by=SYSTEM, email=email.lower(), roles=list(roles))
    db.session.commit()
    click.echo(f"created {email.lower()}")


@click.group(cls=Commands)
def organizations() -> None:
    """The tree of organizations."""


@organizations.command("create")
@click.argument("code")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in OrganizationKind]))
@click.option("--parent", help="The code of the organization above it; none for the first.")
@with_appcontext
def create_organization(code: str, name: str, kind: str, parent: str | None) -> None:
    """Create an organization, the first one or one below another."""
    writing(db.session)
    above = _organization(parent, "--parent") if parent else None
    if db.session.scalar(select(Organization.id).where(Organization.code == code)):
        raise click.BadParameter("an organization has this code already", param_hint="CODE")
    add_organization(db.session, kind=OrganizationKind(kind), code=code, name=name, parent=above)
    audit.record(db.session, None, "organization.create", by=SYSTEM, code=code, name=name)
    db.session.commit()
    click.echo(f"created {code}")


def _organization(code: str, option: str) -> Organization:
    found = db.session.scalar(select(Organization).where(Organization.code == code))
    if found is None:
        raise click.BadParameter(f"no organization has the code {code}", param_hint=option)
    return found


@users.command("disable-demo")
@with_appcontext
def disable_demo() -> None:
    """Disable the demonstration accounts, as production demands."""
    writing(db.session)
    people = db.session.scalars(select(User).where(User.is_demo, User.active)).all()
    for person in people:
        person.active = False
    audit.record(db.session, None, "user.disable_demo", by=SYSTEM)
    db.session.commit()
    click.echo(f"disabled {len(people)} accounts")


@click.group("audit", cls=Commands)
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.option(
    "--anchor", type=click.File(encoding="utf-8"), help="An anchor written earlier and kept elsewhere."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@with_appcontext
def verify(anchor: IO[str] | None, form: str) -> None:
    """Re-compute every hash; exit 1 at the first sign of tampering."""
    report = trail.verify(db.session, trail.read_anchor(anchor) if anchor else None)
    if form == "json":
        click.echo(json.dumps({"events": report.events, "problems": report.problems}, ensure_ascii=False))
    else:
        for problem in report.problems:
            click.echo(problem)
        click.echo(f"{report.events} events, {len(report.problems)} problems")
    sys.exit(FOUND if report.problems else 0)


@audit_group.command("anchor")
@with_appcontext
def anchor() -> None:
    """Print the heads of the trail, to be kept where nobody here can change them."""
    click.echo(trail.anchor(db.session))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True, envvar="PROCUREMENT_PORT")
@click.option(
    "--demo/--no-demo", default=True, show_default=True, help="Load the sample zone into an empty database."
)
@with_appcontext
def serve(host: str, port: int, demo: bool) -> None:
    """Start a small office: migrate, then run the web server and the worker until Ctrl-C."""
    root = Path(current_app.root_path)
    Path(root / "var").mkdir(exist_ok=True)
    _let_files_out_unscanned()
    _refuse_taken_port(host, port)
    _run(root, "db", "upgrade")
    if demo and not db.session.scalar(select(User.id).limit(1)):
        _run(root, "demo", "load")
        db.session.rollback()  # look again: the sample zone came in after this session's first look
    _greet(host, port)
    db.session.close()
    sys.exit(_supervise(root, host, port))


def _let_files_out_unscanned() -> None:
    """Switch the virus scan off for the two programs to be started, unless somebody has said otherwise."""
    if not config.is_production(current_app.config) and not current_app.config["ANTIVIRUS"]:
        os.environ["PROCUREMENT_ANTIVIRUS"] = "off"
        click.echo("  PROCUREMENT_ANTIVIRUS=off: files are handed out unscanned")


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} on {host} is taken: stop the other program, or set PROCUREMENT_PORT"
            ) from error


def _flask(root: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", str(root / "wsgi.py"), *words]


def _run(root: Path, *words: str) -> None:
    done = subprocess.run(_flask(root, *words), check=False, cwd=root, capture_output=True, text=True)
    if done.returncode:
        click.echo(done.stdout + done.stderr, err=True)
        raise click.ClickException(f"{' '.join(words)} failed")


def _greet(host: str, port: int) -> None:
    click.echo(f"\n  {current_app.config['SITE_NAME']}   http://{host}:{port}\n")
    people = db.session.scalars(select(User).where(User.is_demo, User.active).order_by(User.id)).all()
    if people:
        click.echo(f"  示例账号，密码都是 {demo_password()}（demonstration accounts, one password）")
    for person in people:
        click.echo(f"    {person.email:<28} {person.role_label}  {person.name}")
    click.echo("\n  Ctrl-C 停止 (stops both)\n")


def demo_password() -> str:
    """Return the password of the demonstration accounts, which production refuses to start with."""
    return os.environ.get("PROCUREMENT_DEMO_PASSWORD", "sample-office-2026")


def _supervise(root: Path, host: str, port: int) -> int:
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--bind",
        f"{host}:{port}",
        "--worker-class",
        "gthread",
    ]
    web += ["--workers", "1", "--threads", "8", "--no-control-socket", "--log-level", "warning"]
    # Sessions of their own, so that Ctrl-C reaches only this process, which then stops them in order.
    children = [
        subprocess.Popen(command, cwd=root, start_new_session=True)
        for command in (web, _flask(root, "deadlines", "worker"))
    ]
    stopping: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: stopping.append(number))
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    return _stop(children, asked=bool(stopping))


def _stop(children: list[subprocess.Popen[Any]], *, asked: bool) -> int:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
    if asked:
        click.echo("stopped")
        return 0
    return next((child.returncode for child in children if child.returncode), 1)
