"""Parts of a page that look the same on every page: drawn once, then kept."""

from collections.abc import Hashable
from typing import Any

from flask import Flask, current_app, request, url_for
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from core.i18n import gettext, language

MOST_KEPT = 4000


def init_app(app: Flask) -> None:
    """Offer ``fragment``, ``static_file`` and a quick ``_`` to every template."""
    app.extensions["fragments"] = {}
    app.jinja_env.globals.update(fragment=fragment, static_file=static_file, _=spoken)


def fragment(template: str, *given: Hashable) -> Markup:
    """Return a template drawn with nothing but the values given, which it knows as ``given``.

    It sees neither the person nor the address, so what is kept for one request may be shown in any other
    that gives the same values: they, the language and the place of the site are the key.
    """
    parts: dict[tuple[Hashable, ...], Markup] = current_app.extensions["fragments"]
    key = (template, language(), request.script_root, *given)
    known = parts.get(key)
    if known is None:
        drawn = current_app.jinja_env.get_template(template).render(given=given, locale=language())
        known = Markup(drawn)  # noqa: S704 - a template wrote it
        if not current_app.debug:
            if len(parts) >= MOST_KEPT:
                parts.clear()
            parts[key] = known
    return known


def static_file(name: str) -> str:
    """Return the address of a static file."""
    return address("static", filename=name)


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a page that everybody has, such as the form for a new record."""
    parts: dict[tuple[Hashable, ...], str] = current_app.extensions["fragments"]
    key = (endpoint, request.script_root, *values.values())
    known = parts.get(key)
    if known is None:
        known = parts[key] = url_for(endpoint, **values)
    return known


@pass_eval_context
def spoken(context: EvalContext, message: str, **values: Any) -> str:
    """Return a message in the reader's language, as Jinja's own ``_`` does by way of the whole context."""
    text = gettext(message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - messages are ours
    return text % values if "%" in text else text
