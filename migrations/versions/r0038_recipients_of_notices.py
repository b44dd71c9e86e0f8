"""Recipients of a notice by party and standing; roles of areas apart from roles anywhere.

Revision ID: r0038
Revises: r0037
"""

from alembic import op

revision = "r0038"
down_revision = "r0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notice ADD COLUMN area_roles TEXT[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE notice ADD COLUMN groups JSONB NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_addressed")
    op.execute("UPDATE notice SET area_roles = roles, roles = '{}' WHERE cardinality(unit_ids) > 0")
    op.execute("UPDATE notice SET unit_ids = '{}' WHERE cardinality(area_roles) = 0")
    op.execute(
        "ALTER TABLE notice ADD CONSTRAINT ck_notice_addressed CHECK ("
        "cardinality(organisation_ids) + cardinality(roles) + cardinality(area_roles) + cardinality(user_ids) > 0),"
        " ADD CONSTRAINT ck_notice_area CHECK ((cardinality(area_roles) > 0) = (cardinality(unit_ids) > 0))"
    )
    # One notice has all recipients of its event.
    op.execute("DROP INDEX ix_notice_event_uid")
    op.execute("ALTER TABLE notice DROP COLUMN event_uid")
    op.execute("CREATE INDEX ix_notice_area_roles ON notice USING gin (area_roles)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_notice_area_roles")
    op.execute("ALTER TABLE notice ADD COLUMN event_uid UUID")
    op.execute("CREATE INDEX ix_notice_event_uid ON notice (event_uid) WHERE event_uid IS NOT NULL")
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_addressed, DROP CONSTRAINT ck_notice_area")
    op.execute("UPDATE notice SET roles = roles || area_roles")
    op.execute("ALTER TABLE notice DROP COLUMN area_roles, DROP COLUMN groups")
    op.execute(
        "ALTER TABLE notice ADD CONSTRAINT ck_notice_addressed CHECK ("
        "cardinality(organisation_ids) + cardinality(roles) + cardinality(user_ids) > 0)"
    )
