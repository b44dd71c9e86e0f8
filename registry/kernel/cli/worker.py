"""The command that runs jobs; the supervisor keeps one of it alive."""

import logging
import sys
from collections.abc import Callable
from typing import Final, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.kernel.cli.doctor import examine_features
from registry.kernel.cli.target import installation
from registry.kernel.db.session import Database
from registry.kernel.jobs import run_worker

log = logging.getLogger(__name__)

#: What makes the pool of the worker's database role.
WORKER_DATABASE: Final = "registry.worker_database"
#: What the tasks of features are given besides it.
WORKER_SERVICES: Final = "registry.worker_services"


@click.command("worker")
@click.option("--until-empty", is_flag=True, help="End when no job is left.")
@with_appcontext
def worker(*, until_empty: bool) -> None:
    """Run the jobs of the queue until Ctrl-C or SIGTERM; ends with status 75 when the database goes away."""
    make = cast("Callable[[], Database]", current_app.extensions[WORKER_DATABASE])
    database = make()
    for finding in examine_features(installation()):
        if not finding.ok:
            log.warning("%s: %s", finding.check, finding.detail)
    services = current_app.extensions.get(WORKER_SERVICES, {})
    status = run_worker(database, installation().data_dir, wait=not until_empty, services=services)
    database.dispose()
    sys.exit(status)
