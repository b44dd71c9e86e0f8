"""Roles, functions, audit chain, dated settings.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import APP_ROLES, create_history, grant, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_position_reader') THEN
        CREATE ROLE registry_position_reader NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_web') THEN
        CREATE ROLE registry_web LOGIN NOINHERIT NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'registry_worker') THEN
        CREATE ROLE registry_worker LOGIN NOINHERIT NOBYPASSRLS;
    END IF;
    GRANT registry_position_reader TO registry_web, registry_worker;
END
$$
"""
SETTING = (
    ("key", sa.Text),
    ("valid_from", sa.Date),
    ("value", JSONB),
    ("source", sa.Text),
    ("needs_verification", sa.Boolean),
)


def upgrade() -> None:
    for extension in ("postgis", "unaccent", "pg_trgm", "btree_gist"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(ROLES)
    _audit_tables()
    _dated_settings()
    run_sql("0001_foundation.sql")
    for role in APP_ROLES:
        op.execute(f"GRANT USAGE ON SEQUENCE change_id_seq TO {role}")
        op.execute(f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO {role}")
    grant("audit_event", "SELECT", "INSERT")
    grant("audit_payload", "SELECT", "INSERT")
    grant("audit_note", "SELECT", "INSERT")
    grant("dated_setting")
    create_history(
        "dated_setting",
        sa.Column("id", sa.BigInteger),
        *(sa.Column(name, kind) for name, kind in SETTING),
    )


def _audit_tables() -> None:
    op.create_table(
        "audit_event",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_label", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.BigInteger),
        sa.Column("on_behalf_of_id", sa.BigInteger),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.BigInteger),
        sa.Column("change_id", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("payload_digest", sa.LargeBinary, nullable=False),
        sa.Column("history_digest", sa.LargeBinary, nullable=False),
        sa.Column("previous_digest", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_event"),
        sa.UniqueConstraint("change_id", name="uq_audit_event_change_id"),
        sa.UniqueConstraint("digest", name="uq_audit_event_digest"),
    )
    op.create_index(
        "ix_audit_event_object_kind_object_id",
        "audit_event",
        ["object_kind", "object_id"],
    )
    op.create_index(
        "ix_audit_event_actor_id_occurred_at",
        "audit_event",
        ["actor_id", "occurred_at"],
    )
    op.create_table(
        "audit_payload",
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_payload"),
        sa.ForeignKeyConstraint(["number"], ["audit_event.number"], name="fk_audit_payload_number"),
    )
    op.create_table(
        "audit_note",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_label", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.BigInteger),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("owner_ids", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_note"),
    )
    op.create_index("ix_audit_note_owner_ids", "audit_note", ["owner_ids"], postgresql_using="gin")
    op.create_index("ix_audit_note_action_occurred_at", "audit_note", ["action", "occurred_at"])


def _dated_settings() -> None:
    op.create_table(
        "dated_setting",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in SETTING),
        sa.PrimaryKeyConstraint("id", name="pk_dated_setting"),
        sa.UniqueConstraint("key", "valid_from", name="uq_dated_setting_key_valid_from"),
    )


def downgrade() -> None:
    for table in (
        "dated_setting",
        "dated_setting_history",
        "audit_note",
        "audit_payload",
        "audit_event",
    ):
        op.execute(f"DROP TABLE {table} CASCADE")
    for function in (
        "attach_history(text)",
        "record_history()",
        "refuse_change()",
        "fold(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP SEQUENCE change_id_seq")
    for role in APP_ROLES:
        op.execute(f"ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SEQUENCES FROM {role}")
