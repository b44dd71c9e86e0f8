"""Tables of the features territory and streets.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from migrations.helpers import create_history, grant, run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LEVELS = ("province", "district", "commune")
KINDS = ("tinh", "huyen", "thi_xa", "thanh_pho", "xa", "phuong", "thi_tran")
QUALITIES = ("official", "approximate", "none")
SUCCESSIONS = ("whole_merge", "partial_split", "rename", "abolish")
ROADS = (
    "national",
    "expressway",
    "provincial",
    "district",
    "commune",
    "urban",
    "special",
    "other",
)


def upgrade() -> None:
    _units()
    _successions()
    _pieces()
    _streets()
    run_sql("0002_territory.sql")


def _one_of(table: str, column: str, name: str, codes: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{code}'" for code in codes)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{name}"))


def _extent(shape: str) -> Geometry:
    return Geometry(shape, srid=4326, spatial_index=False)


def _units() -> None:
    columns = (
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent_id", sa.BigInteger),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("legal_basis", sa.Text),
        sa.Column("older_names", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("extent_quality", sa.String(40), nullable=False),
        sa.Column("geom", _extent("MULTIPOLYGON")),
    )
    op.create_table(
        "admin_unit",
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["admin_unit.id"],
            name=op.f("fk_admin_unit_parent_id"),
            ondelete="RESTRICT",
        ),
        _one_of("admin_unit", "level", "unit_level", LEVELS),
        _one_of("admin_unit", "kind", "unit_kind", KINDS),
        _one_of("admin_unit", "extent_quality", "extent_quality", QUALITIES),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_admin_unit_dates")),
        sa.CheckConstraint(
            "(geom IS NULL) = (extent_quality = 'none')",
            name=op.f("ck_admin_unit_extent"),
        ),
        ExcludeConstraint(
            ("level", "="),
            ("code", "="),
            (sa.literal_column("daterange(valid_from, valid_to, '[]')"), "&&"),
            name=op.f("ex_admin_unit_code_once_a_day"),
            using="gist",
        ),
    )
    op.create_index("ix_admin_unit_parent_id", "admin_unit", ["parent_id"])
    op.create_index("ix_admin_unit_code", "admin_unit", ["code"])
    create_history("admin_unit", *columns)
    grant("admin_unit")


def _successions() -> None:
    columns = (
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("predecessor_id", sa.BigInteger, nullable=False),
        sa.Column("successor_id", sa.BigInteger),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("legal_basis", sa.Text),
    )
    op.create_table(
        "admin_succession",
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_succession")),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["admin_unit.id"],
                name=op.f(f"fk_admin_succession_{column}"),
                ondelete="RESTRICT",
            )
            for column in ("predecessor_id", "successor_id")
        ),
        _one_of("admin_succession", "kind", "succession_kind", SUCCESSIONS),
        sa.CheckConstraint(
            "(kind = 'abolish') = (successor_id IS NULL)",
            name=op.f("ck_admin_succession_successor"),
        ),
        sa.CheckConstraint(
            "predecessor_id <> successor_id",
            name=op.f("ck_admin_succession_not_itself"),
        ),
    )
    op.create_index(
        "uq_admin_succession_pair",
        "admin_succession",
        ["predecessor_id", "successor_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_admin_succession_successor_id", "admin_succession", ["successor_id"])
    create_history("admin_succession", *columns)
    grant("admin_succession")


def _pieces() -> None:
    op.create_table(
        "admin_unit_piece",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("geom", _extent("POLYGON"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit_piece")),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["admin_unit.id"],
            name=op.f("fk_admin_unit_piece_unit_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_admin_unit_piece_unit_id", "admin_unit_piece", ["unit_id"])
    op.create_index(
        "ix_admin_unit_piece_geom",
        "admin_unit_piece",
        ["geom"],
        postgresql_using="gist",
    )
    grant("admin_unit_piece", "SELECT")


def _streets() -> None:
    columns = (
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("road_class", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.BigInteger),
    )
    op.create_table(
        "street",
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["admin_unit.id"],
            name=op.f("fk_street_unit_id"),
            ondelete="RESTRICT",
        ),
        _one_of("street", "road_class", "road_class", ROADS),
    )
    op.create_index(
        "uq_street_name_unit",
        "street",
        ["name", "unit_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_street_unit_id", "street", ["unit_id"])
    create_history("street", *columns)
    grant("street")


def downgrade() -> None:
    for table in ("street", "admin_unit_piece", "admin_succession", "admin_unit"):
        op.execute(f"DROP TABLE {table} CASCADE")
    for table in ("street", "admin_succession", "admin_unit"):
        op.execute(f"DROP TABLE {table}_history")
    for function in (
        "commune_at(geometry, date)",
        "unit_at(geometry, text, date)",
        "refresh_unit_pieces()",
    ):
        op.execute(f"DROP FUNCTION {function}")
