"""Access kept small: roles fall due for review, one's own excepted, and unusual reading raises one alarm an hour."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.accounts.models import RoleAssignment, UserSession
from registry.accounts.reviews.alarms import EVENTS, raise_alarms
from registry.accounts.reviews.models import ReadingAlarm
from registry.accounts.reviews.queries import count_due, review_query
from registry.accounts.reviews.service import keep_role
from registry.accounts.service import end_role
from registry.audit.access_log import note_statement
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Role
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from tests.factories.structures import organisation_id
from tests.support.fixtures import account, actor_named


def role_of(ctx, username):
    return ctx.session.scalars(
        select(RoleAssignment).where(RoleAssignment.user_id == account(ctx.session, username).id)
    ).one()


def end_on(ctx, role, day):
    role.valid_to = day
    ctx.session.flush()
    record(ctx, "account.assign_role", "user_account", role.user_id)


def due(ctx):
    return {row.RoleAssignment.id for row in ctx.session.execute(review_query(ctx, {"due": True}))}


def unused(ctx):
    return {row.RoleAssignment.id for row in ctx.session.execute(review_query(ctx, {"unused": True}))}


def test_a_role_is_due_a_quarter_after_its_last_review(ctx_of, clock):
    with ctx_of("quantri") as ctx:
        role = role_of(ctx, "viettel")
        before = count_due(ctx)
        assert role.id in due(ctx)
        keep_role(ctx, role.user_id, role.id)
        assert role.id not in due(ctx)
        assert count_due(ctx) == before - 1
    clock.advance(timedelta(days=91))
    with ctx_of("quantri") as ctx:
        assert role.id not in due(ctx)
    clock.advance(timedelta(days=1))
    with ctx_of("quantri") as ctx:
        assert role.id in due(ctx)


def test_a_role_of_ones_own_is_kept_by_another_administrator(ctx_of):
    with ctx_of("quantri") as ctx:
        role = role_of(ctx, "quantri")
        with pytest.raises(Invalid, match="quản trị viên khác"):
            keep_role(ctx, role.user_id, role.id)


def test_a_role_that_ended_is_not_kept_and_not_due(ctx_of):
    with ctx_of("quantri") as ctx:
        role = role_of(ctx, "vnpt")
        end_role(ctx, role.user_id, role.id)
        with pytest.raises(Conflict, match="không còn hiệu lực"):
            keep_role(ctx, role.user_id, role.id)
        assert role.id not in due(ctx)
        with pytest.raises(NotFound):
            keep_role(ctx, account(ctx.session, "viettel").id, role.id)


def test_others_than_administrators_review_nothing(ctx_of):
    with ctx_of("so.khcn") as ctx:
        role = role_of(ctx, "viettel")
        assert due(ctx) == set()
        with pytest.raises((Forbidden, NotFound)):
            keep_role(ctx, role.user_id, role.id)


def test_the_list_shows_last_use_and_temporary_roles(ctx_of):
    with ctx_of("quantri") as ctx:
        role = role_of(ctx, "viettel")
        end_on(ctx, role, ctx.today + timedelta(days=3))
        temporary = list(ctx.session.execute(review_query(ctx, {"temporary": True})))
        assert [row.RoleAssignment.id for row in temporary] == [role.id]
        assert role.id in unused(ctx)
        ctx.session.add(
            UserSession(
                token_hash=b"t",
                user_id=role.user_id,
                created_at=ctx.now,
                last_seen_at=ctx.now,
                expires_at=ctx.now + timedelta(hours=1),
                device="test",
                address="127.0.0.1",
            )
        )
        ctx.session.flush()
        rows = {row.RoleAssignment.id: row for row in ctx.session.execute(review_query(ctx, {}))}
        assert rows[role.id].last_use == ctx.now
        assert role.id not in unused(ctx)


def test_a_temporary_role_gives_nothing_from_the_day_after_its_end(ctx_of, clock):
    with ctx_of("quantri") as ctx:
        end_on(ctx, role_of(ctx, "so.xaydung"), ctx.today)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert Role.CONSTRUCTION_DEPARTMENT in ctx.actor.roles
    clock.advance(timedelta(days=1))
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ctx.actor.roles == frozenset()


def read(ctx, username, owners, count):
    """A note that a person saw so many structures of each owner."""
    looks = [{"what": "list", "owners": owners, "rows": count, "seen": {str(owner): [count, []] for owner in owners}}]
    actor = actor_named(ctx.session, username)
    statement, values = note_statement(actor, "look", owner_ids=owners, looks=looks)
    statement.execute(ctx.session.connection(), values)


@pytest.mark.parametrize(("counts", "raised"), [((2000,), 0), ((2001,), 1), ((1500, 600), 1), ((2001, 2001), 1)])
def test_an_alarm_is_raised_once_an_hour_beyond_the_limit(database, ctx_of, counts, raised):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        for count in counts:
            read(ctx, "vnpt", [owner], count)
        assert raise_alarms(ctx) == raised
        assert raise_alarms(ctx) == 0
        assert ctx.session.scalar(select(func.count()).select_from(ReadingAlarm)) == raised


def test_the_alarm_reaches_owners_and_the_lead_department_without_numbers_of_others(database, app):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        owners = [organisation_id(ctx.session, code) for code in ("viettel", "vnpt")]
        read(ctx, "so.xaydung", owners, 1777)
        assert raise_alarms(ctx) == 1
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == EVENTS["raised"].subject)).one()
        assert set(notice.organisation_ids) == set(owners)
        assert notice.roles == [Role.LEAD_DEPARTMENT.value]
        with app.test_request_context():
            sentence = notice_text(notice).sentence
        assert "hơn 2.000 vị trí" in sentence
        assert "1777" not in sentence
        assert "3554" not in sentence


def test_the_same_page_again_counts_once(database, ctx_of):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        for _ in range(3):
            read(ctx, "vnpt", [owner], 900)
        assert raise_alarms(ctx) == 0
