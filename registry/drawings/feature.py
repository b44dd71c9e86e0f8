"""Drawings of structures: masts, poles, ducts, trays and routes."""

from __future__ import annotations

from registry.drawings.panel import drawing_panel, past_drawing_panel
from registry.kernel.feature import Feature
from registry.structures.pages.panels import PANELS, PAST_PANELS

FEATURE = Feature(
    name="drawings",
    provides=(PANELS.of(drawing_panel, order=25), PAST_PANELS.of(past_drawing_panel, order=15)),
)
