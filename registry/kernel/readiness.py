"""Whether an installation is ready: database, schema, worker, disk; the source of /readyz and of the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.kernel.db import migrations
from registry.kernel.db.session import Database
from registry.kernel.disk import has_room

#: A worker writes its heartbeat every five seconds.
WORKER_SEEN_S: Final = 60
_FACTS: Final = text(
    "SELECT (SELECT version_num FROM alembic_version),"
    " EXISTS (SELECT FROM procrastinate_workers"
    " WHERE last_heartbeat > clock_timestamp() - make_interval(secs => :limit))"
)


@dataclass(frozen=True)
class Readiness:
    """What is there; `schema` and `worker` are False where the database cannot be asked."""

    database: bool
    schema: bool = False
    worker: bool = False
    #: Whether the disk of the data directory takes more data.
    disk: bool = True

    @property
    def is_ready(self) -> bool:
        return self.database and self.schema and self.worker and self.disk


def readiness(database: Database, data_dir: Path) -> Readiness:
    """Ask database and disk; never raises for one that is away."""
    disk = has_room(data_dir)
    try:
        with database.session() as session:
            revision, worker = session.execute(_FACTS, {"limit": WORKER_SEEN_S}).one()
    except DBAPIError:
        return Readiness(database=False, disk=disk)
    return Readiness(database=True, schema=revision == _newest(), worker=bool(worker), disk=disk)


@cache
def _newest() -> str:
    return migrations.head()
