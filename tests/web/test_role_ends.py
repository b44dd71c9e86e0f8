"""A role that ends while its page is open: the answer is a sentence, nothing changes, and no notice is written."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from registry.accounts.models import RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.service import end_role
from registry.audit.chain import record
from registry.incidents.codes import IncidentState
from registry.notices.models import Notice
from tests.factories import incidents
from tests.permissions.cases import token_in
from tests.support.clock import NOW
from tests.support.fixtures import account


def ended_by_an_administrator(ctx, user):
    for role in user.roles:
        end_role(ctx, user.id, role.id)


def over_since_midnight(ctx, user):
    yesterday = ctx.today - timedelta(days=1)
    ctx.session.execute(
        update(RoleAssignment)
        .where(RoleAssignment.user_id == user.id)
        .values(valid_from=func.least(RoleAssignment.valid_from, yesterday), valid_to=yesterday)
    )
    record(ctx, "test.change", "user_account", user.id)


@pytest.mark.parametrize(
    ("end", "status", "sentence"),
    [
        (ended_by_an_administrator, 401, "đăng nhập"),
        (over_since_midnight, 403, "Tài khoản không có quyền thực hiện việc này"),
    ],
)
def test_who_acts_after_the_role_has_ended_is_answered_with_a_sentence(ctx_of, client_of, end, status, sentence):
    incident_id = incidents.assigned(ctx_of, now=NOW)
    client = client_of("viettel")
    address = f"/cases/incident/{incident_id}/acknowledge"
    page = client.get(address)
    with ctx_of("quantri") as ctx:
        end(ctx, get_user(ctx, account(ctx.session, "viettel").id))
    with ctx_of(None, read_only=True) as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(Notice))
    answer = client.post(address, data={"csrf_token": token_in(page), "version": "3"})
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert incidents.get(ctx_of, incident_id, NOW).state is IncidentState.ASSIGNED
    with ctx_of(None, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Notice)) == before
