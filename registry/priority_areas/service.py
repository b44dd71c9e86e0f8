"""Writes of areas; each with its audit record."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Final

import shapely
from sqlalchemy import func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, _n, format_date
from registry.kernel.text import shown
from registry.kernel.uploaded_tables import read_features, read_shapes
from registry.priority_areas.commands import ImportAreas, SaveArea
from registry.priority_areas.models import PriorityArea
from registry.priority_areas.queries import AREA, get_area
from registry.priority_areas.rules import (
    COLUMNS,
    MOST_AREAS,
    NEEDED,
    ReadArea,
    area_problem,
    doubled,
    is_point,
    read_area,
)
from registry.priority_areas.settings import DISTANCES
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.writing.locate import acceptance_bounds

#: Sentences on wrong features that are shown; all are counted.
_SHOWN: Final = 30


def save_area(ctx: Ctx, command: SaveArea, stream: BinaryIO | None) -> PriorityArea:
    """Add or change an area with a point or the borders of a file; Invalid names every wrong field.

    A change without a new place keeps the former one; Conflict if another user changed it meanwhile.
    """
    require(ctx, P.PRIORITY_AREA_KEEP)
    is_new = command.area_id is None
    area = PriorityArea(version=1) if command.area_id is None else _locked(ctx, command.area_id, command.version)
    problems = _day_problem(command.values)
    if stream is not None and command.position is not None:
        problems["file"] = _("Khu vực đã có vị trí nhập bằng tọa độ; chỉ nhập tọa độ hoặc chọn tệp.")
    elif is_new and stream is None and command.position is None:
        problems["position"] = _("Chưa nhập vị trí; cần tọa độ của một điểm hoặc tệp ranh giới của khu vực.")
    if problems:
        raise Invalid(problems)
    shape = _read_borders(ctx, stream) if stream is not None else _point_of(command)
    for name, value in command.values.items():
        setattr(area, name, value)
    _refuse_overlap(ctx, area)
    if shape is not None:
        _place(ctx, area, shape)
    if is_new:
        ctx.session.add(area)
    else:
        area.version += 1
    ctx.session.flush()
    record(ctx, f"{AREA}.{'add' if is_new else 'edit'}", AREA, area.id, name=area.name)
    return area


def import_areas(ctx: Ctx, command: ImportAreas, stream: BinaryIO) -> int:
    """Add the areas of a file, all or none; how many. Invalid (`file`) has a sentence for each wrong feature."""
    require(ctx, P.PRIORITY_AREA_KEEP)
    problems = _day_problem(command.values)
    if problems:
        raise Invalid(problems)
    inside = _province(ctx)
    areas: list[tuple[int, ReadArea]] = []
    wrong: list[str] = []
    for number, cells, shape in read_features(stream, COLUMNS, NEEDED, MOST_AREAS):
        area, reasons = read_area(cells, shape, inside)
        wrong += [_("Đối tượng %(row)d: %(reason)s", row=number, reason=reason) for reason in reasons]
        if area is not None:
            areas.append((number, area))
    wrong += doubled(areas)
    rows = []
    for number, read in areas:
        row = PriorityArea(version=1, kind=read.kind, name=read.name, **command.values)
        try:
            _refuse_overlap(ctx, row)
        except Invalid as refused:
            wrong += [_("Đối tượng %(row)d: %(reason)s", row=number, reason=sentence) for sentence in refused.sentences]
        _place(ctx, row, read.shape)
        rows.append(row)
    if wrong:
        more = len(wrong) - _SHOWN
        rest = [_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more)] if more > 0 else []
        raise Invalid({"file": [*wrong[:_SHOWN], *rest]})
    ctx.session.add_all(rows)
    ctx.session.flush()
    for row in rows:
        record(ctx, f"{AREA}.add", AREA, row.id, name=row.name)
    return len(rows)


def _locked(ctx: Ctx, area_id: int, version: int | None) -> PriorityArea:
    area = get_area(ctx, area_id)
    ctx.session.execute(select(PriorityArea.id).where(PriorityArea.id == area.id).with_for_update())
    ctx.session.refresh(area)
    if area.version != version:
        raise Conflict(_("“%(name)s” đã được người khác sửa sau khi mở trang; hãy đọc lại.", name=area.name))
    return area


def _day_problem(values: Any) -> dict[str, Any]:
    first, last = values["valid_from"], values["valid_to"]
    if last is None or last >= first:
        return {}
    sentence = _(
        "“Đến hết ngày” là %(last)s, trước “Áp dụng từ ngày” %(first)s.",
        last=format_date(last),
        first=format_date(first),
    )
    return {"valid_to": sentence}


def _refuse_overlap(ctx: Ctx, area: PriorityArea) -> None:
    """Invalid for days on which another area of this kind has the name."""
    days = func.daterange(area.valid_from, area.valid_to, "[]")
    query = select(PriorityArea.valid_from).where(
        PriorityArea.kind == area.kind,
        func.fold(PriorityArea.name) == func.fold(area.name),
        func.daterange(PriorityArea.valid_from, PriorityArea.valid_to, "[]").op("&&")(days),
    )
    if area.id is not None:
        query = query.where(PriorityArea.id != area.id)
    with ctx.session.no_autoflush:
        other = ctx.session.scalars(query.limit(1)).first()
    if other is not None:
        sentence = _(
            "%(kind)s “%(name)s” đã có, áp dụng từ ngày %(day)s; cần ghi ngày cuối của khu vực đó trước.",
            kind=area.kind.label,
            name=shown(area.name),
            day=format_date(other),
        )
        raise Invalid({"name": sentence})


def _province(ctx: Ctx) -> Any:
    box = acceptance_bounds(ctx.session, ctx.today)
    return shapely.box(box.west, box.south, box.east, box.north)


def _point_of(command: SaveArea) -> Any:
    return None if command.position is None else shapely.Point(command.position.lon, command.position.lat)


def _read_borders(ctx: Ctx, stream: BinaryIO) -> Any:
    """The one shape of a file; several polygons are parts of one area."""
    inside, shapes = _province(ctx), []
    for number, shape in read_shapes(stream, MOST_AREAS).items():
        problem = area_problem(shape, inside)
        if problem is not None:
            raise Invalid({"file": _("Đối tượng %(row)d: %(reason)s", row=number, reason=problem)})
        shapes.append(shape)
    points: Sequence[Any] = [shape for shape in shapes if is_point(shape)]
    if points and len(shapes) > 1:
        raise Invalid({"file": _("Tệp có %(count)d điểm, vùng; chỉ nhận một điểm hoặc các vùng.", count=len(shapes))})
    return shapely.unary_union(shapes)


def _place(ctx: Ctx, area: PriorityArea, shape: Any) -> None:
    drawn = func.ST_GeomFromText(shapely.to_wkt(shape, rounding_precision=7), WGS84)
    in_metres = func.ST_Transform(drawn, PROVINCE_GRID)
    area.reach_m = None
    if is_point(shape):
        area.reach_m = Decimal(str(setting(ctx.session, DISTANCES, ctx.today)["reach_m"]))
    area.shape = drawn
    area.area_m = in_metres if area.reach_m is None else func.ST_Buffer(in_metres, area.reach_m)
