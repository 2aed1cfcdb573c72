"""The commands of the ledger, as others script against them: what they print, and their exit codes."""

import json
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.ledger.models import LedgerImport
from core.permissions import RoleName
from procurement.models import Tender
from tests import factories
from tests.factories import ledger as files
from tests.factories.vendors import make_code
from vendors.models import Vendor

HEADINGS = ["供应商名称", "统一社会信用代码", "入库日期"]


@pytest.fixture
def officer(session):
    user = factories.make_user(RoleName.officer)
    session.commit()
    return user


@pytest.fixture
def run(app, session, monkeypatch):
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "zh_Hans_CN"))

    def call(*words: object) -> tuple[int, str]:
        session.commit()
        outcome = app.test_cli_runner().invoke(args=["ledger", *map(str, words)])
        if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        session.expire_all()
        return outcome.exit_code, outcome.output

    return call


@pytest.fixture
def ledger(tmp_path) -> Path:
    rows = [HEADINGS, *([f"示例供应商{i}", make_code(), date(2026, 1, 5)] for i in range(3))]
    return files.workbook(tmp_path / "vendors.xlsx", rows)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run, session, officer, ledger):
    code, said = run(
        "import", ledger, "--kind", "vendors", "--by", officer.email, "--dry-run", "--format", "json"
    )

    answer = json.loads(said)
    assert code == 0
    assert (answer["rows"], answer["new"], answer["existing"], answer["import"]) == (3, 3, 0, None)
    assert (answer["errors"], answer["error_count"], answer["dry_run"]) == ([], 0, True)
    assert session.scalar(select(LedgerImport.id).limit(1)) is None


def test_an_import_is_idempotent_and_can_be_undone(run, session, officer, ledger):
    words = ("import", ledger, "--kind", "vendors", "--by", officer.email, "--format", "json")

    code, said = run(*words)
    first = json.loads(said)
    assert (code, first["new"], first["existing"]) == (0, 3, 0)
    assert [number[:4] for number in first["records"].values()] == ["GYS-", "GYS-"]
    code, said = run(*words)
    again = json.loads(said)
    assert (code, again["new"], again["existing"], again["records"]) == (0, 0, 3, None)

    assert run("undo", first["import"], "--by", officer.email) == (0, "3 records were removed.\n")
    assert session.scalar(select(Vendor.id).limit(1)) is None
    code, said = run("undo", first["import"], "--by", officer.email)
    assert (code, "taken back already" in said) == (1, True)


def test_wrong_cells_are_printed_and_nothing_is_written(run, session, officer, tmp_path):
    rows = [HEADINGS, ["示例供应商", make_code(), "8/9/2026"], ["", make_code(), ""]]
    path = files.workbook(tmp_path / "vendors.xlsx", rows)

    code, said = run("import", path, "--kind", "vendors", "--by", officer.email)

    assert code == 1
    assert "C2 入库日期" in said
    assert "A3 供应商名称" in said
    assert said.splitlines()[-2:] == ["2 rows: 0 new, 0 known already, 2 errors", "Nothing was written."]
    assert session.scalar(select(Vendor.id).limit(1)) is None


def tenders(tmp_path: Path, heading: str = "预算金额") -> Path:
    rows = [["项目名称", "采购方式", heading], ["示例项目", "公开招标", 86.5]]
    return files.workbook(tmp_path / "tenders.xlsx", rows)


def test_an_unknown_unit_is_wrong_usage_until_it_is_given(run, session, officer, tmp_path):
    words = ("import", tenders(tmp_path), "--kind", "tenders", "--by", officer.email)

    code, said = run(*words, "--format", "json")
    assert code == 2
    assert list(json.loads(said.splitlines()[0])["refused"]) == ["unit_budget"]
    assert run(*words, "--unit", "wan")[0] == 0
    assert session.scalars(select(Tender.budget)).all() == [865000]


def test_a_unit_that_contradicts_the_heading_is_wrong_usage(run, officer, tmp_path):
    path = tenders(tmp_path, "预算金额（万元）")
    words = ("import", path, "--kind", "tenders", "--by", officer.email, "--dry-run")

    assert run(*words, "--unit", "yuan")[0] == 2
    assert run(*words, "--unit", "wan")[0] == 0
    assert run(*words)[0] == 0


def test_a_mapping_file_says_what_the_headings_do_not(run, session, officer, tmp_path):
    rows = [["说明", "", ""], ["甲", "乙", "丙"], ["示例供应商", make_code(), "不要"]]
    path = files.workbook(tmp_path / "vendors.xlsx", rows)
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"columns": {"title": "甲", "credit_code": "B"}, "heading_row": 2}', encoding="utf-8")
    words = ("import", path, "--kind", "vendors", "--by", officer.email)

    assert run(*words)[0] == 1
    assert run(*words, "--mapping", mapping, "--dry-run")[0] == 0
    assert run(*words, "--mapping", mapping)[0] == 0
    assert session.scalars(select(Vendor.title)).all() == ["示例供应商"]
    # what was confirmed is remembered
    assert run(*words, "--dry-run")[0] == 0


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "{",
        "[]",
        '{"columns": {"title": 1}}',
        '{"columns": {}, "units": {"amount": "pound"}}',
        '{"columns": {}, "heading_row": 0}',
        '{"columns": {}, "heading_row": "3"}',
        '{"columns": {}, "headings": 1}',
    ],
)
def test_a_mapping_file_that_means_nothing_is_wrong_usage(run, officer, ledger, tmp_path, written):
    mapping = tmp_path / "mapping.json"
    mapping.write_text(written, encoding="utf-8")

    code, said = run("import", ledger, "--kind", "vendors", "--by", officer.email, "--mapping", mapping)

    assert (code, "A mapping file looks like this" in said) == (2, True)


def test_an_organization_may_be_named_instead_of_a_person(run, session, ledger):
    place = factories.make_organization()

    assert run("import", ledger, "--kind", "vendors", "--organization", place.code)[0] == 0
    assert {vendor.organization_id for vendor in session.scalars(select(Vendor))} == {place.id}


@pytest.mark.parametrize(
    "words",
    [
        ("import", "FILE", "--kind", "x", "--organization", "y"),
        ("import", "FILE", "--kind", "vendors"),
        ("import", "FILE", "--kind", "vendors", "--organization", "nowhere"),
        ("import", "FILE", "--kind", "vendors", "--by", "nobody@example.org"),
        ("import", "absent.xlsx", "--kind", "vendors"),
        ("import", "FILE"),
        ("template", "x", "a.xlsx"),
        ("undo", "x"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(run, ledger, words):
    assert run(*(ledger if word == "FILE" else word for word in words))[0] == 2


def test_a_file_that_cannot_be_read_ends_with_one(run, officer, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"%PDF-1.7")

    code, said = run("import", path, "--kind", "vendors", "--by", officer.email)

    assert (code, "This is no table" in said) == (1, True)


def test_who_may_not_enter_a_kind_may_not_import_it(run, session, ledger):
    auditor = factories.make_user(RoleName.auditor)

    code, said = run("import", ledger, "--kind", "vendors", "--by", auditor.email)

    assert (code, "You may not do this." in said) == (1, True)


def test_a_template_is_written(run, tmp_path):
    path = tmp_path / "template.xlsx"

    assert run("template", "contracts", path) == (0, f"{path}\n")
    assert len(CalamineWorkbook.from_path(str(path)).sheet_names) == 2
