"""Labels with QR codes for structures."""

from __future__ import annotations

from flask import Flask

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation
from registry.labels.pages import BASE_URL, bp
from registry.labels.panel import SELECTION, labels_panel
from registry.structures.listing.selection import SELECTIONS
from registry.structures.pages.panels import PANELS


def _set_up(app: Flask, installation: Installation) -> None:
    # Where browsers reach the registry: what QR codes lead to.
    app.extensions[BASE_URL] = installation.base_url


FEATURE = Feature(
    name="labels",
    blueprints=(bp,),
    provides=(
        PANELS.of(labels_panel, order=90),
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
