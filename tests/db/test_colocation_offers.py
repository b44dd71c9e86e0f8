"""What an owner may offer in place of what was asked, and what the other side may say to it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.colocation.codes import ColocationState, ItemDecision, OfferAnswer, OfferKind
from registry.colocation.models import ColocationOffer
from registry.colocation.workflow import COLOCATION
from registry.colocation.workflow.offers import MAKE_READY
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from registry.structures.queries import get_structure
from registry.workflow.engine import fire_by_clock, lock_case
from tests.factories.colocation import (
    LABEL,
    accept,
    case,
    filed,
    items_of,
    move,
    offer,
    place_of,
    reject,
    tower,
)

S = ColocationState


@pytest.fixture
def code(ctx_of):
    """A published tower of Viettel with three positions."""
    with ctx_of("viettel") as ctx:
        return tower(ctx).code


@pytest.fixture
def case_id(ctx_of, code):
    """A request of VNPT for two of them, sent."""
    with ctx_of("vnpt") as ctx:
        return filed(ctx, code, quantity=2).id


def upgrade(ctx, number, **other):
    """Offer to strengthen the tower within thirty days."""
    data = {"offer": OfferKind.UPGRADE, "finish_on": ctx.today + timedelta(days=30), "cost_vnd": 50_000_000}
    return offer(ctx, case(ctx, number), **(data | {"quantity": None} | other))


def lapse(ctx_of, number, name):
    with ctx_of("so.khcn") as ctx:
        return fire_by_clock(ctx, COLOCATION, lock_case(ctx, COLOCATION, number), name)


def test_an_offer_is_the_requesters_turn_and_its_clock_is_its_own(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        answer_due = case(ctx, case_id).due_at
        request = offer(ctx, case(ctx, case_id))
        assert request.state is S.OFFERED
        assert request.due_at != answer_due
        assert request.decided_at is None
        (item,) = items_of(ctx, request)
        assert item.decision is ItemDecision.OFFERED


def test_other_terms_that_are_taken_are_held_at_once(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        offer(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        request = case(ctx, case_id)
        (item,) = items_of(ctx, request)
        assert move(ctx, request, "take_offer", items=[item.id]).state is S.ACCEPTED
        assert (item.quantity, item.decision, item.ground) == (1, ItemDecision.ACCEPTED, None)
        assert (place_of(ctx, code).reserved, place_of(ctx, code).free) == (1, 2)


def test_another_structure_that_is_taken_takes_the_place_of_the_one_asked_for(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        other = tower(ctx, total=5).code
        offer(ctx, case(ctx, case_id), offer=OfferKind.ALTERNATIVE, code=other, quantity=None)
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        move(ctx, case(ctx, case_id), "take_offer", items=[item.id])
        assert item.structure_id == get_structure(ctx, other).id
        assert place_of(ctx, other).reserved == 2


@pytest.mark.parametrize(("name", "owner"), [("vnpt", "vnpt"), ("dienluc", "pc_thanhhoa")])
def test_only_the_owners_own_structures_are_offered_instead(ctx_of, case_id, name, owner):
    with ctx_of(name) as ctx:
        other = tower(ctx, owner=owner).code
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        offer(ctx, case(ctx, case_id), offer=OfferKind.ALTERNATIVE, code=other, quantity=None)
    assert set(refused.value.fields) == {"code"}


def test_an_agreed_upgrade_is_the_owners_turn_until_the_day_agreed_and_a_term_of_grace(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 1))
        assert upgrade(ctx, case_id).state is S.OFFERED
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        request = move(ctx, case(ctx, case_id), "take_offer", items=[item.id])
        assert request.state is S.UPGRADING
        assert request.due_at.date() > request.upgrade_by
    with ctx_of("viettel") as ctx:
        with pytest.raises(MoveRefused, match="còn trống 1"):
            accept(ctx, case(ctx, case_id))
        set_place(ctx, SetPlace(code, LABEL, PlaceUnit.POSITION, 2))
        request = accept(ctx, case(ctx, case_id))
        assert (request.state, request.upgrade_by) == (S.ACCEPTED, None)


def test_an_upgrade_that_is_not_done_in_time_goes_to_the_department(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        upgrade(ctx, case_id)
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        move(ctx, case(ctx, case_id), "take_offer", items=[item.id])
    assert lapse(ctx_of, case_id, "miss_upgrade").state is S.OVERDUE
    with ctx_of("viettel") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        assert (item.decision, item.ground) == (ItemDecision.PENDING, None)
        assert accept(ctx, case(ctx, case_id)).state is S.ACCEPTED


def test_whoever_is_on_the_structure_is_told_to_make_ready(ctx_of, case_id, code):
    with ctx_of("viettel") as ctx:
        add_entry(ctx, AddEntry(code, LABEL, 1, "pc_thanhhoa", "Camera"))
        upgrade(ctx, case_id)
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        move(ctx, case(ctx, case_id), "take_offer", items=[item.id])
    with ctx_of("dienluc") as ctx:
        (notice,) = ctx.session.scalars(select(Notice).where(Notice.subject_kind == MAKE_READY)).all()
        assert notice.organisation_ids == [ctx.actor.organisation_id]
        assert code in notice_text(notice).sentence
        assert get_structure(ctx, code).code == code


def test_an_offer_that_is_declined_is_the_refusal_it_rested_on(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        offer(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        request = move(ctx, case(ctx, case_id), "decline_offer", items=[item.id])
        assert request.state is S.REJECTED
        assert request.decided_by_id is not None
        assert (item.decision, item.ground) == (ItemDecision.REJECTED, "not_technically_feasible")
        assert move(ctx, request, "dispute", text="Còn chỗ thật").state is S.ESCALATED


def test_silence_about_an_offer_is_no_yes(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        offer(ctx, case(ctx, case_id))
    assert lapse(ctx_of, case_id, "lapse_offer").state is S.REJECTED
    with ctx_of("vnpt") as ctx:
        assert ctx.session.scalars(select(ColocationOffer.answer)).all() == [OfferAnswer.LAPSED]


def test_an_offer_says_what_its_kind_must_say(ctx_of, case_id):
    wanted = {
        OfferKind.UPGRADE: {"finish_on", "cost_vnd"},
        OfferKind.ALTERNATIVE: {"code"},
        OfferKind.TERMS: {"quantity"},
    }
    for kind, fields in wanted.items():
        with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
            offer(ctx, case(ctx, case_id), offer=kind, quantity=None)
        assert set(refused.value.fields) == fields, kind


def test_the_requester_cannot_offer_nor_the_owner_take(ctx_of, case_id):
    with ctx_of("vnpt") as ctx, pytest.raises(Forbidden):
        offer(ctx, case(ctx, case_id))
    with ctx_of("viettel") as ctx:
        offer(ctx, case(ctx, case_id))
        (item,) = items_of(ctx, case(ctx, case_id))
        with pytest.raises(Forbidden):
            move(ctx, case(ctx, case_id), "take_offer", items=[item.id])


def test_an_offer_is_taken_once(ctx_of, case_id):
    with ctx_of("viettel") as ctx:
        offer(ctx, case(ctx, case_id))
    with ctx_of("vnpt") as ctx:
        (item,) = items_of(ctx, case(ctx, case_id))
        move(ctx, case(ctx, case_id), "take_offer", items=[item.id])
        with pytest.raises(MoveRefused):
            move(ctx, case(ctx, case_id), "take_offer", items=[item.id])


def test_a_part_may_be_accepted_a_part_refused_and_a_part_offered_otherwise(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code for _number in range(3)]
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, *codes).id
    with ctx_of("viettel") as ctx:
        first, second, third = items_of(ctx, case(ctx, number))
        assert accept(ctx, case(ctx, number), first).state is S.UNDER_REVIEW
        assert offer(ctx, case(ctx, number), second).state is S.UNDER_REVIEW
        assert reject(ctx, case(ctx, number), third).state is S.OFFERED
    with ctx_of("vnpt") as ctx:
        assert move(ctx, case(ctx, number), "take_offer", items=[second.id]).state is S.ACCEPTED
