"""Co-location on a structure's page and its card on the map, and the action that requests selected structures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import ended_notice, holds
from registry.colocation.agreements.queries import open_agreements_on
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.codes import DECISION_TONES, ItemDecision
from registry.colocation.list_view import answering_by_owner, waiting_by_structure
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import open_requests_on, own_drafts
from registry.colocation.rules import selection_problem
from registry.colocation.workflow import COLOCATION
from registry.kernel.i18n import _, _l
from registry.structures.kinds import HOSTS
from registry.structures.listing.selection import Selection
from registry.structures.map.card import CardPart
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries


def colocation_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """Open requests and agreements on a structure, and the button to request it; None if there is nothing to show."""
    may_request = holds(ctx.actor, P.COLOCATION_REQUEST) and _admits(ctx, structure)
    requests = open_requests_on(ctx, structure.id) if holds(ctx.actor, P.COLOCATION_READ) else []
    agreements = open_agreements_on(ctx, structure.id) if holds(ctx.actor, P.COLOCATION_READ) else []
    if not may_request and not requests and not agreements:
        return None
    data = {
        "may_request": may_request,
        "requests": requests,
        "request_tones": COLOCATION.tones,
        "decision_tones": DECISION_TONES,
        "agreements": agreements,
        "agreement_tones": AGREEMENT.tones,
    }
    entries = [
        *case_entries("colocation.detail", (request for request, _decision in requests)),
        *case_entries("agreements.detail", agreements),
    ]
    act = "colocation/_act.html" if may_request else ""
    return Panel("colocation", "colocation/panel.html", data, act=act, entries=entries)


def _admits(ctx: Ctx, row: Any) -> bool:
    return selection_problem(row, ctx.actor.organisation_ids) is None


SELECTION = Selection("colocation.create", P.COLOCATION_REQUEST, _l("Đề nghị dùng chung"), _admits)
BASKET_SELECTION = Selection("basket.add", P.COLOCATION_REQUEST, _l("Thêm vào giỏ"), _admits, joins=SELECTION.endpoint)


def request_card(ctx: Ctx, row: Row[Any]) -> CardPart | None:
    """Of a cell and of a kind that hosts nothing only the reason."""
    problem = _why_not(ctx, row)
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


def _why_not(ctx: Ctx, row: Row[Any]) -> str:
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
