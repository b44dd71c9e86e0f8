"""The ground that maps are drawn on."""

from __future__ import annotations

from flask import Flask

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.basemap.archive import ARCHIVE, FILE, Archive
from registry.basemap.jobs import group
from registry.basemap.pages import TILE_SERVER, TileServer, bp
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation


def _set_up(app: Flask, installation: Installation) -> None:
    address, attribution = installation.tile_url, installation.tile_attribution
    app.extensions[TILE_SERVER] = TileServer(address, attribution) if address and attribution else None
    app.extensions[ARCHIVE] = Archive(installation.data_dir / FILE)


FEATURE = Feature(
    name="basemap",
    blueprints=(bp,),
    commands=(group,),
    provides=(
        OBJECT_LABELS.named(
            {
                "basemap_layer": _l("Lớp nền bản đồ"),
            }
        ),
        ACTION_LABELS.named(
            {
                "basemap.import": _l("Nạp lớp nền bản đồ"),
                "basemap.clear": _l("Gỡ lớp nền bản đồ"),
            }
        ),
    ),
    set_up=_set_up,
)
