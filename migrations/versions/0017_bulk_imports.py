"""Imports of any size: rows as read, results of checks apart from them, decisions, progress, missing structures.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import APP_ROLES, begin_change, grant, run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "import_row", "import_result", "import_decision", "import_missing", "import_progress", "import_word",
)  # fmt: skip
STATES = (
    "reading", "choosing", "read", "checking", "checked", "applying", "applied", "undoing", "undone", "failed",
    "cancelled",
)  # fmt: skip
OLD_STATES = ("uploaded", "checked", "applying", "applied", "failed", "cancelled")
FORMATS = ("csv", "tsv", "xlsx", "xls", "ods", "geojson", "kml", "kmz", "shp", "gpkg")
OLD_FORMATS = ("csv", "xlsx", "geojson")
#: The first migration of imports named its checks twice over.
PREFIX, OLD_PREFIX = "ck_import_batch_", "ck_import_batch_ck_import_batch_"
#: Column and type.
ADDED = (
    ("table_name", sa.Text),
    ("found", JSONB),
    ("undone_at", sa.DateTime(timezone=True)),
    ("undone_by_id", sa.BigInteger),
)


def upgrade() -> None:
    """Rows of earlier checks are working data and go; a batch that was not applied yet must be sent again."""
    begin_change()
    op.drop_table("import_row")
    _drop_checks(OLD_PREFIX, "batch_state", "file_format", "applied_at")
    for table in ("import_batch", "import_batch_history"):
        for name, kind in ADDED:
            op.add_column(table, sa.Column(name, kind))
        op.alter_column(table, "file_format", nullable=True)
    op.execute(
        "UPDATE import_batch SET found = '{}', version = version + 1,"
        " state = CASE WHEN state IN ('uploaded', 'checked', 'applying') THEN 'cancelled' ELSE state END"
    )
    op.alter_column("import_batch", "found", nullable=False)
    op.create_foreign_key("fk_import_batch_undone_by_id", "import_batch", "user_account", ["undone_by_id"], ["id"])
    _add_checks(PREFIX, STATES, FORMATS, ("applied", "undoing", "undone"))
    undone = "(state = 'undone') = (undone_at IS NOT NULL)"
    op.execute(f"ALTER TABLE import_batch ADD CONSTRAINT {PREFIX}undone_at CHECK ({undone})")
    run_sql("0017_bulk_imports.sql")
    for table in NEW_TABLES:
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    """What is in work ends; an undone import counts as cancelled, as nothing of it stands."""
    begin_change()
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    _drop_checks(PREFIX, "batch_state", "file_format", "applied_at", "undone_at")
    known = ", ".join(f"'{state}'" for state in ("applied", "failed", "cancelled"))
    op.execute(
        "UPDATE import_batch SET version = version + 1,"
        f" state = CASE WHEN state IN ({known}) THEN state WHEN state = 'undoing' THEN 'applied' ELSE 'cancelled' END,"
        " applied_at = CASE WHEN state IN ('applied', 'undoing') THEN applied_at END,"
        " file_format = CASE WHEN file_format IN ('xlsx', 'geojson') THEN file_format ELSE 'csv' END"
    )
    op.drop_constraint("fk_import_batch_undone_by_id", "import_batch")
    for table in ("import_batch", "import_batch_history"):
        for name, _kind in ADDED:
            op.drop_column(table, name)
    op.alter_column("import_batch", "file_format", nullable=False)
    _add_checks(OLD_PREFIX, OLD_STATES, OLD_FORMATS, ("applied",))
    run_sql("0017_old_import_row.sql")
    for role in APP_ROLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON import_row TO {role}")


def _drop_checks(prefix: str, *names: str) -> None:
    for name in names:
        op.execute(f"ALTER TABLE import_batch DROP CONSTRAINT {prefix}{name}")


def _add_checks(prefix: str, states: tuple[str, ...], formats: tuple[str, ...], applied: tuple[str, ...]) -> None:
    def listed(words: tuple[str, ...]) -> str:
        return ", ".join(f"'{word}'" for word in words)

    checks = {
        "batch_state": f"state IN ({listed(states)})",
        "file_format": f"file_format IN ({listed(formats)})",
        "applied_at": f"(state IN ({listed(applied)})) = (applied_at IS NOT NULL)",
    }
    for name, check in checks.items():
        op.execute(f"ALTER TABLE import_batch ADD CONSTRAINT {prefix}{name} CHECK ({check})")
