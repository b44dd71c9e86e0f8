"""Feature: the open interface of maps and programs."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.http.errors import INTERFACE_ERRORS
from registry.kernel.i18n import _l
from registry.ogc.open_data import bp as open_data
from registry.ogc.pages import bp, ogc_errors
from registry.ogc.settings import DECLARATION
from registry.ogc.tiles import bp as tiles

FEATURE = Feature(
    name="ogc",
    blueprints=(bp, tiles, open_data),
    provides=(
        ACCESS_LABELS.named({"ogc": _l("Giao diện OGC API")}),
        SETTINGS.of(DECLARATION),
        INTERFACE_ERRORS.named({"/ogc": ogc_errors}),
    ),
)
