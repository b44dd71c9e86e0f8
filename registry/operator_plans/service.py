"""The filing of a yearly plan: all rows of a file are taken, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Final

import shapely
from pyproj import Geod
from sqlalchemy import func, insert

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import LANGUAGES, _, _l, _n, in_language
from registry.kernel.text import fold, shown
from registry.kernel.units import M
from registry.kernel.uploaded_tables import Cells, read_table
from registry.operator_plans.commands import FilePlan
from registry.operator_plans.models import OperatorPlan, OperatorPlanItem
from registry.structures.codes import Status
from registry.structures.filtering.checks import SAME_PLACE
from registry.structures.filtering.filter import Near
from registry.structures.kinds import HOSTS
from registry.structures.models import WGS84
from registry.structures.nearby.nearest import nearest
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.models import UnitLevel
from registry.territory.queries import find_units, get_unit, point, unit_at

#: Kind of object in the audit log.
OPERATOR_PLAN: Final = "operator_plan"
#: Rows of one file.
MOST_ROWS: Final = 300
#: Sentences that are shown; all are counted.
_SHOWN: Final = 30
_TEXT: Final = 40
#: Points of one line.
_MOST_POINTS: Final = 200
_ELLIPSOID: Final = Geod(ellps="WGS84")
COLUMNS: Final = {
    "name": (_l("Tên công trình"), ("ten", "ten tram", "name")),
    "kind": (_l("Loại công trình"), ("loai", "kind")),
    "first": (_l("Vĩ độ hoặc X (m)"), ("vi do", "x", "latitude", "lat")),
    "second": (_l("Kinh độ hoặc Y (m)"), ("kinh do", "y", "longitude", "lon")),
    "points": (_l("Các điểm của tuyến"), ("tuyen", "cac diem", "points", "line")),
    "commune": (_l("Xã, phường"), ("xa", "phuong", "ten xa", "commune")),
    "height_m": (_l("Chiều cao (m)"), ("chieu cao", "do cao", "height")),
    "note": (_l("Ghi chú"), ("note",)),
}
_NEEDED: Final = ("name", "kind")
_NAME: Final = Field("name", COLUMNS["name"][0], max_length=200, required=True)
_NOTE: Final = Field("note", COLUMNS["note"][0], max_length=500)
_HEIGHT: Final = Field(
    "height_m", COLUMNS["height_m"][0], unit=M, minimum=Decimal(1), maximum=Decimal(350), python_type=Decimal
)
_NOT_BUILT: Final = (Status.PLANNED, Status.BUILDING)


def file_plan(ctx: Ctx, stream: BinaryIO, command: FilePlan) -> OperatorPlan:
    """File the plan of a year; Invalid (`file`) has a sentence for each wrong row, and nothing is written.

    Refused: a place outside of all communes, a commune that is not the one of the place, two rows at one place, a
    structure that stands already.
    """
    require(ctx, P.OPERATOR_PLAN_FILE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    _require_year(ctx, command.year)
    _columns, rows = read_table(stream, COLUMNS, _NEEDED, MOST_ROWS)
    return file_rows(ctx, rows, command)


def _require_year(ctx: Ctx, year: int) -> None:
    first, last = ctx.today.year, ctx.today.year + 1
    if not first <= year <= last:
        raise Invalid(
            {
                "year": _(
                    "Năm %(year)d ngoài khoảng; cần năm %(first)d hoặc %(last)d.", year=year, first=first, last=last
                )
            }
        )


def file_rows(ctx: Ctx, rows: Sequence[tuple[int, Cells]], command: FilePlan) -> OperatorPlan:
    """The same of rows with their numbers."""
    bounds = acceptance_bounds(ctx.session, ctx.today)
    metres = int(setting(ctx.session, SAME_PLACE, ctx.today))
    items: list[dict[str, Any]] = []
    wrong: list[str] = []
    for number, cells in rows:
        reasons: list[str] = []
        item = _read_row(ctx, cells, command, bounds, reasons)
        if item is not None and not reasons:
            reasons += _conflicts(ctx, item, items, metres)
            items.append(item | {"row_number": number})
        wrong += [_("Dòng %(row)d: %(reason)s", row=number, reason=reason) for reason in reasons]
    if wrong:
        more = len(wrong) - _SHOWN
        rest = [_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more)] if more > 0 else []
        raise Invalid({"file": [*wrong[:_SHOWN], *rest]})
    plan = OperatorPlan(
        organisation_id=ctx.actor.organisation_id,
        year=command.year,
        filed_at=ctx.now,
        filed_by_id=ctx.actor.id,
        file_name=command.file_name,
    )
    ctx.session.add(plan)
    ctx.session.flush()
    ctx.session.execute(insert(OperatorPlanItem).values([_row_of(plan, item) for item in items]))
    record(ctx, f"{OPERATOR_PLAN}.file", OPERATOR_PLAN, plan.id, year=plan.year, rows=len(items))
    return plan


def _read_row(
    ctx: Ctx, cells: Mapping[str, str], command: FilePlan, bounds: Bounds, reasons: list[str]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for field in (_NAME, _HEIGHT, _NOTE):
        text = cells.get(field.name, "")
        try:
            values[field.name] = parse_value(field, text)
        except ValueRefused as refused:
            reasons.append(
                _(
                    "%(column)s “%(value)s”: %(reason)s",
                    column=field.label,
                    value=shown(text)[:_TEXT],
                    reason=str(refused),
                )
            )
    kind = _kinds().get(fold(cells.get("kind", "")))
    if kind is None:
        labels = "; ".join(str(each.label) for each in HOSTS.values())
        reasons.append(
            _(
                "không có loại công trình “%(name)s”; cần một trong: %(all)s.",
                name=shown(cells.get("kind", ""))[:_TEXT],
                all=labels,
            )
        )
    line = _line(cells, command, bounds, reasons)
    if not line and cells.get("points", "").strip():
        return None
    position = line[0] if line else _position(cells, command, bounds, reasons)
    if position is None:
        return None
    hit = unit_at(ctx.session, position.lon, position.lat, UnitLevel.COMMUNE, ctx.today)
    unit = get_unit(ctx.session, hit.id) if hit is not None else None
    if unit is None:
        reasons.append(_("vị trí không thuộc xã, phường nào của tỉnh; hãy kiểm tra lại tọa độ."))
        return None
    stated = cells.get("commune", "").strip()
    if stated and unit.id not in {each.id for each in find_units(ctx.session, stated, UnitLevel.COMMUNE, ctx.today)}:
        reasons.append(_commune_problem(ctx, stated, unit.name))
    points = [(point_of_line.lon, point_of_line.lat) for point_of_line in line]
    return values | {"kind": kind, "lon": position.lon, "lat": position.lat, "unit_id": unit.id, "points": points}


def _commune_problem(ctx: Ctx, stated: str, name: str) -> str:
    former = find_units(ctx.session, stated, UnitLevel.COMMUNE)
    standing = find_units(ctx.session, stated, UnitLevel.COMMUNE, ctx.today)
    if former and not standing:
        return _(
            "“%(stated)s” đã kết thúc theo sắp xếp đơn vị hành chính; vị trí nay thuộc “%(now)s”, hãy ghi tên này.",
            stated=shown(stated)[:_TEXT],
            now=name,
        )
    return _(
        "ghi “%(stated)s” nhưng vị trí thuộc “%(now)s”; hãy sửa tên xã, phường hoặc tọa độ.",
        stated=shown(stated)[:_TEXT],
        now=name,
    )


def _position(cells: Mapping[str, str], command: FilePlan, bounds: Bounds, reasons: list[str]) -> ParsedPosition | None:
    pair = cells.get("first", "").strip(), cells.get("second", "").strip()
    if not all(pair):
        reasons.append(_("thiếu tọa độ; cần cả hai cột tọa độ."))
        return None
    try:
        return parse_position(pair, command.system, bounds=bounds)
    except PositionRefused as refused:
        reasons.append(refused.message)
        return None


def _line(cells: Mapping[str, str], command: FilePlan, bounds: Bounds, reasons: list[str]) -> Sequence[ParsedPosition]:
    """The points of a planned line, from its start; empty for a row with one place, or a refused one."""
    text = cells.get("points", "").strip()
    if not text:
        return []
    parts = [part.strip() for part in re.split(r"[;|\n]", text) if part.strip()]
    if any(cells.get(name, "").strip() for name in ("first", "second")):
        reasons.append(_("có cả tọa độ và các điểm của tuyến; chỉ ghi một trong hai."))
    elif not 1 < len(parts) <= _MOST_POINTS:
        reasons.append(
            _(
                "tuyến có %(count)d điểm; cần từ 2 đến %(most)d điểm cách nhau bằng dấu chấm phẩy hoặc |.",
                count=len(parts),
                most=_MOST_POINTS,
            )
        )
    else:
        try:
            line = [parse_position(part, command.system, bounds=bounds) for part in parts]
        except PositionRefused as refused:
            reasons.append(refused.message)
        else:
            if len({(each.lon, each.lat) for each in line}) > 1:
                return line
            reasons.append(_("các điểm của tuyến trùng nhau; cần ít nhất hai điểm khác nhau."))
    return []


def _kinds() -> dict[str, str]:
    """Folded code and label in each language, with and without what stands in brackets -> code of a kind."""
    names: dict[str, str] = {}
    for code, kind in HOSTS.items():
        labels = [in_language(kind.label, language) for language in LANGUAGES]
        spellings = (code, *labels, *(label.partition(" (")[0] for label in labels))
        names |= dict.fromkeys(map(fold, spellings), code)
    return names


def _conflicts(ctx: Ctx, item: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], metres: int) -> list[str]:
    """What stands in the way of a row: a row before it at its place, or a structure that the operator sees there."""
    twin = next((row for row in earlier if _is_same_place(row, item, metres)), None)
    if twin is not None:
        return [
            _(
                "trùng loại và vị trí với dòng %(row)d (cách không quá %(metres)d m); hãy bỏ một dòng.",
                row=twin["row_number"],
                metres=metres,
            )
        ]
    near = nearest(ctx, Near(item["lon"], item["lat"], metres), item["kind"], limit=5, what="operator plan")
    standing = next((row for row in near if row.status not in _NOT_BUILT), None)
    if standing is None:
        return []
    return [
        _(
            "vị trí đã có %(code)s “%(name)s” trong cơ sở dữ liệu; hãy bỏ dòng này hoặc đề nghị dùng chung.",
            code=standing.code,
            name=standing.name,
        )
    ]


def _is_same_place(row: Mapping[str, Any], item: Mapping[str, Any], metres: int) -> bool:
    return row["kind"] == item["kind"] and _metres(row, item) <= metres


def _metres(row: Mapping[str, Any], item: Mapping[str, Any]) -> float:
    _azimuth, _back, metres = _ELLIPSOID.inv(row["lon"], row["lat"], item["lon"], item["lat"])
    return float(metres)


def _row_of(plan: OperatorPlan, item: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: item[name] for name in ("row_number", "kind", "name", "unit_id", "height_m", "note")}
    line = None
    if item["points"]:
        line = func.ST_GeomFromText(shapely.to_wkt(shapely.LineString(item["points"]), rounding_precision=7), WGS84)
    return values | {"plan_id": plan.id, "place_point": point(item["lon"], item["lat"]), "line": line}
