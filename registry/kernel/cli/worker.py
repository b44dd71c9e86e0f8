"""The command that runs jobs; the supervisor keeps one of it alive."""

import sys
from collections.abc import Callable
from typing import Final, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.kernel.cli.target import installation
from registry.kernel.db.session import Database
from registry.kernel.jobs import run_worker

#: What makes the pool of the worker's database role.
WORKER_DATABASE: Final = "registry.worker_database"


@click.command("worker")
@click.option("--until-empty", is_flag=True, help="End when no job is left.")
@with_appcontext
def worker(*, until_empty: bool) -> None:
    """Run the jobs of the queue until Ctrl-C or SIGTERM; ends with status 75 when the database goes away."""
    make = cast("Callable[[], Database]", current_app.extensions[WORKER_DATABASE])
    database = make()
    status = run_worker(database, installation().data_dir, wait=not until_empty)
    database.dispose()
    sys.exit(status)
