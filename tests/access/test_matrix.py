"""Every route as everybody, for what is one's own, another's and absent: who gets in, who learns nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from core.db import db
from tests.access.knocking import Answer, Case, Visitor, cases, holdings_of, visitors
from tests.access.table import OF_REGISTERS, OPEN_TO_ALL, REACH, REGISTERS
from tests.access.world import ACTORS, World, settle
from tests.conftest import ENGINES, SETTINGS
from tests.serving import served

# the library's page of the second factor offers its choices in the old way
pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")
TURNED_AWAY = {Answer.sign_in, Answer.refused, Answer.absent, Answer.turned_back}


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world on SQLite, and on PostgreSQL served by a role that the policies bind."""
    folder: Path = tmp_path_factory.mktemp("documents")
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_url")  # or skip
        with served(folder, MAIL_SERVER="127.0.0.1") as found:
            yield settle(found.app)
        return
    places = {"DATABASE_URL": f"sqlite:///{folder}/test.db", "DOCUMENT_DIR": str(folder)}
    app = create_app(SETTINGS | places | {"MAIL_SERVER": "127.0.0.1"})
    with app.app_context():
        upgrade()
    yield settle(app)
    with app.app_context():
        db.engine.dispose()


def may_reach(case: Case) -> frozenset[str]:
    """Return whom the table lets in."""
    blueprint, _, page = case.endpoint.rpartition(".")
    values = " ".join(str(value) for _, value in case.common)
    for key in (f"{case.endpoint} {values}", f"{case.method} {case.endpoint}", case.endpoint):
        if key in REACH:
            return REACH[key]
    if blueprint in REGISTERS and page in OF_REGISTERS:
        return OF_REGISTERS[page]
    pytest.fail(f"say in REACH of tests/access/table.py who may reach {case}")


def faults_of(case: Case, name: str, visitor: Visitor, world: World) -> Iterator[str]:
    """Say what is wrong with how one route answers one person."""
    may = name in may_reach(case)
    asked = holdings_of(case, world.own[name], world.others[name], mixed=may)
    answers = {what: visitor.ask(case, things) for what, things in asked.items()}
    own, *_ = answers["own"]
    if own not in ({Answer.inside} if may else TURNED_AWAY):
        yield f"{case}: {name} {'may' if may else 'may not'} come in, and is answered {answers['own'][1]}"
    for what in answers.keys() - {"own"}:
        if case.endpoint in OPEN_TO_ALL and what != "absent":
            continue
        answer, status, _ = answers[what]
        if answer not in TURNED_AWAY or (may and answer is not Answer.absent):
            yield f"{case}: {name} is answered {status} for {what}"
        if answers[what] != answers["absent"]:
            yield f"{case}: {name} can tell {what} from what is absent ({status})"


@pytest.mark.parametrize("name", ACTORS)
def test_everybody_reaches_what_the_table_says_and_learns_nothing_of_the_rest(world, name):
    visitor = visitors(world.app, world.people)[name]

    assert [fault for case in cases(world.app) for fault in faults_of(case, name, visitor, world)] == []


def test_the_table_holds_no_route_that_is_gone(world):
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    named = {next(word for word in key.split() if not word.isupper()) for key in REACH}

    assert named | OPEN_TO_ALL <= endpoints
    assert {f"{register}.index_view" for register in REGISTERS} <= endpoints


def test_a_route_that_the_table_does_not_know_is_named_with_what_to_add():
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/things/<int:thing_id>", "things.show", lambda thing_id: str(thing_id))
    with pytest.raises(KeyError, match=r"<thing_id> of things.show .* ARGUMENTS"):
        list(cases(app))

    case = Case("things.index", "GET", "/things", (), (), ())
    with pytest.raises(pytest.fail.Exception, match=r"REACH of tests/access/table.py .* GET /things"):
        may_reach(case)
