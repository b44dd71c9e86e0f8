"""`flask features` and `flask docs`: the features of the program, and the documents that are generated from it."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from registry.kernel import documents
from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import FEATURES, Feature
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT
from registry.kernel.sql_copies import SQL_COPIES, WATCHED_COLUMNS, differences


@click.command("features")
@with_appcontext
def features_command() -> None:
    """Name the features with their pages, commands and what they add to others.

    Example: flask --app app features
    """
    for feature in FEATURES.current():
        click.echo(feature.name)
        for line in _lines(feature):
            click.echo(f"  {line}")


def _lines(feature: Feature) -> list[str]:
    added: dict[str, int] = {}
    for contribution in feature.provides:
        added[contribution.point.name] = added.get(contribution.point.name, 0) + len(contribution.items)
    pages = [f"pages {blueprint.name}" for blueprint in feature.blueprints]
    commands = [f"command {command.name}" for command in feature.commands]
    return [*pages, *commands, *(f"{name}: {count}" for name, count in added.items())]


docs_group = AppGroup("docs", help="The documents that are made from the program.")


@docs_group.command()
def write() -> None:
    """Write the documents that are missing or stale.

    Example: flask --app app docs write
    """
    for name in documents.write(CHECKOUT, DOCUMENTS):
        click.echo(name)


@docs_group.command()
def check() -> None:
    """Name missing and stale documents, names in documents that no source has, and SQL that differs from its rule.

    Exit code 1 when there are any.

    Example: flask --app app docs check
    """
    stale = documents.stale(CHECKOUT, DOCUMENTS)
    for name in stale:
        click.echo(_("%(name)s không khớp với chương trình, hãy chạy flask --app app docs write.", name=name), err=True)
    unknown = documents.unknown_names(CHECKOUT)
    for quotation in unknown:
        click.echo(_("%(quotation)s: tên này không còn trong mã nguồn.", quotation=quotation), err=True)
    differing = differences(CHECKOUT, SQL_COPIES, WATCHED_COLUMNS)
    for difference in differing:
        click.echo(difference, err=True)
    if stale or unknown or differing:
        raise click.exceptions.Exit(1)
