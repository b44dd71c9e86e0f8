"""Structures of nine kinds, their capacity, who may read positions, and the dated limits of their rules.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from migrations.helpers import APP_ROLES, grant, mirror_history, run_sql, seed_settings

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    "antenna_tower",
    "site_house",
    "cable_pole",
    "pole_line",
    "power_pole_shared",
    "manhole",
    "cable_duct",
    "technical_trench",
    "technical_tunnel",
)
PROTECTED = ("geom", "geom_m", "given_position")
READER = "registry_position_reader"
#: What the role that reads positions needs besides structures, to join and to filter.
JOINED = (
    "organisation",
    "organisation_alias",
    "admin_unit",
    "admin_unit_piece",
    "street",
    "capacity_place",
    "dated_setting",
)

SETTINGS = (
    ("position.coarse_grid_m", "2000-01-01", 1000, "Quy ước của hệ thống, chưa có văn bản", True),
    ("province.code_prefix", "2000-01-01", "THA", "Quy ước của hệ thống", False),
    (
        "province.acceptance_box",
        "2000-01-01",
        {"west": 104.37, "south": 19.28, "east": 106.08, "north": 20.68},
        "Tính từ phạm vi tỉnh Thanh Hóa; thay bằng ranh giới xã khi có",
        True,
    ),
    ("structure.same_place_m", "2000-01-01", 20, "Quy ước của hệ thống", True),
    (
        "structure.stated_commune_tolerance_m",
        "2000-01-01",
        {"official": 50, "approximate": 5000},
        "Quy ước của hệ thống",
        True,
    ),
    (
        "tower.non_bulky",
        "2016-08-15",
        {"max_height_m": 3, "max_share_pct": 20, "max_half_width_m": 0.5},
        "TTLT 15/2016/TTLT-BTTTT-BXD",
        True,
    ),
    ("pole.clearance_m", "2019-01-01", {"road": 5.5, "lane": 4.5}, "QCVN 33:2019/BTTTT, bảng khoảng cách", True),
)


def upgrade() -> None:
    """Tables first, then what the database itself keeps true, then rights, then the settings."""
    for name in ("0005_structure.sql", "0005_kinds.sql", "0005_capacity.sql", "0005_rules.sql"):
        run_sql(name)
    for table in ("structure", *KINDS, "capacity_place", "capacity_entry"):
        mirror_history(table)
    _grant_structures()
    for table in KINDS:
        grant(table)
    for table in (*KINDS, "capacity_place", "capacity_entry"):
        grant(f"{table}_history", "SELECT")
        op.execute(f"GRANT SELECT ON {table}, {table}_history TO {READER}")
    grant("capacity_entry")
    for role in APP_ROLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE (label, unit, total, organisation_id) ON capacity_place TO {role}")
        op.execute(f"GRANT USAGE ON SEQUENCE structure_code_seq TO {role}")
    for table in JOINED:
        op.execute(f"GRANT SELECT ON {table} TO {READER}")
    seed_settings(SETTINGS)


def _grant_structures() -> None:
    """The application writes positions but reads them only as the role of the position module."""
    for table in ("structure", "structure_history"):
        op.execute(f"GRANT SELECT ON {table} TO {READER}")
        names = op.get_bind().exec_driver_sql(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
            f" WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
            f" AND attname NOT IN {PROTECTED}"
        )
        columns = names.scalar_one()
        for role in APP_ROLES:
            op.execute(f"GRANT SELECT ({columns}) ON {table} TO {role}")
    grant("structure", "INSERT", "UPDATE")


def downgrade() -> None:
    """Everything of this revision, the settings included."""
    for table in ("capacity_entry", "capacity_place", "cable_duct", *KINDS, "structure"):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")
    for name in (
        "keep_coarse_position()",
        "refuse_real_deletion()",
        "add_capacity()",
        "move_capacity()",
        "take_capacity()",
        "coarse_cells(geometry, double precision)",
        "coarse_grid_m()",
    ):
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP SEQUENCE structure_code_seq")
    keys = ", ".join(f"'{row[0]}'" for row in SETTINGS)
    op.execute(
        "SELECT set_config('registry.now', now()::text, true), set_config('registry.effective_at', now()::text, true),"
        " set_config('registry.change_id', nextval('change_id_seq')::text, true)"
    )
    op.execute(f"DELETE FROM dated_setting WHERE key IN ({keys})")
