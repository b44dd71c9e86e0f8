"""Commands for units: the offline seed and the import of official boundaries."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.authz.blueprint import system_transaction
from registry.kernel.i18n import _
from registry.territory.importing.service import import_folder
from registry.territory.seed import seed as seed_units

_SETTINGS = "registry.settings"


@click.group("territory")
def group() -> None:
    """Administrative units: seed and official boundaries."""


@group.command("seed")
@with_appcontext
def seed() -> None:
    """Add the units of the province that are missing; what stands already is never changed."""
    with system_transaction() as ctx:
        result = seed_units(ctx, current_app.extensions[_SETTINGS].province)
    click.echo(
        _(
            "Đã thêm %(units)d đơn vị và %(successions)d quan hệ kế thừa.",
            units=result.units,
            successions=result.successions,
        )
    )


@group.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def import_command(folder: Path) -> None:
    """Take official boundaries and lists from the GeoJSON and CSV files of FOLDER; all or nothing.

    Example: flask territory import ./boundaries
    """
    with system_transaction() as ctx:
        result = import_folder(ctx, folder)
    click.echo(
        _(
            "%(changes)d thay đổi: %(added)d đơn vị mới, %(changed)d đơn vị sửa, %(extents)d ranh giới,"
            " %(successions)d quan hệ kế thừa, %(names)d đơn vị có thêm tên cũ.",
            changes=result.changes,
            added=result.units_added,
            changed=result.units_changed,
            extents=result.extents_changed,
            successions=result.successions_changed,
            names=result.names_changed,
        )
    )
