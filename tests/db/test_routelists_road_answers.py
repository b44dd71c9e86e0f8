"""Requests to managers of roads: their term in working days, what may follow what, and the stretch handed over."""

import re
from datetime import date

import pytest

from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.routelists.models import RouteItem
from registry.routelists.road_answer_models import RoadAnswerState as S
from registry.routelists.road_answer_models import RoadManager
from registry.routelists.road_answers import GiveAnswer, answers_of, give_answer, send, shown_state
from tests.factories.routelists import agreed, sent

#: A Thursday.
SENT = date(2026, 11, 19)


def asked(ctx_of, item_id, username="so.xaydung", **values):
    """The id of a request."""
    with ctx_of(username) as ctx:
        stated = {"stretch": "Km 3 – Km 4", "manager": RoadManager.COMMUNE, "sent_on": SENT} | values
        return send(ctx, ctx.session.get_one(RouteItem, item_id), stated).id


def answered(ctx_of, item_id, answer_id, state, version=1, **stated):
    """Give an answer; the version after it."""
    with ctx_of("ubnd.xa") as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        stated_values = {"answered_on": date(2026, 11, 24)} | stated
        return give_answer(ctx, GiveAnswer(item, answer_id, version, state, **stated_values)).version


def test_the_term_is_five_working_days_and_the_last_one_is_in_time(ctx_of):
    item_id = agreed(ctx_of)
    asked(ctx_of, item_id)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        (answer,) = answers_of(ctx, item_id)
        # The 24th is a day off.
        assert answer.due_on == date(2026, 11, 27)
        days = [date(2026, 11, 27), date(2026, 11, 28)]
        assert [shown_state(answer, day) for day in days] == [S.NEW, S.TERM_OVER]


def test_a_manager_without_competence_hands_the_stretch_over_with_a_term_of_its_own(ctx_of):
    item_id = agreed(ctx_of)
    answer_id = asked(ctx_of, item_id)
    answered(ctx_of, item_id, answer_id, S.NOT_COMPETENT, handed_to=RoadManager.CONSTRUCTION)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        first, second = answers_of(ctx, item_id)
        assert (first.state, second.state) == (S.NOT_COMPETENT, S.NEW)
        assert (second.handed_from_id, second.manager) == (first.id, RoadManager.CONSTRUCTION)
        assert (second.stretch, second.sent_on, second.due_on) == (
            "Km 3 – Km 4",
            date(2026, 11, 24),
            date(2026, 12, 1),
        )


@pytest.mark.parametrize("state", [S.AGREED, S.NOT_AGREED, S.WITHDRAWN])
def test_what_is_answered_stays_and_what_is_in_treatment_is_answered_once(ctx_of, state):
    item_id = agreed(ctx_of)
    answer_id = asked(ctx_of, item_id)
    version = answered(ctx_of, item_id, answer_id, S.IN_TREATMENT, answered_on=None)
    with pytest.raises(MoveRefused):
        answered(ctx_of, item_id, answer_id, S.IN_TREATMENT, version)
    version = answered(ctx_of, item_id, answer_id, state, version, note="Đường mới trải nhựa")
    with pytest.raises(MoveRefused):
        answered(ctx_of, item_id, answer_id, S.AGREED, version)


@pytest.mark.parametrize(
    ("state", "stated", "field"),
    [
        (S.AGREED, {"answered_on": None}, "answered_on"),
        (S.AGREED, {"answered_on": date(2026, 12, 30)}, "answered_on"),
        (S.AGREED, {"answered_on": date(2026, 11, 18)}, "answered_on"),
        (S.NOT_AGREED, {}, "note"),
        (S.NOT_COMPETENT, {}, "handed_to"),
        (S.NOT_COMPETENT, {"handed_to": RoadManager.COMMUNE}, "handed_to"),
        (S.AGREED, {"handed_to": RoadManager.CONSTRUCTION}, "handed_to"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_at_its_field(ctx_of, state, stated, field):
    item_id = agreed(ctx_of)
    answer_id = asked(ctx_of, item_id)
    with pytest.raises(Invalid) as refused:
        answered(ctx_of, item_id, answer_id, state, **stated)
    assert list(refused.value.fields) == [field]


def test_only_agreed_streets_are_asked_for_by_their_offices_and_a_stale_answer_is_a_conflict(ctx_of):
    item_id = agreed(ctx_of)
    answer_id = asked(ctx_of, item_id)
    with pytest.raises(Forbidden):
        asked(ctx_of, item_id, "viettel")
    with pytest.raises(Conflict):
        answered(ctx_of, item_id, answer_id, S.AGREED, version=7)
    other = sent(ctx_of)
    with pytest.raises(MoveRefused):
        asked(ctx_of, other)


def test_the_form_of_a_request_starts_with_today(ctx_of, client_of):
    page = client_of("so.xaydung").get(f"/route-lists/items/{agreed(ctx_of)}/road").text
    field = re.search(r'<input[^>]*name="sent_on"[^>]*>', page)[0]
    assert 'value="25/11/2026"' in field
