"""Commands for streets: where they run."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError, Invalid
from registry.kernel.i18n import _
from registry.streets.reading import read_lines
from registry.streets.service import take_lines


@click.group("streets")
def group() -> None:
    """Streets and roads: their lines."""


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Who made the lines, and when; a newer file replaces its lines.")
@with_appcontext
def import_command(file: Path, source: str) -> None:
    """Take the lines of streets from the GeoJSON file FILE; all or nothing, and nothing twice.

    Example: flask streets import roads.geojson --source "Sở Xây dựng, 2026"
    """
    database: Database = current_app.extensions[DATABASE]
    machine: Actor = SYSTEM_ACTOR
    try:
        with database.transaction(machine, origin="cli") as ctx:
            taken = take_lines(ctx, read_lines(file), source)
    except Invalid as error:
        sentences = [sentence for texts in error.fields.values() for sentence in texts]
        raise click.ClickException("\n".join(sentences)) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(
        _(
            "Đã thêm %(streets)d đường, %(added)d tim đường; bỏ %(removed)d tim đường cũ.",
            streets=taken.streets_added,
            added=taken.lines_added,
            removed=taken.lines_removed,
        )
    )
