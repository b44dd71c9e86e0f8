"""Files of long lists, notices to one person, and how long a file is given out.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from migrations.helpers import begin_change, grant, seed_settings

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SOURCE = "Thiết lập của hệ thống; đơn vị chủ quản quyết định"
SETTINGS = (
    ("export.link_days", "2000-01-01", 7, _SOURCE, True),
    ("export.public_decimals", "2000-01-01", 3, "Hướng dẫn công bố của OFDS: 3 chữ số thập phân, khoảng 100 m", True),
)
FORMATS = ("csv", "xlsx", "geojson", "gpkg", "kml", "shp")
STATES = ("waiting", "running", "done", "failed", "expired")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _addressed(condition: str) -> None:
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_addressed")
    op.execute(f"ALTER TABLE notice ADD CONSTRAINT ck_notice_addressed CHECK ({condition})")


def upgrade() -> None:
    """Notices of before have no persons of their own."""
    op.create_table(
        "export_job",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("list_code", sa.Text, nullable=False),
        sa.Column("file_format", sa.String(40), nullable=False),
        sa.Column("arguments", JSONB, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("file_name", sa.Text),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("failure", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_export_job"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_export_job_user_id"),
        sa.CheckConstraint("done >= 0 AND total >= 0", name="counts"),
        sa.CheckConstraint(
            "state <> 'done' OR (file_name IS NOT NULL AND expires_at IS NOT NULL)", name="file_if_done"
        ),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        sa.CheckConstraint(_one_of("file_format", FORMATS), name="file_format"),
        sa.CheckConstraint(_one_of("state", STATES), name="export_state"),
    )
    op.create_index("ix_export_job_user_id_created_at", "export_job", ["user_id", "created_at"])
    op.create_index(
        "ix_export_job_expires_at", "export_job", ["expires_at"], postgresql_where=sa.text("state = 'done'")
    )
    op.create_index(
        "uq_export_job_open",
        "export_job",
        ["user_id", "digest"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    grant("export_job")
    op.add_column("notice", sa.Column("user_ids", ARRAY(sa.BigInteger), nullable=False, server_default="{}"))
    op.create_index("ix_notice_user_ids", "notice", ["user_ids"], postgresql_using="gin")
    _addressed("cardinality(organisation_ids) + cardinality(roles) + cardinality(user_ids) > 0")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Notices to single persons only have nobody left to tell."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key IN ('export.link_days', 'export.public_decimals')")
    gone = "cardinality(organisation_ids) + cardinality(roles) = 0"
    for table in ("notice_mail", "notice_read"):
        op.execute(f"DELETE FROM {table} USING notice WHERE notice.id = notice_id AND {gone}")
    op.execute(f"DELETE FROM notice WHERE {gone}")
    _addressed("cardinality(organisation_ids) + cardinality(roles) > 0")
    op.drop_column("notice", "user_ids")
    op.drop_table("export_job")
