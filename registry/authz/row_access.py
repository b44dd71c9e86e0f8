"""The rows that the database gives an actor of the protected tables, derived from the matrix: the second line.

It is coarser than `visible`: an office gets whole tables or its area, an organisation the rows that name it. A query
that forgot its condition thus gives an operator nothing of a rival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from registry.authz.actors import Actor, RightsLimit, Role
from registry.authz.permissions import P
from registry.authz.scopes import Scope, scopes_of
from registry.kernel.db.row_access import FULL_ACCESS, RowAccess, install

_CASES: Final = ("colocation_agreement", "colocation_request", "incident", "violation")
#: Protected table -> what the first part of a permission on its rows is.
_SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "attachment": ("file",),
    "colocation_agreement": ("colocation",),
    "colocation_request": ("colocation",),
    "import_batch": ("import",),
    "incident": ("incident",),
    "joint_interest": ("joint_interest",),
    "operator_plan": ("operator_plan",),
    "site_request": ("site_request",),
    "violation": ("violation",),
}
#: Totals over the rows of all organisations.
_TOTALS: Final = P.DASHBOARD_PROVINCE
#: Protected table -> the permissions on its rows.
PERMISSIONS: Final[Mapping[str, tuple[P, ...]]] = {
    table: tuple(permission for permission in P if permission.value.partition(":")[0] in subjects)
    + ((_TOTALS,) if table in _CASES else ())
    for table, subjects in _SUBJECTS.items()
}


@dataclass(frozen=True)
class _Rights:
    """What decides on the scopes of an actor."""

    roles: frozenset[Role]
    ended_on: date | None
    limit: RightsLimit | None


def access_of(actor: Actor) -> RowAccess:
    """The rows of an actor; all of them for the system, which has no account."""
    if actor.id is None and Role.ADMIN in actor.roles:
        return FULL_ACCESS
    whole_tables, area_tables = _tables(_Rights(actor.roles, actor.ended_on, actor.limit))
    return RowAccess(
        whole_tables,
        area_tables,
        actor.organisation_ids,
        actor.unit_ids,
        roles=frozenset(role.value for role in actor.roles),
        account_id=actor.id,
    )


@lru_cache(maxsize=256)
def _tables(rights: _Rights) -> tuple[frozenset[str], frozenset[str]]:
    """The tables of which these rights give all rows, and those of an area."""
    bases = {
        table: {basis for permission in permissions for basis in _bases(rights, permission)}
        for table, permissions in PERMISSIONS.items()
    }
    whole_tables = frozenset(table for table, kinds in bases.items() if kinds & {"all", "rule"})
    return whole_tables, frozenset(table for table, kinds in bases.items() if "area" in kinds)


def _bases(rights: _Rights, permission: P) -> Iterator[str]:
    for scope in scopes_of(rights, permission):
        yield from _kinds(scope)


def _kinds(scope: Scope) -> Iterator[str]:
    if scope.kind == "any":
        for part in scope.parts:
            yield from _kinds(part)
    else:
        yield scope.basis


install(access_of)
