"""Offices without people: roles and communes whose last holder leaves, or has left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.accounts.actor import in_force
from registry.accounts.models import RoleArea, RoleAssignment, UserAccount
from registry.accounts.rules import AREA_ROLES, OFFICE_ROLES
from registry.authz.actors import Ctx, Role
from registry.kernel.i18n import _
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids

#: Communes named in one sentence; the others are counted.
_NAMED = 5


def last_held_by(ctx: Ctx, user: UserAccount) -> list[str]:
    """The roles of offices, with their communes, that no other active account holds today."""
    session, today = ctx.session, ctx.today
    own = _holders(session, today, user_id=user.id)
    others = _holders(session, today, but_user_id=user.id)
    return list(_gaps(session, today, own, others))


def roles_without_holder(session: Session, today: date) -> list[str]:
    """The roles of offices, with their communes, that were in force once and that no active account holds today."""
    return list(_gaps(session, today, _holders(session, None), _holders(session, today)))


def _holders(
    session: Session, today: date | None, *, user_id: int | None = None, but_user_id: int | None = None
) -> dict[Role, frozenset[int]]:
    """The roles of offices of active accounts on a day (None: ever, of any account), with the units as assigned."""
    units = func.array_agg(RoleArea.unit_id).filter(RoleArea.unit_id.is_not(None))
    query = (
        select(RoleAssignment.role, units)
        .join(UserAccount, UserAccount.id == RoleAssignment.user_id)
        .outerjoin(RoleArea, RoleArea.assignment_id == RoleAssignment.id)
        .where(RoleAssignment.role.in_(OFFICE_ROLES))
        .group_by(RoleAssignment.role)
    )
    if today is None:
        query = query.where(RoleAssignment.awaiting_since.is_(None))
    else:
        query = query.where(UserAccount.is_active, *in_force(today))
    if user_id is not None:
        query = query.where(RoleAssignment.user_id == user_id)
    if but_user_id is not None:
        query = query.where(RoleAssignment.user_id != but_user_id)
    return {role: frozenset(unit_ids or ()) for role, unit_ids in session.execute(query)}


def _gaps(
    session: Session, today: date, wanted: dict[Role, frozenset[int]], held: dict[Role, frozenset[int]]
) -> Iterator[str]:
    for role in sorted(wanted):
        if role not in AREA_ROLES:
            if role not in held:
                yield str(role.label)
            continue
        left = area_unit_ids(session, wanted[role]) - area_unit_ids(session, held.get(role, frozenset()))
        names = _communes(session, today, left)
        if names:
            more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
            yield _("%(role)s: %(units)s", role=role.label, units=", ".join(names[:_NAMED]) + more)


def _communes(session: Session, today: date, unit_ids: Iterable[int]) -> list[str]:
    """The names of the communes of today among units."""
    query = select(AdminUnit.name).where(
        AdminUnit.id.in_(unit_ids), AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(today)
    )
    return list(session.scalars(query.order_by(AdminUnit.name, AdminUnit.id)))
