"""Which organisation may hold a role, who gives it, and when it is in force."""

import re
from datetime import date

import pytest
from sqlalchemy import insert, select

from registry.accounts.actor import actor_of
from registry.accounts.admin_pages import roles_to_confirm
from registry.accounts.commands import AssignRole
from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory, RoleAssignment, UserAccount
from registry.accounts.queries import find_organisation, unfit_roles
from registry.accounts.rules import AREA_ROLES, CATEGORIES_OF, DEPARTMENT_ROLES, KINDS_OF_ROLE, OFFICE_ROLES
from registry.accounts.service import (
    add_alias,
    assign_role,
    confirm_role,
    create_organisation,
    create_user,
    disable_user,
    edit_organisation,
    edit_user,
    withdraw_alias,
)
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Role
from registry.authz.matrix import GRANTS, STRUCTURE_READ
from registry.authz.permissions import P
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from tests.factories.organisations import save_organisation, save_user
from tests.support.clock import NOW

ADMIN = "quantri"
DAY = date(2026, 1, 1)


def organisation_of(ctx, kind):
    """A new organisation of a kind."""
    code = f"loai-{kind.value}".replace("_", "-")
    category = CATEGORIES_OF[kind][0]
    names = {"code": code, "name": f"Tổ chức {code}", "short_name": f"TC {code}"}
    return create_organisation(ctx, save_organisation(**names, kind=kind, owner_category=category, valid_from=DAY))


def account(ctx, name, organisation):
    return create_user(ctx, save_user(username=name, full_name=f"Người {name}", organisation_id=organisation.id))


def command(ctx, user, role):
    """The assignment of a role, with a unit where the role has an area."""
    units = (list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0].id,) if role in AREA_ROLES else ()
    return AssignRole(user_id=user.id, role=role, valid_from=DAY, unit_ids=units)


@pytest.fixture(autouse=True)
def _requests(app):
    """Tasks lead to addresses."""
    with app.test_request_context():
        yield


@pytest.fixture
def second_admin(ctx_of):
    """The name of a second administrator, whom the console made."""
    with ctx_of(ADMIN) as ctx:
        user = account(ctx, "quantri.hai", find_organisation(ctx.session, "so_khcn"))
        ctx.session.add(RoleAssignment(user_id=user.id, role=Role.ADMIN, valid_from=DAY))
    return "quantri.hai"


def test_every_role_goes_to_the_kinds_of_organisation_that_it_names_and_to_no_other(ctx_of):
    outcomes = {}
    with ctx_of(ADMIN) as ctx:
        for kind in OrganisationKind:
            user = account(ctx, f"vai-tro-{kind.value}".replace("_", "-"), organisation_of(ctx, kind))
            for role in KINDS_OF_ROLE:
                try:
                    with ctx.session.begin_nested():
                        assign_role(ctx, command(ctx, user, role))
                    outcomes[role, kind] = ""
                except Invalid as refusal:
                    (outcomes[role, kind],) = refusal.fields["role"]
    # The departments of the cast hold the roles of one department each already.
    held = {(role, OrganisationKind.DEPARTMENT) for role in DEPARTMENT_ROLES}
    for (role, kind), sentence in outcomes.items():
        fits = kind in KINDS_OF_ROLE[role]
        assert (sentence == "") is (fits and (role, kind) not in held), (role, kind, sentence)
        if not fits:
            assert f"“{role.label}” không giao được" in sentence
            assert str(kind.label) in sentence
        elif sentence:
            assert re.search("đang thuộc “(Sở |Ban )", sentence)


def test_every_role_but_that_of_visitors_states_who_may_hold_it():
    assert set(KINDS_OF_ROLE) == set(Role) - {Role.PUBLIC}


def test_a_role_that_reads_or_decides_what_is_not_its_own_is_a_role_of_an_office():
    deciding = {role for grants in GRANTS.values() for role, scope in grants.items() if "area" in str(scope)}
    assert {*STRUCTURE_READ, *GRANTS[P.ACCOUNT_MANAGE], *deciding} <= OFFICE_ROLES


def test_an_administrator_gives_no_role_to_itself(ctx_of):
    with ctx_of(ADMIN) as ctx:
        user = ctx.session.get_one(UserAccount, ctx.actor.id)
        with pytest.raises(Invalid, match="Không tự giao vai trò cho mình"):
            assign_role(ctx, command(ctx, user, Role.AREA_INSPECTOR))


def test_a_role_of_an_office_is_in_force_once_a_second_administrator_confirmed_it(ctx_of, second_admin):
    with ctx_of(ADMIN) as ctx:
        user = account(ctx, "can.bo", find_organisation(ctx.session, "so_khcn"))
        assignment = assign_role(ctx, command(ctx, user, Role.LEAD_DEPARTMENT))
        user_id, assignment_id = user.id, assignment.id
        assert actor_of(ctx.session, user_id, NOW).roles == set()
        assert list(roles_to_confirm(ctx)) == []
        with pytest.raises(Invalid, match="quản trị viên thứ hai"):
            confirm_role(ctx, user_id, assignment_id)
    with ctx_of(second_admin) as ctx:
        assert "Người can.bo" in " ".join(task.text for task in roles_to_confirm(ctx))
        confirm_role(ctx, user_id, assignment_id)
        assert actor_of(ctx.session, user_id, NOW).roles == {Role.LEAD_DEPARTMENT}
        with pytest.raises(Conflict, match="không còn chờ xác nhận"):
            confirm_role(ctx, user_id, assignment_id)


def test_nobody_confirms_a_role_of_their_own(ctx_of, second_admin):
    with ctx_of(ADMIN) as ctx:
        other = ctx.session.scalars(select(UserAccount).where(UserAccount.username == second_admin)).one()
        assignment_id = assign_role(ctx, command(ctx, other, Role.LEAD_DEPARTMENT)).id
        other_id = other.id
    with ctx_of(second_admin) as ctx, pytest.raises(Invalid, match="không phải người đã giao hoặc người nhận"):
        confirm_role(ctx, other_id, assignment_id)


def test_the_role_of_an_operator_and_what_the_console_gives_need_no_second_person(ctx_of, database):
    with ctx_of(ADMIN) as ctx:
        user = account(ctx, "nha.mang", find_organisation(ctx.session, "viettel"))
        assert assign_role(ctx, command(ctx, user, Role.OPERATOR)).awaiting_since is None
    with database.transaction(SYSTEM_ACTOR, origin="cli") as ctx:
        user = account(ctx, "tu.may.chu", find_organisation(ctx.session, "so_khcn"))
        assert assign_role(ctx, command(ctx, user, Role.ADMIN)).awaiting_since is None


def test_an_account_takes_no_role_along_that_its_new_organisation_may_not_hold(ctx_of):
    with ctx_of(ADMIN) as ctx:
        user = account(ctx, "chuyen.di", find_organisation(ctx.session, "viettel"))
        assign_role(ctx, command(ctx, user, Role.OPERATOR))
        save = save_user(
            username="chuyen.di",
            full_name="Người chuyển đi",
            organisation_id=find_organisation(ctx.session, "so_khcn").id,
        )
        with pytest.raises(Invalid, match="“Doanh nghiệp viễn thông” không giao được") as refusal:
            edit_user(ctx, user.id, save)
        assert set(refusal.value.fields) == {"organisation_id"}


def test_nobody_moves_themselves_to_another_organisation(ctx_of):
    with ctx_of(ADMIN) as ctx:
        target = organisation_of(ctx, OrganisationKind.PROVINCIAL_COMMITTEE)
        save = save_user(username=ADMIN, full_name="Quản trị", organisation_id=target.id)
        with pytest.raises(Invalid, match="Không tự chuyển mình"):
            edit_user(ctx, ctx.actor.id, save)


def test_an_organisation_keeps_its_kind_while_a_role_depends_on_it(ctx_of):
    with ctx_of(ADMIN) as ctx:
        company = organisation_of(ctx, OrganisationKind.TOWER_COMPANY)
        user = account(ctx, "thap", company)
        assign_role(ctx, command(ctx, user, Role.OPERATOR))
        save = save_organisation(
            code=company.code,
            name=company.name,
            short_name=company.short_name,
            kind=OrganisationKind.DEPARTMENT,
            owner_category=OwnerCategory.STATE_BUDGET,
            valid_from=DAY,
        )
        with pytest.raises(Invalid, match="không hợp với vai trò “Doanh nghiệp viễn thông”"):
            edit_organisation(ctx, company.id, save)
        disable_user(ctx, user.id)
        assert edit_organisation(ctx, company.id, save).kind is OrganisationKind.DEPARTMENT


def test_a_wrong_role_of_before_is_found(ctx_of):
    with ctx_of(ADMIN) as ctx:
        assert unfit_roles(ctx) == []
        user_id = ctx.session.scalar(select(UserAccount.id).where(UserAccount.username == "vnpt"))
        ctx.session.execute(insert(RoleAssignment).values(user_id=user_id, role=Role.AREA_INSPECTOR, valid_from=DAY))
        record(ctx, "account.assign_role", "user_account", user_id)
        assert [(each.user.username, each.role) for each in unfit_roles(ctx)] == [("vnpt", Role.AREA_INSPECTOR)]


def test_a_spelling_of_another_organisation_or_one_that_is_gone_is_not_withdrawn_silently(ctx_of):
    with ctx_of(ADMIN) as ctx:
        company = ctx.session.scalars(select(Organisation).where(Organisation.code == "viettel")).one()
        other = ctx.session.scalars(select(Organisation).where(Organisation.code == "vnpt")).one()
        alias = add_alias(ctx, company.id, "Cách viết riêng")
        with pytest.raises(NotFound, match="không có cách viết đó"):
            withdraw_alias(ctx, other.id, alias.id)
        withdraw_alias(ctx, company.id, alias.id)
        with pytest.raises(Conflict, match="đã được bỏ trước đó"):
            withdraw_alias(ctx, company.id, alias.id)
