"""What the states of a case say of it: whether it is open, and how the way that it went is drawn."""

import pytest

from registry.incidents.workflow import INCIDENT
from registry.kernel.i18n import force_locale
from registry.workflow.definition import WORKFLOWS
from registry.workflow.views import progress_steps
from tests.support.offenders import no_offenders


def test_nobody_must_act_where_no_move_leads_on():
    assert [
        (workflow.code, state.value)
        for workflow in WORKFLOWS.values()
        for state in workflow.final_states
        if state in workflow.open_states
    ] == []


@pytest.mark.parametrize(
    ("way", "marks"),
    [
        (["reported", "rejected"], ["done", "stopped"]),
        (["reported", "rejected", "reported"], ["done", "now", *["next"] * 6]),
        (["reported", "verified", "assigned", "acknowledged", "safe", "fixed", "closed"], ["done"] * 7),
        (["reported", "verified", "duplicate"], ["done", "done", "stopped"]),
    ],
)
def test_a_case_that_has_ended_is_drawn_so_though_it_can_be_opened_again(way, marks):
    assert [step["state"] for step in progress_steps(INCIDENT, [INCIDENT.states(state) for state in way])] == marks


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_state_is_not_named_as_an_act_of_people(loaded_app, language):
    """A badge that says "Accept" would be taken for a button, and a button "Accepted" for what is over."""
    with loaded_app.app_context(), force_locale(language):
        alike = [
            (workflow.code, state.value, move.name)
            for workflow in WORKFLOWS.values()
            for state in workflow.states
            for move in workflow.moves
            if not move.by_clock and str(move.label) == str(state.label)
        ]
    no_offenders("a state has a name of its own", alike, 'name the state as what is so: "Đã …", "Đang …"')
