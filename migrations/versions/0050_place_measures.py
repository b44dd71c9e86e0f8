"""A place has its height, diameter or level as data; what labels say of the height in metres is kept as such.

Revision ID: 0050
Revises: 0049
"""

from alembic import op

from migrations.helpers import APP_ROLES, begin_change

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLES = ("capacity_place", "capacity_place_history")
ADDED = {"height_m": "numeric(12, 3)", "diameter_mm": "numeric(10, 1)", "level": "bigint"}
CHECKS = {
    "height": "height_m BETWEEN 0 AND 400 AND (height_m IS NULL OR unit IN ('position', 'level', 'cable'))",
    "diameter": "diameter_mm BETWEEN 1 AND 2000 AND (diameter_mm IS NULL OR unit IN ('bore', 'cable'))",
    "level": "level BETWEEN 1 AND 100 AND (level IS NULL OR unit = 'level')",
}
#: "Sàn 32 m", "Gá 28,5m": the first number of metres of a label.
METRES = r"([0-9]{1,3}(\.[0-9]{1,2})?)\s*m(?![[\:alnum\:]²])"
LEVEL = r"^tầng\s+(số\s+)?([0-9]{1,2})$"
BORE = r"(ø|phi|d)\s*([0-9]{2,3})(?![0-9])"


def _number(pattern: str, group: int) -> str:
    return f"(regexp_match(replace(lower(label), ',', '.'), '{pattern}'))[{group}]::numeric"


def upgrade() -> None:
    """Columns, their limits, and what the labels say so far."""
    for table in TABLES:
        for column, kind in ADDED.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    # The sums are the database's, so the roles may change named columns only.
    for role in APP_ROLES:
        op.execute(f"GRANT UPDATE ({', '.join(ADDED)}) ON capacity_place TO {role}")
    begin_change()
    height, diameter, level = (_number(*found) for found in ((METRES, 1), (BORE, 2), (LEVEL, 2)))
    op.execute(
        f"UPDATE capacity_place SET height_m = {height}"
        f" WHERE unit IN ('position', 'cable') AND {height} BETWEEN 0 AND 400"
    )
    op.execute(
        f"UPDATE capacity_place SET diameter_mm = {diameter} WHERE unit = 'bore' AND {diameter} BETWEEN 20 AND 300"
    )
    op.execute(f"UPDATE capacity_place SET level = {level} WHERE unit = 'level' AND {level} BETWEEN 1 AND 100")
    # What the triggers wait with until the end must be done before the table changes.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name, check in CHECKS.items():
        op.execute(f"ALTER TABLE capacity_place ADD CONSTRAINT ck_capacity_place_{name} CHECK ({check})")


def downgrade() -> None:
    """The labels alone."""
    for table in TABLES:
        for column in ADDED:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
