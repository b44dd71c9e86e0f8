"""Two administrators at one instant; a succession that is withdrawn after acts on cases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from registry.accounts.commands import AddSuccession, AssignRole
from registry.accounts.models import RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.service import (
    add_succession,
    assign_role,
    confirm_role,
    create_user,
    edit_user,
    end_role,
    withdraw_succession,
)
from registry.authz.actors import Role
from registry.incidents.codes import IncidentState
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Conflict
from registry.kernel.forms.constraints import as_invalid
from registry.notices.models import Notice
from tests.factories import incidents
from tests.factories.organisations import save_user
from tests.factories.structures import organisation_id
from tests.support.clock import NOW
from tests.support.fixtures import account
from tests.support.live import context, wait_until_blocked


@pytest.fixture
def second_connection(live_url):
    database = Database(live_url, role=WEB_ROLE)
    yield database
    database.dispose()


def save(username, full_name, owner_id, email=None):
    return save_user(username=username, full_name=full_name, organisation_id=owner_id, email=email)


def saved(ctx, user, email):
    edit_user(ctx, user.id, save(user.username, user.full_name, user.organisation_id, email))


def test_of_two_accounts_that_get_one_address_at_one_instant_the_second_is_answered_with_a_sentence(
    live_app, second_connection
):
    database = live_app.extensions["registry.database"]
    with live_app.app_context(), context(database, "quantri") as ctx:
        owner_id = organisation_id(ctx.session, "viettel")
        create_user(ctx, save("dong.nghiep", "Đồng nghiệp", owner_id))

    def give_the_second():
        with live_app.app_context(), context(second_connection, "quantri") as other:
            try:
                saved(other, account(other.session, "dong.nghiep"), "chung@viettel.example")
            except IntegrityError as error:
                other.session.rollback()
                return as_invalid(error).fields
        return None

    with ThreadPoolExecutor(1) as pool:
        with live_app.app_context(), context(database, "quantri") as ctx:
            saved(ctx, account(ctx.session, "viettel"), "Chung@viettel.example")
            ctx.session.flush()
            answer = pool.submit(give_the_second)
            wait_until_blocked(ctx.session)
        assert list(answer.result(20)) == ["email"]


@pytest.mark.parametrize("first", [confirm_role, end_role])
def test_a_second_administrator_who_confirms_what_was_decided_meanwhile_is_answered_with_a_sentence(
    live_app, second_connection, first
):
    database = live_app.extensions["registry.database"]
    with live_app.app_context(), context(database, "quantri") as ctx:
        office = organisation_id(ctx.session, "so_khcn")
        ids = [create_user(ctx, save(f"quantri.{word}", f"Quản trị {word}", office)).id for word in ("hai", "ba")]
        ctx.session.add_all(RoleAssignment(user_id=each, role=Role.ADMIN, valid_from=ctx.today) for each in ids)
        user_id = account(ctx.session, "so.taichinh").id
        command = AssignRole(user_id=user_id, role=Role.FINANCE_DEPARTMENT, valid_from=ctx.today)
        for role in get_user(ctx, user_id).roles:
            end_role(ctx, user_id, role.id)
        assignment_id = assign_role(ctx, command).id

    def decide():
        with live_app.app_context(), context(second_connection, "quantri.ba") as other:
            try:
                confirm_role(other, user_id, assignment_id)
            except Conflict as conflict:
                return conflict.message
        return None

    with ThreadPoolExecutor(1) as pool:
        with live_app.app_context(), context(database, "quantri.hai") as ctx:
            first(ctx, user_id, assignment_id)
            ctx.session.flush()
            answer = pool.submit(decide)
            wait_until_blocked(ctx.session)
        assert "không còn chờ xác nhận" in answer.result(20)
    with context(database, "quantri", read_only=True) as ctx:
        row = ctx.session.get_one(RoleAssignment, assignment_id)
        assert (row.confirmed_by_id, row.ended_by_id) == ((ids[0], None) if first is confirm_role else (None, ids[0]))


def test_a_succession_that_is_withdrawn_after_acts_on_cases_loses_none_and_notifies_once(ctx_of):
    incident_id = incidents.assigned(ctx_of, now=NOW)
    with ctx_of("quantri") as ctx:
        old, new = (organisation_id(ctx.session, code) for code in ("viettel", "vnpt"))
        command = AddSuccession(
            predecessor_id=old, successor_id=new, effective_on=ctx.today, legal_basis="Quyết định 12/QĐ-UBND"
        )
        succession_id = add_succession(ctx, command).id
    state = incidents.move(ctx_of, "vnpt", incident_id, "acknowledge", now=NOW)
    with ctx_of("quantri") as ctx:
        withdraw_succession(ctx, old, succession_id, "Ghi nhầm đơn vị")
        count = select(Notice.event, func.count()).where(Notice.subject_kind == "succession").group_by(Notice.event)
        assert dict(ctx.session.execute(count).all()) == {"entered": 1, "withdrawn": 1}
    assert state is incidents.get(ctx_of, incident_id, NOW).state is IncidentState.ACKNOWLEDGED
    assert incidents.move(ctx_of, "viettel", incident_id, "make_safe", now=NOW, text="Đã căng lại cáp")
