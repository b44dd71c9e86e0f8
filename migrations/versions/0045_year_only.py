"""Dates of which only the year is known.

Revision ID: 0045
Revises: 0044
"""

from alembic import op

from migrations.helpers import APP_ROLES, begin_change

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

ADDED = (
    ("structure", "built_year_only"),
    ("structure", "in_service_year_only"),
    ("cable_route", "installed_year_only"),
)
IN_ORDER = "in_service_on IS NULL OR built_on IS NULL OR in_service_on >= built_on"
IN_ONE_YEAR = "coalesce(in_service_year_only, false) AND date_part('year', in_service_on) = date_part('year', built_on)"


def _set_order(check: str) -> None:
    op.execute("ALTER TABLE structure DROP CONSTRAINT ck_structure_service_after_built")
    op.execute(f"ALTER TABLE structure ADD CONSTRAINT ck_structure_service_after_built CHECK ({check})")


def upgrade() -> None:
    """A flag for each date that lists give as a year; a year of service may be that of building."""
    for table, column in ADDED:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} ADD COLUMN {column} BOOLEAN")
    # Of structures, which hold the positions, the application may read only the columns that are named.
    names = ", ".join(column for table, column in ADDED if table == "structure")
    for table in ("structure", "structure_history"):
        op.execute(f"GRANT SELECT ({names}) ON {table} TO {', '.join(APP_ROLES)}")
    _set_order(f"{IN_ORDER} OR ({IN_ONE_YEAR})")


def downgrade() -> None:
    """Without the flags; a year of service before the day of building becomes that day."""
    begin_change()
    op.execute("UPDATE structure SET in_service_on = built_on WHERE in_service_on < built_on")
    _set_order(IN_ORDER)
    for table, column in ADDED:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} DROP COLUMN {column}")
