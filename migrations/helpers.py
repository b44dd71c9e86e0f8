"""Small helpers of the migrations: grants, history triggers, SQL files kept beside the revisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

APP_ROLES = ("registry_web", "registry_worker")
SQL = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Run one file of migrations/sql; revisions never share a file, so old ones stay as they were."""
    op.execute((SQL / name).read_text(encoding="utf-8").replace(":", r"\:"))


def grant(table: str, *rights: str) -> None:
    """Give the application roles rights on a table; DELETE is given only where a feature says so."""
    for role in APP_ROLES:
        op.execute(f"GRANT {', '.join(rights or ('SELECT', 'INSERT', 'UPDATE'))} ON {table} TO {role}")


def attach_history(table: str) -> None:
    """Let the database fill `<table>_history` and let the application read it."""
    op.execute(f"SELECT attach_history('{table}')")
    grant(f"{table}_history", "SELECT")


def create_history(table: str, *columns: sa.Column[Any]) -> None:
    """Create `<table>_history` with nullable copies of `columns` (the table's own, in its order), indexes and triggers."""
    name = f"{table}_history"
    op.create_table(
        name,
        sa.Column("history_id", sa.BigInteger, sa.Identity(), nullable=False),
        *(sa.Column(column.name, column.type, nullable=True) for column in columns),
        sa.Column("recorded_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True)),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_id", sa.BigInteger, nullable=False),
        sa.Column("row_digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("history_id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_current", name, ["id"], postgresql_where=sa.text("recorded_to IS NULL"))
    op.create_index(f"ix_{name}_id", name, ["id", "recorded_from"])
    op.create_index(f"ix_{name}_change", name, ["change_id"])
    attach_history(table)
