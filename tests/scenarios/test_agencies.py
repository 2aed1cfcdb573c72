"""Agencies: left out for six months, not slowed by the pauses of others, drawn so that all can redo it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from tests.factories.libraries import make_done, make_filing, make_library, make_member
from tests.factories.vendors import make_vendor
from tests.scenarios.offices import Office
from vendors import commission_requests, commission_services, memberships, methods, pick_services, standings
from vendors.certificates import CertificateKind
from vendors.libraries import MembershipStatus
from vendors.methods import Basis, PickMethod
from vendors.picks import PickStatus
from vendors.report_types import ReportType

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def office(session):
    return Office(session)


def request_one(office, library, on):
    return commission_requests.request(
        office.session,
        by=office.officer,
        on=on,
        organization=office.department,
        title="示例：扩建项目环评",
        library=library,
        report_type=ReportType.eia_report,
        client_name="示例企业",
    )


def pick_one(office, library, on, method=PickMethod.own_choice, **given):
    """Open a pick, freeze its list, and return it."""
    commission = request_one(office, library, on)
    pick = pick_services.open_pick(
        office.session, by=office.officer, on=on, commission=commission, method=method, at=MORNING, **given
    )
    pick_services.freeze(office.session, pick, by=office.officer, on=on, witnesses="示例监督员")
    office.session.commit()
    return pick


def test_an_eia_firm_under_rectification_cannot_be_picked_and_can_again_after_six_months(session, office):
    library = make_library(office.zone, certificates=[CertificateKind.eia_filing], credit_days=7)
    firm = make_vendor(office.zone)
    make_filing(firm)
    place = memberships.apply_for(
        session, by=office.officer, on=date(2026, 2, 2), vendor=firm, library=library
    )
    memberships.review(session, place, by=office.librarian, on=date(2026, 2, 3), finding="示例：材料齐全")
    memberships.publicise(session, place, by=office.librarian, on=date(2026, 2, 4))
    memberships.admit(session, place, by=office.librarian, on=date(2026, 2, 27))
    look = {"by": office.librarian, "evidence": "示例：信用平台截图"}
    memberships.check_credit(session, place, on=date(2026, 2, 27), credit="normal", **look)
    session.commit()

    # in March it is picked; then the platform says that it reached the limit
    assert pick_one(office, library, date(2026, 3, 2)).eligible
    memberships.check_credit(
        session, place, on=date(2026, 3, 9), credit="rectification", reached_on=date(2026, 3, 6), **look
    )
    session.commit()
    assert (place.status, place.rectify_until) == (MembershipStatus.suspended, date(2026, 9, 6))

    for day in (date(2026, 3, 10), date(2026, 9, 4)):
        left_out = pick_one(office, library, day)
        assert left_out.status is PickStatus.failed
        assert "rectifying" in {reason["code"] for reason in left_out.candidates[0].reasons}

    # the six months are over on 6 September, but only a fresh look opens the gate
    assert pick_one(office, library, date(2026, 9, 7)).status is PickStatus.failed
    memberships.check_credit(session, place, on=date(2026, 9, 7), credit="normal", **look)
    again = pick_one(office, library, date(2026, 9, 7))
    pick_services.choose(session, again, by=office.officer, on=date(2026, 9, 7), vendor=firm)
    session.commit()
    assert again.commission.vendor is firm


def test_an_agency_keeps_its_speed_through_the_pauses_of_others_and_loses_it_by_its_own(session, office):
    library = make_library(office.zone, ranking_minimum=1, credit_days=None)
    waiting, idling = make_vendor(office.zone), make_vendor(office.zone)
    span = (date(2026, 3, 4), date(2026, 3, 18))
    for vendor, cause in ((waiting, "owner"), (idling, "agency")):
        make_done(
            library,
            vendor,
            accepted_on=date(2026, 3, 2),
            delivered_on=date(2026, 3, 20),
            pauses=((cause, *span),),
            by=office.officer,
        )
    session.commit()

    ranked = standings.top(session, library)
    assert [(line.vendor_id, line.days.median) for line in ranked] == [(waiting.id, 4.0), (idling.id, 14.0)]


def test_a_draw_is_redone_by_anybody_on_the_command_line_and_on_its_page(app, session, office, client):
    library = make_library(office.zone, credit_days=None)
    members = [make_member(library, make_vendor(office.zone)) for _ in range(4)]
    pick = pick_one(office, library, date(2026, 3, 2), PickMethod.draw, seed="a1" * 32)
    before = client.get(f"/public/picks/{pick.id}").get_data(as_text=True)
    assert pick.seed_hash in before
    assert pick.seed not in before
    pick_services.choose(session, pick, by=office.officer, on=date(2026, 3, 2), called_out="三十六")
    fee = Decimal("45000.00")
    commission_services.accept(session, pick.commission, by=office.officer, on=date(2026, 3, 3), fee=fee)
    session.commit()

    page = client.get(f"/public/picks/{pick.id}").get_data(as_text=True)
    assert "全部一致" in page
    assert pick.seed in page
    assert pick.commission.client_name not in page
    printed = app.test_cli_runner().invoke(args=["vendors", "replay-draw", pick.number, "--format", "json"])
    told = json.loads(printed.output)
    assert told["agrees"] is True
    assert told["steps"][-1]["place"] == sorted(m.vendor.number for m in members).index(pick.winner.number)
    assert pick.winner.number in told["checks"][-1]["computed"]


def drawn(pick, called_out: str) -> str:
    """Return whom the draw would have fallen on with other words."""
    entries = json.loads(pick.candidate_list)
    return methods.pick(pick.algorithm, Basis(entries, pick.list_hash, pick.seed, called_out, {})).winner


@pytest.mark.parametrize(
    ("column", "value", "unlike"),
    [
        ("seed", "b2" * 32, "种子的 SHA-256"),
        ("called_out", None, "选中"),
        ("candidate_list", None, "候选名单的 SHA-256"),
        ("winner_id", None, "选中"),
    ],
)
def test_whoever_alters_a_draw_afterwards_is_found_out(app, session, office, client, column, value, unlike):
    library = make_library(office.zone, credit_days=None)
    members = [make_member(library, make_vendor(office.zone)) for _ in range(7)]
    pick = pick_one(office, library, date(2026, 3, 2), PickMethod.draw, seed="a1" * 32)
    pick_services.choose(session, pick, by=office.officer, on=date(2026, 3, 2), called_out="三十六")
    session.commit()
    if column == "candidate_list":  # one that the draw did not fall on is struck out
        entries = json.loads(pick.candidate_list)
        left = [each for each in entries if each["number"] != pick.winner.number]
        value = json.dumps([each for each in entries if each is not left[0]], ensure_ascii=False)
    if column == "called_out":  # words that would have led to another agency
        value = next(words for words in "一二三四五六七八九十" if drawn(pick, words) != pick.winner.number)
    if column == "winner_id":
        value = next(each.vendor_id for each in members if each.vendor_id != pick.winner_id)
    session.execute(
        text(f"update picks set {column} = :value where id = :id"), {"value": value, "id": pick.id}
    )
    session.commit()

    page = client.get(f"/public/picks/{pick.id}").get_data(as_text=True)
    assert "全部一致" not in page
    assert "不一致" in page
    done = app.test_cli_runner().invoke(args=["vendors", "replay-draw", pick.number, "--format", "json"])
    told = json.loads(done.output)
    assert (told["agrees"], done.exit_code) == (False, 1)
    assert unlike in {each["what"] for each in told["checks"] if not each["agrees"]}
