"""Rules of requests on values alone."""

from datetime import date
from types import SimpleNamespace

import pytest

from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround
from registry.colocation.models import ColocationItem
from registry.colocation.rules import (
    FIELDS_BY_HOSTING,
    acceptance_problem,
    fields_of_kind,
    item_fields,
    missing_of_item,
    pointless_moves,
    request_title,
    selection_problem,
    state_after_answer,
    wanted_from_problem,
)
from registry.colocation.workflow import COLOCATION
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Hosting
from registry.workflow.views import progress_steps

S, A, R, P = ColocationState, ItemDecision.ACCEPTED, ItemDecision.REJECTED, ItemDecision.PENDING
OWNER = 7


def structure(**changes):
    facts = {
        "code": "THA-CAT-000001",
        "owner_organisation_id": OWNER,
        "kind": "antenna_tower",
        "status": Status.ACTIVE,
        "sharing_status": SharingStatus.AVAILABLE,
        "is_published": True,
    }
    return SimpleNamespace(**facts | changes)


def test_whatever_is_installed_has_its_questions():
    assert set(FIELDS_BY_HOSTING) == set(Hosting)


@pytest.mark.parametrize("kind", HOSTS)
def test_the_questions_of_a_kind_are_fields_of_an_item_and_the_needed_ones_are_required(kind):
    fields = item_fields(kind)
    assert fields["quantity"].required
    assert [name for name in fields_of_kind(kind).needed if not fields[name].required] == []
    assert [name for name in fields_of_kind(kind).optional if fields[name].required] == []


def test_a_gap_of_an_item_names_structure_and_field():
    item = ColocationItem(quantity=1, equipment="Cáp 48 sợi", cables=2)
    problems = missing_of_item(item, "cable_pole", "THA-COT-000001", has_places=True)
    sentences = [problem.sentence for problem in problems]
    assert problems[0].field == "place"
    assert sentences == ["THA-COT-000001: chưa chọn vị trí lắp đặt.", "THA-COT-000001: chưa nhập “Đường kính cáp”."]
    problems = missing_of_item(item, "cable_pole", "THA-COT-000001", has_places=False)
    sentences = [problem.sentence for problem in problems]
    assert sentences == ["THA-COT-000001: chưa nhập “Đường kính cáp”."]


@pytest.mark.parametrize(
    ("changes", "own", "words"),
    [
        ({}, frozenset(), None),
        ({}, frozenset({OWNER}), "chính đơn vị"),
        ({"sharing_status": SharingStatus.RESTRICTED}, frozenset(), "hạn chế"),
        ({"kind": "cable_route"}, frozenset(), "Tuyến cáp"),
        ({"status": Status.DECOMMISSIONED}, frozenset(), "còn tồn tại"),
        ({"status": Status.REMOVED}, frozenset(), "còn tồn tại"),
        ({"status": Status.SUSPENDED}, frozenset(), None),
    ],
)
def test_what_may_be_asked_for(changes, own, words):
    problem = selection_problem(structure(**changes), own)
    assert problem is None if words is None else words in problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"status": Status.SUSPENDED}, "đang khai thác"),
        ({"is_published": False, "sharing_status": SharingStatus.NOT_ASSESSED}, "công bố"),
    ],
)
def test_what_may_be_promised(changes, words):
    problem = acceptance_problem(structure(**changes))
    assert problem is None if words is None else words in problem


@pytest.mark.parametrize(
    ("before", "decisions", "after"),
    [
        (S.UNDER_REVIEW, [P, A], S.UNDER_REVIEW),
        (S.OVERDUE, [P, R], S.OVERDUE),
        (S.ESCALATED, [P], S.ESCALATED),
        (S.UNDER_REVIEW, [A, R], S.ACCEPTED),
        (S.UNDER_REVIEW, [R, R], S.REJECTED),
    ],
)
def test_where_a_request_stands_after_an_answer(before, decisions, after):
    assert state_after_answer(before, decisions) is after


def test_a_wish_for_the_past_is_refused_with_both_days():
    today = date(2026, 5, 12)
    assert wanted_from_problem(None, today) is None
    assert wanted_from_problem(today, today) is None
    problem = wanted_from_problem(date(2026, 5, 11), today)
    assert "11/05/2026" in problem
    assert "12/05/2026" in problem


def test_a_request_is_called_by_its_structure_or_their_number():
    assert request_title(["THA-1"], ["Trạm A"], "Viettel") == "Trạm A (THA-1)"
    assert request_title(["THA-1", "THA-2"], ["A", "B"], "Viettel") == "2 công trình của Viettel"


def test_every_state_is_reached_and_every_term_has_a_move_of_the_clock():
    reached = {COLOCATION.start} | {target for move in COLOCATION.moves for target in move.targets}
    assert reached == set(ColocationState)
    for state, deadline in COLOCATION.deadlines.items():
        move = COLOCATION.move(deadline.overdue)
        assert move.by_clock
        assert state in move.sources
    assert set(COLOCATION.final_states) == {S.CONTRACTED, S.WITHDRAWN, S.EXPIRED, S.CLOSED}


@pytest.mark.parametrize(
    ("way", "marks"),
    [
        (["draft"], ["now draft", "next under_review", "next accepted", "next contracted"]),
        (
            ["draft", "under_review", "accepted"],
            ["done draft", "done under_review", "now accepted", "next contracted"],
        ),
        (["draft", "under_review", "contracted"], ["done draft", "done under_review", "done contracted"]),
        # Returned and sent again: each state once, where the case was last.
        (
            ["draft", "under_review", "returned"],
            ["done draft", "done under_review", "now returned", "next accepted", "next contracted"],
        ),
        (
            ["draft", "under_review", "returned", "under_review"],
            ["done draft", "done returned", "now under_review", "next accepted", "next contracted"],
        ),
        # Refused and closed, taken over and settled, withdrawn: what did not happen is not drawn.
        (["draft", "under_review", "rejected"], ["done draft", "done under_review", "now rejected"]),
        (
            ["draft", "under_review", "rejected", "closed"],
            ["done draft", "done under_review", "done rejected", "stopped closed"],
        ),
        (
            ["draft", "under_review", "overdue"],
            ["done draft", "done under_review", "now overdue", "next accepted", "next contracted"],
        ),
        (
            ["draft", "under_review", "overdue", "escalated", "decided"],
            [
                *("done draft", "done under_review", "done overdue", "done escalated"),
                *("now decided", "next accepted", "next contracted"),
            ],
        ),
        (["draft", "withdrawn"], ["done draft", "stopped withdrawn"]),
    ],
)
def test_steps_are_the_way_that_a_case_went(way, marks):
    labels = {str(state.label): state.value for state in ColocationState}
    steps = progress_steps(COLOCATION, [ColocationState(state) for state in way])
    assert [f"{step['state']} {labels[str(step['label'])]}" for step in steps] == marks
    off = [step for step in steps if labels[str(step["label"])] not in {state.value for state in COLOCATION.main_path}]
    assert all(step["tone"] for step in off)


@pytest.mark.parametrize(
    ("state", "answers", "shown"),
    [
        ("under_review", [("pending", None)], {"accept", "reject", "offer"}),
        ("under_review", [("pending", None), ("offered", "unsafe")], {"accept", "reject", "offer", "take_offer"}),
        ("accepted", [("accepted", None)], {"contract"}),
        ("accepted", [("accepted", None), ("rejected", "unsafe")], {"contract", "dispute"}),
        ("accepted", [("accepted", None), ("rejected", "no_capacity")], {"accept", "contract", "dispute"}),
        ("rejected", [("rejected", "unsafe")], {"dispute"}),
        ("escalated", [("rejected", "unsafe")], {"accept", "dispute"}),
        ("decided", [("rejected", "other")], {"dispute"}),
    ],
)
def test_only_moves_that_have_something_to_do_are_shown(state, answers, shown):
    items = [
        ColocationItem(decision=ItemDecision(decision), ground=ground and RefusalGround(ground))
        for decision, ground in answers
    ]
    named = {"accept", "reject", "offer", "take_offer", "dispute", "contract"}
    assert named - pointless_moves(ColocationState(state), items) == shown
