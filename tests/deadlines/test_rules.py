"""The catalogue: what is in it, what the loader refuses, which rule is chosen when."""

from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from pathlib import Path
from shutil import copytree

import pytest

from core.errors import NotFound
from deadlines.loading import BrokenCatalogue, load_catalogue, read_catalogue
from deadlines.reference import reference
from deadlines.rules import GOVERNMENT_METHODS, Grade, Method, Nature, Wording, method_of
from deadlines.terms import Bound, Role, Side, Unit

CATALOGUE = load_catalogue()
ON = date(2026, 11, 23)
SOURCE = Path(str(files("deadlines").joinpath("catalogue")))


def ids(event: str, *, method: Method | None = None, traits: Iterable[str] = (), on: date = ON) -> set[str]:
    return {rule.id for rule in CATALOGUE.anchored_on(event, method=method, traits=traits, on=on)}


def test_the_catalogue_holds_every_rule_and_threshold() -> None:
    assert len(CATALOGUE.rules) == 171
    assert len(CATALOGUE.thresholds) == 30
    grades = [rule.grade for rule in CATALOGUE.rules.values()]
    assert [grades.count(grade) for grade in Grade] == [124, 16, 15, 12, 4]


def test_every_event_of_a_rule_is_in_the_vocabulary() -> None:
    used = {event for rule in CATALOGUE.rules.values() for event in (rule.anchor, rule.target, *rule.derives)}

    assert len(used) == 197
    assert used <= set(CATALOGUE.events)


def test_every_trait_of_the_vocabulary_is_asked_for() -> None:
    asked = {trait for rule in CATALOGUE.rules.values() for trait in rule.when | rule.unless}

    assert asked | {f"method.{method}" for method in Method} == set(CATALOGUE.traits)


def test_every_word_has_both_languages() -> None:
    titles: list[Wording] = [
        *(rule.title for rule in CATALOGUE.rules.values()),
        *(rule.consequence for rule in CATALOGUE.rules.values()),
        *(rule.notes for rule in CATALOGUE.rules.values() if rule.notes),
        *(item.title for item in CATALOGUE.thresholds.values()),
        *(item.title for item in CATALOGUE.events.values()),
        *(item.title for item in CATALOGUE.traits.values()),
    ]

    assert [title for title in titles if not title.zh or not title.en] == []
    assert [title for title in titles if title.zh.isascii() or not title.en.isascii()] == []


def test_only_a_verified_minimum_period_may_refuse_a_date() -> None:
    refusing = [rule for rule in CATALOGUE.rules.values() if rule.blocks]

    assert all(rule.grade is Grade.statute_text_match for rule in refusing)
    assert all(rule.period.bound is Bound.min for rule in refusing)
    assert all(rule.obliged.side is Side.buyer for rule in refusing)
    assert CATALOGUE.rule("gp_bid_period_min_20d").blocks
    assert not CATALOGUE.rule("con_response_min_10d").blocks
    assert not CATALOGUE.rule("gp_contract_sign_30d").blocks
    assert CATALOGUE.rule("gp_docs_retention_15y").blocks
    assert not CATALOGUE.rule("bl_document_objection_10d").blocks
    assert not CATALOGUE.rule("safety_permit_renewal_3m").blocks


def test_what_nobody_has_to_do_lapses_without_reproach() -> None:
    for rule_id in ("gp_tender_clarify_15d", "gp_challenge_7wd", "bl_complaint_10d"):
        rule = CATALOGUE.rule(rule_id)
        assert (rule.nature, rule.overdue_every) == (Nature.right, 0)


def test_an_event_brought_about_by_law_starts_the_periods_behind_it() -> None:
    started = {
        event: ids(event, method=Method.public_tender)
        for rule in CATALOGUE.rules.values()
        for event in rule.derives
        if rule.domain in ("disclosure", "complaint")
    }

    assert started["award_notice_period_end"] == {"gp_challenge_result_7wd"}
    assert started["challenge_answer_period_expired"] == {"gp_complaint_15wd"}
    assert started["procurement_document_obtained_or_notice_period_end"] == {"gp_challenge_document_7wd"}


def test_joint_rules_name_each_other() -> None:
    for rule in CATALOGUE.rules.values():
        for other in rule.joint:
            assert rule.id in CATALOGUE.rule(other).joint


@pytest.mark.parametrize(
    ("rule_id", "before", "from_day"),
    [
        ("gp_contract_sign_30d", date(2002, 12, 31), date(2003, 1, 1)),
        ("gp_bid_period_min_20d", date(2002, 12, 31), date(2003, 1, 1)),
        ("gp_tender_notice_period_5wd", date(2017, 9, 30), date(2017, 10, 1)),
        ("fa_sign_30d", date(2022, 2, 28), date(2022, 3, 1)),
        ("neg_confirm_5wd", date(2014, 1, 31), date(2014, 2, 1)),
        ("gp_complaint_15wd", date(2002, 12, 31), date(2003, 1, 1)),
        ("fin_complaint_review_5wd", date(2018, 2, 28), date(2018, 3, 1)),
        ("gp_contract_publish_2wd", date(2015, 2, 28), date(2015, 3, 1)),
        ("sme_payment_30d", date(2025, 5, 31), date(2025, 6, 1)),
        ("eia_report_approval_60d", date(2026, 8, 14), date(2026, 8, 15)),
    ],
)
def test_a_rule_holds_from_the_day_its_statute_took_effect(
    rule_id: str, before: date, from_day: date
) -> None:
    rule = CATALOGUE.rule(rule_id)

    assert (rule.in_force(before), rule.in_force(from_day)) == (False, True)


@pytest.mark.parametrize(
    ("event", "traits", "expected"),
    [
        (
            "contract_signed",
            {"method.public_tender", "contract.government_procurement"},
            {"gp_contract_publish_2wd", "gp_contract_file_7wd", "gp_winner_bond_refund_5wd"},
        ),
        (
            "contract_signed",
            {"contract.government_procurement"},
            {"gp_contract_publish_2wd", "gp_contract_file_7wd"},
        ),
        ("contract_signed", {"method.bidding_law_tender"}, {"bl_bond_refund_5d"}),
        ("contract_signed", set(), set()),
        (
            "award_letter_issued",
            {"method.competitive_negotiation"},
            {"gp_contract_sign_30d", "nontender_contract_30d", "nontender_loser_bond_refund_5wd"},
        ),
        (
            "evaluation_ended",
            {"method.public_tender", "tender.self_conducted"},
            {"gp_confirm_winner_self_5wd"},
        ),
        (
            "evaluation_ended",
            {"method.public_tender", "tender.by_agent"},
            {"gp_eval_report_2wd", "gp_eval_report_2wd_reg"},
        ),
        ("certificate_expiry", {"certificate.cma"}, {"cma_renewal_3m"}),
        ("certificate_expiry", {"certificate.other_permit"}, {"general_permit_renewal_30d"}),
        ("certificate_expiry", {"certificate.hazardous_waste"}, {"hazwaste_permit_renewal_30wd"}),
        ("certificate_expiry", {"certificate.hazardous_waste_collection"}, {"hazwaste_permit_renewal_30wd"}),
        ("certificate_issued", {"certificate.hazardous_waste"}, {"hazwaste_permit_validity_5y"}),
        (
            "certificate_issued",
            {"certificate.hazardous_waste_collection"},
            {"hazwaste_collect_permit_validity_3y"},
        ),
        ("goods_or_services_delivered", {"payer.public_body", "payee.sme"}, {"sme_payment_30d"}),
        (
            "goods_or_services_delivered",
            {"payer.public_body", "payee.sme", "payment.term_agreed"},
            {"sme_payment_max_60d"},
        ),
        ("goods_or_services_delivered", {"payer.large_enterprise", "payee.sme"}, {"soe_large_payment_60d"}),
        ("goods_or_services_delivered", {"payer.public_body"}, set()),
        (
            "valuation_base_date",
            {"appraisal.filing"},
            {"appraisal_filing_apply_9m", "appraisal_result_valid_1y"},
        ),
        ("asset_transfer_notice_published", {"asset_value.large"}, {"soe_asset_disclosure_large_20wd"}),
        (
            "contract_effective",
            {"contract.government_procurement", "contract.service"},
            {"gp_service_contract_max_1y"},
        ),
        (
            "contract_effective",
            {"contract.government_procurement", "contract.service", "contract.multi_year_service"},
            {"gp_service_contract_max_3y"},
        ),
    ],
)
def test_the_facts_of_a_record_choose_its_rules(event: str, traits: set[str], expected: set[str]) -> None:
    assert ids(event, traits=traits) == expected


def test_the_method_may_be_given_or_read_from_the_traits() -> None:
    given = ids("tender_documents_first_issued", method=Method.invited_tender)

    assert given == ids("tender_documents_first_issued", traits={"method.invited_tender"})
    assert "gp_bid_period_min_20d" in given
    assert method_of({"payee.sme", "method.single_source"}) is Method.single_source
    assert method_of({"payee.sme"}) is None


def test_rules_are_found_by_what_they_say_about_an_event() -> None:
    found = CATALOGUE.targeting("bid_submission_deadline", method=Method.public_tender, on=ON)

    assert [rule.id for rule in found] == ["gp_bid_period_min_20d"]


def test_an_override_stands_instead_of_its_rule() -> None:
    rule = CATALOGUE.rule("gp_contract_publish_2wd")
    stricter = type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"overdue_every": 1})

    changed = CATALOGUE.with_rules([stricter])

    assert changed.rule(rule.id).overdue_every == 1
    assert CATALOGUE.rule(rule.id).overdue_every == 7
    assert stricter in changed.anchored_on("contract_signed", traits=rule.when, on=ON)


def test_an_unknown_rule_is_not_found() -> None:
    with pytest.raises(NotFound, match="no_such_rule"):
        CATALOGUE.rule("no_such_rule")


def test_the_odd_shapes_of_the_law_are_kept() -> None:
    window = CATALOGUE.rule("safety_eval_site_notice_7wd").period
    same_day = CATALOGUE.rule("deed_tax_before_registration").period

    assert (window.is_window, window.role) == (True, Role.earliest)
    assert (same_day.amount, same_day.role, same_day.unit) == (0, Role.latest, Unit.calendar_day)
    assert CATALOGUE.rule("gp_challenge_7wd").obliged.side is Side.vendor
    assert CATALOGUE.rule("gp_intent_publication_30d").methods == GOVERNMENT_METHODS


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("rules/payment.yaml", "- id: sme_payment_max_60d", "- id: sme_payment_30d", "used twice"),
        ("rules/payment.yaml", "- id: sme_payment_30d", "- id: gp_contract_sign_30d", "used twice"),
        (
            "rules/payment.yaml",
            "anchor: invoice_received",
            "anchor: invoice_lost",
            "unknown event invoice_lost",
        ),
        ("rules/payment.yaml", "target: payment_made", "target: money_gone", "unknown event money_gone"),
        ("rules/payment.yaml", "payee.sme", "payee.nobody", "unknown trait payee.nobody"),
        ("rules/payment.yaml", "grade: statute_text_match", "grade: hearsay", "hearsay"),
        ("rules/payment.yaml", "unit: calendar_day", "unit: fortnight", "fortnight"),
        ("rules/payment.yaml", "amount: 60", "amount: -60", "not a length of time"),
        ("rules/payment.yaml", "  statute: sme_payment_regulation\n", "", "'statute' is missing"),
        ("rules/payment.yaml", "statute: caiku_2019_38", "statute: rumour", "'rumour' is missing or unknown"),
        ("rules/payment.yaml", "  article: 第九条\n", "", "'article' is missing"),
        ("rules/payment.yaml", "article: 第九条", "article: ''", "needs an article"),
        ("rules/payment.yaml", "obliged: purchaser", "obliged: somebody", "'somebody' is missing or unknown"),
        (
            "rules/payment.yaml",
            "joint: [gp_invoice_payment_30d, ",
            "joint: [gp_docs_retention_15y, ",
            "in return",
        ),
        ("rules/payment.yaml", "ladder: [15, 7, 3, 1, 0]", "ladder: [7, 15, 3]", "ladder"),
        ("rules/tender.yaml", "methods: [public_tender, ", "methods: [raffle, ", "raffle"),
        ("rules/qualification.yaml", "roll: never", "roll: rest_day", "never roll"),
        ("rules/qualification.yaml", "roll: never", "roll: sideways", "sideways"),
        (
            "rules/complaint.yaml",
            "pausable: [objection_answer]",
            "pausable: [siesta]",
            "unknown cause siesta",
        ),
        ("traits.yaml", "method.single_source", "method.lottery", "method.single_source"),
        ("thresholds.yaml", "- id: gp_bid_bond_cap", "- id: nontender_bond_cap", "used twice"),
        ("thresholds.yaml", "grade: none", "grade: hearsay", "hearsay"),
        ("statutes.yaml", "en: Bidding Law", "e: Bidding Law", "bidding_law"),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path: Path, file: str, old: str, new: str, fault: str) -> None:
    copytree(SOURCE, tmp_path / "catalogue")
    path = tmp_path / "catalogue" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(BrokenCatalogue, match=fault):
        read_catalogue(tmp_path / "catalogue")


def test_the_page_of_rules_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "rules.md"

    assert page.read_text("utf-8") == reference(CATALOGUE), (
        "run python -m deadlines.reference > docs/rules.md"
    )
