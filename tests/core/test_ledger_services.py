"""A ledger is received, settled, checked, taken in as a whole or not at all, and taken back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from core import audit, clock, documents, trail
from core.audit import AuditEvent
from core.documents import Document
from core.errors import Forbidden, InvalidInput, NotFound, WrongState
from core.ledger import services
from core.ledger.headings import AmountUnit
from core.ledger.models import ImportState, LedgerRecord
from core.ledger.plan import Plan
from core.numbering import NumberSeries
from core.organizations import limit
from core.permissions import RoleName
from tests import factories
from tests.factories.ledger import HEADINGS, MATTERS, Desk, lines, make_desk

ON = date(2026, 11, 23)


@pytest.fixture
def desk(session, tmp_path) -> Desk:
    return make_desk(session, tmp_path)


# -- received and settled ------------------------------------------------------------------------------------


def test_a_file_is_kept_with_the_columns_that_were_recognised(desk):
    entry = desk.receive([["2026年台账"], HEADINGS, *lines(2)])

    plan = Plan.from_json(entry.plan)
    assert (entry.state, entry.filename, plan.heading_row, plan.total) == (
        ImportState.received,
        "台账.xlsx",
        2,
        2,
    )
    assert plan.columns == {c.name: n for n, c in enumerate(MATTERS.columns)}
    assert list(desk.store.read(entry.sha256)) == [(desk.folder / "incoming").read_bytes()]
    assert plan.samples[1] == ["事项A0", "事项A1"]


def test_a_file_that_cannot_be_read_is_not_kept(desk):
    with pytest.raises(InvalidInput, match="nothing in the file"):
        desk.receive([])

    assert not [path for path in desk.store.root.rglob("*") if path.is_file()]


def test_nothing_is_checked_before_the_unit_is_known(desk):
    entry = desk.receive([["编号", "名称", "金额"], ["A-1", "事项", 3]])

    with pytest.raises(InvalidInput, match="Say in what “金额” is counted"):
        desk.settle(entry)
    desk.settle(entry, units={"amount": AmountUnit.wan})
    assert desk.check(entry).shown[0].values["amount"] == Decimal("30000.00")


def test_a_confirmed_mapping_is_remembered_for_the_same_headings_and_office(desk):
    strange = [["甲", "乙", "丙"], ["A-1", "事项", "红"]]
    first = desk.receive(strange)
    desk.settle(first, {"number": 0, "title": 1, "colour": 2})

    again = desk.receive([["甲 ", "乙", "丙*"], ["A-2", "事项二", "绿"]])
    assert Plan.from_json(again.plan).columns == {"number": 0, "title": 1, "colour": 2}

    desk.place = factories.make_organization()
    assert Plan.from_json(desk.receive(strange).plan).columns == {}


def test_a_unit_is_asked_for_again_however_often_it_was_answered(desk):
    rows = [["编号", "名称", "金额"], ["A-1", "事项", 3]]
    desk.settle(desk.receive(rows), units={"amount": AmountUnit.wan})

    assert Plan.from_json(desk.receive(rows).plan).units == {}


def test_another_sheet_or_row_may_hold_the_headings(desk):
    entry = desk.receive(
        [HEADINGS, *lines(1)],
        name="台账.xlsx",
        others={"另表": [["x"], ["编号", "名称"], ["B-1", "另一事项"]]},
    )

    services.look_again(desk.session, entry, MATTERS, by=desk.by, store=desk.store, name="另表")

    plan = Plan.from_json(entry.plan)
    assert (plan.sheet, plan.heading_row, plan.columns) == ("另表", 2, {"number": 0, "title": 1})


def test_only_who_may_enter_the_kind_may_take_its_ledger_in(desk):
    desk.by = factories.make_user(RoleName.finance, organization=desk.place)

    with pytest.raises(Forbidden):
        desk.receive([HEADINGS, *lines(1)])


def test_another_office_does_not_see_the_import(desk):
    entry = desk.receive([HEADINGS, *lines(1)])
    stranger = factories.make_user()
    limit(desk.session, stranger.scope(ON))

    with pytest.raises(NotFound):
        services.get(desk.session, entry.id)


# -- checked -------------------------------------------------------------------------------------------------


def test_every_wrong_cell_is_named_by_its_address(desk):
    rows = [
        ["标题"],
        HEADINGS,
        ["A-1", "事项一", 1, "2026-02-30", "红", 1, "是"],
        ["A-2", "", "多少", "2026-03-01", "蓝", 1.5, "是"],
        ["A-3", "不可用", 1, "2026-03-01", "红", 1, "是"],
        ["A-1", "事项四", 1, "2026-03-01", "红", 1, "是"],
        ["A-5", "事项五", 1, "2026-03-01", "红", 1, "是"],
    ]
    entry = desk.receive(rows)
    desk.settle(entry)

    tally = desk.check(entry)

    assert [problem.cell for problem in tally.problems] == [
        "D3",
        "B4",
        "C4",
        "E4",
        "F4",
        "A6",
        "B5",
    ] or sorted(problem.cell for problem in tally.problems) == sorted(
        ["D3", "B4", "C4", "E4", "F4", "A6", "B5"]
    )
    assert (tally.rows, tally.fresh, tally.problem_count, entry.problem_count) == (5, 1, 7, 7)
    said = {one["cell"]: one["message"]["en"] for one in entry.report["problems"]}
    assert said["A6"] == "Rows 3 and 6 are the same."
    assert said["B4"] == "This is needed."
    assert "“蓝” is not known here" in said["E4"]
    assert entry.state is ImportState.checked


def test_two_rows_of_one_name_are_worth_a_second_look(desk):
    entry = desk.receive([HEADINGS, ["A-1", "同名", 1], ["A-2", "同名", 1]])
    desk.settle(entry)

    tally = desk.check(entry)

    assert (tally.problem_count, tally.fresh, [w.cell for w in tally.warnings]) == (0, 2, ["B3"])


def test_rows_without_a_number_are_told_apart_by_their_name(desk):
    rows = [HEADINGS, ["", "事项一", 1], ["-", "事项二", 1], ["无", "事项一", 1]]
    entry = desk.receive(rows)
    desk.settle(entry)

    assert [problem.cell for problem in desk.check(entry).problems] == ["B4"]


def test_totals_notes_repeated_headings_and_the_example_are_passed_over(desk):
    rows = [
        ["序号", *HEADINGS],
        [1, *lines(1)[0]],
        ["", *HEADINGS],
        ["小 计", "", "", 100],
        ["序号", *HEADINGS],
        [2, *lines(2)[1]],
        [3, "", "", ""],
        ["合计", "", "", 201],
        ["注：本表金额含税"],
        ["制表人：甲", "", "审核人：乙"],
        ["", "示例编号", "示例名称", "120000.00", "2026-03-02", "红", "30", "是"],
    ]
    entry = desk.receive(rows)
    desk.settle(entry)

    tally = desk.check(entry)

    assert (tally.rows, tally.fresh) == (3, 2)
    assert tally.problem_count > 0  # the headings without their first column are a row like any other
    assert tally.passed_over == [4, 5, 8, 10, 11]  # the note of row 9 stands in a column nobody asks for


def test_a_row_that_only_begins_like_a_note_is_kept(desk):
    entry = desk.receive([HEADINGS, ["备注：一", "事项一", 1, "", "", 5], ["合计人民币", "事项二", 1]])
    desk.settle(entry)

    assert desk.check(entry).fresh == 2


# -- taken in ------------------------------------------------------------------------------------------------


def test_every_row_becomes_a_record_in_the_trail(desk):
    entry = desk.take_in([HEADINGS, *lines(3)])

    made = desk.made(entry)
    assert [(record.number, record.title) for record in made] == [(f"A-{i}", f"事项A{i}") for i in range(3)]
    assert (entry.state, entry.fresh_count) == (ImportState.done, 3)
    assert audit.has_acted(desk.session, made[0], "created", desk.by)
    assert audit.history(desk.session, made[0])[0].facts["request"] == f"ledger-{entry.id}"
    desk.session.commit()
    event = desk.session.scalars(select(AuditEvent).where(AuditEvent.action == "ledger.imported")).one()
    assert (event.facts["detail"]["count"], event.facts["detail"]["sha256"]) == (3, entry.sha256)
    assert trail.verify(desk.session).problems == []


def test_one_wrong_row_keeps_all_of_them_out(desk):
    many = lines(4500)
    many[4400][1] = ""
    entry = desk.receive([HEADINGS, *many], name="台账.csv")
    desk.settle(entry)

    with desk.session.begin_nested() as attempt:
        with pytest.raises(services.FaultyRows) as refusal:
            desk.commit(entry)
        attempt.rollback()

    assert refusal.value.tally.problem_count == 1
    assert desk.count() == 0


def test_a_ledger_taken_in_twice_changes_nothing_the_second_time(desk):
    desk.take_in([HEADINGS, *lines(3)])

    again = desk.take_in([HEADINGS, *lines(5)])

    assert (again.existing_count, again.fresh_count, desk.count()) == (3, 2, 5)


def test_a_file_is_taken_in_once(desk):
    entry = desk.take_in([HEADINGS, *lines(1)])

    for step in (desk.commit, desk.settle):
        with pytest.raises(WrongState):
            step(entry)


def test_more_rows_than_a_batch_come_in_order(desk):
    entry = desk.take_in([HEADINGS, *lines(4100)], name="台账.csv")

    rows = desk.session.scalars(
        select(LedgerRecord.row).where(LedgerRecord.import_id == entry.id).order_by(LedgerRecord.record_id)
    ).all()
    assert list(rows) == list(range(2, 4102))


# -- taken back ----------------------------------------------------------------------------------------------


def test_an_import_is_taken_back_and_its_trail_stays(desk):
    entry = desk.take_in([HEADINGS, *lines(3)])
    ids = [record.id for record in desk.made(entry)]
    desk.session.commit()

    assert desk.undo(entry) == 3
    desk.session.commit()

    assert (desk.count(), entry.state, entry.undone_by_id) == (0, ImportState.undone, desk.by.id)
    acts = desk.session.scalars(
        select(AuditEvent.action).where(AuditEvent.record_id == ids[0]).order_by(AuditEvent.seq)
    )
    assert list(acts) == ["created", "removed"]
    assert trail.verify(desk.session).problems == []
    with pytest.raises(WrongState):
        desk.undo(entry)


def test_what_was_taken_back_can_be_taken_in_again(desk):
    desk.undo(desk.take_in([HEADINGS, *lines(3)]))

    assert desk.take_in([HEADINGS, *lines(3)]).fresh_count == 3


def test_an_import_that_somebody_has_worked_on_stays(desk):
    entry = desk.take_in([HEADINGS, *lines(3)])
    touched = desk.made(entry)[1]
    audit.record(desk.session, touched, "matter.change", by=desk.by)
    touched.title = "改过"
    desk.session.commit()

    with pytest.raises(WrongState, match="A-1 改过 has been worked on since"):
        desk.undo(entry)
    assert desk.count() == 3


def test_what_the_program_itself_has_brought_up_to_date_is_no_reason_to_stay(desk):
    entry = desk.take_in([HEADINGS, *lines(1)])
    audit.record(desk.session, desk.made(entry)[0], "deadlines.recomputed", by=desk.by)
    desk.session.commit()

    assert desk.undo(entry, frozenset({"deadlines.recomputed"})) == 1


def test_an_import_with_a_document_stays(desk):
    entry = desk.take_in([HEADINGS, *lines(2)])
    record = desk.made(entry)[0]
    desk.session.add(
        Document(
            record_id=record.id,
            organization_id=desk.place.id,
            filename="合同.pdf",
            media_type="application/pdf",
            sha256="0" * 64,
            size=1,
            uploaded_at=clock.now(),
        )
    )
    desk.session.flush()

    with pytest.raises(WrongState, match="A-0 事项A0 has documents"):
        desk.undo(entry)


def test_numbers_that_fall_free_at_the_end_of_a_series_are_given_again(desk):
    def series(last: int) -> None:
        desk.session.merge(NumberSeries(prefix="MT", organization_id=desk.place.id, year=2026, last=last))
        desk.session.flush()

    def last() -> int:
        own = select(NumberSeries.last).filter_by(prefix="MT", organization_id=desk.place.id)
        return desk.session.scalar(own)

    kept = desk.take_in([HEADINGS, ["MT-2026-0002", "留下"]])
    entry = desk.take_in([HEADINGS, ["MT-2026-0007", "甲"], ["MT-2026-0008", "乙"]])
    series(9)
    middle = desk.take_in([HEADINGS, ["MT-2026-0009", "丙"]])

    desk.undo(entry)
    assert last() == 9  # a later number is in use
    desk.undo(middle)
    assert last() == 2
    desk.undo(kept)
    assert last() == 0


def test_display_names_of_files_are_safe(desk):
    entry = desk.receive([HEADINGS, *lines(1)], name="..\\..\\台\u202e账.xlsx")

    assert entry.filename == documents.display_name("台账.xlsx")
