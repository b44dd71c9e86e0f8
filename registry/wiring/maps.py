"""Puts the map together: the ground it is drawn on, and the colours and layers that features add."""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from registry.basemap.archive import ARCHIVE, FILE, Archive
from registry.basemap.pages import TILE_SERVER, TileServer
from registry.capacity import tint as capacity_tint
from registry.routelists.map import STREETS
from registry.structures.layers import register_layer
from registry.violations.map import VIOLATIONS


def install_maps(app: Flask, settings: Settings) -> None:
    """Everything that maps need of an application."""
    address, thanks = settings.tile_url, settings.tile_attribution
    app.extensions[TILE_SERVER] = TileServer(address, thanks) if address and thanks else None
    app.extensions[ARCHIVE] = Archive(settings.data_dir / FILE)
    capacity_tint.install()
    for layer in (STREETS, VIOLATIONS):
        register_layer(layer)
