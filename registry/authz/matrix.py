"""The one matrix: permission -> role -> rows. `docs/permissions.md` is made from it."""

from __future__ import annotations

from registry.authz.actors import Role
from registry.authz.permissions import P
from registry.authz.scopes import (
    ALL,
    AREA_OPEN,
    Grants,
    Scope,
    any_of,
    install,
    rule,
    side,
)

OWNER = side("owner")
#: Everyone who signs in; PUBLIC is not among them.
SIGNED_IN = tuple(role for role in Role if role is not Role.PUBLIC)
OWNERS = (Role.OPERATOR, Role.INFRA_OWNER)


def _everyone(scope: Scope, *roles: Role) -> dict[Role, Scope]:
    return dict.fromkeys(roles, scope)


#: Rows whose full attributes and exact position the role may see (PROMISES: who sees which position).
#: Everyone else sees kind, owner category and grid cell of what is not restricted.
STRUCTURE_READ = {
    Role.LEAD_DEPARTMENT: ALL,
    Role.CONSTRUCTION_DEPARTMENT: ALL,
    Role.AREA_INSPECTOR: AREA_OPEN,
    Role.COMMUNE_PC: AREA_OPEN,
    Role.FINANCE_DEPARTMENT: rule("is_public_asset_rule"),
    Role.INDUSTRY_TRADE_DEPARTMENT: rule("is_power_pole_rule"),
}

GRANTS: Grants = {
    P.ACCOUNT_MANAGE: _everyone(ALL, Role.ADMIN),
    P.ACCOUNT_SELF: _everyone(ALL, *SIGNED_IN),
    P.AUDIT_READ: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    P.CAPACITY_EDIT: _everyone(OWNER, *OWNERS),
    P.CAPACITY_HOLDERS: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    P.FILE_ADD: _everyone(OWNER, *OWNERS),
    P.FILE_READ: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    P.IMPORT_RUN: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    P.LOOK_LOG_READ: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.STRUCTURE_CONFIRM: _everyone(OWNER, *OWNERS),
    P.STRUCTURE_CREATE: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    P.STRUCTURE_DECOMMISSION: _everyone(OWNER, *OWNERS),
    P.STRUCTURE_EDIT: _everyone(OWNER, *OWNERS),
    P.STRUCTURE_HISTORY: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    P.STRUCTURE_OUTSIDE_AREA: _everyone(ALL, Role.ADMIN),
    P.STRUCTURE_READ: _everyone(any_of(OWNER, rule("is_published_rule")), *OWNERS) | STRUCTURE_READ,
    P.STRUCTURE_SUSPEND: _everyone(OWNER, *OWNERS),
    P.TERRITORY_IMPORT: _everyone(ALL, Role.ADMIN),
}

install(GRANTS)
