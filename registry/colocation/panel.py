"""The co-location panel on a structure's page, and the action that requests selected structures."""

from __future__ import annotations

from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.agreements.queries import open_agreements_on
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.codes import DECISION_TONES
from registry.colocation.queries import open_requests_on
from registry.colocation.rules import selection_problem
from registry.colocation.workflow import COLOCATION
from registry.kernel.i18n import _l
from registry.structures.listing.selection import Selection
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel


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
    return Panel("colocation", "colocation/panel.html", data)


def _admits(ctx: Ctx, row: Any) -> bool:
    return selection_problem(row, ctx.actor.organisation_ids) is None


SELECTION = Selection("colocation.create", P.COLOCATION_REQUEST, _l("Đề nghị dùng chung"), _admits)
BASKET_SELECTION = Selection("basket.add", P.COLOCATION_REQUEST, _l("Thêm vào giỏ"), _admits, joins=SELECTION.endpoint)
