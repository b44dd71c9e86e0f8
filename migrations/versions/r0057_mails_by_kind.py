"""Mails of notices by choice for single kinds of subjects.

Revision ID: r0057
Revises: r0056
"""

from alembic import op

from migrations.helpers import grant

revision = "r0057"
down_revision = "r0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE notice_kind_choice (user_id BIGINT NOT NULL, subject TEXT NOT NULL,"
        " delivery VARCHAR(40) NOT NULL,"
        " CONSTRAINT pk_notice_kind_choice PRIMARY KEY (user_id, subject),"
        " CONSTRAINT ck_notice_kind_choice_delivery CHECK (delivery IN ('at_once', 'daily', 'off')),"
        " CONSTRAINT fk_notice_kind_choice_user_id FOREIGN KEY (user_id) REFERENCES user_account (id))"
    )
    grant("notice_kind_choice", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE notice_kind_choice")
