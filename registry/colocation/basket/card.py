"""The request on the card of a structure: its queue, its owner's answering time, the button or why there is none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import ended_notice, holds
from registry.colocation.codes import ItemDecision
from registry.colocation.list_view import answering_by_owner, waiting_by_structure
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import own_drafts
from registry.colocation.rules import selection_problem
from registry.kernel.i18n import _
from registry.structures.kinds import HOSTS
from registry.structures.map.card import CardPart


def request_card(ctx: Ctx, row: Row[Any]) -> CardPart | None:
    """Of a cell and of a kind that hosts nothing only the reason."""
    problem = _problem(ctx, row)
    hosts = row.exact and row.kind in HOSTS
    waiting = waiting_by_structure(ctx, [row.id]).get(row.id, 0) if hosts else 0
    answering = answering_by_owner(ctx).get(row.owner_organisation_id) if hosts else None
    data = {
        "request_problem": problem,
        "request_sign_in": Role.PUBLIC in ctx.actor.roles,
        "request_waiting": waiting,
        "request_answering": answering.text if answering is not None else "",
        "request_in_basket": not problem and _is_in_basket(ctx, row.id),
    }
    return CardPart("basket/_card.html", data)


def _problem(ctx: Ctx, row: Row[Any]) -> str:
    """Why the reader cannot request it; "" where it can. The reason for a cell names nothing that the cell hides."""
    if Role.PUBLIC in ctx.actor.roles:
        return _("Cần đăng nhập bằng tài khoản của doanh nghiệp để đề nghị dùng chung.")
    if not holds(ctx.actor, P.COLOCATION_REQUEST):
        return _("Tài khoản này không có quyền đề nghị dùng chung; quyền này thuộc doanh nghiệp và đơn vị quốc phòng.")
    if ctx.actor.ended_on is not None:
        return ended_notice(ctx.actor)
    if not row.exact:
        return _("Chủ sở hữu chưa công bố dùng chung công trình này nên chưa đề nghị được.")
    return selection_problem(row, ctx.actor.organisation_ids) or ""


def _is_in_basket(ctx: Ctx, structure_id: int) -> bool:
    query = (
        select(ColocationItem.id)
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(
            *own_drafts(ctx),
            ColocationItem.structure_id == structure_id,
            ColocationItem.decision == ItemDecision.PENDING,
        )
    )
    return ctx.session.scalar(query.limit(1)) is not None
