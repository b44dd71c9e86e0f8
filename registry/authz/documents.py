"""docs/permissions.md, generated from the matrix."""

from __future__ import annotations

from registry.authz.actors import Role
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.authz.scopes import Scope
from registry.kernel.documents import table

_HEAD = """# Permissions

Made from `registry/authz/matrix.py` by `flask --app app docs write`; change it there, not here.

Rows are permissions, columns are roles; a cell says for which rows the role holds the permission:

- `all`: every row
- `own`: rows of the role's own organisation and of those that it succeeded; none where another has succeeded it
- `area`: rows in the administrative units of the role's area, today's and those of former times
- `open`: with it, restricted rows (defence, security) are left out
- `published`: structures that their owners offer to share
- `public assets`: structures that are public assets
- `power poles`: shared power poles
- empty: not at all

The users of an organisation that has ended keep what reads (`KEPT_AFTER_END` of `registry/authz/scopes.py`) and, of the
moves of cases, those that their workflow names as `closing`.

Beyond these rows everybody sees kind, owner category and grid cell of structures that are not restricted.
"""
_NAMES = {
    "is_published_rule": "published",
    "is_public_asset_rule": "public assets",
    "is_power_pole_rule": "power poles",
    "is_on_power_pole_rule": "on power poles",
    "is_filed_rule": "sent off",
    "is_sent_rule": "sent off",
    "is_agreed_rule": "agreed",
    "owner": "own",
}
#: Roles per table, so that it fits a page.
_COLUMNS = 8


def permissions_document() -> str:
    roles = list(Role)
    halves = [roles[start : start + _COLUMNS] for start in range(0, len(roles), _COLUMNS)]
    return "\n".join([_HEAD, *(_table(half) for half in halves)])


def _table(roles: list[Role]) -> str:
    rows = [
        [f"`{permission}`", *(_cell(permission, role) for role in roles)]
        for permission in P
        if permission is not P.PUBLIC
    ]
    return table(["Permission", *(f"`{role}`" for role in roles)], rows)


def _cell(permission: P, role: Role) -> str:
    scope = GRANTS.get(permission, {}).get(role)
    return "" if scope is None else describe_scope(scope)


def describe_scope(scope: Scope) -> str:
    """The rows of a scope as the document names them."""
    if scope.kind == "any":
        return " + ".join(describe_scope(part) for part in scope.parts)
    name = _NAMES.get(scope.detail, scope.detail) if scope.detail else scope.kind
    return f"{name}, open" if scope.open_only else name
