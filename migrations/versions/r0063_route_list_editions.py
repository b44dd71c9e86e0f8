"""Editions of route lists stay as they were issued; further fields of a street, also one without a line yet.

Revision ID: r0063
Revises: r0062
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import alter_versioned, begin_change, grant

revision = "r0063"
down_revision = "r0062"
branch_labels = None
depends_on = None

_COLUMNS = {
    "exception_reason": "TEXT",
    "side": "VARCHAR(40)",
    "priority": "VARCHAR(40)",
    "road_manager": "TEXT",
    "duct_m": "NUMERIC(12, 3)",
    "bores": "SMALLINT",
    "removed_cable_m": "NUMERIC(12, 3)",
    "cost_vnd": "NUMERIC(15, 0)",
    "funding": "VARCHAR(40)",
    "investor": "TEXT",
}
_CHECKS = {
    "street_side": "side IN ('both', 'left', 'right')",
    "priority": "priority IN ('high', 'medium', 'low')",
    "funding": "funding IN ('state', 'operators', 'mixed')",
    "placed": "state IN ('proposed', 'withdrawn') OR line IS NOT NULL",
    "line_given": "(line IS NULL) = (given_line IS NULL)",
}
_GIVEN = ("line", "given_line", "given_srid", "position_operation", "length_m")
_KINDS = ("new_build", "repair", "upgrade", "underground", "tidy")


def upgrade() -> None:
    op.create_table(
        "route_list_edition",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("route_list_id", sa.BigInteger, nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("decision_number", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_route_list_edition"),
        sa.ForeignKeyConstraint(
            ["route_list_id"], ["route_list.id"], name="fk_route_list_edition_route_list_id_route_list"
        ),
        sa.UniqueConstraint("route_list_id", "edition", name="uq_route_list_edition_route_list_id_edition"),
        sa.CheckConstraint("edition >= 1", name=op.f("ck_route_list_edition_edition")),
    )
    op.create_table(
        "route_edition_item",
        sa.Column("edition_id", sa.BigInteger, nullable=False),
        sa.Column("route_item_id", sa.BigInteger, nullable=False),
        sa.Column("commune_id", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("street_name", "from_place", "to_place")),
        sa.Column("work_kind", sa.String(40), nullable=False),
        sa.Column("is_urban", sa.Boolean, nullable=False),
        sa.Column("length_m", sa.Numeric(12, 3), nullable=False),
        sa.Column("line", Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "route_item_id", name="pk_route_edition_item"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_route_edition_item_{column}_{table}")
            for column, table in (
                ("edition_id", "route_list_edition"),
                ("route_item_id", "route_item"),
                ("commune_id", "admin_unit"),
            )
        ),
        sa.CheckConstraint(
            f"work_kind IN ({', '.join(repr(kind) for kind in _KINDS)})", name=op.f("ck_route_edition_item_work_kind")
        ),
    )
    for column in ("route_item_id", "commune_id"):
        op.create_index(f"ix_route_edition_item_{column}", "route_edition_item", [column])
    for table in ("route_list_edition", "route_edition_item"):
        grant(table, "SELECT", "INSERT")
    op.drop_constraint(op.f("ck_route_item_decision_if_agreed"), "route_item")
    for name, kind in _COLUMNS.items():
        alter_versioned("route_item", f"ADD COLUMN {name} {kind}")
    for name in _GIVEN:
        op.alter_column("route_item", name, nullable=True)
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_route_item_{name}"), "route_item", rule)
    op.drop_constraint(op.f("ck_route_list_issued_has_decision"), "route_list")
    op.create_check_constraint(
        op.f("ck_route_list_issued_has_decision"),
        "route_list",
        "(decision_number IS NULL) = (decided_on IS NULL) AND (state <> 'issued' OR decision_number IS NOT NULL)",
    )
    begin_change()
    # The decision of an edition stands in the remark of its paper; its streets were frozen with it.
    op.execute(r"""
        INSERT INTO route_list_edition (route_list_id, edition, decision_number, decided_on, issued_at)
        SELECT paper.subject_id, (paper.content->>'edition')::int, remark[1], to_date(remark[2], 'DD/MM/YYYY'),
               paper.issued_at
          FROM issued_paper paper JOIN route_list ON route_list.id = paper.subject_id,
               regexp_match(paper.content->'paper'->>'remark', 'số (.+) ngày (\d\d/\d\d/\d{4})') remark
         WHERE paper.subject_kind = 'routelist' AND paper.paper = 'list' AND remark IS NOT NULL
    """)
    op.execute("""
        INSERT INTO route_edition_item
        SELECT edition.id, item.id, (entry->>'commune_id')::bigint, entry->>'street_name', entry->>'from_place',
               entry->>'to_place', entry->>'work_kind', (entry->>'is_urban')::boolean,
               (entry->>'length_m')::numeric, item.line
          FROM route_list_edition edition
          JOIN issued_paper paper ON paper.subject_kind = 'routelist' AND paper.paper = 'list'
               AND paper.subject_id = edition.route_list_id AND (paper.content->>'edition')::int = edition.edition,
               jsonb_array_elements(paper.content->'rows') entry
          JOIN route_item item ON item.id = (entry->>'id')::bigint
    """)
    op.execute("""
        UPDATE route_list SET decision_number = edition.decision_number, decided_on = edition.decided_on
          FROM route_list_edition edition
         WHERE edition.route_list_id = route_list.id AND route_list.decision_number IS NULL
           AND edition.edition = (SELECT max(edition) FROM route_list_edition WHERE route_list_id = route_list.id)
    """)


def downgrade() -> None:
    begin_change()
    op.execute("UPDATE route_list SET decision_number = NULL, decided_on = NULL WHERE state <> 'issued'")
    op.execute("UPDATE route_item SET decision_number = NULL, decided_on = NULL WHERE state <> 'agreed'")
    # Streets without a line have no row in the tables before.
    op.execute("DELETE FROM route_item WHERE line IS NULL")
    op.drop_table("route_edition_item")
    op.drop_table("route_list_edition")
    op.drop_constraint(op.f("ck_route_list_issued_has_decision"), "route_list")
    op.create_check_constraint(
        op.f("ck_route_list_issued_has_decision"),
        "route_list",
        "(state = 'issued') = (decision_number IS NOT NULL) AND (state = 'issued') = (decided_on IS NOT NULL)",
    )
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_route_item_{name}"), "route_item")
    op.create_check_constraint(
        op.f("ck_route_item_decision_if_agreed"), "route_item", "decision_number IS NULL OR state = 'agreed'"
    )
    for name in _GIVEN:
        op.alter_column("route_item", name, nullable=False)
    for name in _COLUMNS:
        alter_versioned("route_item", f"DROP COLUMN {name}")
