"""Labels with QR codes for structures."""

from __future__ import annotations

from typing import Any

from flask import Flask

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, allowed, scopes_of
from registry.kernel.base32 import grouped
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation
from registry.kernel.lists.view import lists
from registry.labels.list_view import SHEETS
from registry.labels.pages import BASE_URL, bp
from registry.labels.queries import labels_of
from registry.structures.bulk_edit.page import BULK_SELECTION
from registry.structures.listing.selection import SELECTIONS, Selection
from registry.structures.models import Structure
from registry.structures.pages.panels import PANELS, Panel, Section


def labels_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The valid labels of a structure and the link to new ones; None where the actor may not issue them."""
    if not allowed(ctx, P.LABEL_PRINT, structure):
        return None
    data = {"labels": labels_of(ctx, structure.id), "grouped": grouped}
    return Panel("labels", "labels/panel.html", data, Section.DOCUMENTS)


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


def _set_up(app: Flask, installation: Installation) -> None:
    # QR codes lead to the public address of the register.
    BASE_URL.put(app, installation.base_url)


FEATURE = Feature(
    name="labels",
    blueprints=(bp,),
    provides=(
        PANELS.of(labels_panel, order=90),
        *lists(SHEETS),
        SELECTIONS.of(SELECTION, order=30),
        OBJECT_LABELS.named(
            {
                "label_sheet": _l("Tờ nhãn"),
                "structure_label": _l("Nhãn công trình"),
            }
        ),
        ACTION_LABELS.named(
            {
                "label.issue": _l("Cấp nhãn công trình"),
                "label.revoke": _l("Thu hồi nhãn công trình"),
            }
        ),
    ),
    set_up=_set_up,
)
