"""Commands for the ground that maps are drawn on."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.authz.blueprint import system_transaction
from registry.basemap.service import clear, import_folder
from registry.kernel.i18n import _


@click.group("basemap")
def group() -> None:
    """The ground that maps are drawn on: land, rivers, roads, names of places."""


@group.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def import_command(folder: Path) -> None:
    """Load the GeoJSON layers of FOLDER (docs/map.md names them); all or nothing.

    Example: flask basemap import ./basemap
    """
    with system_transaction() as ctx:
        loaded = import_folder(ctx, folder)
    for layer in loaded:
        click.echo(
            _(
                "Lớp %(layer)s: %(features)d đối tượng, bỏ qua %(left_out)d đối tượng không đúng kiểu hình.",
                layer=layer.layer,
                features=layer.features,
                left_out=layer.left_out,
            )
        )


@group.command("clear")
@with_appcontext
def clear_command() -> None:
    """Take the loaded layers away."""
    with system_transaction() as ctx:
        gone = clear(ctx)
    click.echo(_("Đã gỡ %(count)d lớp nền.", count=gone))
