"""`flask serve`, `flask worker` and `flask cluster`: the processes of an installation."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click
import structlog
from flask.cli import AppGroup, with_appcontext

from registry.kernel.backup.safety import prepare_backup_dir, what_could_be_lost
from registry.kernel.cli.doctor import examine_features
from registry.kernel.cli.target import cluster_of, installation, prepare_server
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster, ClusterError
from registry.kernel.db.session import Database
from registry.kernel.disk import stopped_by_disk
from registry.kernel.i18n import _
from registry.kernel.installation import BEFORE_SERVING, CHECKOUT, Installation
from registry.kernel.jobs import TaskServices, run_worker
from registry.kernel.memory import WORKER_MB, limit_memory
from registry.kernel.metrics import LOCAL, serve_metrics
from registry.kernel.services import Service
from registry.kernel.supervisor import PortBusyError, Program, Supervisor, accepts_connections, check_port

cluster_group = AppGroup("cluster", help="The private PostgreSQL cluster, used when there is no DATABASE_URL.")


@cluster_group.command()
def start() -> None:
    """Start the cluster, making it on first use; it runs until it is stopped.

    Example: flask --app app cluster start
    """
    cluster = cluster_of(installation())
    prepare_backup_dir(installation())
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


def _facts(facts: object) -> list[tuple[str, object]]:
    return list(dataclasses.asdict(facts).items())  # type: ignore[call-overload]


log = logging.getLogger(__name__)

#: Opens the pool of the worker's database role.
WORKER_DATABASE = Service[Callable[[], Database]]("registry.worker_database")
#: What the tasks of features ask for by name.
WORKER_SERVICES = Service[TaskServices]("registry.worker_services", default={})


@click.command("worker")
@click.option("--until-empty", is_flag=True, help="End when no job is left.")
@with_appcontext
def worker(*, until_empty: bool) -> None:
    """Run the jobs of the queue until Ctrl-C or SIGTERM; ends with status 75 when the database goes away."""
    limit_memory(WORKER_MB)
    database = WORKER_DATABASE.current()()
    for finding in examine_features(installation()):
        if not finding.ok:
            log.warning("%s: %s", finding.check, finding.detail)
    metrics_port = installation().metrics_port
    if metrics_port is not None and not until_empty:
        try_to_serve_metrics(metrics_port, database)
    services = WORKER_SERVICES.current()
    status = run_worker(database, installation().data_dir, wait=not until_empty, services=services)
    database.dispose()
    sys.exit(status)


def try_to_serve_metrics(port: int, database: Database) -> None:
    """Serve the figures; without them where the port was taken after the start: jobs matter more."""
    try:
        serve_metrics(port, database, installation())
    except OSError as error:
        log.error("no figures on port %d: %s", port, error.strerror)  # noqa: TRY400


PYTHON: Final = (sys.executable, "-m")
#: Seconds between attempts to restart the database.
CLUSTER_RETRY_S: Final = 5.0
#: With what the supervisor gives to web and worker, 20 seconds in all.
CLUSTER_STOP_S: Final = 5.5
PROGRAMS: Final = (
    Program("web", (*PYTHON, "gunicorn", "--config", "config/gunicorn.py", "app:app"), CHECKOUT),
    Program("worker", (*PYTHON, "flask", "--app", "app", "worker"), CHECKOUT),
)

_log = structlog.get_logger(__name__)


@click.command()
@with_appcontext
def serve() -> None:
    """Serve the registry: database, migrations, web and job workers, until Ctrl-C or SIGTERM.

    Example: PORT=8080 flask --app app serve
    """
    settings = installation()
    # Until the supervisor handles signals: exit through the context managers, which stop what was started.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    with _alone(settings):
        prepare_backup_dir(settings)
        check_port(settings.host, settings.port)
        if settings.metrics_port is not None:
            check_port(LOCAL, settings.metrics_port, "REGISTRY_METRICS_PORT")
        with _database(settings) as (url, restart_database):
            prepare_server(settings, url)
            migrations.upgrade(url)
            for prepare in BEFORE_SERVING.current():
                prepare()
            click.echo(what_could_be_lost(settings))
            Supervisor(PROGRAMS, _round(settings, restart_database)).run()
    click.echo(_("Đã dừng."))


@contextlib.contextmanager
def _alone(settings: Installation) -> Iterator[None]:
    """Refuse a second server on one data directory; the lock ends with the process."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = (settings.data_dir / "serve.lock").open("w")
    except OSError as error:
        raise ClusterError(
            _("Không ghi được vào DATA_DIR = %(path)s (%(reason)s).", path=settings.data_dir, reason=error.strerror)
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PortBusyError(
                _(
                    "Hệ thống đang chạy với DATA_DIR = %(path)s, cần dừng nó trước hoặc chọn DATA_DIR khác.",
                    path=settings.data_dir,
                )
            ) from error
        yield


@contextlib.contextmanager
def _database(settings: Installation) -> Iterator[tuple[str, Callable[[], None]]]:
    """The owner's address of the database and a function that restarts it; a cluster started here stops with the block.

    A cluster that was started by `flask cluster start` is used and left running.
    """
    if settings.database_url is not None:
        yield settings.database_url, lambda: None
        return
    cluster = cluster_of(settings)
    found_running = cluster.status().running
    try:
        cluster.start(tied=True)
        yield cluster.url(), _cluster_restarter(cluster, settings.data_dir)
    finally:
        if not found_running:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)  # the stop is bounded
            cluster.stop(within_s=CLUSTER_STOP_S)


def _cluster_restarter(cluster: Cluster, data_dir: Path) -> Callable[[], None]:
    next_try = 0.0

    def restart_if_down() -> None:
        nonlocal next_try
        if time.monotonic() < next_try or cluster.status().running:
            return
        next_try = time.monotonic() + CLUSTER_RETRY_S
        _log.warning("database ended, restarting")
        try:
            cluster.restart()
        except ClusterError as error:
            _log.error("database does not start", reason=stopped_by_disk(data_dir) or error.message)

    return restart_if_down


def _round(settings: Installation, restart_database: Callable[[], None]) -> Callable[[], None]:
    announced = False

    def each() -> None:
        nonlocal announced
        restart_database()
        if not announced and accepts_connections(settings.host, settings.port):
            announced = True
            click.echo(_("Đang phục vụ tại %(url)s (Ctrl-C để dừng).", url=settings.url))

    return each
