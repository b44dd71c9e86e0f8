"""Screening at filing: what structures bear, what occupants take, what was said of a request when it was sent.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

SIZE, SMALL, FORCE, WORD = sa.Numeric(12, 3), sa.Numeric(10, 1), sa.Numeric(12, 1), sa.String(40)
#: Table -> its new columns, and the checks that hold them.
COLUMNS = {
    "cable_duct": (("bore_inner_diameter_mm", SMALL),),
    "cable_pole": (("rated_top_load_n", FORCE),),
    "power_pole_shared": (
        ("setting_depth_m", SIZE),
        ("pole_role", WORD),
        ("rated_top_load_n", FORCE),
        ("lowest_power_line_m", SIZE),
    ),
    "antenna_tower": (("rated_area_m2", SIZE), ("rated_area_height_m", SIZE)),
    "technical_trench": (("tray_width_mm", SMALL), ("tray_rated_kg_m", SIZE)),
    "technical_tunnel": (("tray_width_mm", SMALL), ("tray_rated_kg_m", SIZE)),
    "cable_route": (("outer_diameter_mm", SMALL), ("mass_kg_m", SIZE)),
    "capacity_entry": (
        ("cable_diameter_mm", SMALL),
        ("attach_height_m", SIZE),
        ("exposed_area_m2", SIZE),
        ("tray_width_mm", SMALL),
        ("load_kg_m", SIZE),
    ),
    "colocation_item": (
        ("exposed_area_m2", SIZE),
        ("azimuth_deg", sa.Numeric()),
        ("feeders", sa.BigInteger()),
        ("fibre_count", sa.BigInteger()),
        ("sub_duct_diameter_mm", SMALL),
        ("cable_mass_kg_m", SIZE),
        ("span_m", SIZE),
        ("tension_n", FORCE),
        ("crosses", WORD),
        ("tray_width_mm", SMALL),
    ),
}
CHECKS = (
    ("cable_duct", "inner_diameter", "bore_inner_diameter_mm BETWEEN 5 AND 2000"),
    ("cable_pole", "rated_top_load", "rated_top_load_n > 0"),
    ("power_pole_shared", "depth_below_length", "setting_depth_m < length_m"),
    ("power_pole_shared", "rated_top_load", "rated_top_load_n > 0"),
    ("power_pole_shared", "pole_role", "pole_role IN ('straight', 'corner', 'crossing', 'end')"),
    ("antenna_tower", "rated_area", "rated_area_m2 > 0 AND rated_area_height_m > 0"),
    ("technical_trench", "tray_width", "tray_width_mm > 0"),
    ("technical_trench", "tray_rated", "tray_rated_kg_m > 0"),
    ("technical_tunnel", "tray_width", "tray_width_mm > 0"),
    ("technical_tunnel", "tray_rated", "tray_rated_kg_m > 0"),
    ("cable_route", "size", "outer_diameter_mm > 0 AND mass_kg_m > 0"),
    (
        "capacity_entry",
        "loads",
        "cable_diameter_mm >= 0 AND attach_height_m >= 0 AND exposed_area_m2 >= 0 AND tray_width_mm >= 0"
        " AND load_kg_m >= 0",
    ),
    (
        "colocation_item",
        "span_over",
        "crosses IN ('road', 'lane', 'railway_station', 'railway_line', 'roof', 'nothing')",
    ),
)
_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
#: Every figure is to be verified. None of them comes from a text of the province.
SETTINGS = (
    (
        "screening.duct",
        "2000-01-01",
        {"fill_pct": 40, "wall_mm": 5},
        "Thông lệ luồn cáp lấy từ hướng dẫn ngành điện (NEC, chương 9, bảng 1: 40 % khi có trên hai cáp), không phải "
        "quy định viễn thông; bề dày thành ống theo ống PVC D110 thường dùng",
        True,
    ),
    (
        "screening.pole",
        "2000-01-01",
        {
            "wind_pa": 1250,
            "drag": 1.2,
            "fits_pct": 70,
            "most_pct": 100,
            "top_offset_m": 0.25,
            "gravity_mps2": 9.81,
        },
        "Áp lực gió 125 daN/m² (vùng III, QCVN 02:2022/BXD), hệ số cản 1,2 của dây tròn, lực đầu cột đặt cách đỉnh "
        "0,25 m (TCVN 5847:2016); mức 70 % là quy ước của hệ thống",
        True,
    ),
    (
        "pole.power_distance_m",
        "2000-01-01",
        {"steps": [{"up_to_kv": 1, "m": 1.25}, {"up_to_kv": 35, "m": 3}]},
        "QCVN 33:2019/BTTTT, cáp viễn thông treo chung cột điện lực (ghi theo trí nhớ, phải đối chiếu)",
        True,
    ),
    ("screening.tower", "2000-01-01", {"area_pct": 100, "separation_m": 1}, _CONVENTION, True),
    ("screening.tray", "2000-01-01", {"width_pct": 100, "load_pct": 100}, _CONVENTION, True),
)
#: Beside road and lane, which the rules of poles know already.
CLEARANCES = '{"railway_station": 7.5, "railway_line": 6.5, "roof": 1, "nothing": 0}'


def upgrade() -> None:
    """Empty columns: what nobody declared is unknown, and the unknown never fits."""
    for table, columns in COLUMNS.items():
        for name, kind in columns:
            for each in (table, f"{table}_history"):
                op.add_column(each, sa.Column(name, kind))
    for table, name, rule in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")
    run_sql("0040_screening.sql")
    mirror_history("colocation_screening")
    grant("colocation_screening", "SELECT", "INSERT")
    grant("colocation_screening_history", "SELECT")
    seed_settings(SETTINGS)
    _set_clearances(f"value || CAST('{CLEARANCES}' AS jsonb)")


def downgrade() -> None:
    """What was said of requests goes with its table; the history of the settings stays."""
    begin_change()
    _set_clearances("value - ARRAY['railway_station', 'railway_line', 'roof', 'nothing']")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'screening.%' OR key LIKE 'pole.power_distance_m%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'pole.clearance_m@%'")
    op.execute("DROP TABLE colocation_screening, colocation_screening_history")
    for table, name, _rule in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table, columns in COLUMNS.items():
        for name, _kind in columns:
            for each in (table, f"{table}_history"):
                op.drop_column(each, name)


def _set_clearances(value: str) -> None:
    op.execute(f"UPDATE dated_setting SET value = {value} WHERE key = 'pole.clearance_m'".replace(":", r"\:"))
