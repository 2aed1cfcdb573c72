"""An office's ledger of tenders comes in."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import select

from core.auth import SYSTEM
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState
from deadlines.rules import Method
from procurement import services
from procurement.ledger import METHOD_WORDS, SHEET
from procurement.models import ExitReason, Tender, TenderStatus
from tests.factories import make_organization, make_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor

M, S = Method, TenderStatus
DAY = date(2026, 5, 6)
TENDERED = {
    "notice_on": date(2026, 3, 2),
    "documents_on": date(2026, 3, 2),
    "deadline_on": date(2026, 3, 24),
    "opened_on": date(2026, 3, 24),
}
AWARDED = TENDERED | {
    "confirmed_on": date(2026, 3, 30),
    "result_on": date(2026, 3, 31),
    "letter_on": date(2026, 3, 31),
    "winner": "示例中标人",
}


def row_of(**given):
    """Return a row as the importer hands it over: every column, cleaned or None."""
    blank = dict.fromkeys(column.name for column in SHEET.columns)
    return blank | {"title": "示例项目", "method": M.public_tender, "budget": Decimal(800000)} | given


def load(session, *rows, **given):
    """Load rows and return the tenders."""
    organization = given.pop("organization", None) or make_organization()
    ids = SHEET.load(session, rows, by=SYSTEM, organization=organization, on=DAY)
    session.commit()
    return [session.get(Tender, id_) for id_ in ids]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, S.need),
        ({"intent_on": date(2026, 1, 5)}, S.intent_published),
        ({"plan_on": date(2026, 1, 5)}, S.plan_filed),
        ({"deadline_on": date(2026, 3, 24)}, S.need),
        (TENDERED | {"opened_on": None}, S.notice_published),
        (TENDERED, S.bids_opened),
        (TENDERED | {"evaluated_on": date(2026, 3, 25)}, S.evaluated),
        (AWARDED | {"result_on": None, "letter_on": None}, S.result_confirmed),
        (AWARDED, S.result_published),
        (AWARDED | {"signed_on": date(2026, 4, 20)}, S.contract_signed),
        ({"method": M.single_source, "notice_on": date(2026, 3, 2)}, S.publicised),
        ({"method": M.single_source, "opened_on": date(2026, 3, 9)}, S.negotiated),
        ({"method": M.competitive_negotiation, "opened_on": date(2026, 3, 9)}, S.responses_received),
        ({"method": M.framework_agreement, "signed_on": date(2026, 3, 9)}, S.framework_signed),
        (TENDERED | {"exit": S.failed, "exited_on": date(2026, 3, 24)}, S.failed),
    ],
)
def test_the_days_of_a_row_show_its_stage(session, given, status):
    (tender,) = load(session, row_of(**given))

    assert tender.status is status
    assert tender.review is (ReviewStatus.draft if status is S.need else ReviewStatus.approved)


def test_imported_days_open_and_meet_the_clocks(session):
    (tender,) = load(session, row_of(**AWARDED))

    found = select(Deadline).where(Deadline.record_id == tender.id)
    clocks = {clock.rule_id: (clock.due_on, clock.state) for clock in session.scalars(found)}
    assert clocks["gp_contract_sign_30d"] == (date(2026, 4, 30), DeadlineState.open)
    assert clocks["gp_award_notice_2wd"] == (date(2026, 4, 1), DeadlineState.met)
    assert clocks["gp_bid_period_min_20d"][1] is DeadlineState.met


def test_an_imported_tender_has_the_same_clocks_as_one_entered_by_hand(session):
    (imported,) = load(session, row_of(**TENDERED | {"opened_on": None, "deadline_on": date(2026, 6, 1)}))
    by_hand = make_tender(status=S.documents_reviewed)
    services.advance(
        session,
        by_hand,
        "publish_notice",
        by=SYSTEM,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 6, 1),
    )

    columns = (Deadline.rule_id, Deadline.due_on, Deadline.state, Deadline.next_alert_on)
    ordered = select(*columns).order_by(Deadline.rule_id)
    clocks = [session.execute(ordered.where(Deadline.record_id == t.id)).all() for t in (imported, by_hand)]
    assert clocks[0] == clocks[1]


def test_what_happened_unlawfully_is_a_fact_all_the_same(session):
    (tender,) = load(session, row_of(**TENDERED | {"deadline_on": date(2026, 3, 10)}))

    late = select(Deadline).where(Deadline.record_id == tender.id, Deadline.is_late.is_(True))
    assert "gp_bid_period_min_20d" in {clock.rule_id for clock in session.scalars(late)}


def test_given_numbers_are_kept_and_the_series_stays_ahead_of_them(session):
    zone = make_organization()

    tenders = load(
        session,
        row_of(number="CG-2026-0007"),
        row_of(),
        row_of(number="园区采〔2025〕3号"),
        row_of(number="CG-2025-0012"),
        organization=zone,
    )

    assert [tender.number for tender in tenders] == [
        "CG-2026-0007",
        "CG-2026-0008",
        "园区采〔2025〕3号",
        "CG-2025-0012",
    ]
    officer = make_user(organization=zone)
    fresh = services.raise_need(
        session,
        by=officer,
        on=DAY,
        organization=zone,
        title="示例",
        method="public_tender",
        category="other",
        budget=Decimal(1),
    )
    assert fresh.number == "CG-2026-0009"


def test_parties_of_the_register_are_recognised_by_name(session):
    zone = make_organization()
    known = make_vendor(zone)
    make_vendor(zone, title="同名"), make_vendor(zone, title="同名")

    (tender,) = load(session, row_of(**AWARDED | {"winner": known.title, "agent": "同名"}), organization=zone)

    assert (tender.winner, tender.winner_name) == (known, None)
    assert (tender.agent, tender.agent_name) == (None, "同名")
    assert "tender.by_agent" in tender.traits


def test_an_exit_keeps_its_explanation_and_closes_the_purchase(session):
    (tender,) = load(
        session,
        row_of(**TENDERED | {"exit": S.failed, "exited_on": date(2026, 3, 24), "exit_note": "仅两家"}),
    )

    assert (tender.exit_reason, tender.exit_note) == (ExitReason.other, "仅两家")
    kept = select(Deadline.due_on).where(Deadline.rule_id == "gp_docs_retention_15y")
    assert session.scalars(kept).one() == date(2041, 3, 24)


def test_a_tender_is_found_again_by_its_number_or_else_by_its_title_and_budget(session):
    zone = make_organization()
    kept = make_tender(zone, number="园区采1号", title="示例甲")
    make_tender(title="示例甲", number="园区采1号")
    rows = [
        row_of(number="园区采1号"),
        row_of(title="示例甲"),
        row_of(title="示例甲", budget=Decimal(1)),
        row_of(number="园区采2号"),
        row_of(),
    ]

    found = SHEET.find(session, rows, organization=zone)

    assert [found.get(SHEET.key(row)) for row in rows] == [kept.id, kept.id, None, None, None]


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ({"method": M.single_source, "deadline_on": date(2026, 3, 24)}, "deadline_on"),
        ({"method": M.bidding_law_tender, "intent_on": date(2026, 3, 24)}, "intent_on"),
        ({"budget": Decimal(0)}, "budget"),
        ({"award_amount": Decimal(-1)}, "award_amount"),
        (AWARDED | {"winner": None}, "winner"),
        ({"exit": S.failed}, "exited_on"),
        ({"exited_on": date(2026, 3, 24)}, "exited_on"),
    ],
)
def test_what_cannot_be_taken_in_is_named_by_column(session, given, column):
    faults = SHEET.check(session, [row_of(), row_of(**given)], organization=make_organization())

    assert [(number, name) for number, name, _message in faults] == [(1, column)]


def test_headings_are_unambiguous_and_methods_known_by_their_chinese_names():
    titles = sorted(title for column in SHEET.columns for title in column.titles)

    assert [one for one, other in pairwise(titles) if one == other] == []
    assert {method for word, method in METHOD_WORDS.items() if not word.isascii()} == set(Method)
