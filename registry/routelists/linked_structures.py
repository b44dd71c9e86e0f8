"""Structures of the register that belong to a street: those that its proposal plans, and those that its work built.

A link is written and taken back by those who see the structure exactly, and shown to them alone.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.routelists.board import require_listed
from registry.routelists.models import RouteItem
from registry.routelists.progress_models import RouteStructure, StructureRole
from registry.routelists.service import require_editable
from registry.routelists.workflow import ITEM
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.nearby.corridor import ALONG_STREET
from registry.structures.visibility import PLANS
from registry.workflow.engine import check_version, lock_case, touch

_SHOWN: Final = 60
#: Role -> who links structures in it.
_PERMISSIONS: Final = {StructureRole.PLANNED: P.ROUTELIST_PROPOSE, StructureRole.BUILT: P.ROUTELIST_PROGRESS}


def link_structure(ctx: Ctx, item_id: int, version: int | None, role: StructureRole, code: str) -> Structure:
    """Link a structure; Invalid unless the actor sees it exactly within the corridor, and it fits the role."""
    item = _locked(ctx, item_id, version, role)
    rows, *_coarse = positions.parts(ctx)
    query = select(rows.c.id, rows.c.status).where(
        rows.c.code == code.strip().upper(), ALONG_STREET.clause(ctx, rows, str(item.id))
    )
    row = positions.run(ctx, query).one_or_none()
    if row is None:
        raise Invalid({"code": _("Không có công trình mã “%(code)s” trong hành lang của tuyến.", code=_shown(code))})
    if (row.status in PLANS) is not (role is StructureRole.PLANNED):
        raise Invalid({"code": _wrong_status(role, code)})
    if ctx.session.get(RouteStructure, (item.id, row.id, role)) is not None:
        raise Invalid({"code": _("Công trình “%(code)s” đã được ghi cho tuyến này.", code=_shown(code))})
    ctx.session.add(
        RouteStructure(
            route_item_id=item.id, structure_id=row.id, role=role, linked_at=ctx.now, linked_by_id=ctx.actor.id
        )
    )
    touch(ctx, ITEM, item, f"link_{role.value}", structure=row.id)
    return ctx.session.get_one(Structure, row.id)


def unlink_structure(ctx: Ctx, item_id: int, version: int | None, role: StructureRole, code: str) -> Structure:
    """Take back a link; Invalid for a structure that is not linked, or that the actor does not see exactly."""
    item = _locked(ctx, item_id, version, role)
    wanted = code.strip().upper()
    structure = next((each for each in linked_structures(ctx, item.id, role) if each.code == wanted), None)
    if structure is None:
        raise Invalid({"code": _("Tuyến không ghi công trình “%(code)s”.", code=_shown(code))})
    ctx.session.delete(ctx.session.get_one(RouteStructure, (item.id, structure.id, role)))
    touch(ctx, ITEM, item, f"unlink_{role.value}", structure=structure.id)
    return structure


def linked_structures(ctx: Ctx, item_id: int, role: StructureRole) -> list[Structure]:
    """The linked structures of those that the actor sees exactly, by code."""
    query = (
        select(Structure)
        .join(RouteStructure, RouteStructure.structure_id == Structure.id)
        .where(RouteStructure.route_item_id == item_id, RouteStructure.role == role, positions.sees_exactly(ctx))
        .order_by(Structure.code)
    )
    return list(ctx.session.scalars(query))


def _locked(ctx: Ctx, item_id: int, version: int | None, role: StructureRole) -> RouteItem:
    item: RouteItem = lock_case(ctx, ITEM, item_id)
    require(ctx, _PERMISSIONS[role], item)
    check_version(item, version)
    if role is StructureRole.PLANNED:
        require_editable(item)
    else:
        require_listed(item)
    return item


def _wrong_status(role: StructureRole, code: str) -> str:
    if role is StructureRole.PLANNED:
        return _(
            "Công trình “%(code)s” đã có trên thực địa; cần công trình dự kiến hoặc đang xây dựng.", code=_shown(code)
        )
    return _("Công trình “%(code)s” còn dự kiến hoặc đang xây dựng; ghi khi công trình đã xong.", code=_shown(code))


def _shown(code: str) -> Any:
    return code.strip()[:_SHOWN]
