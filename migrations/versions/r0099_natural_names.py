"""Names of streets and villages in Vietnamese order, their numbers by value.

Revision ID: r0099
Revises: r0098
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0099"
down_revision = "r0098"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("street", "name", True),
    ("village", "name", True),
    ("route_item", "street_name", True),
    ("route_item", "title", True),
    ("route_edition_item", "street_name", False),
)


def _collate(collation: str) -> None:
    for table, column, is_versioned in _COLUMNS:
        change = f'ALTER COLUMN {column} TYPE text COLLATE "{collation}"'
        if is_versioned:
            alter_versioned(table, change)
        else:
            op.execute(f"ALTER TABLE {table} {change}")


def upgrade() -> None:
    begin_change()
    op.execute("CREATE COLLATION vi_natural (provider = icu, locale = 'vi-u-kn-true')")
    _collate("vi_natural")


def downgrade() -> None:
    begin_change()
    _collate("default")
    op.execute("DROP COLLATION vi_natural")
