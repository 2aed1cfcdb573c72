"""The steps of an asset transfer and what stands in their way."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assets import appraisals, rules, services
from assets.models import AssetTransfer, Route, Stage, TransferStatus
from assets.rules import Proposal, appraisal_expiry, is_price_too_low
from core import workflow
from core.errors import Forbidden, InvalidInput, Stale, Unlawful, WrongState
from core.permissions import P
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState, EventDate
from tests.factories.assets import (
    APPRAISED,
    BASE_ON,
    DECIDED_ON,
    make_asset_office,
    open_case,
    take_to,
)

S = TransferStatus
FREE, CAPITAL, SALE = Route.free_transfer, Route.capital_contribution, Route.sale


def clocks(session, transfer):
    found = session.scalars(select(Deadline).where(Deadline.record_id == transfer.id))
    return {(row.rule_id, row.occurrence): row for row in found}


def day_of(session, transfer, event, occurrence=""):
    return session.scalars(
        select(EventDate).where(
            EventDate.record_id == transfer.id, EventDate.event == event, EventDate.occurrence == occurrence
        )
    ).one()


def test_a_case_sums_its_assets_up_and_is_found_by_them(session):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    services.add_asset(
        session,
        transfer,
        by=office.desk,
        name="2号标准厂房",
        book_value=Decimal("2000000.00"),
        net_value=Decimal("1500000.00"),
        area=Decimal("999.50"),
    )
    session.commit()

    assert transfer.number == "ZC-2026-0001"
    assert transfer.book_value == Decimal("20000000.00")
    assert transfer.net_value == Decimal("16500000.00")
    assert transfer.area == Decimal("13000.00")
    assert "2号标准厂房" in transfer.search_text


def test_nothing_is_audited_before_it_is_listed(session):
    office = make_asset_office()
    transfer = services.create(
        session,
        by=office.desk,
        organization=office.zone,
        on=date(2026, 3, 2),
        title="示例",
        route="sale",
        from_name="甲",
        to_name="乙",
    )

    with pytest.raises(WrongState, match="List the assets"):
        services.finish_audit(session, transfer, by=office.desk, on=date(2026, 3, 3))


@pytest.mark.parametrize(
    ("base_on", "expiry"),
    [
        (date(2026, 3, 31), date(2027, 3, 31)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 12, 31), date(2026, 12, 31)),
    ],
)
def test_an_appraisal_serves_for_a_year_from_its_base_date(base_on, expiry):
    assert appraisal_expiry(base_on) == expiry


@pytest.mark.parametrize(
    ("price", "too_low"), [("18000000.00", False), ("17999999.99", True), ("20000000.00", False)]
)
def test_nine_tenths_of_the_appraisal_is_the_floor_article_22(price, too_low):
    assert is_price_too_low(Decimal(price), APPRAISED) is too_low


@pytest.mark.parametrize("route", list(Route))
def test_every_route_leads_to_its_close(session, route):
    office = make_asset_office()
    transfer = take_to(S.registered, office, route)
    day = date(2026, 7, 21)
    if route is CAPITAL:
        services.register_company_change(session, transfer, by=office.desk, on=day)
    if route is SALE:
        services.pay_price(session, transfer, by=office.desk, on=day)
    services.register_property_rights(session, transfer, by=office.desk, on=day)
    services.book(session, transfer, by=office.desk, on=day)
    services.close(session, transfer, by=office.desk, on=day)
    session.commit()

    assert transfer.status is S.closed
    running = [key for key, row in clocks(session, transfer).items() if row.state is DeadlineState.open]
    assert {rule for rule, _occurrence in running} <= set(services.RETENTION)


@pytest.mark.parametrize(
    ("route", "present", "absent"),
    [
        (FREE, set(), {"appraisal_filing_apply_9m", "land_vat_declaration_7d", "soe_price_payment_5wd"}),
        (
            CAPITAL,
            {"appraisal_filing_apply_9m", "land_vat_declaration_7d", "market_registration_change_30d"},
            {"soe_price_payment_5wd", "soe_asset_disclosure_large_20wd"},
        ),
        (
            SALE,
            {"appraisal_filing_apply_9m", "soe_price_payment_5wd", "soe_asset_disclosure_large_20wd"},
            {"market_registration_change_30d"},
        ),
    ],
)
def test_each_route_starts_its_own_clocks(session, route, present, absent):
    transfer = take_to(S.registered, make_asset_office(), route)

    found = {rule for rule, _occurrence in clocks(session, transfer)}
    common = {"stamp_duty_per_event_15d", "estate_registration_30wd", "soe_property_registration_change_30d"}
    assert present | common <= found
    assert not absent & found


def test_the_appraisal_has_eight_or_nine_months_to_go_to_the_authority(session):
    office = make_asset_office()
    filing = take_to(S.appraised, office, SALE)
    approval = take_to(S.appraised, office, SALE, appraisal_procedure="approval")

    assert clocks(session, filing)["appraisal_filing_apply_9m", ""].strict_on == date(2026, 12, 31)
    assert clocks(session, approval)["appraisal_approval_apply_8m", ""].strict_on == date(2026, 11, 30)


@pytest.mark.parametrize("route", [CAPITAL, SALE])
def test_without_a_filed_appraisal_there_is_no_contribution_and_no_sale(session, route):
    office = make_asset_office()
    transfer = take_to(S.audited, office, route)
    workflow.review(session, transfer, "submit", by=office.desk, needs=P.asset_edit)
    workflow.review(session, transfer, "approve", by=office.approver, needs=P.asset_approve)

    with pytest.raises(WrongState):
        services.approve(session, transfer, by=office.approver, on=date(2026, 6, 1), approval_document="示例")


def test_the_paper_is_approved_before_the_transfer_is(session):
    office = make_asset_office()
    transfer = take_to(S.audited, office, FREE)

    with pytest.raises(WrongState, match="approval first"):
        services.approve(session, transfer, by=office.approver, on=date(2026, 6, 1), approval_document="示例")


def test_who_opened_the_case_does_not_approve_it(session):
    office = make_asset_office()
    transfer = take_to(S.audited, office, FREE)
    workflow.review(session, transfer, "submit", by=office.desk, needs=P.asset_edit)
    workflow.review(session, transfer, "approve", by=office.approver, needs=P.asset_approve)
    office.desk.roles = [*office.desk.roles, *office.approver.roles]
    office.desk.__dict__.pop("permissions", None)

    with pytest.raises(Forbidden):
        services.approve(session, transfer, by=office.desk, on=date(2026, 6, 1), approval_document="示例")


def test_without_final_accounts_nothing_is_transferred_article_31(session):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    transfer.assets[0].final_accounts_on = None
    services.finish_audit(session, transfer, by=office.desk, on=date(2026, 3, 20))
    workflow.review(session, transfer, "submit", by=office.desk, needs=P.asset_edit)
    workflow.review(session, transfer, "approve", by=office.approver, needs=P.asset_approve)
    day = date(2026, 6, 1)

    with pytest.raises(Unlawful) as refusal:
        services.approve(session, transfer, by=office.approver, on=day, approval_document="示例")
    assert (refusal.value.rule, refusal.value.article) == ("asset_final_accounts_1y", "Article 31")

    services.complete_accounts(session, transfer, by=office.desk, asset=1, on=day)
    services.approve(session, transfer, by=office.approver, on=day, approval_document="示例")
    assert transfer.status is S.approved


@pytest.mark.parametrize(("on", "lawful"), [(date(2027, 3, 31), True), (date(2027, 4, 1), False)])
@pytest.mark.parametrize("route", [CAPITAL, SALE])
def test_no_agreement_rests_on_a_lapsed_appraisal_article_21(session, route, on, lawful):
    office = make_asset_office()
    transfer = take_to(S.approved, office, route)
    if route is SALE:
        services.publish_notice(session, transfer, by=office.desk, on=date(2026, 6, 2), floor_price=APPRAISED)
        services.end_notice(session, transfer, by=office.desk, on=date(2026, 7, 2))

    def sign():
        services.sign_agreement(session, transfer, by=office.desk, on=on, price=APPRAISED)

    if lawful:
        sign()
        assert transfer.status is S.agreement_signed
    else:
        with pytest.raises(Unlawful) as refusal:
            sign()
        assert refusal.value.rule == "appraisal_result_valid_1y"


def test_a_free_transfer_knows_no_lapse(session):
    office = make_asset_office()
    transfer = take_to(S.approved, office, FREE)

    services.sign_agreement(session, transfer, by=office.desk, on=date(2028, 1, 4))

    assert (transfer.status, transfer.price) == (S.agreement_signed, None)


@pytest.mark.parametrize(
    ("price", "consent_on", "lawful"),
    [
        (Decimal("18000000.00"), None, True),
        (Decimal("17999999.99"), None, False),
        (Decimal("17999999.99"), date(2026, 7, 6), True),
        (Decimal("17999999.99"), date(2026, 7, 7), False),
    ],
)
def test_a_sale_below_nine_tenths_stands_still_until_the_consent(session, price, consent_on, lawful):
    office = make_asset_office()
    transfer = take_to(S.approved, office, SALE)
    services.publish_notice(session, transfer, by=office.desk, on=date(2026, 6, 2), floor_price=price)
    services.end_notice(session, transfer, by=office.desk, on=date(2026, 7, 2))
    if consent_on:
        services.consent_to_price(
            session, transfer, by=office.approver, on=consent_on, price_consent_document="示例"
        )

    def sign():
        services.sign_agreement(session, transfer, by=office.desk, on=date(2026, 7, 6), price=price)

    if lawful:
        sign()
        assert transfer.price == price
    else:
        with pytest.raises(Unlawful) as refusal:
            sign()
        assert (refusal.value.rule, refusal.value.field) == ("appraisal_price_floor_90", "price")


@pytest.mark.parametrize(
    ("floor", "is_announced"),
    [(Decimal("1000000.00"), False), (Decimal("1000000.01"), True), (Decimal("10000000.00"), True)],
)
def test_a_sale_above_a_million_is_announced_first(floor, is_announced):
    transfer = AssetTransfer(route=SALE, floor_price=floor)

    broken = {condition.rule for condition in rules.unmet(transfer, "sign_agreement", Proposal(BASE_ON))}
    assert ("asset_transfer_notice" in broken) is is_announced


@pytest.mark.parametrize(
    ("floor", "trait"),
    [
        ("1000000.00", None),
        ("1000000.01", "asset_value.small"),
        ("9999999.99", "asset_value.small"),
        ("10000000.00", "asset_value.large"),
    ],
)
def test_the_floor_price_decides_how_long_a_notice_runs(floor, trait):
    found = AssetTransfer(route=SALE, appraisal_procedure="filing", floor_price=Decimal(floor)).traits

    assert {name for name in found if name.startswith("asset_value")} == ({trait} if trait else set())


def test_a_sale_waits_for_the_end_of_its_notice(session):
    office = make_asset_office()
    transfer = take_to(S.approved, office, SALE)
    services.publish_notice(session, transfer, by=office.desk, on=date(2026, 6, 2), floor_price=APPRAISED)

    with pytest.raises(Unlawful) as refusal:
        services.sign_agreement(session, transfer, by=office.desk, on=date(2026, 6, 3), price=APPRAISED)
    assert refusal.value.rule == "asset_transfer_notice"


@pytest.mark.parametrize("approved_on", [None, date(2026, 7, 7), date(2026, 7, 6)])
def test_allocated_land_needs_the_governments_approval_article_40(session, approved_on):
    office = make_asset_office()
    transfer = take_to(S.approved, office, FREE, is_land_allocated=True)
    if approved_on:
        services.approve_land(session, transfer, by=office.approver, on=approved_on)
    day = date(2026, 7, 6)

    if approved_on == day:
        services.sign_agreement(session, transfer, by=office.desk, on=day)
        assert transfer.status is S.agreement_signed
    else:
        with pytest.raises(Unlawful) as refusal:
            services.sign_agreement(session, transfer, by=office.desk, on=day)
        assert refusal.value.rule == "allocated_land_approved"


@pytest.mark.parametrize(("on", "lawful"), [(date(2026, 7, 9), False), (date(2026, 7, 10), True)])
def test_deed_tax_is_declared_before_the_registration_article_10(session, on, lawful):
    office = make_asset_office()
    transfer = take_to(S.taxes_declared, office, FREE)

    if lawful:
        services.apply_for_registration(session, transfer, by=office.desk, on=on)
        assert transfer.registration_applied_on == on
    else:
        with pytest.raises(Unlawful) as refusal:
            services.apply_for_registration(session, transfer, by=office.desk, on=on)
        assert refusal.value.rule == "deed_tax_before_registration"


def test_no_registration_without_the_land_tax(session):
    office = make_asset_office()
    transfer = take_to(S.agreement_signed, office, SALE)
    services.declare_deed_tax(session, transfer, by=office.desk, on=date(2026, 7, 10))
    services.apply_for_registration(session, transfer, by=office.desk, on=date(2026, 7, 13))

    with pytest.raises(Unlawful) as refusal:
        services.register(session, transfer, by=office.desk, on=date(2026, 7, 20))
    assert refusal.value.rule == "land_vat_before_registration"


@pytest.mark.parametrize(("on", "lawful"), [(date(2026, 5, 5), False), (date(2026, 5, 6), True)])
def test_steps_follow_one_another_in_time(session, on, lawful):
    office = make_asset_office()
    transfer = take_to(S.appraised, office, SALE)
    appraisals.apply_for_filing(session, transfer, by=office.desk, on=date(2026, 5, 6))

    if lawful:
        appraisals.file_appraisal(session, transfer, by=office.desk, on=on)
        assert transfer.appraisal_filed_on == on
    else:
        with pytest.raises(InvalidInput):
            appraisals.file_appraisal(session, transfer, by=office.desk, on=on)


@pytest.mark.parametrize(
    ("stage", "on", "is_late"),
    [
        (Stage.registration, date(2027, 3, 31), False),
        (Stage.registration, date(2027, 4, 1), True),
        (Stage.booking, date(2027, 4, 1), False),
    ],
)
def test_a_stage_planned_beyond_the_appraisal_is_red(session, stage, on, is_late):
    office = make_asset_office()
    transfer = take_to(S.appraisal_filed, office, SALE)

    services.plan(session, transfer, by=office.desk, stage=stage.value, on=on)

    assert [plan.stage for plan in rules.late_plans(transfer)] == ([stage] if is_late else [])


def test_a_planned_stage_stands_in_the_timeline(session):
    office = make_asset_office()
    transfer = take_to(S.appraisal_filed, office, SALE)
    services.plan(session, transfer, by=office.desk, stage="deed_tax", on=date(2026, 9, 1))
    services.plan(session, transfer, by=office.desk, stage="deed_tax", on=date(2026, 9, 2))

    assert [plan.planned_on for plan in transfer.plans] == [date(2026, 9, 2)]
    assert day_of(session, transfer, "deed_tax_declared").planned_on == date(2026, 9, 2)


@pytest.mark.parametrize("stage", ["notice", "price_payment", "land_vat"])
def test_a_stage_that_the_route_lacks_is_not_planned(session, stage):
    office = make_asset_office()
    transfer = open_case(office, FREE)

    with pytest.raises(InvalidInput):
        services.plan(session, transfer, by=office.desk, stage=stage, on=date(2026, 9, 1))


def test_a_new_appraisal_takes_back_what_rested_on_the_old_one(session):
    office = make_asset_office()
    transfer = take_to(S.approved, office, SALE)

    appraisals.appraise_again(
        session,
        transfer,
        by=office.desk,
        on=date(2027, 4, 20),
        valuation_base_on=date(2027, 3, 31),
        appraised_amount=Decimal("21000000.00"),
        appraiser="示例评估所",
    )
    session.commit()

    assert (transfer.status, transfer.review) == (S.appraised, ReviewStatus.draft)
    assert (transfer.appraisal_filed_on, transfer.approved_on) == (None, None)
    assert transfer.appraisal_expires_on == date(2028, 3, 31)
    filing = clocks(session, transfer)["appraisal_filing_apply_9m", ""]
    assert (filing.state, filing.strict_on) == (DeadlineState.open, date(2027, 12, 31))


def test_registration_ends_the_watch_over_the_appraisal(session):
    office = make_asset_office()
    transfer = take_to(S.taxes_declared, office, SALE)
    assert clocks(session, transfer)["appraisal_result_valid_1y", ""].state is DeadlineState.open
    services.apply_for_registration(session, transfer, by=office.desk, on=date(2026, 7, 13))

    services.register(session, transfer, by=office.desk, on=date(2026, 7, 20))

    assert clocks(session, transfer)["appraisal_result_valid_1y", ""].state is DeadlineState.cancelled


def test_an_abandoned_case_runs_no_clock(session):
    office = make_asset_office()
    transfer = take_to(S.appraised, office, SALE)

    services.abandon(session, transfer, by=office.desk, on=date(2026, 5, 4), reason="示例")
    session.commit()

    running = {
        rule for (rule, _), row in clocks(session, transfer).items() if row.state is DeadlineState.open
    }
    assert running <= set(services.RETENTION)


@pytest.mark.parametrize("route", list(Route))
def test_a_case_with_something_left_to_do_is_not_closed(session, route):
    office = make_asset_office()
    transfer = take_to(S.registered, office, route)
    services.book(session, transfer, by=office.desk, on=date(2026, 7, 21))

    with pytest.raises(Unlawful):
        services.close(session, transfer, by=office.desk, on=date(2026, 7, 22))


def test_the_completion_of_each_asset_has_clocks_of_its_own(session):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    new = {"by": office.desk, "book_value": Decimal("1.00"), "net_value": Decimal("1.00")}
    accepted_on = date(2026, 2, 10)
    for name in ("2号标准厂房", "3号标准厂房"):
        services.add_asset(session, transfer, name=name, completion_accepted_on=accepted_on, **new)
    old, second, third = (asset.occurrence for asset in transfer.assets)

    services.file_completion(session, transfer, by=office.desk, asset=2, on=date(2026, 2, 25))
    services.complete_accounts(session, transfer, by=office.desk, asset=3, on=date(2026, 9, 1))

    found = {key: row.state for key, row in clocks(session, transfer).items() if key[1].startswith("asset:")}
    assert found == {
        ("asset_completion_filing_15d", second): DeadlineState.met,
        ("asset_final_accounts_1y", second): DeadlineState.open,
        ("asset_completion_filing_15d", third): DeadlineState.open,
        ("asset_final_accounts_1y", third): DeadlineState.met,
    }
    assert not [occurrence for _rule, occurrence in found if occurrence == old]


@pytest.mark.parametrize(("number", "is_known"), [(0, False), (1, True), (2, False)])
def test_an_asset_is_meant_by_its_number_in_the_list(session, number, is_known):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    transfer.assets[0].final_accounts_on = None

    if is_known:
        services.complete_accounts(session, transfer, by=office.desk, asset=number, on=date(2026, 3, 3))
    else:
        with pytest.raises(InvalidInput):
            services.complete_accounts(session, transfer, by=office.desk, asset=number, on=date(2026, 3, 3))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"net_value": Decimal("10.01")}, "net_value"),
        ({"net_value": Decimal("-0.01")}, "area"),
        ({"area": Decimal("-0.01")}, "area"),
        ({"completion_accepted_on": BASE_ON, "final_accounts_on": DECIDED_ON}, "final_accounts_on"),
        ({"completion_accepted_on": BASE_ON, "completion_filed_on": DECIDED_ON}, "completion_filed_on"),
    ],
)
def test_an_asset_that_contradicts_itself_is_refused_at_its_field(session, given, field):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    asset = {"name": "示例", "book_value": Decimal("10.00"), "net_value": Decimal("10.00")} | given

    with pytest.raises(InvalidInput) as refusal:
        services.add_asset(session, transfer, by=office.desk, **asset)
    assert list(refusal.value.fields) == [field]


def test_an_edit_of_a_version_that_is_no_longer_current_is_refused(session):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    seen = transfer.version
    services.change(session, transfer, by=office.desk, version=seen, to_name="县工投（更名）")

    with pytest.raises(Stale):
        services.change(session, transfer, by=office.desk, version=seen, to_name="别的")


def test_the_route_is_settled_with_the_audit(session):
    office = make_asset_office()
    transfer = open_case(office, FREE)
    services.change(session, transfer, by=office.desk, route="sale")
    services.finish_audit(session, transfer, by=office.desk, on=date(2026, 3, 20))

    with pytest.raises(InvalidInput, match="route"):
        services.change(session, transfer, by=office.desk, route="free_transfer")


def test_an_approved_case_is_not_edited(session):
    office = make_asset_office()
    transfer = take_to(S.approved, office, FREE)

    with pytest.raises(WrongState):
        services.change(session, transfer, by=office.desk, title="改名")
