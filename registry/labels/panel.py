"""Labels on a structure's page, and how sheets begin in the list."""

from __future__ import annotations

from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, allowed, scopes_of
from registry.kernel.i18n import _l
from registry.labels.queries import labels_of
from registry.labels.rules import grouped
from registry.structures.bulk_edit.page import BULK_SELECTION
from registry.structures.listing.selection import Selection
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel


def labels_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The labels in force and the way to new ones, for who may issue them."""
    if not allowed(ctx, P.LABEL_PRINT, structure):
        return None
    data = {"labels": labels_of(ctx, structure.id), "grouped": grouped}
    return Panel("labels", "labels/panel.html", data)


def _admits(ctx: Ctx, row: Any) -> bool:
    return ALL in scopes_of(ctx.actor, P.LABEL_PRINT) or row.owner_organisation_id in ctx.actor.organisation_ids


SELECTION = Selection(
    "labels.new",
    P.LABEL_PRINT,
    _l("In nhãn QR"),
    _admits,
    method="get",
    joins=BULK_SELECTION.endpoint,
    all_label=_l("In nhãn tất cả theo bộ lọc"),
)
