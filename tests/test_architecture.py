"""What is promised of the whole program, each once a review comment."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from core.permissions import GRANTS, Permission

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "deadlines", "vendors", "procurement", "contracts", "assets", "portal")
PUBLIC = {
    "static",
    "admin.static",
    "security.static",
    "office.health",
    "office.language",
    "admin.index",  # only leads to the workbench
    "security.login",
    "security.mf_recovery",
    "security.tf_select",
    "security.two_factor_rescue",
    "security.two_factor_token_validation",
    "security.two_factor_setup",  # takes the half-finished sign-in of somebody who must set it up
    "security.two_factor_setup_validate",
    "inbox.feed",  # public by its secret, revocable token
    "public.libraries",  # agencies and figures only: no person, no client
    "public.library",
    "public.pick",  # so that anybody can make a draw again
    "registration.form",  # a firm without an account registers itself
    "registration.done",
    "registration.confirm",  # public by its signed link, which expires
    "registration.resend",  # to whoever has just registered in this browser
}
SAMPLES = {"int": "1", "default": "x", "string": "x", "path": "x", "any": None}


def sample_path(rule) -> str:
    """Fill a route's variables with plausible values."""
    values = {}
    for name, converter in rule._converters.items():
        values[name] = "1" if "Integer" in type(converter).__name__ else "x"
        if "Any" in type(converter).__name__:
            values[name] = min(converter.items)
    return str(rule.build(values, append_unknown=False)[1])


def test_every_route_demands_a_login_or_is_listed_as_public(app: Flask, client):
    open_doors = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint.endswith(".static"):
            continue
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            response = client.open(sample_path(rule), method=method)
            to_login = response.status_code in {302, 303} and "/login" in response.headers["Location"]
            if not to_login and response.status_code not in {401, 403}:
                open_doors.append(f"{method} {rule.rule} ({rule.endpoint}): {response.status_code}")

    assert open_doors == []


def test_the_list_of_public_routes_holds_no_route_that_is_gone(app: Flask):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= PUBLIC


def test_every_permission_is_granted_to_somebody():
    granted = frozenset().union(*GRANTS.values())

    assert set(Permission) == granted


def test_permissions_stand_in_alphabetical_order():
    assert [p.value for p in Permission] == sorted(p.value for p in Permission)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_is_shadowed_by_another_distribution(package):
    module = __import__(package)

    assert Path(module.__file__).is_relative_to(ROOT)


def python_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_only_entry_points_read_the_clock():
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if re.search(r"datetime\.now\(|date\.today\(|utcnow\(", path.read_text(encoding="utf-8"))
    ]

    assert readers == ["core/clock.py"]


def test_services_never_commit():
    committing = [
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if path.name in {"services.py", "workflow.py", "models.py", "queries.py", "rules.py", "clocks.py"}
        and "views" not in path.parts
        and re.search(r"\.(commit|rollback)\(\)", path.read_text(encoding="utf-8"))
    ]

    assert committing == []


def test_only_the_workflow_assigns_a_status():
    assigning = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
                assigning.append(path.relative_to(ROOT).as_posix())

    assert set(assigning) <= {"core/workflow.py", "core/errors.py"}


def test_every_module_opens_with_a_sentence():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []
