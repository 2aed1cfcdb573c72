"""Texts in the reader's language: quick to look up, and always in the language spoken now."""

import flask_babel
import pytest
from flask import Flask, session

from core.i18n import gettext, language, lazy_gettext, parsed, speaking

LATER = lazy_gettext("Search")


@pytest.mark.parametrize(("chosen", "text"), [("zh_Hans_CN", "搜索"), ("en", "Search"), ("xx", "搜索")])
def test_a_text_is_in_the_language_of_the_request(app: Flask, chosen: str, text: str) -> None:
    with app.test_request_context():
        session["language"] = chosen
        assert gettext("Search") == str(LATER) == text
        assert app.jinja_env.from_string("{{ _('Search') }}").render() == text


def test_another_language_is_spoken_for_a_while(app: Flask) -> None:
    for context in (app.test_request_context(), app.app_context()):
        with context:
            for _ in range(2):
                assert gettext("Search") == "搜索"
                with speaking("en"):
                    assert gettext("Search") == str(LATER) == "Search"
                    assert language() == "en"
                assert str(LATER) == "搜索"


def test_values_are_filled_in_each_time(app: Flask) -> None:
    with app.test_request_context():
        assert [gettext("%(count)s in all", count=n) for n in (1, 2)] == ["共 1 条", "共 2 条"]
        assert gettext("100% sure") == "100% sure"


def test_a_language_that_we_did_not_parse_ourselves_is_looked_up_too(app: Flask) -> None:
    with app.test_request_context(), flask_babel.force_locale("en_GB"):
        assert gettext("Search") == "Search"


def test_nobody_reads_outside_an_application() -> None:
    assert gettext("Search") == str(LATER) == "Search"


def test_a_language_is_parsed_once() -> None:
    assert parsed("en") is parsed("en")
