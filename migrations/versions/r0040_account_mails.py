"""Mails about accounts; one address for one account of an organisation.

Revision ID: r0040
Revises: r0039
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, grant, run_sql

revision = "r0040"
down_revision = "r0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("user_account", "ADD COLUMN email_key TEXT")
    begin_change()
    run_sql("r0040/email_keys.sql")
    op.create_index(
        "uq_user_account_organisation_id_email_key", "user_account", ["organisation_id", "email_key"], unique=True
    )
    run_sql("r0040/account_mail.sql")
    grant("account_mail")


def downgrade() -> None:
    op.execute("DROP TABLE account_mail")
    op.execute("DELETE FROM one_time_link WHERE purpose = 'confirm_email'")
    op.execute("ALTER TABLE one_time_link DROP COLUMN email")
    op.execute("ALTER TABLE one_time_link DROP CONSTRAINT ck_one_time_link_ck_one_time_link_link_purpose")
    op.execute(
        "ALTER TABLE one_time_link ADD CONSTRAINT ck_one_time_link_ck_one_time_link_link_purpose"
        " CHECK (purpose IN ('set_password', 'first_administrator'))"
    )
    op.execute("DROP INDEX uq_user_account_organisation_id_email_key")
    alter_versioned("user_account", "DROP COLUMN email_key")
