"""The base map under all maps, and its commands."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.blueprint import system_transaction
from registry.basemap.archive import ARCHIVE, FILE, Archive
from registry.basemap.ground import draw_ground
from registry.basemap.pages import TILE_SERVER, TileServer, bp
from registry.basemap.service import clear, import_folder
from registry.kernel.backup.folder import SAVED_PATHS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l, _n
from registry.kernel.installation import INSTALLATION, Installation


@click.group("basemap")
def _group() -> None:
    """The base map under all maps: land, rivers, roads, names of places."""


@_group.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def _import(folder: Path) -> None:
    """Import the GeoJSON layers of FOLDER (docs/map.md names them); all or nothing.

    Example: flask basemap import ./basemap
    """
    with system_transaction() as ctx:
        imported = import_folder(ctx, folder)
    for layer in imported:
        click.echo(
            _n(
                "Lớp %(layer)s: %(num)d đối tượng, bỏ qua %(left_out)d đối tượng không đúng kiểu hình.",
                layer.features,
                layer=layer.layer,
                left_out=layer.left_out,
            )
        )


@_group.command("clear")
@with_appcontext
def _clear() -> None:
    """Remove the imported layers; the program's own ground takes their place."""
    with system_transaction() as ctx:
        removed = clear(ctx)
        draw_ground(ctx, INSTALLATION.current().province)
    click.echo(_n("Đã gỡ %(num)d lớp nền.", removed))


def _set_up(app: Flask, installation: Installation) -> None:
    url, attribution = installation.tile_url, installation.tile_attribution
    TILE_SERVER.put(app, TileServer(url, attribution) if url and attribution else None)
    ARCHIVE.put(app, Archive(installation.data_dir / FILE))


FEATURE = Feature(
    name="basemap",
    blueprints=(bp,),
    commands=(_group,),
    provides=(
        SAVED_PATHS.of(FILE),
        OBJECT_LABELS.named(
            {
                "basemap_layer": _l("Lớp nền bản đồ"),
            }
        ),
        ACTION_LABELS.named(
            {
                "basemap.import": _l("Nạp lớp nền bản đồ"),
                "basemap.clear": _l("Gỡ lớp nền bản đồ"),
                "basemap.draw": _l("Vẽ nền bản đồ có sẵn"),
            }
        ),
    ),
    set_up=_set_up,
)
