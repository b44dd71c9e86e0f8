"""A mistake in what was signed is corrected by both sides with a reason, and by neither of them alone."""

import re
from datetime import date, timedelta

import pytest

from registry.colocation.agreements.models import AgreementSide, AgreementState
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.agreements.workflow.corrections import CORRECTABLE
from registry.colocation.codes import PricePeriod
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.workflow.views import possible_moves
from registry.workflow.worklist import read_desk
from tests.factories.agreements import active, agreed, contracted, get, installed, move, offered
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("number")

SIDES = {
    "viettel": ("vnpt", "propose_correction", "confirm_correction", "decline_correction", "withdraw_correction"),
    "vnpt": (
        "viettel",
        "ask_correction",
        "confirm_asked_correction",
        "decline_asked_correction",
        "withdraw_asked_correction",
    ),
}
REASON = "Ghi nhầm số và giá khi nhập"
RIGHT = {"contract_number": "21/HĐ-2026", "price_vnd": 2_500_000}


@pytest.fixture(scope="module")
def number(ctx_of):
    return agreed(ctx_of)[0]


def values(ctx, number):
    case = get(ctx, number)
    return {name: getattr(case, name) for name in CORRECTABLE}


@pytest.mark.parametrize("prepare", [contracted, installed, active])
@pytest.mark.parametrize("side", SIDES)
def test_one_side_proposes_and_only_the_other_makes_it_the_contract(ctx_of, number, side, prepare):
    prepare(ctx_of, number)
    other, propose, confirm, _decline, _withdraw = SIDES[side]
    with ctx_of(side) as ctx:
        before = values(ctx, number)
        move(ctx, number, propose, reason=REASON, **RIGHT)
        assert values(ctx, number) == before
        with pytest.raises(Forbidden):
            move(ctx, number, confirm)
    with ctx_of(other) as ctx:
        assert confirm in {possible_move.name for possible_move in possible_moves(ctx, AGREEMENT, get(ctx, number))}
        done = move(ctx, number, confirm)
        assert values(ctx, number) == before | RIGHT
        assert (done.correction_by, done.correction, done.correction_reason) == (None, None, None)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("ending", ["decline", "withdraw", "dispute"])
def test_a_proposal_that_is_declined_withdrawn_or_disputed_changes_nothing(ctx_of, number, side, ending):
    active(ctx_of, number)
    other, propose, _confirm, decline, withdraw = SIDES[side]
    with ctx_of(side) as ctx:
        before = values(ctx, number)
        move(ctx, number, propose, reason=REASON, **RIGHT)
        with pytest.raises(MoveRefused, match="cần được trả lời hoặc rút lại trước"):
            move(ctx, number, propose, reason=REASON, **RIGHT)
    with ctx_of(other if ending == "decline" else side) as ctx:
        if ending == "dispute":
            move(ctx, number, "dispute" if side == "vnpt" else "dispute_by_owner", text="Không thống nhất")
        else:
            move(ctx, number, decline if ending == "decline" else withdraw, text="Hợp đồng ghi đúng")
        assert values(ctx, number) == before
        assert get(ctx, number).correction_by is None


def test_whose_turn_it_is_stands_on_the_desk_of_the_other_side_alone(ctx_of, number):
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        # In use and nothing proposed: nothing to do for either side.
        assert not [item for item in read_desk(ctx).assigned if item.case_id == number and item.workflow is AGREEMENT]
        move(ctx, number, "ask_correction", reason=REASON, **RIGHT)
        assert not [item for item in read_desk(ctx).assigned if item.case_id == number and item.workflow is AGREEMENT]
    with ctx_of("viettel") as ctx:
        (item,) = [item for item in read_desk(ctx).assigned if item.case_id == number and item.workflow is AGREEMENT]
        assert (item.act, item.assignee) == ("Trả lời đề nghị của bên sử dụng", "Chủ sở hữu")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({}, "reason"),
        ({"signed_on": date(1995, 1, 1)}, "signed_on"),
        ({"starts_on": date(2190, 1, 1), "ends_on": date(2191, 1, 1)}, "starts_on"),
        ({"ends_on": date(2190, 1, 1)}, "ends_on"),
        ({"ends_on": date(2026, 11, 24)}, "ends_on"),
    ],
)
def test_a_correction_is_a_contract_that_could_have_been_signed(ctx_of, number, changed, field):
    active(ctx_of, number)
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        move(ctx, number, "propose_correction", reason=REASON, **changed)
    assert set(refused.value.fields) == {field}


def test_a_corrected_end_moves_the_clock_and_overtakes_a_renewal(ctx_of, number):
    offered(ctx_of, number, "viettel", "renew")
    with ctx_of("viettel") as ctx:
        case = get(ctx, number)
        due, later = case.due_at, case.renewal_ends_on + timedelta(days=30)
        move(ctx, number, "propose_correction", reason=REASON, ends_on=later, price_period=PricePeriod.YEAR)
        assert get(ctx, number).correction_by is AgreementSide.OWNER
    with ctx_of("vnpt") as ctx:
        done = move(ctx, number, "confirm_correction")
        assert (done.state, done.ends_on, done.price_period) == (AgreementState.ACTIVE, later, PricePeriod.YEAR)
        assert (done.renewal_by, done.due_at > due + timedelta(days=300)) == (None, True)


def test_a_contract_renewed_beyond_one_longest_term_can_still_be_corrected(ctx_of, number):
    active(ctx_of, number)
    for _turn in range(2):
        with ctx_of("viettel") as ctx:
            last = get(ctx, number).ends_on.replace(year=get(ctx, number).ends_on.year + 25)
            move(ctx, number, "renew", annex_number="PL", ends_on=last)
        with ctx_of("vnpt") as ctx:
            move(ctx, number, "confirm_renewal")
    with ctx_of("viettel") as ctx:
        case = get(ctx, number)
        assert case.ends_on.year - case.starts_on.year > 30
        with pytest.raises(Invalid) as refused:
            move(ctx, number, "propose_correction", reason=REASON, ends_on=last + timedelta(days=1))
        assert set(refused.value.fields) == {"ends_on"}
        move(ctx, number, "propose_correction", reason=REASON, ends_on=last - timedelta(days=10), **RIGHT)
    with ctx_of("vnpt") as ctx:
        done = move(ctx, number, "confirm_correction")
        assert (done.price_vnd, done.ends_on) == (RIGHT["price_vnd"], last - timedelta(days=10))


def test_the_page_shows_both_values_and_who_proposes(ctx_of, client_of, number):
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "ask_correction", reason=REASON, **RIGHT)
    for name in ("viettel", "vnpt", "so.khcn"):
        page = client_of(name).get(f"/agreements/{number}").text
        assert REASON in page
        assert "21/HĐ-2026, thay cho 12/HĐ-2026" in page
        assert re.search(r"2\.500\.000\sđồng, thay cho 3\.000\.000\sđồng", page)
