"""A ledger's dates, thousands at once, come out as if each had been announced by itself."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.auth import SYSTEM
from deadlines import services
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.models import Deadline, DeadlineState, EventDate
from tests import factories
from tests.factories.matters import Matter, make_matter

TODAY = date(2026, 11, 23)

LINES: list[tuple[tuple[str, ...], list[Dated]]] = [
    (
        ("contract.government_procurement",),
        [Dated("contract_signed", date(2026, 9, 30)), Dated("contract_published", date(2026, 10, 8))],
    ),
    (
        ("contract.government_procurement", "contract.service"),
        [
            Dated("contract_effective", date(2026, 1, 5)),
            Dated("contract_expiry", date(2027, 1, 4), planned=True),
            Dated("contract_signed", date(2025, 12, 30)),
        ],
    ),
    (("method.public_tender",), [Dated("award_result_published", date(2026, 9, 22))]),
    (("method.public_tender", "tender.by_agent"), [Dated("evaluation_ended", date(2026, 12, 30))]),
    (
        ("method.public_tender",),
        [
            Dated("bid_submission_deadline", date(2026, 10, 20), planned=True),
            Dated("tender_documents_first_issued", date(2026, 10, 9)),
            Dated("tender_clarification_notified", date(2026, 10, 12), occurrence="1"),
        ],
    ),
    (
        ("method.bidding_law_tender",),
        [
            Dated("candidate_publicity_end", date(2026, 11, 9)),
            Dated("candidate_publicity_published", date(2026, 11, 2)),
        ],
    ),
    (("certificate.hazardous_waste_collection",), [Dated("certificate_issued", date(2024, 2, 29))]),
    (
        ("payer.public_body", "payee.sme", "contract.government_procurement"),
        [Dated("invoice_received", date(2026, 3, 2)), Dated("goods_or_services_delivered", date(2026, 3, 1))],
    ),
    ((), []),
]


def entry(record: Matter, dates: list[Dated]) -> Entry:
    return Entry(record.id, record.organization_id, record.traits, dates, record.owner_id)


def everything(session: Session, record: Matter) -> tuple[list[Any], list[Any]]:
    skipped = {"id", "record_id", "organization_id", "created_at", "moved_at"}

    def facts(row: Any) -> list[Any]:
        return [getattr(row, c.key) for c in type(row).__mapper__.columns if c.key not in skipped]

    session.expire_all()
    clocks = session.scalars(select(Deadline).filter_by(record_id=record.id)).all()
    dates = session.scalars(select(EventDate).filter_by(record_id=record.id)).all()
    return (
        sorted((facts(row) for row in clocks), key=str),
        sorted((facts(row) for row in dates), key=str),
    )


@pytest.mark.parametrize(("traits", "dates"), LINES)
def test_an_imported_record_has_the_clocks_of_one_entered_by_hand(
    session: Session, traits: tuple[str, ...], dates: list[Dated]
) -> None:
    owner = factories.make_user()
    by_hand, imported = (make_matter(*traits, owner_id=owner.id) for _ in range(2))
    for dated in dates:
        services.announce(
            session,
            by_hand,
            dated.event,
            on=dated.on,
            by=SYSTEM,
            occurrence=dated.occurrence,
            planned=dated.planned,
            tolerate=True,
        )

    done = announce_many(session, [entry(imported, dates)], on=TODAY, by=SYSTEM)

    assert everything(session, imported) == everything(session, by_hand)
    assert done.records == 1
    assert done.opened == len(everything(session, imported)[0])


def test_importing_the_same_ledger_again_changes_nothing(session: Session) -> None:
    records = [(make_matter(*traits), dates) for traits, dates in LINES]
    entries = [entry(record, dates) for record, dates in records]
    announce_many(session, entries, on=TODAY, by=SYSTEM)
    before = [everything(session, record) for record, _dates in records]

    again = announce_many(session, entries, on=TODAY, by=SYSTEM)

    assert [everything(session, record) for record, _dates in records] == before
    assert (again.opened, again.moved, again.events) == (0, 0, 0)


def test_a_ledger_that_has_changed_moves_the_clocks_of_known_records(session: Session) -> None:
    record = make_matter("contract.government_procurement")
    announce_many(
        session, [entry(record, [Dated("contract_signed", date(2026, 9, 30))])], on=TODAY, by=SYSTEM
    )

    done = announce_many(
        session,
        [
            entry(
                record,
                [Dated("contract_signed", date(2026, 9, 29)), Dated("contract_published", date(2026, 9, 30))],
            )
        ],
        on=TODAY,
        by=SYSTEM,
    )

    publish = session.scalars(select(Deadline).filter_by(rule_id="gp_contract_publish_2wd")).one()
    assert (publish.due_on, publish.state) == (date(2026, 10, 8), DeadlineState.met)
    assert done.moved > 0


def test_what_breaks_a_rule_is_entered_and_reported(session: Session) -> None:
    record = make_matter("method.public_tender")
    dates = [
        Dated("tender_documents_first_issued", date(2026, 9, 11)),
        Dated("bid_submission_deadline", date(2026, 9, 29)),
    ]
    done = announce_many(session, [entry(record, dates)], on=TODAY, by=SYSTEM, judge=True)
    assert [(record_id, caution.rule.id) for record_id, caution in done.cautions] == [
        (record.id, "gp_bid_period_min_20d")
    ]


def test_an_unknown_event_stops_the_import_before_anything_is_written(session: Session) -> None:
    record = make_matter()
    with pytest.raises(ValueError, match="tea_break"):
        announce_many(session, [entry(record, [Dated("tea_break", TODAY)])], on=TODAY, by=SYSTEM)
    assert session.scalars(select(EventDate)).all() == []


def test_one_audit_event_covers_an_import(session: Session) -> None:
    records = [make_matter("contract.government_procurement") for _ in range(3)]
    session.commit()
    dates = [Dated("contract_signed", date(2026, 9, 30))]
    announce_many(session, [entry(record, dates) for record in records], on=TODAY, by=SYSTEM)
    session.commit()
    (event,) = session.scalars(select(audit.AuditEvent).filter_by(action="dates.imported"))
    assert event.facts["detail"]["records"] == 3
