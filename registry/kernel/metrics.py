"""Figures for Prometheus, served by the worker on the local address only; none is about persons or structures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.kernel.backup.folder import BackupError, BackupFolder
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database
from registry.kernel.installation import Installation
from registry.kernel.readiness import readiness
from registry.kernel.request_figures import FOLDER

LOCAL: Final = "127.0.0.1"
#: Waiting, running, done, failed; the others come from people who use the queue's own commands.
_STATUSES: Final = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")
_JOBS: Final = text("SELECT status::text, count(*) AS number FROM procrastinate_jobs GROUP BY 1")
_ARCHIVER: Final = text(
    "SELECT failed_count, extract(epoch FROM clock_timestamp() - last_archived_time) FROM pg_stat_archiver"
)


class RequestCollector(Collector):
    """The requests that all web workers have answered since the web server was started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        # A web server that starts removes the files of the one before.
        with suppress(OSError, ValueError):
            added_up: MultiProcessCollector = MultiProcessCollector(None, str(self._folder))  # type: ignore[no-untyped-call]
            yield from list(added_up.collect())  # type: ignore[no-untyped-call]


class InstallationCollector(Collector):
    """What is true at the moment of the request."""

    def __init__(self, database: Database, settings: Installation) -> None:
        self._database = database
        self._chosen = settings

    def collect(self) -> Iterator[Metric]:
        state = readiness(self._database, self._chosen.data_dir)
        for name, value in asdict(state).items():
            yield GaugeMetricFamily(f"registry_{name}_ready", f"1 if the {name} is ready.", value=float(value))
        yield from self._disks()
        yield from self._backup()
        if state.database:
            yield from self._statistics()

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily("registry_disk_free_bytes", "Free space of a folder's disk.", labels=["folder"])
        for label, folder in (("data", self._chosen.data_dir), ("backup", self._chosen.backup_dir)):
            # A disk may go away in the meantime.
            with suppress(OSError):
                if folder is not None and folder.is_dir():
                    free.add_metric([label], shutil.disk_usage(folder).free)
        yield free

    def _backup(self) -> Iterator[Metric]:
        folder: Path | None = self._chosen.backup_dir
        try:
            bases = BackupFolder(folder).all_bases() if folder is not None and folder.is_dir() else []
        except (OSError, BackupError):
            bases = []
        if folder is not None:
            help_text = "1 if there is a base backup; without one nothing can be restored."
            yield GaugeMetricFamily("registry_backup_ready", help_text, value=float(bool(bases)))
        if bases:
            age = (utc_now() - bases[-1].finished).total_seconds()
            yield GaugeMetricFamily("registry_backup_age_seconds", "Age of the newest base backup.", value=age)

    def _statistics(self) -> Iterator[Metric]:
        try:
            with self._database.session() as session:
                counts: dict[str, int] = {row.status: row.number for row in session.execute(_JOBS)}
                failed, age = session.execute(_ARCHIVER).one()
        except DBAPIError:
            return
        jobs = GaugeMetricFamily("registry_jobs", "Jobs of the last 30 days.", labels=["status"])
        for status in _STATUSES:
            jobs.add_metric([status], counts.get(status, 0))
        yield jobs
        yield CounterMetricFamily("registry_wal_archive_failures", "Failed tries to archive WAL.", value=failed)
        if age is not None:
            help_text = "Age of the last archived WAL."
            yield GaugeMetricFamily("registry_wal_archived_age_seconds", help_text, value=float(age))


def serve_metrics(port: int, database: Database, settings: Installation) -> None:
    """Answer /metrics on the local address from a thread of this process; OSError where the port is taken."""
    figures = CollectorRegistry()
    figures.register(InstallationCollector(database, settings))
    figures.register(RequestCollector(settings.data_dir / FOLDER))
    ProcessCollector(namespace="registry_worker", registry=figures)
    start_http_server(port, addr=LOCAL, registry=figures)
