"""Reports of an account: its own list and notices; officers see no more than of a visitor; erased with the contact."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.incidents.codes import Basis, IncidentState
from registry.incidents.commands import FollowUp
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.reporting import add_me_too, forget_contacts
from registry.incidents.rules import new_draft
from registry.notices.models import Notice
from registry.workflow.models import CaseEvent
from tests.factories.incidents import SECRET, TRIAGE, move, report
from tests.factories.structures import organisation_id
from tests.support.clock import NOW
from tests.support.fixtures import account

CITIZEN = "nguoidan"


@pytest.fixture
def reported(ctx_of):
    """An incident that a citizen reported signed in, and its report."""
    incident_id, _code = report(ctx_of, now=NOW, by=CITIZEN)
    with ctx_of("so.khcn", read_only=True) as ctx:
        row = ctx.session.scalars(select(IncidentReport).where(IncidentReport.incident_id == incident_id)).one()
        return incident_id, row.id, row.number


def test_a_citizen_follows_the_own_reports_and_no_others(client_of, ctx_of, reported):
    incident_id, report_id, number = reported
    assert number in client_of(CITIZEN).get("/report/mine").text
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=NOW, **TRIAGE)
    page = client_of(CITIZEN).get(f"/report/mine/{report_id}").text
    assert (number in page, str(IncidentState.VERIFIED.label) in page) == (True, True)
    assert number not in client_of("viettel").get("/report/mine").text
    assert client_of("viettel").get(f"/report/mine/{report_id}").status_code == 404


def test_a_reporter_is_notified_of_each_new_state_once(client_of, ctx_of, reported):
    incident_id, _report_id, number = reported
    with ctx_of("so.khcn", read_only=True) as ctx:
        case_number = ctx.session.get_one(Incident, incident_id).number
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=NOW, **TRIAGE)
    with ctx_of(CITIZEN, now=NOW) as ctx:
        add_me_too(ctx, SECRET, incident_id, FollowUp(draft=new_draft()))
    with ctx_of("so.khcn", read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    proof = {"organisation": [viettel], "basis": Basis.MARK, "proof": "Thẻ cáp ghi VIETTEL"}
    move(ctx_of, "ubnd.xa", incident_id, "assign", now=NOW, **proof)
    move(ctx_of, "viettel", incident_id, "make_safe", now=NOW, text="Đã căng lại cáp")
    page = client_of(CITIZEN).get("/notices").text
    assert page.count("Một phản ánh sự cố đã gửi có trạng thái mới") == 2
    assert case_number not in page
    with ctx_of(None, read_only=True) as ctx:
        user_id = account(ctx.session, CITIZEN).id
        notices = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "own_reports")).all()
        assert {tuple(notice.user_ids) for notice in notices} == {(user_id,)}
        assert all(number not in str(notice.params) for notice in notices), "notices stay, the report is erased"


def test_officers_and_the_log_learn_no_more_than_of_a_visitor(client_of, ctx_of, reported):
    incident_id, _report_id, _number = reported
    with ctx_of("so.khcn", read_only=True) as ctx:
        user = account(ctx.session, CITIZEN)
        actors = [*ctx.session.scalars(select(CaseEvent.actor_id).where(CaseEvent.case_id == incident_id))]
        actors += ctx.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.object_kind == "incident"))
        assert user.id not in actors
        assert ctx.session.get_one(Incident, incident_id).created_by_id is None
    for officer in ("ubnd.xa", "so.khcn"):
        for address in (f"/incidents/{incident_id}", f"/incidents/{incident_id}/reporters"):
            page = client_of(officer).get(address).text
            assert user.full_name not in page
            assert user.username not in page


def test_the_account_of_a_report_is_erased_with_the_contacts(client_of, ctx_of, reported):
    _incident_id, report_id, number = reported
    with ctx_of(None, now=NOW + timedelta(days=4000)) as ctx:
        assert forget_contacts(ctx) == 1
    assert number not in client_of(CITIZEN).get("/report/mine").text
    assert client_of(CITIZEN).get(f"/report/mine/{report_id}").status_code == 404
