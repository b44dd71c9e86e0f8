"""Whatever is assigned to an organisation reaches it: notice, desk, page and answer, for each kind of organisation."""

import re

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation, RoleAssignment, UserAccount
from registry.accounts.queries import list_agencies
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.campaigns.codes import RemarkKind
from registry.campaigns.commands import AddRemark, HandleRemark
from registry.campaigns.service import add_remark, handle_remark
from registry.violations.codes import Receiver
from tests.factories import violations
from tests.factories.campaigns import NOW, campaign, report_of
from tests.factories.incidents import assigned
from tests.factories.inspections import plan, tower
from tests.factories.structures import organisation_id
from tests.permissions.cases import token_in

AGENCIES = ("so.xaydung", "so.taichinh", "so.congthuong", "ubnd.tinh", "ubnd.xa")
#: Account -> code of its organisation.
OWNERS = {"viettel": "viettel", "vnpt": "vnpt", "dienluc": "pc_thanhhoa"}
TEXT = "Chưa thống nhất được mặt bằng dựng cột"


def organisation_of(ctx, username):
    return ctx.session.scalar(select(UserAccount.organisation_id).where(UserAccount.username == username))


@pytest.fixture
def remark(ctx_of):
    """A function: an obstacle of Viettel that was assigned to the organisation of an account."""

    def assign(username):
        report = report_of(ctx_of, campaign(ctx_of), "viettel")
        with ctx_of("viettel", now=NOW) as ctx:
            number = add_remark(ctx, AddRemark(report, RemarkKind.OBSTACLE, TEXT)).id
        with ctx_of("so.khcn", now=NOW) as ctx:
            agency = organisation_of(ctx, username)
            handle_remark(ctx, HandleRemark(number, 1, agency, ctx.today, None))
        return report, number

    return assign


@pytest.mark.parametrize("username", AGENCIES)
def test_an_obstacle_reaches_the_agency_and_its_answer_the_operator(client_of, remark, username):
    report, number = remark(username)
    agency, page = client_of(username), f"/operator-reports/remarks/{number}"
    assert page in agency.get("/").text, "desk"
    assert "có một vướng mắc được giao" in agency.get("/notices").text
    shown = agency.get(page)
    assert TEXT in shown.text
    assert f"/operator-reports/{report}" not in shown.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', shown.text).group(1)
    data = {"csrf_token": token_in(shown), "version": version, "outcome": "Đã họp với xã ngày 20/11"}
    assert agency.post(page, data=data).status_code == 303
    assert "Đã họp với xã" in client_of("viettel").get(f"/operator-reports/{report}").text
    assert "đã trả lời vướng mắc" in client_of("viettel").get("/notices").text
    assert "đã trả lời vướng mắc" in client_of("so.khcn").get("/notices").text
    assert page not in client_of(username).get("/").text


@pytest.mark.parametrize("username", [name for name in AGENCIES if name != "so.taichinh"])
def test_other_agencies_learn_nothing_of_it(client_of, remark, username):
    _report, number = remark("so.taichinh")
    client, page = client_of(username), f"/operator-reports/remarks/{number}"
    assert client.get(page).status_code == 404
    assert page not in client.get("/").text
    assert client.post(page, data={"csrf_token": token_in(client.get("/")), "outcome": "x"}).status_code == 404


def test_the_operator_sees_who_holds_its_obstacle(client_of, remark):
    report, _number = remark("so.congthuong")
    page = client_of("viettel").get(f"/operator-reports/{report}").text
    assert "trả lời trước khi hết ngày" in page
    assert "đã giao cho" in client_of("viettel").get("/notices").text


def test_a_stale_answer_and_an_empty_one_are_refused_and_keep_what_was_typed(client_of, remark):
    _report, number = remark("ubnd.tinh")
    client, page = client_of("ubnd.tinh"), f"/operator-reports/remarks/{number}"
    token = token_in(client.get(page))
    stale = client.post(page, data={"csrf_token": token, "version": "1", "outcome": "Đã chỉ đạo"})
    assert (stale.status_code, "Đã chỉ đạo" in stale.text) == (409, True)
    assert client.post(page, data={"csrf_token": token, "version": "2", "outcome": ""}).status_code == 422


def test_each_agency_that_can_be_chosen_and_has_an_account_may_open_what_is_assigned(ctx_of):
    """A kind of agency that joins the list needs a role that reads it."""
    answering = set(GRANTS[P.REMARK_HANDLE])
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(Organisation.short_name, RoleAssignment.role).join(
            UserAccount, UserAccount.organisation_id == Organisation.id
        )
        query = query.join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        rows = ctx.session.execute(query.where(Organisation.id.in_([each.id for each in list_agencies(ctx)]))).all()
    roles = {}
    for name, role in rows:
        roles.setdefault(name, set()).add(role)
    assert roles
    assert [name for name, held in roles.items() if not held & answering] == []


@pytest.mark.parametrize("username", OWNERS)
def test_an_incident_reaches_the_organisation_that_was_made_responsible(client_of, ctx_of, username):
    case = assigned(ctx_of, owner=OWNERS[username])
    client = client_of(username)
    assert f"/incidents/{case}" in client.get("/").text
    assert "Đã giao đơn vị chịu trách nhiệm" in client.get("/notices").text
    assert client.get(f"/incidents/{case}").status_code == 200


@pytest.mark.parametrize("username", ["viettel", "vnpt"])
def test_a_report_reaches_each_organisation_that_is_to_send_it(client_of, ctx_of, username):
    report = report_of(ctx_of, campaign(ctx_of, codes=(username,)), username)
    client = client_of(username)
    assert f"/operator-reports/{report}" in client.get("/").text
    assert "Có báo cáo phải lập" in client.get("/notices").text
    assert client.get(f"/operator-reports/{report}").status_code == 200


def test_an_issued_inspection_plan_reaches_the_inspectors_of_its_commune(client_of, ctx_of):
    code, _id = tower(ctx_of)
    number = plan(ctx_of, codes=(code,), issued=True)
    client, page = client_of("kiemtra1"), f"/inspections/{number}"
    assert page in client.get("/").text
    assert code in client.get(page).text


@pytest.mark.parametrize("username", OWNERS)
def test_a_violation_with_minutes_reaches_the_accused_and_the_commune_that_decides(client_of, ctx_of, username):
    with ctx_of(None, read_only=True) as ctx:
        accused = organisation_id(ctx.session, OWNERS[username])
    violation_id = violations.with_minutes(ctx_of, organisation_id=accused)
    page = f"/violations/{violation_id}"
    commune = client_of("ubnd.xa")
    assert page in commune.get("/").text
    assert f"/cases/violation/{violation_id}/decide" in commune.get(page).text
    client = client_of(username)
    assert "Đã lập biên bản vi phạm" in client.get("/notices").text
    assert client.get(page).status_code == 200
    others = [client_of(name) for name in OWNERS if name != username]
    assert {other.get(page).status_code for other in others} <= {403, 404}
    assert all("Đã lập biên bản vi phạm" not in other.get("/notices").text for other in others)


def test_a_violation_passed_on_reaches_the_department_that_takes_it_over(client_of, ctx_of):
    violation_id = violations.with_minutes(ctx_of)
    violations.move(
        ctx_of, "kiemtra1", violation_id, "transfer", receiver=Receiver.LEAD_DIRECTOR, text="Vượt thẩm quyền"
    )
    department, page = client_of("so.khcn"), f"/violations/{violation_id}"
    assert page in department.get("/").text
    assert "Đã chuyển cấp có thẩm quyền" in department.get("/notices").text
    assert f"/cases/violation/{violation_id}/accept" in department.get(page).text
    assert page not in client_of("so.taichinh").get("/").text
