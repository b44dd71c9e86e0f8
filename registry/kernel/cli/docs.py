"""`flask docs`: the documents that are made from the program."""

import click
from flask.cli import AppGroup

from registry.kernel import documents
from registry.kernel.documents import DOCUMENTS
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT

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
    """Name the documents that are missing or stale; exit code 1 when there are any.

    Example: flask --app app docs check
    """
    found = documents.stale(CHECKOUT, DOCUMENTS)
    for name in found:
        click.echo(_("%(name)s không khớp với chương trình, hãy chạy flask --app app docs write.", name=name), err=True)
    if found:
        raise click.exceptions.Exit(1)
