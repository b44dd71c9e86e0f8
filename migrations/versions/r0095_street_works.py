"""Works in streets that their owners announce, and which owners are notified of them.

Revision ID: r0095
Revises: r0094
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0095"
down_revision = "r0094"
branch_labels = None
depends_on = None

_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "described": (
        "char_length(btrim(work)) > 0 AND char_length(btrim(contact_name)) > 0"
        " AND char_length(btrim(contact_phone)) > 0"
    ),
    "days": "ends_on >= starts_on AND finished_on >= started_on",
    "dug": "is_dug OR num_nonnulls(width_m, depth_m) = 0",
    "measures": "width_m > 0 AND depth_m > 0",
    "started": "state NOT IN ('in_work', 'finished') OR started_on IS NOT NULL",
    "finished": "(state = 'finished') = (finished_on IS NOT NULL)",
    "ends": "(from_place IS NULL) = (to_place IS NULL)",
    "placed": "ST_IsValid(shape) AND NOT ST_IsEmpty(shape)",
    "street_work_state": "state IN ('announced', 'postponed', 'in_work', 'finished', 'cancelled')",
    "street_work_kind": "kind IN ('road', 'power', 'lighting', 'water', 'drainage', 'other')",
}


def upgrade() -> None:
    begin_change()
    text, moment = sa.Text, sa.DateTime(timezone=True)
    op.create_table(
        "street_work",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("number", text, unique=True),
        sa.Column("title", text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("state_since", moment, nullable=False),
        sa.Column("due_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id"), nullable=False),
        sa.Column("street_id", sa.BigInteger, sa.ForeignKey("street.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("work", text, nullable=False),
        sa.Column("from_place", text),
        sa.Column("to_place", text),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("is_dug", sa.Boolean, nullable=False),
        sa.Column("width_m", sa.Numeric(5, 2)),
        sa.Column("depth_m", sa.Numeric(5, 2)),
        sa.Column("contact_name", text, nullable=False),
        sa.Column("contact_phone", text, nullable=False),
        sa.Column("note", text),
        sa.Column("shape", Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False),
        sa.Column("started_on", sa.Date),
        sa.Column("finished_on", sa.Date),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_street_work_{name}")) for name, rule in _CHECKS.items()),
    )
    op.create_index(
        "uq_street_work_open",
        "street_work",
        ["organisation_id", "work", "starts_on"],
        unique=True,
        postgresql_where="state IN ('announced', 'postponed', 'in_work')",
    )
    op.create_index("ix_street_work_unit_id_state", "street_work", ["unit_id", "state"])
    op.create_index("ix_street_work_street_id", "street_work", ["street_id"])
    op.create_index("ix_street_work_state_ends_on", "street_work", ["state", "ends_on"])
    op.create_index("ix_street_work_shape", "street_work", ["shape"], postgresql_using="gist")
    op.execute(
        "CREATE INDEX ix_street_work_words ON street_work"
        " USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops)"
    )
    grant("street_work")
    mirror_history("street_work")
    # Notices go to the owners of what stands along the line: one statement with exact positions.
    op.execute("GRANT SELECT ON street_work TO registry_position_reader")
    # A street of a list can name the announced works that it is done together with.
    op.create_table(
        "route_street_work",
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), primary_key=True),
        sa.Column("street_work_id", sa.BigInteger, sa.ForeignKey("street_work.id"), primary_key=True),
        sa.Column("linked_at", moment, nullable=False),
        sa.Column("linked_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
    )
    op.create_index("ix_route_street_work_street_work_id", "route_street_work", ["street_work_id"])
    grant("route_street_work", "SELECT", "INSERT", "DELETE")
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('street_work.notice_m', '2000-01-01', '30', 'Ước tính nội bộ: bề rộng đường và sai số vị trí', true)"
    )


def downgrade() -> None:
    """Works go with their clocks and setting; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'street_work'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'street_work.%'")
    op.drop_table("route_street_work")
    op.drop_table("street_work_history")
    op.drop_table("street_work")
