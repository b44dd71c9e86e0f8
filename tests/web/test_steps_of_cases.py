"""Steps of cases: the future stays when overdue, what was done is not offered again, nothing leads to a 404."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.incidents.codes import IncidentState as S
from registry.incidents.models import Incident
from registry.incidents.queries import get_published
from registry.incidents.workflow import INCIDENT
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.numbers import whole_percent
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import fire_by_clock, lock_case, touch
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseEvent
from registry.workflow.time_left import overdue_states
from registry.workflow.views import progress_steps
from tests.factories.incidents import NOW, assigned, get, move
from tests.permissions.cases import token_in
from tests.support.fixtures import all_rows


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(56, 936, 6), (0, 7, 0), (1, 936, 1), (935, 936, 99), (936, 936, 100), (1, 2, 50), (1, 8, 13), (999, 1000, 99)],
)
def test_a_share_is_rounded_and_only_none_and_all_are_0_and_100(part, whole, percent):
    assert whole_percent(part, whole) == percent


def test_the_steps_of_an_overdue_case_keep_the_rest_of_its_way():
    """Every overdue state of every workflow, reached from each state that its term runs in."""
    short = []
    for workflow in WORKFLOWS.values():
        for state in overdue_states(workflow):
            if state not in workflow.open_states or not workflow.main_path:
                continue
            for source in (source for source, deadline in workflow.deadlines.items() if source in workflow.main_path):
                if state not in workflow.move(workflow.deadlines[source].overdue).targets:
                    continue
                after = workflow.main_path[workflow.main_path.index(source) + 1 :]
                steps = progress_steps(workflow, [*workflow.main_path[: workflow.main_path.index(source) + 1], state])
                labels = [step["label"] for step in steps if step["state"] == "next"]
                if labels != [each.label for each in after]:
                    short.append((workflow.code, state.value, source.value))
    assert short == []


def test_the_steps_say_when_each_was_entered_and_who_holds_what_follows(client_of, ctx_of, clock):
    clock.move_to(NOW)
    case = assigned(ctx_of)
    page = client_of("viettel").get(f"/incidents/{case}").text
    notes = re.findall(r'<li class="step step-(\w+).*?(?:step-note">([^<]*)<|</li>)', page, re.DOTALL)
    day = f"{NOW.astimezone(LOCAL_ZONE):%d/%m/%Y}"
    assert [note for state, note in notes if state in ("done", "now")] == [day] * 3
    following = [note for state, note in notes if state == "next"]
    assert (following[0], following[-1]) == ("Đang chờ: Đơn vị chịu trách nhiệm", "")


def button(client, case, name):
    return f"/cases/incident/{case}/{name}" in client.get(f"/incidents/{case}").text


def test_an_act_that_was_done_is_not_offered_again(client_of, ctx_of, clock):
    clock.move_to(NOW)
    case = assigned(ctx_of)
    client = client_of("viettel")
    assert button(client, case, "acknowledge")
    move(ctx_of, "viettel", case, "acknowledge", text=None)
    with ctx_of("so.khcn", now=NOW) as ctx:
        incident = ctx.session.get_one(Incident, case)
        incident.state = S.OVERDUE
        touch(ctx, INCIDENT, incident, "edit")
    assert not button(client, case, "acknowledge")
    assert client.get(f"/cases/incident/{case}/acknowledge").status_code == 409


def test_a_page_offers_what_is_taken_as_soon_as_a_term_has_ended(client_of, ctx_of, database, clock):
    """Before the job of the minute has run; whoever reads, the clock has moved it, once."""
    case = assigned(ctx_of)
    client = client_of("viettel")

    def offered():
        links = set(re.findall(rf"/cases/incident/{case}/(?!messages)\w+", client.get(f"/incidents/{case}").text))
        assert {client.get(link).status_code for link in links} == {200}
        return links

    def written():
        query = select(CaseEvent.move, CaseEvent.actor_id).where(CaseEvent.case_id == case)
        return all_rows(database, query.where(CaseEvent.workflow == INCIDENT.code).order_by(CaseEvent.id)).all()

    due = get(ctx_of, case).due_at
    clock.move_to(due - timedelta(seconds=1))
    assert offered()
    events = written()
    assert get(ctx_of, case).state is S.ASSIGNED

    clock.move_to(due + timedelta(seconds=1))
    # The address of an act, kept from before: the state that it is refused for is the one that holds.
    overdue = INCIDENT.deadlines[S.ASSIGNED].overdue
    client.get(f"/cases/incident/{case}/acknowledge")
    assert written() == [*events, (overdue, None)]
    assert get(ctx_of, case).state is S.OVERDUE
    assert offered()
    assert run_clocks(database, due + timedelta(seconds=1)).moved == 0
    assert written() == [*events, (overdue, None)]


def test_not_ours_leads_to_the_list_and_not_to_a_page_that_is_gone(client_of, ctx_of, clock):
    clock.move_to(NOW)
    case = assigned(ctx_of)
    client, address = client_of("viettel"), f"/cases/incident/{case}/deny"
    page = client.get(address)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text).group(1)
    data = {"csrf_token": token_in(page), "version": version, "text": "Cáp của đơn vị khác"}
    answer = client.post(address, data=data, follow_redirects=True)
    assert answer.status_code == 200
    assert "Đơn vị không nhận trách nhiệm" in answer.text


def test_a_reopened_incident_stays_public_with_its_story(ctx_of):
    case = assigned(ctx_of)
    move(ctx_of, "ubnd.xa", case, "secure", text="Đã rào chắn", photos=())
    move(ctx_of, "ubnd.xa", case, "confirm", text="Đã kiểm tra")
    with ctx_of(None, now=NOW) as ctx:
        number = ctx.session.get_one(Incident, case).number
    with ctx_of("so.khcn", now=NOW) as ctx:
        fire_by_clock(ctx, INCIDENT, lock_case(ctx, INCIDENT, case), "reopen")
    with ctx_of(None, now=NOW, read_only=True) as ctx:
        view = get_published(ctx, number)
    labels = [label for label, _at in view.steps]
    assert "Mở lại theo phản ánh" in labels
    assert "Đã đóng hồ sơ" in labels
