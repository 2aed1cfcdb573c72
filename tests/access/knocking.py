"""Asking for every route as everybody: what is asked for, and what the answer comes to."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from core.auth import User
from core.db import db
from tests.access.table import ARGUMENTS, EVERYBODYS, IN_FORM, REGISTERS, Own
from tests.access.world import ACTORS, Holdings
from tests.conftest import SignIn

# tokens of a form, and on the way to the sign-in page where it shall lead on to
VARYING = re.compile(
    rb'nonce="[^"]*"|(?<=name="csrf_token" value=")[^"]*|(?<=name="once" value=")[^"]*|next=[^"<]*'
)
ABSENT = {int: 987_654_321, str: "nobody"}


class Answer(StrEnum):
    """What an answer comes to."""

    inside = "inside"
    sign_in = "sign in"
    refused = "refused"
    absent = "absent"
    # from a page of a register to its list, which does nothing
    turned_back = "turned back"
    broken = "broken"


@dataclass(frozen=True)
class Case:
    """One route by one method, with whatever everybody fills in alike."""

    endpoint: str
    method: str
    path: str
    common: tuple[tuple[str, Any], ...]
    # names of what is somebody's: in the path, or in the query or the form
    owned: tuple[str, ...]
    sent: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.method} {self.path} ({self.endpoint}{''.join(f' {value}' for _, value in self.common)})"
        )


def cases(app: Flask) -> Iterator[Case]:
    """Find every route by every method; raise KeyError for an argument that nobody has told of."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: (each.endpoint, each.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            sent = tuple(IN_FORM.get(rule.endpoint.rpartition(".")[2], ()))
            owned = tuple(sorted(name for name in rule.arguments if isinstance(argument(rule, name), Own)))
            for common in _common(rule):
                yield Case(rule.endpoint, method, rule.rule, common, owned, sent)


def argument(rule: Rule, name: str) -> Any:
    """Return what fills an argument of a route: something owned, or the same for everybody."""
    if "Any" in type(rule._converters[name]).__name__:
        return sorted(rule._converters[name].items)
    for key in (f"{rule.endpoint}.{name}", name):
        if key in ARGUMENTS:
            return ARGUMENTS[key]
        if key in EVERYBODYS:
            return list(EVERYBODYS[key])
    raise KeyError(
        f"say in tests/access/table.py whose <{name}> of {rule.endpoint} ({rule.rule}) is: "
        "in ARGUMENTS if it belongs to somebody, in EVERYBODYS if not"
    )


def _common(rule: Rule) -> Iterator[tuple[tuple[str, Any], ...]]:
    names = sorted(name for name in rule.arguments if not isinstance(argument(rule, name), Own))
    for values in product(*(argument(rule, name) for name in names)):
        yield tuple(zip(names, values, strict=True))


class Visitor:
    """Somebody who asks, each time in a transaction of which nothing is kept."""

    def __init__(self, app: Flask, person: User | None) -> None:
        self.app, self.adapter = app, app.url_map.bind("localhost")
        cookie = SignIn(app)(person).get_cookie("session") if person else None
        self.cookie = cookie.value if cookie else None

    def ask(self, case: Case, holdings: Mapping[str, Any]) -> tuple[Answer, int, bytes]:
        """Ask for a route with these things, and return what the answer comes to, its status and page."""
        values = dict(case.common) | {name: holdings[name] for name in case.owned}
        path = self.adapter.build(case.endpoint, values, method=case.method)
        sent = {name: holdings[name] for name in case.sent}
        where = "query_string" if case.method == "GET" else "data"
        with nothing_kept(self.app):
            found = self._browser().open(path, method=case.method, **{where: sent}, buffered=True)
        answer = _answer(found.status_code, found.headers.get("Location", ""), _index(case))
        return answer, found.status_code, VARYING.sub(b"", found.data)

    def _browser(self) -> FlaskClient:
        """Return a browser that has not been anywhere, so that signing out ends nothing."""
        client = self.app.test_client()
        if self.cookie:
            client.set_cookie("session", self.cookie)
        return client


def visitors(app: Flask, people: Mapping[str, Any]) -> dict[str, Visitor]:
    """Return everybody's browser, a stranger's among them."""
    return {name: Visitor(app, people.get(name)) for name in ACTORS}


def holdings_of(case: Case, own: Holdings, others: Holdings, *, mixed: bool) -> dict[str, Holdings]:
    """Return what is asked for by name: one's own, another's, what there is not, and mixtures."""
    names = _keys(case)
    mine, foreign = ({name: _look(things, key) for name, key in names.items()} for things in (own, others))
    absent = {name: ABSENT[type(value)] for name, value in mine.items()}
    found = {"own": mine}
    if names:
        found |= {"other's": foreign, "absent": absent}
    if mixed and len(names) > 1:
        found |= {f"other's {name} below one's own": mine | {name: foreign[name]} for name in names}
    return found


def _keys(case: Case) -> dict[str, str]:
    found = {}
    for name in case.owned:
        kept = ARGUMENTS.get(f"{case.endpoint}.{name}", ARGUMENTS.get(name))
        found[name] = kept.key
    for name in case.sent:
        found[name] = REGISTERS[case.endpoint.partition(".")[0]]
    return found


def _look(things: Holdings, key: str) -> Any:
    first, _, rest = key.partition(".")
    return things[first][rest] if rest else things[first]


def _index(case: Case) -> str:
    """Return the address of the list of a register, to which its pages turn back."""
    return "/" + "/".join(case.path.split("/")[1:3]) + "/" if case.path.startswith("/admin/") else ""


def _answer(status: int, place: str, index: str) -> Answer:
    if status in {301, 302, 303, 307, 308}:
        if index and place == index:
            return Answer.turned_back
        return Answer.sign_in if place.startswith("/login") else Answer.inside
    if status in {401, 403}:
        return Answer.refused
    if status in {404, 405}:
        return Answer.absent
    return Answer.broken if status >= 500 else Answer.inside


@contextmanager
def nothing_kept(app: Flask) -> Iterator[None]:
    """Run what commits as it likes, and take all of it back."""
    with app.app_context():
        engine, sessionmaker = db.engine, db.sessionmaker
    with engine.connect() as connection:
        transaction, before = connection.begin(), dict(sessionmaker.kw)
        sessionmaker.configure(bind=connection, binds=None, join_transaction_mode="create_savepoint")
        try:
            yield
        finally:
            sessionmaker.kw.clear()
            sessionmaker.kw.update(before)
            transaction.rollback()
