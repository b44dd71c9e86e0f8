"""Mails of notices in bundles and by choice of each account; addresses that the mail server refuses.

Revision ID: r0041
Revises: r0040
"""

from alembic import op

from migrations.helpers import grant

revision = "r0041"
down_revision = "r0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notice_mail ADD COLUMN bundle TEXT NOT NULL DEFAULT ''")
    op.create_index("ix_notice_mail_user_id_bundle", "notice_mail", ["user_id", "bundle"])
    op.execute(
        "CREATE TABLE notice_choice (user_id BIGINT NOT NULL, standing TEXT NOT NULL, delivery VARCHAR(40) NOT NULL,"
        " CONSTRAINT pk_notice_choice PRIMARY KEY (user_id, standing),"
        " CONSTRAINT ck_notice_choice_standing CHECK (standing IN ('act', 'affected', 'watch')),"
        " CONSTRAINT ck_notice_choice_delivery CHECK (delivery IN ('at_once', 'daily', 'off')),"
        " CONSTRAINT ck_notice_choice_owed CHECK (standing = 'watch' OR delivery <> 'off'),"
        " CONSTRAINT fk_notice_choice_user_id FOREIGN KEY (user_id) REFERENCES user_account (id))"
    )
    grant("notice_choice", "SELECT", "INSERT", "UPDATE", "DELETE")
    op.execute(
        "CREATE TABLE mail_bounce (user_id BIGINT NOT NULL, email TEXT NOT NULL, refused_at TIMESTAMPTZ NOT NULL,"
        " reply TEXT NOT NULL, CONSTRAINT pk_mail_bounce PRIMARY KEY (user_id),"
        " CONSTRAINT fk_mail_bounce_user_id FOREIGN KEY (user_id) REFERENCES user_account (id))"
    )
    grant("mail_bounce", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE mail_bounce, notice_choice")
    op.execute("DROP INDEX ix_notice_mail_user_id_bundle")
    op.execute("ALTER TABLE notice_mail DROP COLUMN bundle")
