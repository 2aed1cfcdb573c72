"""The places at the side of every page, each shown to those who may go there."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_security import current_user
from markupsafe import Markup

from core.fragments import fragment
from core.i18n import Text
from core.permissions import Permission


@dataclass(frozen=True)
class Place:
    """One entry of the menu, for whoever has one of the permissions; ``badge`` counts what waits there."""

    label: Text
    endpoint: str
    needs: Permission | frozenset[Permission] | None = None
    badge: Callable[[], int | None] | None = None

    def is_open(self, permissions: Set[Permission]) -> bool:
        """Return whether somebody with these permissions may go there."""
        if isinstance(self.needs, frozenset):
            return not self.needs.isdisjoint(permissions)
        return self.needs is None or self.needs in permissions


@dataclass(frozen=True)
class Section:
    """A titled group of places."""

    title: Text | None
    places: Sequence[Place]


def init_app(app: Flask, sections: Sequence[Section]) -> None:
    """Offer the menu to every page."""
    app.extensions["menu"] = sections
    app.extensions["menu_badges"] = [p for section in sections for p in section.places if p.badge]
    app.jinja_env.globals.update(places=places, menu=menu)


def places() -> Markup:
    """Return the menu of this person as it is drawn."""
    user = current_user and current_user._get_current_object()
    if not user or not user.is_authenticated or user.party_id is not None:
        return Markup()
    waiting = [
        (place.endpoint, place.badge())
        for place in current_app.extensions["menu_badges"]
        if place.is_open(user.permissions)
    ]
    return fragment("frame/places.html", user.permissions, request.endpoint, tuple(waiting))


def menu(
    permissions: Set[Permission], here: str | None, waiting: Sequence[tuple[str, int | None]]
) -> list[dict[str, Any]]:
    """Return the sections that hold a place for somebody with these permissions."""
    counts = dict(waiting)
    sections = (
        {
            "title": section.title,
            "entries": [
                {
                    "label": place.label,
                    "url": _address(place.endpoint),
                    "active": place.endpoint == here,
                    "badge": counts.get(place.endpoint),
                }
                for place in section.places
                if place.is_open(permissions)
            ],
        }
        for section in current_app.extensions["menu"]
    )
    return [section for section in sections if section["entries"]]


def _address(endpoint: str) -> str:
    if endpoint not in current_app.view_functions:
        raise LookupError(f"the menu leads to {endpoint}, which no package provides")
    return url_for(endpoint)
