"""Parts of pages that are kept: never another's, never in another language, always escaped."""

import pytest
from flask import Flask, session
from jinja2 import DictLoader

from core.fragments import fragment, static_file

PART = "{{ given[0] }}: {{ _('Search') }} {{ static_file('office.css') }}"


@pytest.fixture
def drawn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the drawings of a part."""
    times: list[str] = []
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader({"part.html": "{{ note(given[0]) }}" + PART}))
    monkeypatch.setitem(app.jinja_env.globals, "note", lambda word: times.append(word) or "")
    monkeypatch.setitem(app.extensions, "fragments", {})
    return times


def test_a_part_is_drawn_once_for_what_it_is_given(app: Flask, drawn: list[str]) -> None:
    for word in ("甲", "乙", "甲"):
        with app.test_request_context():
            assert str(fragment("part.html", word)).startswith(word + ": 搜索")
    assert drawn == ["甲", "乙"]


def test_a_part_is_kept_in_each_language_and_each_place_of_the_site(app: Flask, drawn: list[str]) -> None:
    with app.test_request_context():
        session["language"] = "en"
        assert str(fragment("part.html", "甲")) == "甲: Search /static/office.css"
    with app.test_request_context():
        assert str(fragment("part.html", "甲")) == "甲: 搜索 /static/office.css"
    with app.test_request_context(base_url="http://localhost/zone"):
        assert str(fragment("part.html", "甲")) == "甲: 搜索 /zone/static/office.css"
        assert static_file("office.css") == "/zone/static/office.css"
    assert len(drawn) == 3


def test_what_a_part_is_given_is_shown_as_text(app: Flask, drawn: list[str]) -> None:
    with app.test_request_context():
        assert "&lt;b&gt;" in fragment("part.html", "<b>")


def test_a_part_knows_neither_the_person_nor_the_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    known = "{{ current_user is defined }}{{ csp_nonce is defined }}"
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader({"part.html": known}))
    monkeypatch.setitem(app.extensions, "fragments", {})
    with app.test_request_context():
        assert str(fragment("part.html")) == "FalseFalse"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ _('%(count)s in all', count='<b>') }}", "共 &lt;b&gt; 条"),
        ("{{ _('<b>') }}", "<b>"),
        ("{% autoescape false %}{{ _('%(count)s in all', count='<b>') }}{% endautoescape %}", "共 <b> 条"),
        ("{{ _('100%%') }}", "100%"),
    ],
)
def test_a_message_of_a_template_is_ours_and_its_values_are_not(app: Flask, text: str, shown: str) -> None:
    with app.test_request_context():
        assert app.jinja_env.from_string(text).render() == shown
