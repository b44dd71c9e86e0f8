"""Who leaves hands open work over, the office is notified, and the doctor names what still waits."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.accounts.commands import AssignRole
from registry.accounts.coverage import last_held_by, roles_without_holder
from registry.accounts.findings import check_addresses, check_coverage, check_roles, check_work
from registry.accounts.held_work import list_held
from registry.accounts.leaving_notices import read_leaving_notice
from registry.accounts.models import RoleAssignment, UserAccount
from registry.accounts.queries import get_user
from registry.accounts.service import assign_role, create_user, disable_user, edit_user, end_role
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import Invalid
from registry.notices.models import Notice
from registry.saved_searches.models import SavedSearch
from tests.factories.organisations import save_user
from tests.factories.structures import organisation_id
from tests.support.fixtures import account


def save(ctx, username, **more):
    values = {"full_name": f"Người {username}", "organisation_id": organisation_id(ctx.session, "viettel")} | more
    return save_user(username=username, **values)


@pytest.fixture
def colleague(ctx_of):
    with ctx_of("quantri") as ctx:
        user = create_user(ctx, save(ctx, "dong.nghiep"))
        assign_role(ctx, AssignRole(user_id=user.id, role=Role.OPERATOR, valid_from=ctx.today))
        return user.id


@pytest.fixture
def shared_search(ctx_of):
    """A filter that viettel shares with colleagues, and one of its own."""
    with ctx_of("viettel") as ctx:
        for name, is_shared in (("chung", True), ("rieng", False)):
            flags = {"is_shared": is_shared, "is_watched": False, "is_default": False}
            row = SavedSearch(
                user_id=ctx.actor.id, name=name, slug=name, query="kind=pole", created_at=ctx.now, **flags
            )
            ctx.session.add(row)
            ctx.session.flush()
            record(ctx, "saved_search.create", "saved_search", row.id)


def holders(ctx):
    query = select(SavedSearch.name, UserAccount.username).join(UserAccount, UserAccount.id == SavedSearch.user_id)
    return dict(ctx.session.execute(query.order_by(SavedSearch.name)).all())


@pytest.mark.usefixtures("shared_search")
def test_who_is_disabled_hands_open_work_to_a_colleague_and_the_office_reads_it(ctx_of, app, colleague):
    with ctx_of("quantri") as ctx:
        viettel = account(ctx.session, "viettel")
        with pytest.raises(Invalid, match="cần chọn người nhận bàn giao"):
            disable_user(ctx, viettel.id)
        with pytest.raises(Invalid, match="cùng tổ chức"):
            disable_user(ctx, viettel.id, account(ctx.session, "vnpt").id)
        disable_user(ctx, viettel.id, colleague)
        assert holders(ctx) == {"chung": "dong.nghiep", "rieng": "viettel"}
        assert not list_held(ctx, viettel.id)
        with across_organisations(ctx, "notice"):
            notice = ctx.session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
        assert notice.organisation_ids == [viettel.organisation_id]
        with app.test_request_context():
            assert "Bàn giao cho Người dong.nghiep" in read_leaving_notice(notice).sentence


@pytest.mark.usefixtures("shared_search", "colleague")
def test_who_moves_leaves_open_work_with_the_former_organisation(ctx_of, colleague):
    with ctx_of("quantri") as ctx:
        viettel = account(ctx.session, "viettel")
        moved = {"organisation_id": organisation_id(ctx.session, "vnpt")}
        with pytest.raises(Invalid, match="cần chọn người nhận bàn giao"):
            edit_user(ctx, viettel.id, save(ctx, "viettel", **moved))
    with ctx_of("quantri") as ctx:
        edit_user(ctx, account(ctx.session, "viettel").id, save(ctx, "viettel", colleague_id=colleague, **moved))
        assert holders(ctx) == {"chung": "dong.nghiep", "rieng": "viettel"}


@pytest.mark.usefixtures("shared_search", "colleague")
def test_the_doctor_names_work_that_waits_for_one_who_left(ctx_of):
    with ctx_of("quantri") as ctx:
        assert check_work(ctx.connection).ok
        disable_user(ctx, account(ctx.session, "viettel").id, leaves_open=True)
        finding = check_work(ctx.connection)
        assert not finding.ok
        assert "Bộ lọc dùng chung: 1" in finding.detail


def test_one_address_is_that_of_one_account_of_an_organisation(ctx_of, colleague):
    with ctx_of("quantri") as ctx:
        viettel = account(ctx.session, "viettel")
        edit_user(ctx, viettel.id, save(ctx, "viettel", email="Ha.Tang@Viettel.example"))
        with pytest.raises(Invalid, match="đang là của tài khoản “viettel”"):
            edit_user(ctx, colleague, save(ctx, "dong.nghiep", email="ha.tang@viettel.EXAMPLE"))
    with ctx_of("quantri") as ctx:
        elsewhere = {"organisation_id": organisation_id(ctx.session, "vnpt")}
        create_user(ctx, save(ctx, "nguoi.khac", email="ha.tang@viettel.example", **elsewhere))
        assert check_addresses(ctx.connection).ok
        disable_user(ctx, account(ctx.session, "viettel").id)
        edit_user(ctx, colleague, save(ctx, "dong.nghiep", email="ha.tang@viettel.example"))


def test_the_doctor_names_addresses_twice_and_roles_that_do_not_fit(ctx_of, colleague):
    with ctx_of("quantri") as ctx:
        assert check_roles(ctx.connection).ok
        for user_id in (colleague, account(ctx.session, "viettel").id):
            ctx.session.get_one(UserAccount, user_id).email = "chung@viettel.example"
        ctx.session.add(RoleAssignment(user_id=colleague, role=Role.COMMUNE_PC, valid_from=ctx.today))
        ctx.session.flush()
        record(ctx, "account.edit", "user_account", colleague)
        assert "dong.nghiep, viettel" in check_addresses(ctx.connection).detail
        assert "dong.nghiep: UBND xã" in check_roles(ctx.connection).detail


def test_what_a_person_who_moved_alone_still_holds_is_a_finding(ctx_of, clock, shared_search):
    del shared_search
    clock.advance(timedelta(hours=1))
    with ctx_of("quantri") as ctx:
        viettel = account(ctx.session, "viettel")
        command = save_user(
            username="viettel", full_name="Người viettel", organisation_id=organisation_id(ctx.session, "vnpt")
        )
        for role in get_user(ctx, viettel.id).roles:
            end_role(ctx, viettel.id, role.id)
        edit_user(ctx, viettel.id, command)
        assert not check_work(ctx.session.connection()).ok


def test_an_area_whose_last_holder_leaves_is_a_warning_and_then_a_finding(ctx_of):
    with ctx_of("quantri") as ctx:
        inspector = account(ctx.session, "kiemtra2")
        (warning,) = last_held_by(ctx, inspector)
        assert warning.startswith("Cán bộ kiểm tra địa bàn: ")
        before = roles_without_holder(ctx.session, ctx.today)
        disable_user(ctx, inspector.id, leaves_open=True)
        assert roles_without_holder(ctx.session, ctx.today) == sorted({*before, warning})


def test_the_department_whose_last_account_leaves_has_a_role_without_holder(ctx_of):
    with ctx_of("quantri") as ctx:
        builder = account(ctx.session, "so.xaydung")
        assert last_held_by(ctx, builder) == [str(Role.CONSTRUCTION_DEPARTMENT.label)]
        disable_user(ctx, builder.id, leaves_open=True)
        finding = check_coverage(ctx.session.connection())
        assert (finding.ok, str(Role.CONSTRUCTION_DEPARTMENT.label) in finding.detail) == (False, True)
