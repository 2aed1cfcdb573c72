"""The corpus: no hostile file is taken in, no benign one refused, and what acts by itself is shown."""

import io

import pytest

from core.documents import Store
from core.errors import InvalidInput
from core.intake import pipeline
from core.intake.families import SUFFIXES, WITH_ARCHIVES, Refused
from tests.core import intake_corpus as corpus

MOST = 50 * 1024 * 1024


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("documents"))


def taken(store: Store, name: str, content: bytes) -> pipeline.Received:
    return pipeline.take_in(store, io.BytesIO(content), name, at_most=MOST, accepts=WITH_ARCHIVES)


def answer(store: Store, name: str, content: bytes) -> str:
    """Return the code of the refusal, or what was made of a file that was taken in."""
    try:
        return f"taken in as {taken(store, name, content).kind}"
    except InvalidInput as refusal:
        cause = refusal.__cause__
        return cause.code if isinstance(cause, Refused) else str(refusal)


def test_no_benign_file_is_refused(store):
    refused, seen = {}, 0
    for what, (name, content) in corpus.benign():
        seen += 1
        try:
            received = taken(store, name, content)
        except InvalidInput as refusal:
            refused[what] = str(refusal)
            continue
        assert store.path(received.stored.sha256).read_bytes() == content, what
        assert received.filename.rpartition(".")[2].lower() in SUFFIXES[received.kind], what
        assert set(received.findings) <= {"embedded_file"}, what

    assert refused == {}
    assert seen >= 40


def test_no_hostile_file_is_taken_in_and_each_is_refused_for_what_it_is(store):
    before = sorted(store.root.rglob("*"))
    expected, answers = {}, {}
    for what, code, (name, content) in corpus.hostile():
        assert what not in expected, "two files are called the same"
        expected[what], answers[what] = code, answer(store, name, content)

    assert answers == expected
    assert len(answers) >= 60
    assert sorted(store.root.rglob("*")) == before


def test_a_file_that_acts_by_itself_is_taken_in_and_says_so(store):
    silent = {
        what: received.findings
        for what, (name, content), finding in corpus.flagged()
        if finding not in (received := taken(store, name, content)).findings
    }

    assert silent == {}
