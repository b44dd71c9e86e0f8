"""Which commune each row lies in, by a join on the pieces of the units, and whether it lies in the province at all."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, MetaData, Table, text

from registry.imports.checking.frame import Frame
from registry.imports.checking.stated import compare_stated
from registry.kernel.i18n import _

#: The same order as the function `unit_at` has: an official outline first, on a shared border the lowest code.
_LOCATE: Final = text(
    "INSERT INTO check_commune (number, commune_id)"
    " SELECT DISTINCT ON (inside.number) inside.number, unit.id"
    "  FROM admin_unit unit JOIN admin_unit_piece piece ON piece.unit_id = unit.id"
    "  CROSS JOIN LATERAL (SELECT place.number FROM check_place place"
    "   WHERE ST_Covers(piece.geom, place.middle) OFFSET 0) inside"
    " WHERE unit.level = 'commune' AND coalesce(unit.valid_from, '-infinity') <= :day"
    "  AND coalesce(unit.valid_to, 'infinity') >= :day"
    " ORDER BY inside.number, unit.extent_quality = 'official' DESC, unit.code, unit.id"
)
#: How far beyond the border is said of places that lie near it.
_TELL_OUTSIDE: Final = text(
    "INSERT INTO check_trouble (number, field, reason, blocks)"
    " SELECT outside.number, :field, CASE WHEN outside.metres IS NULL THEN :far"
    "  ELSE replace(:near, :mark, round(outside.metres)::text) END, :blocks FROM ("
    "  SELECT place.number, (SELECT min(ST_Distance(ST_Transform(piece.geom, 5897), ST_Transform(place.middle, 5897)))"
    "   FROM admin_unit_piece piece JOIN admin_unit unit ON unit.id = piece.unit_id AND unit.level = 'province'"
    "    AND unit.valid_to IS NULL WHERE piece.geom && ST_Expand(place.middle, :degrees)) AS metres"
    "  FROM check_place place LEFT JOIN check_commune found ON found.number = place.number"
    "  WHERE found.commune_id IS NULL) outside"
)
#: So near the border a place may well be meant to lie inside.
_NEAR_DEGREES: Final = 0.02
_MARK: Final = "{m}"
COMMUNES: Final = Table(
    "check_commune",
    MetaData(),
    Column("number", BigInteger),
    Column("commune_id", BigInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def find_communes(frame: Frame, stage: Table) -> None:
    """Fill `check_commune`; tell of rows outside the province, unknown names, and rows far from what they state."""
    run = frame.ctx.session.execute
    frame.create(COMMUNES)
    run(text("CREATE INDEX ON check_place USING gist (middle)"))
    run(_LOCATE, {"day": frame.ctx.today})
    frame.settle(COMMUNES)
    _tell_outside(frame)
    compare_stated(frame, stage)


def _tell_outside(frame: Frame) -> None:
    """Rows outside the province: refused, or remarked on where places outside are allowed."""
    if frame.plan.outside_area:
        far = _("Vị trí nằm ngoài địa bàn tỉnh; lô nhập cho phép, công trình sẽ không có xã, phường.")
        near = _(
            "Vị trí nằm ngoài địa bàn tỉnh, cách ranh giới %(metres)s m; lô nhập cho phép, hãy kiểm tra lại tọa độ.",
            metres=_MARK,
        )
    else:
        far = _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
        near = _(
            "Vị trí nằm ngoài địa bàn tỉnh, cách ranh giới %(metres)s m; hãy kiểm tra lại tọa độ và hệ tọa độ.",
            metres=_MARK,
        )
    values = {"far": far, "near": near, "mark": _MARK, "degrees": _NEAR_DEGREES}
    values |= {"field": frame.place_fields[0], "blocks": not frame.plan.outside_area}
    frame.ctx.session.execute(_TELL_OUTSIDE, values)
