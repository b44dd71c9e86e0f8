"""The verifier reads all rows: the policies of r0087, r0093, r0094 and r0108 hid cases and their histories from it.

Revision ID: r0109
Revises: r0108
"""

from alembic import op

from migrations.helpers import begin_change, open_to_verifier

revision = "r0109"
down_revision = "r0108"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    open_to_verifier()


def downgrade() -> None:
    begin_change()
    op.execute(
        """
        DO $$
        DECLARE protected regclass;
        BEGIN
            FOR protected IN SELECT polrelid FROM pg_policy WHERE polname = 'all_rows_to_verifier' LOOP
                EXECUTE format('DROP POLICY all_rows_to_verifier ON %s', protected);
            END LOOP;
        END
        $$
        """
    )
