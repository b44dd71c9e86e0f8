"""What the states of a case say of it: whether it is open, and how the way that it went is drawn."""

import pytest

from registry.incidents.workflow import INCIDENT
from registry.workflow.definition import WORKFLOWS
from registry.workflow.views import progress_steps


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
