"""`flask docs`: the documents that are made from the program."""

from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup

from registry.kernel import documents
from registry.kernel.documents import DOCUMENTS, Makers
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT

docs_group = AppGroup("docs", help="The documents that are made from the program.")


@docs_group.command()
def write() -> None:
    """Write the documents that are missing or stale.

    Example: flask --app app docs write
    """
    for name in documents.write(CHECKOUT, _makers()):
        click.echo(name)


@docs_group.command()
def check() -> None:
    """Name the documents that are missing or stale; exit code 1 when there are any.

    Example: flask --app app docs check
    """
    found = documents.stale(CHECKOUT, _makers())
    for name in found:
        click.echo(_("%(name)s không khớp với chương trình, hãy chạy flask --app app docs write.", name=name), err=True)
    if found:
        raise click.exceptions.Exit(1)


def _makers() -> Makers:
    return cast("Makers", current_app.extensions[DOCUMENTS])
