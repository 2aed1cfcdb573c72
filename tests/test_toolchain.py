"""What the project promises to whoever checks it out, builds it and changes it."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from core import config
from tools import workflows

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LOCKS = ["requirements.lock", "requirements-dev.lock"]
SHIPPED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]


def modules(names: list[str]) -> list[Path]:
    """Return the Python files among and under the names."""
    found = (path for name in names for path in [ROOT / name, *(ROOT / name).rglob("*.py")])
    return sorted(path for path in found if path.is_file())


CODE = modules([*SHIPPED, "tools"])


def committed() -> list[Path]:
    """Return every file of the project that git knows or would take in."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def pins(lock: str) -> dict[str, str]:
    """Return the pinned version of each package in a lock file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def canonical(requirement: str) -> str:
    """Return the name that a requirement has in a lock file."""
    return re.split(r"[\[<>=!~ ]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_every_package_by_hash_and_names_no_place_to_fetch_it_from(lock):
    text = (ROOT / lock).read_text("utf-8")

    packages = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 40
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^/", text) == []


def test_the_lock_files_hold_every_dependency_and_agree_with_each_other():
    runtime, development = (pins(lock) for lock in LOCKS)
    project = PROJECT["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]

    assert {canonical(name) for name in project["dependencies"]} - set(runtime) == set()
    assert {canonical(name) for name in extras} - set(development) == set()
    assert runtime.items() - development.items() == set()


@pytest.mark.parametrize(
    ("folders", "extras"), [(SHIPPED, []), (["tests", "tools", "bench"], ["test", "dev", "bench"])]
)
def test_whatever_the_code_imports_is_a_declared_dependency(folders, extras):
    project = PROJECT["project"]
    declared = {canonical(name) for name in project["dependencies"]}
    declared |= {canonical(name) for extra in extras for name in project["optional-dependencies"][extra]}
    distributions = metadata.packages_distributions()
    known = {Path(name).stem for name in [*SHIPPED, "tests", "tools", "bench"]} | sys.stdlib_module_names

    foreign = {name for path in modules(folders) for name in imported(path)} - known
    owners = {name: {canonical(owner) for owner in distributions.get(name, [])} for name in foreign}
    assert {name for name, names in owners.items() if not names & declared} == set()


def imported(path: Path) -> set[str]:
    """Return the top-level names that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    from_ = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in plain | from_}


def test_no_committed_file_chooses_where_packages_come_from():
    chosen = re.compile(
        r"--(?:extra-)?index-url[= ]|--find-links[= ]|^(?:index-url|registry) *=", re.MULTILINE
    )
    text_files = [path for path in committed() if path.suffix not in {".png", ".xlsx"}]

    assert [path for path in text_files if path.name in {".npmrc", "pip.conf", ".pypirc"}] == []
    assert [path for path in text_files if chosen.search(path.read_text("utf-8", errors="replace"))] == []


def test_the_project_cannot_be_uploaded_by_accident():
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]


def test_the_readme_explains_every_command_of_the_makefile():
    commands = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)) - {"help", "format"}

    assert commands >= {"install", "run", "test", "check", "bench", "migrate", "docs"}
    assert {command for command in commands if f"`make {command}`" not in README} == set()


def test_every_command_of_the_makefile_is_phony():
    commands = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))

    assert commands - set(re.findall(r"^\.PHONY: (\S+)", MAKEFILE, re.MULTILINE)) == set()


def test_the_readme_explains_every_setting_and_no_other():
    explained = set(re.findall(r"^\| `PROCUREMENT_([A-Z_]+)`", README, re.MULTILINE))
    outside = {"PORT", "DEMO_PASSWORD"}  # read by commands, not by the application

    assert explained == set(config.DEFAULTS) | outside


def test_what_the_documents_link_to_exists():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("core/static/**/*.md")]
    links = {path: re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")) for path in documents}

    absent = [
        (path.name, link) for path in links for link in links[path] if not (path.parent / link).exists()
    ]
    assert absent == []


def test_the_page_of_workflows_is_up_to_date():
    written = workflows.page(workflows.workflows())

    assert (ROOT / "docs/workflows.md").read_text("utf-8") == written, "run make docs"


def test_the_changelog_has_a_place_for_what_comes_next():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_decisions_are_numbered_without_gaps_and_fit_a_page():
    records = sorted((ROOT / "docs/adr").glob("*.md"))

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [path.name for path in records if len(path.read_text("utf-8").splitlines()) > 60] == []


def test_every_style_exception_of_the_project_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lint = PROJECT["tool"]["ruff"]["lint"]
    codes = {*lint["ignore"], *(code for codes in lint["per-file-ignores"].values() for code in codes)}

    lines = [line for line in text.splitlines() if re.match(r'\s+"[A-Z]+\d+",', line)]
    assert {re.findall(r'"([A-Z]+\d+)"', line)[0] for line in lines} == codes
    assert [line for line in lines if not re.search(r"# \S+", line)] == []


def test_every_style_exception_in_the_code_names_its_rule_and_its_reason():
    bare = re.compile(r"# noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* - \S)")
    lines = [(path, line) for path in CODE for line in path.read_text("utf-8").splitlines()]

    assert [f"{path.relative_to(ROOT)}: {line.strip()}" for path, line in lines if bare.search(line)] == []


def test_no_file_is_longer_than_four_hundred_lines():
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in CODE}

    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_function_is_longer_than_forty_lines():
    functions = [
        (path, node)
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    long = {f"{path.relative_to(ROOT)}:{node.name}": length(node) for path, node in functions}
    assert {name: lines for name, lines in long.items() if lines > 40} == {}


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its decorators."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_module_says_what_it_is_for():
    assert [path.name for path in CODE if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}

    assert [path for path in CODE if path.stem in empty or path.stem.endswith(("_utils", "_helpers"))] == []


@pytest.mark.parametrize("table", ["core/static/vendor/README.md", "tests/browser/vendor/README.md"])
def test_front_end_parts_are_the_published_ones(table):
    folder = (ROOT / table).parent
    rows = re.findall(r"\| `([^`]+\.js)` \| `([0-9a-f]{64})` \|", (ROOT / table).read_text("utf-8"))

    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name, _ in rows} == dict(rows)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.js")} == {name for name, _ in rows}


def test_chinese_comes_from_the_catalogue_and_not_from_the_code():
    data = {
        "agencies",
        "cli",
        "capitals",
        "categories",
        "certificates",
        "config",
        "cases",
        "files",
        "inhand",
        "labels",
        "office",
        "formats",
        "ledger",
    }  # samples, amounts, headings, the greeting
    chinese = re.compile(r"[\u4e00-\u9fff]")
    literals = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for path in CODE
        if path.stem not in data and "ledger" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and chinese.search(node.value)
    ]

    assert literals == []
