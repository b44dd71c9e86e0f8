"""The day off that a worked weekend makes up for.

Revision ID: r0039
Revises: r0038
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0039"
down_revision = "r0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("calendar_day", "ADD COLUMN makes_up_for DATE")
    begin_change()
    run_sql("r0039/made_up_days.sql")
    op.execute(
        "ALTER TABLE calendar_day ADD CONSTRAINT ck_calendar_day_makes_up"
        " CHECK (makes_up_for IS NULL OR kind = 'worked_weekend')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE calendar_day DROP CONSTRAINT ck_calendar_day_makes_up")
    alter_versioned("calendar_day", "DROP COLUMN makes_up_for")
