"""`flask cluster`: the private PostgreSQL cluster by hand."""

import dataclasses
import json

import click
from flask.cli import AppGroup

from registry.kernel.cli.target import cluster_of, installation
from registry.kernel.i18n import _

cluster_group = AppGroup("cluster", help="The private PostgreSQL cluster, used when there is no DATABASE_URL.")


@cluster_group.command()
def start() -> None:
    """Start the cluster, making it on first use; it runs until it is stopped.

    Example: flask --app app cluster start
    """
    cluster = cluster_of(installation())
    cluster.start()
    click.echo(_("Cơ sở dữ liệu đang chạy (tiến trình %(pid)s).", pid=cluster.status().pid))


@cluster_group.command()
def stop() -> None:
    """Stop the cluster.

    Example: flask --app app cluster stop
    """
    cluster_of(installation()).stop()
    click.echo(_("Cơ sở dữ liệu đã dừng."))


@cluster_group.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(as_json: bool) -> None:
    """Say whether the cluster runs, and where; exit code 1 when it does not.

    Example: flask --app app cluster status --json
    """
    cluster = cluster_of(installation())
    facts = {key: str(value) if hasattr(value, "parts") else value for key, value in _facts(cluster.status())}
    lines = [f"{key}: {value}" for key, value in facts.items()]
    click.echo(json.dumps(facts) if as_json else "\n".join([*lines, f"url: {cluster.url()}"]))
    if not facts["running"]:
        raise click.exceptions.Exit(1)


def _facts(found: object) -> list[tuple[str, object]]:
    return list(dataclasses.asdict(found).items())  # type: ignore[call-overload]
