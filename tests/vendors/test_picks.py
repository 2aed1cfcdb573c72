"""Picks: algorithms by table, a draw that favours nobody and can be redone, why somebody is left out."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core import audit
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, WrongState
from core.permissions import RoleName
from tests.factories import make_user
from tests.factories.libraries import (
    DAY,
    SEED,
    make_commission,
    make_done,
    make_filing,
    make_library,
    make_member,
    make_officer,
    make_pick,
)
from tests.factories.vendors import make_vendor
from vendors import commission_requests, draws, gate, memberships, methods, pick_services, replay
from vendors.certificates import CertificateKind
from vendors.commissions import Commission
from vendors.libraries import CreditStatus, MembershipStatus
from vendors.methods import ALGORITHMS, Basis, PickMethod
from vendors.models import VendorStatus
from vendors.picks import PickStatus
from vendors.report_types import ReportType

NEXT = DAY + timedelta(days=1)


def entries(*numbers):
    return [{"number": number, "name": f"示例{number}"} for number in numbers]


def basis(listed, **given):
    return Basis(listed, draws.digest_of(draws.canonical(listed)), SEED, given=given)


# -- algorithms ---------------------------------------------------------------------------------------------


def test_every_method_has_an_algorithm_that_is_kept():
    assert set(ALGORITHMS) == set(PickMethod)
    assert set(ALGORITHMS.values()) <= set(methods.REGISTRY)


@pytest.mark.parametrize(
    ("quotes", "winner"),
    [
        ({"A": "300.00", "B": "200.00", "C": "250.00"}, "B"),
        ({"A": "199.99", "B": "200.00", "C": "250.00"}, "A"),
        ({"C": "1.00"}, "C"),
    ],
)
def test_the_lowest_price_wins(quotes, winner):
    assert methods.pick("lowest-1", basis(entries(*quotes), quotes=quotes)).winner == winner


@pytest.mark.parametrize(
    ("quotes", "mean", "winner"),
    [
        # four quotes: all of them count
        ({"A": "100.00", "B": "200.00", "C": "300.00", "D": "400.00"}, "250.00", "B"),
        # five: the highest and the lowest stay out of the mean, but may win
        ({"A": "1.00", "B": "200.00", "C": "300.00", "D": "400.00", "E": "9999.00"}, "300.00", "C"),
        # not above the mean goes before nearer but above it
        ({"A": "100.00", "B": "201.00", "C": "202.00"}, "167.67", "A"),
        ({"A": "200.00", "B": "200.01", "C": "200.02"}, "200.01", "B"),
    ],
)
def test_the_nearest_not_above_the_adjusted_mean_wins(quotes, mean, winner):
    result = methods.pick("mean-1", basis(entries(*quotes), quotes=quotes))

    assert (result.mean, result.winner) == (Decimal(mean), winner)


def test_equal_quotes_are_settled_by_the_draw_and_by_nothing_else():
    quotes = {"A": "200.00", "B": "200.00", "C": "200.01"}
    winners = Counter()
    for number in range(200):
        listed = entries(*quotes)
        one = Basis(listed, draws.digest_of("list"), f"seed {number}", given={"quotes": quotes})
        winners[methods.pick("lowest-1", one).winner] += 1

    assert set(winners) == {"A", "B"}
    assert min(winners.values()) > 60


def turn(number, awards=0, invitations=0, class_=2, penalties=0, virtual=0):
    return {
        "number": number,
        "name": number,
        "awards": awards,
        "invitations": invitations,
        "class": class_,
        "penalties": penalties,
        "virtual": virtual,
    }


@pytest.mark.parametrize(
    ("listed", "winner"),
    [
        ([turn("A", awards=2), turn("B", awards=1)], "B"),
        ([turn("A", awards=1, invitations=4), turn("B", awards=1, invitations=3)], "B"),
        ([turn("A", invitations=1, class_=1), turn("B", invitations=1, class_=2)], "A"),
        ([turn("A", awards=0, penalties=2), turn("B", awards=1)], "B"),
        # a newcomer starts at the turns of the others, not at none
        ([turn("A", awards=5, invitations=9), turn("B", virtual=6)], "A"),
        ([turn("A", awards=5, invitations=9), turn("B", virtual=5)], "B"),
    ],
)
def test_the_rotation_gives_the_turn_to_who_had_fewest(listed, winner):
    assert methods.pick("rotation-1", basis(listed)).winner == winner


@pytest.mark.parametrize(("turns", "start"), [([], 0), ([3, 1, 4], 1), ([0, 7], 0)])
def test_a_newcomer_starts_with_the_fewest_turns_that_a_member_has(turns, start):
    assert methods.virtual_turns(turns) == start


# -- the draw -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "critical"), [(2, 10.83), (3, 13.82), (7, 22.46), (10, 27.88)])
def test_every_place_is_as_likely_as_any_other(count, critical):
    rounds = 6000
    found = Counter(draws.draw(f"seed {n}", "list", "", count)[0] for n in range(rounds))
    expected = rounds / count
    chi_square = sum((found[place] - expected) ** 2 / expected for place in range(count))

    assert chi_square < critical  # the one in a thousand of chance; the seeds are fixed, so it never flickers


@pytest.mark.parametrize(
    ("number", "span", "count", "place"),
    [(0, 8, 3, 0), (5, 8, 3, 2), (6, 8, 3, None), (7, 8, 3, None), (7, 8, 4, 3)],
)
def test_what_would_favour_some_places_is_drawn_anew(number, span, count, place):
    assert draws.place_of(number, span, count) == place


def test_seed_list_and_words_called_out_all_decide():
    drawn = {
        draws.draw(seed, listed, words, 10**9)[0]
        for seed in ("s1", "s2")
        for listed in ("l1", "l2")
        for words in ("", "七")
    }

    assert len(drawn) == 8


def test_the_draw_is_the_hash_that_its_page_shows():
    place, steps = draws.draw(SEED, "list", "七", 3)
    text = "\n".join(("draw-1", SEED, "list", "七", "0"))

    assert steps[-1].text == text
    assert place == int(hashlib.sha256(text.encode()).hexdigest(), 16) % 3
    with pytest.raises(ValueError, match="nothing to draw"):
        draws.draw(SEED, "list", "", 0)


# -- from the committed seed to the result ------------------------------------------------------------------


def library_of(count, **given):
    library = make_library(**given)
    return library, [make_member(library) for _ in range(count)]


def test_a_draw_commits_its_seed_freezes_its_list_and_can_be_made_again(session):
    library, members = library_of(4)
    commission = make_commission(library)
    pick = make_pick(commission)
    assert pick.seed_hash == draws.commitment(SEED)

    pick_services.freeze(session, pick, by=SYSTEM, on=DAY, witnesses="示例监督员")
    assert (pick.status, len(pick.eligible)) == (PickStatus.frozen, 4)
    pick_services.choose(session, pick, by=SYSTEM, on=DAY, called_out="三十六")
    session.commit()

    again = replay.replay(pick)
    assert again.agrees
    assert commission.vendor is pick.winner
    assert pick.winner in [member.vendor for member in members]
    assert [entry["number"] for entry in again.entries] == sorted(m.vendor.number for m in members)


@pytest.mark.parametrize("touched", ["seed", "candidate_list", "called_out", "winner"])
def test_a_replay_finds_whatever_was_touched_afterwards(session, touched):
    library, members = library_of(5)
    pick = make_pick(make_commission(library))
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    pick_services.choose(session, pick, by=SYSTEM, on=DAY, called_out="三十六")
    session.commit()

    with session.no_autoflush:
        other = next(member.vendor for member in members if member.vendor is not pick.winner)
        first = pick.candidate_list.replace("示例供应商", "某供应商")
        words = next(
            str(n)
            for n in range(99)
            if draws.draw(SEED, pick.list_hash, str(n), 5)[0] != place(pick, members)
        )
        changed = {"seed": "f" * 64, "candidate_list": first, "called_out": words, "winner": other}
        setattr(pick, touched, changed[touched])
        assert not replay.replay(pick).agrees
    session.rollback()


def place(pick, members):
    return sorted(m.vendor.number for m in members).index(pick.winner.number)


def test_the_seed_is_in_no_trail_before_or_after(session):
    library, _members = library_of(3)
    pick = make_pick(make_commission(library))
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    session.commit()

    assert SEED not in "".join(event.body for event in audit.history(session, pick))


def test_too_few_candidates_fail_the_pick_with_the_reason_and_a_new_one_may_follow(session):
    library, members = library_of(3)
    memberships.suspend(session, members[0], by=SYSTEM, on=DAY, reason="示例")
    commission = make_commission(library)
    pick = make_pick(commission)
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    session.commit()

    assert pick.status is PickStatus.failed
    assert "2 of 3" in pick.status_reason
    left_out = next(one for one in pick.candidates if not one.is_eligible)
    assert (left_out.vendor, [reason["code"] for reason in left_out.reasons]) == (
        members[0].vendor,
        ["not_admitted"],
    )
    assert make_pick(commission, PickMethod.own_choice).status is PickStatus.open


def test_a_commission_has_one_pick_at_a_time_and_keeps_its_agency(session):
    library, members = library_of(2)
    commission = make_commission(library)
    pick = make_pick(commission, PickMethod.own_choice)
    with pytest.raises(InvalidInput, match=pick.number):
        make_pick(commission)
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    with pytest.raises(InvalidInput, match="Name the agency"):
        pick_services.choose(session, pick, by=SYSTEM, on=DAY)
    pick_services.choose(session, pick, by=SYSTEM, on=DAY, vendor=members[1].vendor)

    assert commission.vendor is members[1].vendor
    with pytest.raises(WrongState, match="chosen already"):
        make_pick(commission)


def test_quotes_are_taken_once_up_to_the_list_and_the_lowest_sets_the_fee(session):
    library, members = library_of(3, fees={ReportType.other_task: "1000.00"})
    commission = make_commission(library)
    pick = make_pick(commission, PickMethod.lowest_price)
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    first, second, third = (member.vendor for member in members)

    with pytest.raises(InvalidInput, match=r"1,000\.00"):
        pick_services.quote(session, pick, by=SYSTEM, vendor=first, amount=Decimal("1000.01"))
    pick_services.quote(session, pick, by=SYSTEM, vendor=first, amount=Decimal("1000.00"))
    with pytest.raises(InvalidInput, match="quoted already"):
        pick_services.quote(session, pick, by=SYSTEM, vendor=first, amount=Decimal("900.00"))
    pick_services.quote(session, pick, by=SYSTEM, vendor=second, amount=Decimal("800.00"))
    with pytest.raises(WrongState, match="2 candidates have quoted, 3 are needed"):
        pick_services.choose(session, pick, by=SYSTEM, on=DAY)
    pick_services.quote(session, pick, by=SYSTEM, vendor=third, amount=Decimal("850.00"))
    pick_services.choose(session, pick, by=SYSTEM, on=DAY)

    assert (commission.vendor, commission.agreed_fee) == (second, Decimal("800.00"))
    assert replay.replay(pick).agrees


def test_a_rotation_passes_from_one_to_the_next(session):
    library, members = library_of(3)
    found = []
    for _ in range(6):
        commission = make_commission(library)
        pick = make_pick(commission, PickMethod.rotation)
        pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
        pick_services.choose(session, pick, by=SYSTEM, on=DAY)
        assert replay.replay(pick).agrees
        found.append(pick.winner.number)

    assert sorted(found[:3]) == sorted(found[3:]) == sorted(m.vendor.number for m in members)


def test_who_ceased_to_qualify_after_the_freeze_is_not_given_the_commission(session):
    library, members = library_of(3)
    pick = make_pick(make_commission(library))
    pick_services.freeze(session, pick, by=SYSTEM, on=DAY)
    for member in members:
        memberships.suspend(session, member, by=SYSTEM, on=NEXT, reason="示例")

    with pytest.raises(WrongState, match="may not be picked any more"):
        pick_services.choose(session, pick, by=SYSTEM, on=NEXT)


def test_only_who_runs_picks_may(session):
    library, _members = library_of(3)
    commission = make_commission(library, make_officer(library))
    with pytest.raises(Forbidden):
        make_pick(commission, by=make_user(RoleName.finance))


# -- the gate -----------------------------------------------------------------------------------------------


def codes(session, member, on=DAY):
    commission = Commission(library=member.library)
    session.expunge(commission) if commission in session else None
    return [refusal["code"] for refusal in gate.refusals(session, member, commission, on=on)]


@pytest.mark.parametrize(
    ("given", "on", "found"),
    [
        ({}, DAY, []),
        ({}, DAY + timedelta(days=7), []),
        ({}, DAY + timedelta(days=8), ["credit_stale"]),
        (
            {"credit_status": None, "credit_checked_on": None, "credit_evidence": None},
            DAY,
            ["credit_unknown"],
        ),
        ({"credit_status": CreditStatus.listed}, DAY, ["credit_listed"]),
        ({"rectify_until": DAY}, DAY, ["rectifying"]),
        ({"rectify_until": DAY - timedelta(days=1)}, DAY, []),
        (
            {"rectify_until": DAY - timedelta(days=1), "credit_status": CreditStatus.rectification},
            DAY,
            ["credit_stale"],
        ),
        ({"recheck_due_on": DAY}, DAY, []),
        ({"recheck_due_on": DAY - timedelta(days=1)}, DAY, ["recheck_overdue"]),
        (
            {
                "status": MembershipStatus.removed,
                "status_reason": "示例",
                "removed_on": DAY,
            },
            DAY,
            ["not_admitted"],
        ),
    ],
)
def test_the_gate_asks_for_membership_check_and_a_fresh_look_at_the_credit(session, given, on, found):
    member = make_member(make_library(credit_days=7), **given)

    assert codes(session, member, on) == found


def test_a_library_without_a_credit_platform_does_not_ask_for_one(session):
    member = make_member(
        make_library(credit_days=None), credit_status=None, credit_checked_on=None, credit_evidence=None
    )

    assert codes(session, member) == []


def test_the_gate_asks_for_the_certificate_and_for_the_vendor_itself(session):
    library = make_library(certificates=[CertificateKind.eia_filing])
    member = make_member(library)
    assert codes(session, member) == ["no_evidence"]
    make_filing(member.vendor)
    assert codes(session, member) == []

    barred = make_member(library, make_vendor(library.organization, VendorStatus.debarred))
    make_filing(barred.vendor)
    assert codes(session, barred) == ["vendor_barred"]


@pytest.mark.parametrize(
    ("terms", "on", "found"),
    [
        ({"concentration_count": 2}, DAY, []),
        ({"concentration_count": 1}, DAY, ["too_many"]),
        ({"concentration_count": 1, "concentration_days": 30}, DAY + timedelta(days=29), ["too_many"]),
        ({"concentration_count": 1, "concentration_days": 30}, DAY + timedelta(days=30), []),
        ({"concentration_amount": Decimal("100.01")}, DAY, []),
        ({"concentration_amount": Decimal("100.00")}, DAY, ["too_much"]),
        ({"cooling_days": 10}, DAY + timedelta(days=9), ["cooling"]),
        ({"cooling_days": 10}, DAY + timedelta(days=10), []),
    ],
)
def test_the_gate_keeps_commissions_from_piling_up_with_one_agency(session, terms, on, found):
    member = make_member(make_library(credit_days=None, **terms))
    make_done(member.library, member.vendor, fee="100.00")

    assert codes(session, member, on) == found


def test_every_refusal_has_its_words():
    day = {
        "day": "2026-03-02",
        "days": 7,
        "count": 2,
        "most": 1,
        "amount": "3.00",
        "tie": "示例",
        "kinds": ["cma"],
        "lacking": ["示例"],
    }
    for code in gate.REFUSALS:
        assert "%(" not in str(gate.words({"code": code, **day}))


def test_a_request_is_given_to_an_agency_only_by_a_pick(session):
    library, members = library_of(1)
    commission = make_commission(library)
    commission_requests.assign(session, commission, members[0].vendor, by=SYSTEM, on=DAY)

    with pytest.raises(WrongState, match="chosen already"):
        commission_requests.change(session, commission, by=SYSTEM, title="别的")
    assert date(2026, 3, 2) == commission.chosen_on
