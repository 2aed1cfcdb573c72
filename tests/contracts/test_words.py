"""What a contract is found by is brought up to date when a word of it changes, and only then."""

from sqlalchemy import event, inspect

from contracts import services
from contracts.models import Contract
from core import workflow
from core.permissions import P
from core.records import Record
from tests.factories.contracts import draft, make_office, make_payee


def test_a_step_of_the_review_loads_no_names(session):
    office = make_office()
    contract_id = draft(office).id
    session.commit()
    session.expunge_all()
    asked: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))

    record = session.get_one(Record, contract_id)
    before = record.search_text
    workflow.review(session, record, "submit", by=office.officer, needs=P.contract_edit)
    session.flush()

    assert isinstance(record, Contract)
    assert any("UPDATE records" in statement for statement in asked)
    assert "vendor_name" in inspect(record).unloaded
    assert record.search_text == before


def test_another_title_or_vendor_is_found_at_once(session):
    office = make_office()
    contract = draft(office)
    other = make_payee(office.zone, title="改名检测有限公司")
    session.flush()

    services.change(session, contract, by=office.officer, title="另一个名称")
    session.flush()
    assert "另一个名称" in contract.search_text

    services.change(session, contract, by=office.officer, vendor=other)
    session.flush()
    assert "改名检测有限公司" in contract.search_text
