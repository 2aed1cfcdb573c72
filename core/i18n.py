"""The one door to translations: messages are English here, Chinese in the catalogue."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import flask_babel
from babel import Locale
from flask import g
from flask_babel import LazyString, get_locale

Text = str | LazyString

# What has been looked up, by language: a page asks for a hundred texts, always the same ones.
_spoken: dict[int, dict[str, str]] = {}
_named: dict[int, str] = {}


@cache
def parsed(name: str) -> Locale:
    """Return a language by its name, the same object each time."""
    locale = Locale.parse(name)
    _spoken[id(locale)], _named[id(locale)] = {}, str(locale)
    return locale


def gettext(message: str, **values: Any) -> str:
    """Return the message in the reader's language, with its values filled in."""
    known = _spoken.get(id(_locale()))
    if known is None:
        return str(flask_babel.gettext(message, **values))
    text = known.get(message)
    if text is None:
        text = known[message] = str(flask_babel.gettext(message))
    return text % values if values else text


def _locale() -> Locale | None:
    # What flask-babel remembers of the request, without the several proxies of ``get_locale``.
    try:
        remembered = g._get_current_object().__dict__.get("_flask_babel")
    except RuntimeError:
        return None
    locale: Locale | None = getattr(remembered, "babel_locale", None) or get_locale()
    return locale


def lazy_gettext(message: str, **values: Any) -> LazyString:
    """Return the message, translated when it is written out."""
    return LazyString(gettext, message, **values)


def speaking(name: str) -> AbstractContextManager[None]:
    """Speak another language for a while."""
    held: AbstractContextManager[None] = flask_babel.force_locale(parsed(name))
    return held


def language() -> str:
    """Return the reader's language, Chinese where nobody reads yet."""
    locale = _locale()
    return _named.get(id(locale)) or str(locale or "zh_Hans_CN")


__all__ = ["LazyString", "Text", "gettext", "language", "lazy_gettext", "speaking"]
