"""A new year's calendar, stricter rules and local thresholds, with everything that follows from them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, NotFound
from core.permissions import RoleName
from deadlines import amendments, services
from deadlines.calendar import Calendar, Festival, Notice, YearArrangement
from deadlines.corrections import calendar_for, rule_book, threshold
from deadlines.models import CalendarYear, Deadline, DeadlineState, EventDate, MoveWhy
from deadlines.queries import Bucket, agenda
from tests import factories
from tests.factories.matters import Matter, make_matter

OPEN_TENDER = "method.public_tender"


def year_2027() -> YearArrangement:
    """A year as it may come: three days off at New Year, made up for on the Saturday before."""
    spring = [date(2027, 2, 5) + timedelta(days=n) for n in range(8)]
    autumn = [date(2027, 10, 1) + timedelta(days=n) for n in range(7)]
    return YearArrangement(
        year=2027,
        holidays=(
            *((date(2027, 1, day), Festival.new_year) for day in (1, 2, 3)),
            *((day, Festival.spring_festival) for day in spring),
            (date(2027, 5, 1), Festival.labour_day),
            *((day, Festival.national_day) for day in autumn),
        ),
        make_up=(date(2027, 1, 9),),
        notices=(
            Notice("关于2027年部分节假日安排的通知（样例）", "国办发明电〔2026〕99号", date(2026, 11, 20)),
        ),
    )


def clock(session: Session, record: Matter, rule_id: str) -> Deadline:
    return session.scalars(select(Deadline).filter_by(record_id=record.id, rule_id=rule_id)).one()


def unpublished(session: Session) -> Deadline:
    """A report due two working days after the last but one day of 2026."""
    tender = make_matter(OPEN_TENDER, "tender.by_agent")
    services.announce(session, tender, "evaluation_ended", on=date(2026, 12, 30), by=SYSTEM)
    rows = session.scalars(select(Deadline).filter_by(record_id=tender.id))
    return next(row for row in rows if row.owed and row.target_event == "evaluation_report_delivered")


# -- the calendar -------------------------------------------------------------------------------------------


def test_what_needs_an_unpublished_year_is_provisional_and_never_overdue(session: Session) -> None:
    report = unpublished(session)
    assert (report.provisional, report.effective_on, report.floor_on) == (True, None, date(2027, 1, 1))
    assert report.due_on == date(2027, 1, 1)
    assert not report.is_overdue(date(2027, 3, 1))
    assert [line.bucket for line in agenda(session, today=date(2027, 3, 1))] == [Bucket.unpublished]
    assert agenda(session, today=date(2027, 3, 1), bucket=Bucket.overdue) == []


def test_importing_the_notice_makes_it_firm(session: Session) -> None:
    report = unpublished(session)
    admin = factories.make_user(RoleName.administrator)

    (foreseen, *_) = [
        row for row in amendments.preview_calendar(session, year_2027()) if row.deadline_id == report.id
    ]
    assert (foreseen.from_on, foreseen.to_on) == (date(2027, 1, 1), date(2027, 1, 4))
    assert (foreseen.was_provisional, foreseen.is_provisional) == (True, False)
    assert report.provisional

    done = amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=admin)

    assert (done.records, done.moved) == (1, 2)
    assert (report.provisional, report.effective_on, report.due_on) == (
        False,
        date(2027, 1, 4),
        date(2027, 1, 4),
    )
    assert report.is_overdue(date(2027, 1, 5))
    assert [move.why for move in report.moves] == [MoveWhy.calendar]
    assert "2027" in report.moves[0].note
    assert report.next_alert_on == date(2027, 1, 3)
    assert amendments.preview_calendar(session, year_2027()) == []


def test_the_preview_writes_nothing(session: Session) -> None:
    unpublished(session)
    session.commit()
    amendments.preview_calendar(session, year_2027())
    assert not session.dirty
    assert not session.new
    assert session.scalars(select(CalendarYear)).all() == []


def test_a_chain_through_an_unpublished_year_becomes_firm_link_by_link(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    services.announce(session, tender, "award_result_published", on=date(2026, 12, 31), by=SYSTEM)
    end = session.scalars(select(EventDate).filter_by(event="award_notice_period_end")).one()
    challenge = clock(session, tender, "gp_challenge_result_7wd")
    assert (end.provisional, end.planned_on) == (True, date(2027, 1, 1))
    assert (challenge.provisional, challenge.effective_on) == (True, None)

    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)

    assert (end.provisional, end.planned_on) == (False, date(2027, 1, 4))
    # 5, 6, 7, 8, the make-up Saturday 9, 11 and 12 January
    assert (challenge.provisional, challenge.due_on) == (False, date(2027, 1, 12))


def test_a_clock_met_while_its_day_was_unknown_learns_whether_it_was_late(session: Session) -> None:
    report = unpublished(session)
    services.announce(session, report.record, "evaluation_report_delivered", on=date(2027, 1, 5), by=SYSTEM)
    assert (report.state, report.is_late) == (DeadlineState.met, False)
    amendments.apply_calendar(session, year_2027(), on=date(2027, 1, 6), by=SYSTEM)
    assert (report.state, report.is_late) == (DeadlineState.met, True)


def test_a_correction_of_a_shipped_year_moves_only_what_crosses_the_changed_days(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    services.announce(session, contract, "contract_signed", on=date(2026, 9, 30), by=SYSTEM)
    elsewhere = make_matter("contract.government_procurement")
    services.announce(session, elsewhere, "contract_signed", on=date(2026, 3, 2), by=SYSTEM)
    shipped = Calendar.shipped().year(2026)
    assert shipped is not None
    longer = YearArrangement(
        2026,
        (*shipped.holidays, (date(2026, 10, 8), Festival.national_day)),
        shipped.make_up,
        shipped.notices,
    )
    moving = amendments.preview_calendar(session, longer)
    assert {row.record_id for row in moving} == {contract.id}

    amendments.apply_calendar(session, longer, on=date(2026, 9, 30), by=SYSTEM)
    assert clock(session, contract, "gp_contract_publish_2wd").due_on == date(2026, 10, 10)

    amendments.apply_calendar(session, shipped, on=date(2026, 9, 30), by=SYSTEM)
    assert clock(session, contract, "gp_contract_publish_2wd").due_on == date(2026, 10, 9)


def test_the_corrected_calendar_says_where_it_comes_from(session: Session) -> None:
    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)
    calendar = calendar_for(session)
    assert calendar.published(2027)
    assert not calendar.is_working(date(2027, 2, 5))
    assert calendar.is_working(date(2027, 1, 9))
    notice = calendar.day(date(2027, 2, 5)).notice
    assert notice is not None
    assert notice.number == "国办发明电〔2026〕99号"
    assert calendar.year(2027) == year_2027()


def test_a_request_builds_no_calendar_that_is_known_already(session: Session) -> None:
    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)
    first = calendar_for(session)
    session.commit()
    session.expunge_all()
    statements: list[str] = []
    connection = session.connection()
    sql_event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert calendar_for(session) is first
    assert len(statements) == 1


def test_without_corrections_the_calendar_is_the_shipped_one(session: Session) -> None:
    assert calendar_for(session) is Calendar.shipped()


def test_only_who_may_edit_the_calendar_applies_a_year(session: Session) -> None:
    with pytest.raises(Forbidden):
        amendments.apply_calendar(
            session, year_2027(), on=date(2026, 11, 25), by=factories.make_user(RoleName.officer)
        )


def test_a_faulty_year_is_not_applied(session: Session) -> None:
    with pytest.raises(InvalidInput):
        amendments.apply_calendar(session, YearArrangement(2027, (), ()), on=date(2026, 11, 25), by=SYSTEM)


def test_applying_a_year_is_audited(session: Session) -> None:
    report = unpublished(session)
    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)
    session.commit()
    event = session.scalars(select(audit.AuditEvent).filter_by(action="calendar.applied")).one()
    assert (event.facts["detail"]["year"], event.facts["detail"]["moved"]) == (2027, 2)
    assert audit.history(session, report.record, limit=1)[0].action == "deadlines.recomputed"


# -- stricter rules -----------------------------------------------------------------------------------------


def test_an_override_binds_the_organization_and_those_below_from_its_day_on(session: Session) -> None:
    zone = factories.make_organization()
    department, other = factories.make_organization(zone), factories.make_organization()
    ours, theirs, before = (
        make_matter("contract.government_procurement", organization=place)
        for place in (department, other, zone)
    )
    services.announce(session, before, "contract_signed", on=date(2026, 9, 15), by=SYSTEM)
    for contract in (ours, theirs):
        services.announce(session, contract, "contract_signed", on=date(2026, 9, 28), by=SYSTEM)

    amendments.set_override(
        session,
        zone,
        "gp_contract_publish_2wd",
        amount=1,
        reason="the zone promises next-day publication",
        effective_from=date(2026, 9, 21),
        on=date(2026, 9, 28),
        by=factories.make_user(RoleName.administrator),
    )

    assert clock(session, ours, "gp_contract_publish_2wd").due_on == date(2026, 9, 29)
    assert clock(session, theirs, "gp_contract_publish_2wd").due_on == date(2026, 9, 30)
    assert clock(session, before, "gp_contract_publish_2wd").due_on == date(2026, 9, 17)
    (move,) = clock(session, ours, "gp_contract_publish_2wd").moves
    assert (move.why, move.note) == (MoveWhy.rule, "the zone promises next-day publication")
    later = make_matter("contract.government_procurement", organization=department)
    services.announce(session, later, "contract_signed", on=date(2026, 11, 2), by=SYSTEM)
    assert clock(session, later, "gp_contract_publish_2wd").due_on == date(2026, 11, 3)


def test_an_override_that_has_ended_binds_what_started_before(session: Session) -> None:
    zone = factories.make_organization()
    override = amendments.set_override(
        session,
        zone,
        "gp_contract_publish_2wd",
        amount=1,
        reason="trial",
        effective_from=date(2026, 9, 1),
        on=date(2026, 9, 1),
        by=SYSTEM,
    )
    amendments.end_override(session, override, on=date(2026, 9, 30), reason="trial over", by=SYSTEM)
    book = rule_book(session)
    assert book.rule_for("gp_contract_publish_2wd", zone.path, date(2026, 9, 30)).period.amount == 1
    assert book.rule_for("gp_contract_publish_2wd", zone.path, date(2026, 10, 1)).period.amount == 2


@pytest.mark.parametrize(
    ("rule_id", "amount", "stricter"),
    [
        ("gp_contract_publish_2wd", 1, True),
        ("gp_contract_publish_2wd", 2, False),
        ("gp_contract_publish_2wd", 3, False),
        ("gp_bid_period_min_20d", 21, True),
        ("gp_bid_period_min_20d", 20, False),
        ("gp_bid_period_min_20d", 19, False),
        ("gp_tender_clarify_15d", 16, True),
        ("gp_tender_clarify_15d", 14, False),
        ("gp_contract_publish_2wd", -1, False),
    ],
)
def test_an_override_is_stricter_than_the_law_or_refused(
    session: Session, rule_id: str, amount: int, stricter: bool
) -> None:
    def tighten() -> None:
        amendments.set_override(
            session,
            factories.make_organization(),
            rule_id,
            amount=amount,
            reason="our own standard",
            effective_from=date(2026, 9, 1),
            on=date(2026, 9, 1),
            by=SYSTEM,
        )

    if stricter:
        tighten()
        return
    with pytest.raises(InvalidInput) as refusal:
        tighten()
    assert set(refusal.value.fields) == {"amount"}


def test_a_stricter_minimum_is_refused_like_the_law(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    amendments.set_override(
        session,
        tender.organization,
        "gp_bid_period_min_20d",
        amount=25,
        reason="our own standard",
        effective_from=date(2026, 9, 1),
        on=date(2026, 9, 1),
        by=SYSTEM,
    )
    services.announce(session, tender, "tender_documents_first_issued", on=date(2026, 11, 2), by=SYSTEM)
    assert clock(session, tender, "gp_bid_period_min_20d").due_on == date(2026, 11, 27)


def test_further_reminders_may_be_added_and_reach_what_runs(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    services.announce(session, contract, "contract_signed", on=date(2026, 9, 28), by=SYSTEM)
    publish = clock(session, contract, "gp_contract_publish_2wd")
    assert publish.next_alert_on == date(2026, 9, 29)
    tightening = {
        "reason": "earlier",
        "effective_from": date(2026, 9, 1),
        "on": date(2026, 9, 28),
        "by": SYSTEM,
    }
    with pytest.raises(InvalidInput):
        amendments.set_override(
            session, contract.organization, "gp_contract_publish_2wd", ladder=[5], **tightening
        )
    amendments.set_override(
        session, contract.organization, "gp_contract_publish_2wd", ladder=[2, 1, 0], **tightening
    )
    assert publish.next_alert_on == date(2026, 9, 28)
    assert publish.moves == []


@pytest.mark.parametrize("given", [{"amount": 1, "reason": " "}, {"reason": "none"}])
def test_an_override_needs_a_reason_and_a_content(session: Session, given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        amendments.set_override(
            session,
            factories.make_organization(),
            "gp_contract_publish_2wd",
            effective_from=date(2026, 9, 1),
            on=date(2026, 9, 1),
            by=SYSTEM,
            **given,  # type: ignore[arg-type]
        )


def test_an_unknown_rule_cannot_be_overridden(session: Session) -> None:
    with pytest.raises(NotFound):
        amendments.set_override(
            session,
            factories.make_organization(),
            "no_such_rule",
            amount=1,
            reason="x",
            effective_from=date(2026, 9, 1),
            on=date(2026, 9, 1),
            by=SYSTEM,
        )


# -- thresholds ---------------------------------------------------------------------------------------------


def test_the_most_local_and_latest_threshold_counts(session: Session) -> None:
    def value(year: int, **place: str) -> Decimal | date:
        return threshold(session, "local_open_tender_floor", year=year, **place).value

    shipped = value(2026)
    assert shipped == Decimal(2_000_000)
    for year, amount, place in (
        (2024, 2_500_000, {"province": "江西"}),
        (2026, 3_000_000, {"province": "江西"}),
        (2025, 4_000_000, {"province": "江西", "level": "county"}),
    ):
        amendments.set_threshold(
            session,
            "local_open_tender_floor",
            value=Decimal(amount),
            year=year,
            by=SYSTEM,
            document_number="赣财购〔2024〕1号",
            **place,
        )

    assert value(2023, province="江西") == shipped
    assert value(2024, province="江西") == 2_500_000
    assert value(2026, province="江西") == 3_000_000
    assert value(2026, province="江西", level="county") == 4_000_000
    assert value(2024, province="江西", level="county") == 2_500_000
    assert value(2026, province="湖南") == shipped
    reading = threshold(session, "local_open_tender_floor", year=2026, province="江西")
    assert reading.kept is not None
    assert reading.kept.document_number == "赣财购〔2024〕1号"


@pytest.mark.parametrize(
    ("threshold_id", "place", "value", "is_taken"),
    [
        ("supplementary_contract_cap", {"province": "江西"}, "9.9", True),
        ("supplementary_contract_cap", {"province": "江西"}, "10", True),
        ("supplementary_contract_cap", {"province": "江西"}, "10.1", False),
        ("supplementary_contract_cap", {"level": "county"}, "12", False),
        ("supplementary_contract_cap", {}, "12", True),  # the law itself has changed
        ("price_weight_service_min", {"province": "江西"}, "9", False),
        ("local_county_quota_floor", {"province": "江西"}, "500000", True),  # left to provinces
    ],
)
def test_a_place_cannot_loosen_what_the_law_sets_for_the_whole_country(
    session: Session, threshold_id: str, place: dict[str, str], value: str, is_taken: bool
) -> None:
    given: Any = {"value": Decimal(value), "year": 2026, "document_number": "示例〔2026〕1号", **place}
    if is_taken:
        assert amendments.set_threshold(session, threshold_id, by=SYSTEM, **given).value == Decimal(value)
        return
    with pytest.raises(InvalidInput) as refusal:
        amendments.set_threshold(session, threshold_id, by=SYSTEM, **given)
    assert set(refusal.value.fields) == {"value"}


def test_an_official_threshold_names_its_document(session: Session) -> None:
    with pytest.raises(InvalidInput) as refusal:
        amendments.set_threshold(
            session, "local_open_tender_floor", value=Decimal(1), year=2026, by=SYSTEM, province="江西"
        )
    assert set(refusal.value.fields) == {"document_number"}


@pytest.mark.parametrize(
    ("threshold_id", "own", "stricter"),
    [
        ("supplementary_contract_cap", "5", True),
        ("supplementary_contract_cap", "10", False),
        ("supplementary_contract_cap", "12", False),
        ("price_weight_goods_min", "35", True),
        ("price_weight_goods_min", "25", False),
        ("must_tender_construction", "3000000", True),
        ("must_tender_construction", "5000000", False),
        ("sme_whole_reserve_services", "3000000", True),
        ("sme_whole_reserve_services", "1000000", False),
        ("sme_late_interest_daily", "0.06", False),
    ],
)
def test_an_organization_may_set_a_stricter_threshold_for_itself(
    session: Session, threshold_id: str, own: str, stricter: bool
) -> None:
    zone = factories.make_organization()

    def keep() -> None:
        amendments.set_threshold(
            session,
            threshold_id,
            value=Decimal(own),
            year=2026,
            by=SYSTEM,
            organization=zone,
            reason="after last year's audit",
        )

    if not stricter:
        with pytest.raises(InvalidInput) as refusal:
            keep()
        assert set(refusal.value.fields) == {"value"}
        return
    keep()
    below = factories.make_organization(zone)
    reading = threshold(session, threshold_id, year=2026, organization_path=below.path)
    assert reading.value == Decimal(own)
    assert threshold(session, threshold_id, year=2026).value != Decimal(own)


def test_setting_a_threshold_again_replaces_it(session: Session) -> None:
    for amount in (250, 300):
        amendments.set_threshold(
            session,
            "local_open_tender_floor",
            value=Decimal(amount) * 10_000,
            year=2026,
            by=SYSTEM,
            province="江西",
            document_number="赣财购〔2026〕1号",
        )
    assert threshold(session, "local_open_tender_floor", year=2026, province="江西").value == 3_000_000


def test_a_threshold_that_is_a_day_is_not_an_amount(session: Session) -> None:
    with pytest.raises(InvalidInput):
        amendments.set_threshold(
            session, "deed_tax_exemption_sunset", value=Decimal(1), year=2026, by=SYSTEM, document_number="x"
        )
