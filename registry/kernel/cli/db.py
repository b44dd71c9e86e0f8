"""`flask db`: the schema of the database."""

import tempfile
from pathlib import Path

import click
from flask.cli import AppGroup

from registry.kernel.cli.target import installation, owner_url, prepare_server
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.i18n import _

db_group = AppGroup("db", help="The schema of the database.")


@db_group.command()
@click.argument("revision", default=migrations.LAST)
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest).

    Example: flask --app app db upgrade
    """
    url = owner_url(installation())
    prepare_server(installation(), url)
    migrations.upgrade(url, revision)
    _say_revision(url)


@db_group.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask: the data of the newer tables is lost.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the schema back to REVISION; tables that came later are dropped with their data.

    Example: flask --app app db downgrade r0001 --yes
    """
    if not yes:
        click.confirm(
            _("Dữ liệu của các bảng mới hơn bản %(revision)s sẽ mất. Tiếp tục?", revision=revision), abort=True
        )
    url = owner_url(installation())
    migrations.downgrade(url, revision)
    _say_revision(url)


@db_group.command()
def current() -> None:
    """Say which revision the schema is at (docs/releases.md names the release for it).

    Example: flask --app app db current
    """
    _say_revision(owner_url(installation()))


@db_group.command()
@click.option("--scratch", is_flag=True, help="On an empty temporary cluster instead of the installation's database.")
def check(scratch: bool) -> None:
    """Say where schema, models and migrations/CURRENT_HEAD differ; exit code 1 when they do.

    Example: flask --app app db check --scratch
    """
    problems = _problems_on_scratch() if scratch else migrations.problems(owner_url(installation()))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(_("Lược đồ và mô hình khớp nhau (bản %(revision)s).", revision=migrations.head()))


def _say_revision(url: str) -> None:
    click.echo(_("Lược đồ ở bản %(revision)s.", revision=migrations.current(url) or migrations.FIRST))


def _problems_on_scratch() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "var", fsync=False)
        cluster.start(tied=True)
        try:
            migrations.upgrade(cluster.url())
            return migrations.problems(cluster.url())
        finally:
            cluster.stop()


@db_group.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write the next numbered migration from what models and schema differ in.

    Example: flask --app app db revision "add the street of a structure"
    """
    click.echo(str(migrations.revision(owner_url(installation()), message)))
