"""A renewal is proposed by one side and confirmed by the other; until then nothing of the contract changes."""

from datetime import timedelta

import pytest

from registry.colocation.agreements.models import AgreementState
from registry.colocation.agreements.workflow import AGREEMENT
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.workflow.engine import fire, fire_by_clock, lock_case
from registry.workflow.views import possible_moves
from tests.factories.agreements import NOTICE, active, agreed, get, move, offered
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("number")

#: Who proposes, the proposal, who answers, how, and how it is withdrawn.
SIDES = [
    ("viettel", "renew", "vnpt", "confirm_renewal", "decline_renewal", "withdraw_renewal"),
    ("vnpt", "ask_renewal", "viettel", "confirm_asked_renewal", "decline_asked_renewal", "withdraw_asked_renewal"),
]
each_side = pytest.mark.parametrize("side", SIDES, ids=[side[0] for side in SIDES])


@pytest.fixture(scope="module")
def number(ctx_of):
    """An agreement on what has just been granted."""
    return agreed(ctx_of)[0]


def said(agreement):
    """What a renewal may change."""
    return agreement.ends_on, agreement.price_vnd, agreement.contract_number, agreement.annex_number


def names(ctx, number):
    """The moves that are offered."""
    return {each.name for each in possible_moves(ctx, AGREEMENT, get(ctx, number)) if "renew" in each.name}


@each_side
def test_nothing_changes_until_the_other_side_confirms(ctx_of, number, side):
    proposer, propose, other, confirm, _decline, withdraw = side
    active(ctx_of, number)
    with ctx_of(proposer) as ctx:
        before = said(get(ctx, number))
        assert names(ctx, number) == {propose}
        later = before[0] + timedelta(days=365)
        proposed = move(ctx, number, propose, annex_number="PL1", ends_on=later, price_vnd=999_000_000)
        assert said(proposed) == before
        assert names(ctx, number) == {withdraw}
        with pytest.raises((MoveRefused, Forbidden)):
            move(ctx, number, confirm)
        with pytest.raises(MoveRefused, match="đã đề nghị gia hạn"):
            move(ctx, number, propose, annex_number="PL2", ends_on=later)
    with ctx_of(other) as ctx:
        assert said(get(ctx, number)) == before
        renewed = move(ctx, number, confirm)
        assert said(renewed) == (later, 999_000_000, before[2], "PL1")
        assert renewed.renewal_by is None


@each_side
def test_a_proposal_is_declined_or_withdrawn_and_another_one_may_follow(ctx_of, number, side):
    proposer, propose, other, _confirm, decline, withdraw = side
    offered(ctx_of, number, proposer, propose)
    with ctx_of(other) as ctx:
        before = said(get(ctx, number))
        with pytest.raises(Invalid):
            move(ctx, number, decline)
        assert said(move(ctx, number, decline, text="Giá quá cao")) == before
        assert get(ctx, number).renewal_by is None
    with ctx_of(proposer) as ctx:
        move(ctx, number, propose, annex_number="PL2", ends_on=before[0] + timedelta(days=30))
        assert said(move(ctx, number, withdraw)) == before


@pytest.mark.parametrize("days", [0, -1, -31 * 365, 31 * 365, 100 * 365])
def test_a_renewal_ends_later_within_the_longest_term(ctx_of, number, days):
    active(ctx_of, number)
    with ctx_of("viettel") as ctx:
        last = get(ctx, number).ends_on
        with pytest.raises(Invalid) as refused:
            move(ctx, number, "renew", annex_number="PL1", ends_on=last + timedelta(days=days))
        assert set(refused.value.fields) == {"ends_on"}


def test_who_read_another_proposal_confirms_nothing(ctx_of, number):
    offered(ctx_of, number, "viettel", "renew")
    with ctx_of("vnpt") as ctx:
        read = get(ctx, number).version
    with ctx_of("viettel") as ctx:
        move(ctx, number, "withdraw_renewal")
        later = get(ctx, number).ends_on + timedelta(days=9)
        move(ctx, number, "renew", annex_number="PL2", ends_on=later, price_vnd=10**9)
    with ctx_of("vnpt") as ctx, pytest.raises(Conflict):
        fire(ctx, AGREEMENT, number, "confirm_renewal", {}, version=read)


@pytest.mark.parametrize("ending", ["leave", "dispute", "end_of_term"])
def test_a_proposal_falls_when_the_use_ends_or_a_dispute_begins(ctx_of, number, ending):
    offered(ctx_of, number, "viettel", "renew")
    if ending == "end_of_term":
        with ctx_of("so.khcn") as ctx:
            ended = fire_by_clock(ctx, AGREEMENT, lock_case(ctx, AGREEMENT, number), ending)
    else:
        with ctx_of("vnpt") as ctx:
            data = {"leave": NOTICE, "dispute": {"text": "Giá"}}[ending]
            ended = move(ctx, number, ending, **data)
    assert ended.state in (AgreementState.REMOVING, AgreementState.ENDING, AgreementState.DISPUTED)
    assert ended.renewal_by is None


def test_a_decided_price_stands_until_both_sides_agree_anew(ctx_of, number):
    offered(ctx_of, number, "viettel", "renew", price_vnd=9_000_000)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "dispute", text="Giá tăng gấp ba")
    with ctx_of("so.khcn") as ctx:
        decision = {"decision_number": "9/QĐ", "decided_on": ctx.today, "text": "Giữ giá", "price_vnd": 3_100_000}
        assert move(ctx, number, "decide_to_go_on", **decision).price_vnd == 3_100_000
    with ctx_of("viettel") as ctx:
        later = get(ctx, number).ends_on + timedelta(days=200)
        move(ctx, number, "renew", annex_number="PL1", ends_on=later, price_vnd=5_000_000)
        assert get(ctx, number).price_vnd == 3_100_000
    with ctx_of("vnpt") as ctx:
        assert move(ctx, number, "confirm_renewal").price_vnd == 5_000_000
