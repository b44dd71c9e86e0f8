"""Runs the revisions on the connection that registry.kernel.db.migrations passes in."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from migrations.events import record_revision
from migrations.helpers import require_fitting_histories
from registry.kernel.db.base import Base
from registry.kernel.db.migrations import STAMPS_FORMER_HEAD, require_known_revision, stamp_former_head

#: An arbitrary constant that every migrating process locks.
LOCK_KEY = 7_021_964_331
NOT_OURS = ("procrastinate_", "spatial_ref_sys")
SET_UP = (
    # Waiting for another process that migrates is fine; waiting for a table that the site is using is not.
    "SET lock_timeout = '10min'",
    f"SELECT pg_advisory_lock({LOCK_KEY})",
    "SET lock_timeout = '4s'",
    "SET statement_timeout = '15min'",
    "SET idle_in_transaction_session_timeout = 0",
)


def include_object(obj: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out the tables of PostGIS and of the job queue."""
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", None)
    if table is not None and table.startswith(NOT_OURS):
        return False
    return bool(alembic_helpers.include_object(obj, name, kind, reflected, compare_to))


def run() -> None:
    """Lock, limit the waiting times, check the revision, and run each revision in a transaction of its own."""
    connection = context.config.attributes["connection"]
    for statement in SET_UP:
        connection.execute(text(statement))
    connection.commit()
    if context.config.attributes[STAMPS_FORMER_HEAD]:
        stamp_former_head(connection)
    require_known_revision(connection)
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        transaction_per_migration=True,
        on_version_apply=[require_fitting_histories, record_revision],
    )
    with context.begin_transaction():
        context.run_migrations()


run()
