"""Whether an installation is ready: database, schema, worker; the source of /readyz and of the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.kernel.db import migrations
from registry.kernel.db.session import Database

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

    @property
    def is_ready(self) -> bool:
        return self.database and self.schema and self.worker


def readiness(database: Database) -> Readiness:
    """Ask the database; never raises for one that is away."""
    try:
        with database.session() as session:
            revision, worker = session.execute(_FACTS, {"limit": WORKER_SEEN_S}).one()
    except DBAPIError:
        return Readiness(database=False)
    return Readiness(database=True, schema=revision == _newest(), worker=bool(worker))


@cache
def _newest() -> str:
    return migrations.head()
