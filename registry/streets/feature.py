"""Streets with their lines, and the command that imports them."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.blueprint import system_transaction
from registry.kernel.feature import Feature
from registry.kernel.i18n import _, _l
from registry.streets.reading import read_lines
from registry.streets.service import import_lines


@click.group("streets")
def _group() -> None:
    """Streets and roads: their lines."""


@_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Who made the lines, and when; a newer file replaces its lines.")
@with_appcontext
def _import(file: Path, source: str) -> None:
    """Import the lines of streets from the GeoJSON file FILE; all or nothing, and nothing twice.

    Example: flask streets import roads.geojson --source "Sở Xây dựng, 2026"
    """
    with system_transaction() as ctx:
        imported = import_lines(ctx, read_lines(file), source)
    click.echo(
        _(
            "Đã thêm %(streets)d đường, %(added)d tim đường; bỏ %(removed)d tim đường cũ.",
            streets=imported.streets_added,
            added=imported.lines_added,
            removed=imported.lines_removed,
        )
    )


FEATURE = Feature(
    name="streets",
    commands=(_group,),
    provides=(
        OBJECT_LABELS.named(
            {
                "street_line": _l("Tim đường"),
            }
        ),
        ACTION_LABELS.named(
            {
                "streets.import": _l("Nhập tim đường"),
            }
        ),
    ),
)
