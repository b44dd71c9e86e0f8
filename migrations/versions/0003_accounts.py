"""Organisations, accounts, roles, sessions, one-time links, counters of tries.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.helpers import create_history, grant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CODE = sa.String(40)
KINDS = (
    "'operator', 'tower_company', 'power_company', 'water_company', 'zone_investor', 'department', 'commune_committee',"
    " 'provincial_committee', 'ministry', 'defence', 'other'"
)
CATEGORIES = "'operator', 'tower_company', 'power', 'state_budget', 'zone_investor', 'other'"
ROLES = (
    "'lead_department', 'construction_department', 'finance_department', 'industry_trade_department', 'provincial_pc',"
    " 'commune_pc', 'area_inspector', 'operator', 'infra_owner', 'defence_user', 'citizen', 'ministry', 'admin',"
    " 'public'"
)
REASONS = "'signed_out', 'signed_out_elsewhere', 'replaced', 'password_changed', 'role_changed', 'disabled'"
TABLES = (
    "one_time_link",
    "sign_in_counter",
    "user_session",
    "role_area",
    "role_assignment",
    "user_password",
    "user_account",
    "organisation_succession",
    "organisation_alias",
    "organisation",
)
VERSIONED = (
    "organisation",
    "organisation_alias",
    "organisation_succession",
    "user_account",
    "role_assignment",
    "role_area",
)


def upgrade() -> None:
    _organisations()
    _accounts()
    _roles()
    _sign_in()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for table in VERSIONED:
        op.drop_table(f"{table}_history")


def _versioned(table: str, columns: tuple[sa.Column[Any], ...], *constraints: sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *constraints,
    )
    create_history(table, sa.Column("id", sa.BigInteger), *columns)
    grant(table)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="RESTRICT")


def _organisations() -> None:
    _versioned(
        "organisation",
        (
            sa.Column("code", sa.Text, nullable=False),
            sa.Column("name", sa.Text, nullable=False),
            sa.Column("short_name", sa.Text, nullable=False),
            sa.Column("kind", CODE, nullable=False),
            sa.Column("owner_category", CODE, nullable=False),
            sa.Column("tax_code", sa.Text),
            sa.Column("hotline", sa.Text),
            sa.Column("email", sa.Text),
            sa.Column("valid_from", sa.Date, nullable=False),
            sa.Column("valid_to", sa.Date),
            sa.Column("search_text", sa.Text, nullable=False),
        ),
        sa.UniqueConstraint("code", name="uq_organisation_code"),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{1,39}$'", name="ck_organisation_code_form"),
        sa.CheckConstraint("valid_to >= valid_from", name="ck_organisation_valid_period"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="ck_organisation_organisation_kind"),
        sa.CheckConstraint(f"owner_category IN ({CATEGORIES})", name="ck_organisation_owner_category"),
    )
    op.create_index(
        "ix_organisation_search_text",
        "organisation",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    _versioned(
        "organisation_alias",
        (
            sa.Column("organisation_id", sa.BigInteger, nullable=False),
            sa.Column("spelling", sa.Text, nullable=False),
            sa.Column("folded", sa.Text, nullable=False),
            sa.Column("is_active", sa.Boolean, nullable=False),
        ),
        sa.UniqueConstraint("folded", name="uq_organisation_alias_folded"),
        _references("organisation_alias", "organisation_id", "organisation"),
    )
    op.create_index(
        "ix_organisation_alias_organisation_id",
        "organisation_alias",
        ["organisation_id"],
    )
    _versioned(
        "organisation_succession",
        (
            sa.Column("predecessor_id", sa.BigInteger, nullable=False),
            sa.Column("successor_id", sa.BigInteger, nullable=False),
            sa.Column("effective_on", sa.Date, nullable=False),
            sa.Column("legal_basis", sa.Text, nullable=False),
        ),
        sa.UniqueConstraint(
            "predecessor_id",
            "successor_id",
            name="uq_organisation_succession_predecessor_id_successor_id",
        ),
        sa.CheckConstraint(
            "predecessor_id <> successor_id",
            name="ck_organisation_succession_two_organisations",
        ),
        _references("organisation_succession", "predecessor_id", "organisation"),
        _references("organisation_succession", "successor_id", "organisation"),
    )
    op.create_index(
        "ix_organisation_succession_successor_id",
        "organisation_succession",
        ["successor_id"],
    )


def _accounts() -> None:
    _versioned(
        "user_account",
        (
            sa.Column("username", sa.Text, nullable=False),
            sa.Column("full_name", sa.Text, nullable=False),
            sa.Column("email", sa.Text),
            sa.Column("phone", sa.Text),
            sa.Column("organisation_id", sa.BigInteger, nullable=False),
            sa.Column("is_active", sa.Boolean, nullable=False),
            sa.Column("disabled_at", MOMENT),
            sa.Column("disabled_by_id", sa.BigInteger),
            sa.Column("password_changed_at", MOMENT),
            sa.Column("language", sa.Text, nullable=False),
        ),
        sa.UniqueConstraint("username", name="uq_user_account_username"),
        sa.CheckConstraint(
            "username ~ '^[a-z0-9][a-z0-9._-]{2,63}$'",
            name="ck_user_account_username_form",
        ),
        sa.CheckConstraint("is_active = (disabled_at IS NULL)", name="ck_user_account_disabled_at"),
        sa.CheckConstraint("language IN ('vi', 'en')", name="ck_user_account_language"),
        _references("user_account", "organisation_id", "organisation"),
        _references("user_account", "disabled_by_id", "user_account"),
    )
    op.create_index("ix_user_account_organisation_id", "user_account", ["organisation_id"])
    op.create_table(
        "user_password",
        sa.Column("user_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_password"),
        _references("user_password", "user_id", "user_account"),
    )
    grant("user_password")


def _roles() -> None:
    _versioned(
        "role_assignment",
        (
            sa.Column("user_id", sa.BigInteger, nullable=False),
            sa.Column("role", CODE, nullable=False),
            sa.Column("valid_from", sa.Date, nullable=False),
            sa.Column("valid_to", sa.Date),
            sa.Column("ended_at", MOMENT),
            sa.Column("ended_by_id", sa.BigInteger),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name="ck_role_assignment_valid_period"),
        sa.CheckConstraint("role <> 'public'", name="ck_role_assignment_not_public"),
        sa.CheckConstraint(f"role IN ({ROLES})", name="ck_role_assignment_role"),
        _references("role_assignment", "user_id", "user_account"),
        _references("role_assignment", "ended_by_id", "user_account"),
    )
    op.create_index("ix_role_assignment_user_id", "role_assignment", ["user_id"])
    _versioned(
        "role_area",
        (
            sa.Column("assignment_id", sa.BigInteger, nullable=False),
            sa.Column("unit_id", sa.BigInteger, nullable=False),
        ),
        sa.UniqueConstraint("assignment_id", "unit_id", name="uq_role_area_assignment_id_unit_id"),
        _references("role_area", "assignment_id", "role_assignment"),
        _references("role_area", "unit_id", "admin_unit"),
    )
    op.create_index("ix_role_area_unit_id", "role_area", ["unit_id"])


def _sign_in() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_reason", CODE),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_session"),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token_hash"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_reason IS NULL)",
            name="ck_user_session_revoked_reason",
        ),
        sa.CheckConstraint(f"revoked_reason IN ({REASONS})", name="ck_user_session_revoke_reason"),
        _references("user_session", "user_id", "user_account"),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_index("ix_user_session_expires_at", "user_session", ["expires_at"])
    op.create_table(
        "sign_in_counter",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("tries", sa.ARRAY(MOMENT), nullable=False),
        sa.Column("last_try_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_counter"),
    )
    op.create_index("ix_sign_in_counter_last_try_at", "sign_in_counter", ["last_try_at"])
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("purpose", CODE, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_link"),
        sa.UniqueConstraint("token_hash", name="uq_one_time_link_token_hash"),
        sa.CheckConstraint(
            "purpose IN ('set_password', 'first_administrator')",
            name="ck_one_time_link_link_purpose",
        ),
        _references("one_time_link", "user_id", "user_account"),
    )
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])
    # Sessions, tries and links are working data: a job removes them some time after their end.
    for table in ("user_session", "sign_in_counter", "one_time_link"):
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")
