"""Libraries and their members: terms, publicity, admission, the yearly check, credit, suspension."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, WrongState
from core.organizations import limit, scope_below
from core.permissions import RoleName
from core.records import get
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_organization, make_user
from tests.factories.libraries import DAY, make_filing, make_library, make_member
from tests.factories.vendors import make_vendor
from vendors import library_services, memberships
from vendors.certificates import CertificateKind
from vendors.libraries import CreditStatus, Library, Membership, SuspensionCause
from vendors.libraries import MembershipStatus as M
from vendors.library_kinds import MEMBERSHIP
from vendors.models import VendorStatus
from vendors.report_types import ReportType


def set_up(session, **given):
    keeper = given.pop("by", None) or make_user(RoleName.librarian)
    return library_services.set_up(
        session,
        **{
            "by": keeper,
            "on": DAY,
            "organization": keeper.organization,
            "title": "环评中介库",
            "category": "eia",
        }
        | given,
    )


def due(session, record):
    found = session.scalars(
        select(Deadline).where(Deadline.record_id == record.id, Deadline.closed_on.is_(None))
    )
    return {row.rule_id: row.due_on for row in found}


# -- terms --------------------------------------------------------------------------------------------------


def test_a_library_begins_with_the_usual_terms_and_belongs_to_the_zone(session):
    zone = make_organization()
    keeper = make_user(RoleName.librarian, organization=make_organization(zone))
    library = set_up(session, by=keeper, capacity=30, publicity_days=7)
    session.commit()

    assert (library.number, library.organization) == ("ZJK-2026-0001", zone)
    assert (library.required, library.credit_days) == ({CertificateKind.eia_filing}, 7)
    assert (library.capacity, library.publicity_days, library.ranking_minimum) == (30, 7, 5)
    assert (library.weight_enterprise, library.weight_department, library.weight_zone) == (5, 3, 2)
    assert audit.history(session, library)[0].action == "created"


@pytest.mark.parametrize(
    ("category", "kinds"),
    [
        ("testing", {CertificateKind.cma}),
        ("hazardous_waste", {CertificateKind.hazardous_waste, CertificateKind.hazardous_waste_collection}),
        ("legal", set()),
    ],
)
def test_a_library_asks_for_what_is_evidence_for_its_service(session, category, kinds):
    assert set_up(session, category=category).required == kinds


def test_a_service_has_one_library_in_a_zone(session):
    keeper = make_user(RoleName.librarian)
    first = set_up(session, by=keeper)
    with pytest.raises(InvalidInput, match=first.number):
        set_up(session, by=keeper)
    with pytest.raises(IntegrityError):
        make_library(keeper.organization)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"publicity_days": -1}, "publicity_days"),
        ({"least_draw": 1}, "least_draw"),
        ({"least_mean_adjusted": 2}, "least_mean_adjusted"),
        ({"capacity": 0}, "capacity"),
        ({"remove_below": 0}, "remove_below"),
        ({"weight_enterprise": 0, "weight_department": 0, "weight_zone": 0}, "weight_enterprise"),
        ({"certificate_words": "驾驶证"}, "certificate_words"),
        ({"certificate_words": "CMA"}, "certificate_words"),
    ],
)
def test_terms_that_make_no_sense_name_their_field(session, terms, field):
    library = set_up(session)
    with pytest.raises(InvalidInput) as refusal:
        library_services.change(session, library, by=SYSTEM, **terms)
    assert list(refusal.value.fields) == [field]


def test_terms_are_changed_with_a_trace_and_the_service_stays(session):
    library = set_up(session, concentration_count=3)
    library_services.change(
        session,
        library,
        by=SYSTEM,
        title="环评库",
        category="eia",
        concentration_count=None,
        certificate_words="环评备案、安全生产许可证",
        publicity_days=None,
    )
    session.commit()

    assert (library.title, library.concentration_count, library.publicity_days) == ("环评库", None, 5)
    assert library.required == {CertificateKind.eia_filing, CertificateKind.safety_permit}
    assert "环评备案" in library.certificate_words
    assert "concentration_count" in audit.history(session, library)[0].facts["changes"]
    with pytest.raises(InvalidInput, match="service"):
        library_services.change(session, library, by=SYSTEM, category="legal")


def test_the_fee_list_holds_the_newest_fee_from_its_day(session):
    library = set_up(session)
    for amount, since in (("60000.00", date(2026, 1, 1)), ("50000.00", date(2026, 7, 1))):
        library_services.list_fee(
            session, library, by=SYSTEM, report_type="eia_report", amount=Decimal(amount),
            effective_from=since, document="示例价目 1 号",
        )  # fmt: skip
    task = ReportType.eia_report

    assert library.list_fee(task, date(2025, 12, 31)) is None
    assert library.list_fee(task, date(2026, 6, 30)).amount == Decimal("60000.00")
    assert library.list_fee(task, date(2026, 7, 1)).amount == Decimal("50000.00")
    with pytest.raises(InvalidInput, match="from that day already"):
        library_services.list_fee(
            session, library, by=SYSTEM, report_type=task, amount=Decimal(1), effective_from=date(2026, 7, 1),
            document="示例",
        )  # fmt: skip
    with pytest.raises(InvalidInput, match="not given such tasks"):
        library_services.list_fee(
            session,
            library,
            by=SYSTEM,
            report_type="financing",
            amount=Decimal(1),
            effective_from=DAY,
            document="示例",
        )


def test_departments_of_the_zone_see_its_library_and_other_zones_do_not(session):
    library = make_library()
    member = make_member(library)
    session.commit()

    limit(session, scope_below(session, [make_organization(library.organization)]))
    assert get(session, Library, library.id) is library
    assert get(session, Membership, member.id) is member
    limit(session, scope_below(session, [make_organization()]))
    session.expunge_all()
    assert session.scalars(select(Library)).all() == []


# -- from the application to the admission ------------------------------------------------------------------


def applied(session, library=None, **given):
    library = library or make_library(publicity_days=5)
    vendor = make_vendor(library.organization)
    return memberships.apply_for(
        session, **{"by": SYSTEM, "on": DAY, "vendor": vendor, "library": library} | given
    )


def test_a_place_is_reviewed_publicised_and_admitted_when_the_publicity_is_over(session):
    membership = applied(session)
    memberships.review(session, membership, by=SYSTEM, on=DAY, finding="示例：材料齐全")
    memberships.publicise(session, membership, by=SYSTEM, on=date(2026, 3, 3))
    assert membership.publicity_ends_on == date(2026, 3, 10)  # five working days after Tuesday
    with pytest.raises(WrongState, match="2026-03-10"):
        memberships.admit(session, membership, by=SYSTEM, on=date(2026, 3, 10))
    memberships.admit(session, membership, by=SYSTEM, on=date(2026, 3, 11))
    session.commit()

    assert (membership.number, membership.status) == ("RK-2026-0001", M.admitted)
    assert membership.recheck_due_on == date(2027, 3, 11)
    assert due(session, membership) == {"library_recheck_1y": date(2027, 3, 11)}


def test_who_hands_an_application_in_does_not_decide_on_it(session):
    library = make_library()
    keeper = make_user(RoleName.librarian, organization=library.organization)
    membership = applied(session, library, by=keeper)
    with pytest.raises(Forbidden):
        memberships.review(session, membership, by=keeper, on=DAY, finding="示例")
    other = make_user(RoleName.librarian, organization=library.organization)
    memberships.review(session, membership, by=other, on=DAY, finding="示例")
    assert membership.status is M.reviewed


def test_an_application_without_the_certificate_cannot_pass_the_review(session):
    membership = applied(session, make_library(certificates=[CertificateKind.eia_filing]))
    with pytest.raises(WrongState, match="certificates"):
        memberships.review(session, membership, by=SYSTEM, on=DAY, finding="示例")
    make_filing(membership.vendor)
    memberships.review(session, membership, by=SYSTEM, on=DAY, finding="示例")
    assert membership.status is M.reviewed


def test_nobody_applies_twice_or_from_another_register_or_while_barred(session):
    membership = applied(session)
    with pytest.raises(InvalidInput, match=membership.number):
        applied(session, membership.library, vendor=membership.vendor)
    with pytest.raises(InvalidInput, match="another register"):
        applied(session, membership.library, vendor=make_vendor())
    barred = make_vendor(membership.library.organization, VendorStatus.debarred)
    with pytest.raises(WrongState, match="not available"):
        applied(session, membership.library, vendor=barred)
    library_services.close(session, membership.library, by=SYSTEM, reason="示例")
    with pytest.raises(WrongState, match="closed"):
        applied(session, membership.library)


def test_a_full_library_admits_nobody_more_until_somebody_leaves(session):
    library = make_library(capacity=1, publicity_days=0)
    sitting = make_member(library)
    membership = applied(session, library)
    memberships.review(session, membership, by=SYSTEM, on=DAY, finding="示例")
    memberships.publicise(session, membership, by=SYSTEM, on=DAY)
    with pytest.raises(WrongState, match="full"):
        memberships.admit(session, membership, by=SYSTEM, on=DAY)
    memberships.remove(session, sitting, by=SYSTEM, on=DAY, reason="示例")
    memberships.admit(session, membership, by=SYSTEM, on=DAY)
    assert membership.status is M.admitted


def test_the_yearly_check_starts_the_year_anew(session):
    library = make_library(publicity_days=0)
    membership = applied(session, library)
    memberships.review(session, membership, by=SYSTEM, on=DAY, finding="示例")
    memberships.publicise(session, membership, by=SYSTEM, on=DAY)
    memberships.admit(session, membership, by=SYSTEM, on=DAY)
    memberships.recheck(session, membership, by=SYSTEM, on=date(2027, 2, 20), finding="示例：合格")
    session.commit()

    assert membership.recheck_due_on == date(2028, 2, 20)
    clocks = session.scalars(
        select(Deadline).where(Deadline.record_id == membership.id).order_by(Deadline.id)
    ).all()
    assert [(row.state, row.due_on) for row in clocks] == [
        (DeadlineState.met, date(2027, 3, 2)),
        (DeadlineState.open, date(2028, 2, 20)),
    ]


# -- credit and evidence ------------------------------------------------------------------------------------


def check(session, membership, credit, on, **given):
    memberships.check_credit(
        session, membership, **{"by": SYSTEM, "on": on, "credit": credit, "evidence": "示例：截图"} | given
    )


def test_an_order_to_rectify_suspends_for_six_months_and_a_fresh_look_lifts_it(session):
    member = make_member(make_library(credit_days=7))
    with pytest.raises(InvalidInput, match="limit of demerits"):
        check(session, member, "rectification", DAY)
    check(session, member, "rectification", date(2026, 3, 9), reached_on=date(2026, 3, 5))
    assert (member.status, member.suspended_for) == (M.suspended, SuspensionCause.credit)
    assert member.rectify_until == date(2026, 9, 5)
    with pytest.raises(InvalidInput, match="2026-09-05"):
        check(session, member, "normal", date(2026, 9, 5))
    with pytest.raises(WrongState, match="rectify"):
        memberships.reinstate(session, member, by=SYSTEM, on=date(2026, 9, 5), reason="示例")
    check(session, member, "normal", date(2026, 9, 7))
    session.commit()

    assert (member.status, member.rectify_until) == (M.admitted, None)
    assert (member.credit_status, member.credit_checked_on) == (CreditStatus.normal, date(2026, 9, 7))


def test_reaching_the_limit_again_starts_the_six_months_anew(session):
    member = make_member(make_library(credit_days=7))
    check(session, member, "rectification", DAY, reached_on=DAY)
    check(session, member, "rectification", date(2026, 6, 1), reached_on=date(2026, 6, 1))
    session.commit()

    assert member.rectify_until == date(2026, 12, 1)


def test_a_decision_to_suspend_is_not_lifted_by_a_look_at_the_platform(session):
    member = make_member(make_library(credit_days=7))
    memberships.suspend(session, member, by=SYSTEM, on=DAY, reason="示例：投诉核查")
    check(session, member, "normal", DAY)
    assert (member.status, member.suspended_for) == (M.suspended, SuspensionCause.decision)


def test_a_look_without_evidence_or_before_the_last_one_is_refused(session):
    member = make_member(make_library(credit_days=7))
    with pytest.raises(InvalidInput, match="Say why"):
        check(session, member, "normal", DAY, evidence=" ")
    with pytest.raises(InvalidInput, match="later than that"):
        check(session, member, "normal", DAY - timedelta(days=1))
    with pytest.raises(WrongState):
        check(session, make_member(make_library(credit_days=None)), "normal", DAY)


def test_a_lapse_suspends_the_place_the_same_day_and_the_renewal_lifts_it(session):
    library = make_library(certificates=[CertificateKind.eia_filing])
    member = make_member(library)
    assert memberships.follow_evidence(session, member.vendor, on=DAY) == [member]
    assert (member.status, member.suspended_for) == (M.suspended, SuspensionCause.evidence)
    assert memberships.follow_evidence(session, member.vendor, on=DAY) == []
    make_filing(member.vendor)
    assert memberships.follow_evidence(session, member.vendor, on=DAY) == [member]
    assert member.status is M.admitted


def test_fined_turns_add_up_and_are_few(session):
    member = make_member(make_library())
    for turns in (1, 2):
        memberships.penalise(session, member, by=SYSTEM, on=DAY, turns=turns, reason="示例：无故放弃")
    assert member.penalty_turns == 3
    with pytest.raises(InvalidInput, match="from 1 to 100"):
        memberships.penalise(session, member, by=SYSTEM, on=DAY, turns=101, reason="示例")


# -- the workflow -------------------------------------------------------------------------------------------

STEPS = {
    (M.applied, "review"): M.reviewed,
    (M.reviewed, "publicise"): M.publicised,
    (M.publicised, "admit"): M.admitted,
    (M.admitted, "recheck"): M.admitted,
    (M.admitted, "penalise"): M.admitted,
    (M.admitted, "suspend"): M.suspended,
    (M.suspended, "reinstate"): M.admitted,
    (M.removed, "reapply"): M.applied,
}
HERE = (M.applied, M.reviewed, M.publicised, M.admitted, M.suspended)
STEPS |= {(state, "remove"): M.removed for state in HERE}
STEPS |= {(state, "check_credit"): state for state in HERE}
FACTS = {
    M.publicised: {"publicity_ends_on": DAY},
    M.suspended: {"status_reason": "示例", "suspended_on": DAY, "suspended_for": SuspensionCause.decision},
    M.removed: {"status_reason": "示例", "removed_on": DAY},
}


@pytest.mark.parametrize(("state", "step"), list(product(M, [step.name for step in MEMBERSHIP.workflow])))
def test_a_place_moves_as_the_table_says_and_not_otherwise(session, state, step):
    member = make_member(make_library(credit_days=7), status=state, **FACTS.get(state, {}))
    answers = {"on": DAY + timedelta(days=9), "reason": "示例", "finding": "示例", "credit": "normal",
               "evidence": "示例", "turns": 1}  # fmt: skip
    action = MEMBERSHIP.action(step)
    given = {item.name: answers[item.name] for item in action.inputs if item.name in answers}

    if (state, step) in STEPS:
        action.service(session, member, by=SYSTEM, **given)
        session.commit()
        assert member.status is STEPS[state, step]
    else:
        with pytest.raises(WrongState):
            action.service(session, member, by=SYSTEM, **given)
        assert member.status is state
