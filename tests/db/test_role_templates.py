"""Role templates give the usual roles with a new account; owners without accounts get none."""

from datetime import date

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory, RoleAssignment
from registry.accounts.queries import get_user
from registry.accounts.role_templates import ROLE_TEMPLATES
from registry.accounts.rules import AREA_ROLES, KINDS_OF_ROLE
from registry.accounts.service import create_organisation, create_user, edit_organisation, edit_user
from registry.authz.actors import Role
from registry.kernel.errors import Invalid
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from tests.factories.organisations import save_organisation, save_user
from tests.factories.structures import organisation_id
from tests.support.fixtures import account


def created(ctx, template, code, units=(), username="moi.nhan"):
    command = save_user(
        username=username,
        full_name="Người mới",
        organisation_id=organisation_id(ctx.session, code),
        template=template,
        unit_ids=tuple(units),
    )
    return create_user(ctx, command)


def roles_of(ctx, user):
    query = select(RoleAssignment).where(RoleAssignment.user_id == user.id).order_by(RoleAssignment.role)
    return [(row.role, row.awaiting_since is not None) for row in ctx.session.scalars(query)]


def test_each_template_fits_the_kinds_that_it_names_and_each_role_is_in_one():
    for template in ROLE_TEMPLATES.values():
        for role in template.roles:
            assert set(template.kinds) <= set(KINDS_OF_ROLE[role]), template.code
            assert (role in AREA_ROLES) is (template.area is not None), template.code
    assert {role for template in ROLE_TEMPLATES.values() for role in template.roles} == {*Role} - {Role.PUBLIC}
    assert {kind for template in ROLE_TEMPLATES.values() for kind in template.kinds} == {*OrganisationKind}


def test_a_template_gives_all_its_roles_with_their_area_and_those_of_offices_wait(ctx_of):
    with ctx_of("quantri") as ctx:
        commune = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0]
        office = account(ctx.session, "ubnd.xa").organisation_id
        code = ctx.session.get_one(Organisation, office).code
        user = created(ctx, "commune_inspector", code, [commune.id])
        assert roles_of(ctx, user) == [(Role.AREA_INSPECTOR, True), (Role.COMMUNE_PC, True)]
        assert roles_of(ctx, created(ctx, "operator", "viettel", username="moi.viettel")) == [(Role.OPERATOR, False)]


@pytest.mark.parametrize(
    ("template", "code", "wrong"),
    [("lead", "viettel", "template"), ("none", "viettel", "template"), ("finance", "so_khcn", "template")],
)
def test_a_template_of_another_kind_or_department_is_refused_and_no_account_stays(ctx_of, template, code, wrong):
    with pytest.raises(Invalid) as caught, ctx_of("quantri") as ctx:
        created(ctx, template, code)
    assert list(caught.value.fields) == [wrong]


def test_units_fit_the_template(ctx_of):
    with ctx_of("quantri") as ctx:
        commune = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0].id
        for template, units in (("inspector", [commune]), ("inspector", []), ("lead", [commune])):
            with pytest.raises(Invalid) as caught, ctx.session.begin_nested():
                created(ctx, template, "so_khcn", units)
            assert list(caught.value.fields) == ["unit_ids"]


def owner(kind=OrganisationKind.WATER_COMPANY, **more):
    values = {"code": "cap-nuoc", "name": "Cấp nước Bỉm Sơn", "short_name": "Cấp nước", "valid_from": date(2020, 1, 1)}
    return save_organisation(**values | {"kind": kind, "owner_category": OwnerCategory.OTHER, "owns_only": True} | more)


def test_an_organisation_that_owns_only_gets_no_account(ctx_of):
    with ctx_of("quantri") as ctx:
        create_organisation(ctx, owner())
        with pytest.raises(Invalid, match="chỉ là chủ sở hữu"), ctx.session.begin_nested():
            created(ctx, "owner", "cap-nuoc")
        user = get_user(ctx, account(ctx.session, "dienluc").id)
        command = save_user(
            username=user.username,
            full_name=user.full_name,
            organisation_id=organisation_id(ctx.session, "cap-nuoc"),
        )
        with pytest.raises(Invalid, match="chỉ là chủ sở hữu"):
            edit_user(ctx, user.id, command)


def test_who_has_accounts_or_may_own_nothing_is_not_an_owner_only(ctx_of):
    with ctx_of("quantri") as ctx:
        viettel = ctx.session.get_one(Organisation, organisation_id(ctx.session, "viettel"))
        names = {"code": viettel.code, "name": viettel.name, "short_name": viettel.short_name}
        category = OwnerCategory.OPERATOR
        with pytest.raises(Invalid, match="còn tài khoản đang dùng"):
            edit_organisation(ctx, viettel.id, owner(OrganisationKind.OPERATOR, owner_category=category, **names))
        with pytest.raises(Invalid, match="không sở hữu công trình"):
            create_organisation(
                ctx, owner(OrganisationKind.DEPARTMENT, owner_category=OwnerCategory.STATE_BUDGET, code="so-moi")
            )
