"""The second factor of accounts, and the setting that says who needs one.

Revision ID: r0071
Revises: r0070
"""

from alembic import op

from migrations.helpers import begin_change, grant, run_sql

revision = "r0071"
down_revision = "r0070"
branch_labels = None
depends_on = None

_TABLES = ("second_factor", "recovery_code", "remembered_browser", "day_pass", "factor_reset")
_REASONS = "'signed_out', 'signed_out_elsewhere', 'replaced', 'password_changed', 'role_changed', 'disabled'"
_CHECK = "ck_user_session_ck_user_session_revoke_reason"


def _reasons(values: str) -> None:
    op.execute(f"ALTER TABLE user_session DROP CONSTRAINT {_CHECK}")
    op.execute(f"ALTER TABLE user_session ADD CONSTRAINT {_CHECK} CHECK (revoked_reason IN ({values}))")


def upgrade() -> None:
    begin_change()
    run_sql("r0071/second_factor.sql")
    for table in _TABLES:
        grant(table)
    _reasons(f"{_REASONS}, 'factor_changed'")


def downgrade() -> None:
    begin_change()
    op.execute("UPDATE user_session SET revoked_reason = 'signed_out' WHERE revoked_reason = 'factor_changed'")
    _reasons(_REASONS)
    op.execute("ALTER TABLE user_session DROP COLUMN factor_state, DROP COLUMN factor_at")
    op.execute("DELETE FROM dated_setting WHERE key = 'accounts.second_factor'")
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table}")
