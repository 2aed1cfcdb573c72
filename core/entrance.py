"""The two sides of the house: the office's own pages, and the portal of outside parties.

A route is on one side by its blueprint. Whoever comes from the other side is told what is told of a page
that there is not, before anything else is looked at, so that nobody learns what the other side has.
"""

from collections.abc import Iterable

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from flask_security import current_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

HOME = "portal.home"
# where people sign in and out, change the language, read what is open to all, and fetch what their scope
# lets them see
OF_BOTH_SIDES = frozenset({"office.document", "office.health", "office.language", "registration.confirm"})
BLUEPRINTS_OF_BOTH_SIDES = frozenset({"public", "security"})


def init_app(app: Flask, portal: Iterable[Blueprint]) -> None:
    """Register the blueprints of the portal; every other one is the office's."""
    names = set()
    for blueprint in portal:
        if not (blueprint.url_prefix or "").startswith("/portal"):
            raise ValueError(f"the blueprint {blueprint.name} of the portal needs an address below /portal")
        app.register_blueprint(blueprint)
        names.add(blueprint.name)
    app.extensions["portal"] = frozenset(names)


def keep_apart() -> Response | None:
    """Raise NotFound for a route of the other side; lead a party from the front door to its portal."""
    if not current_user.is_authenticated:
        return None
    is_party = current_user.party_id is not None
    g.is_party = is_party
    if is_party and request.path == "/":
        return redirect(url_for(HOME))
    if _is_of_other_side(is_party):
        raise NotFound
    return None


def is_static(endpoint: str | None) -> bool:
    """Return whether a route only sends files of the program itself."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def _is_of_other_side(is_party: bool) -> bool:
    endpoint = request.endpoint
    if endpoint is None:  # no such page, or not by this method, which would tell that there is one
        return is_party is not _is_portal_path(request.path)
    if endpoint in OF_BOTH_SIDES or request.blueprint in BLUEPRINTS_OF_BOTH_SIDES or is_static(endpoint):
        return False
    return is_party is not (request.blueprint in current_app.extensions["portal"])


def _is_portal_path(path: str) -> bool:
    return path == "/portal" or path.startswith("/portal/")
