"""Detect a file in another zone than chosen: most rows have the same distance from their stated communes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median
from typing import Any, Final

import shapely
from sqlalchemy import text

from registry.imports.checking.batch import BatchCheck
from registry.imports.checking.positions import read_position
from registry.imports.checking.stage import COMMUNE
from registry.imports.mapping.coordinate_systems import AnySystem, System
from registry.imports.mapping.fields import GEOMETRY
from registry.kernel.geo.vn2000 import OutsideProjection, to_plane
from registry.kernel.i18n import _, format_number

#: Minimum number of rows with a stated commune.
_FEWEST: Final = 5
_SAMPLE: Final = 200
#: Tolerance around the stated commune.
_NEAR_M: Final = 500
#: Share of rows outside by the chosen system, and inside by the other one.
_ASTRAY_SHARE: Final = 0.5
_FITTING_SHARE: Final = 0.8
_METRES_A_KM: Final = 1000
_STATED: Final = text(
    "SELECT count(*) AS stated, count(*) FILTER (WHERE EXISTS (SELECT FROM check_commune found"
    "  JOIN check_stated same ON same.unit_id = found.commune_id"
    "  WHERE found.number = row.number AND same.word = row.commune)) AS inside"
    " FROM check_row row WHERE EXISTS (SELECT FROM check_stated word WHERE word.word = row.commune)"
)
_NUMBERS: Final = text(
    "SELECT row.number, row.commune FROM check_row row"
    " WHERE EXISTS (SELECT FROM check_stated word WHERE word.word = row.commune)"
    " ORDER BY md5(row.number::text) LIMIT :most"
)
_OUTLINES: Final = text(
    "SELECT word.word, ST_AsBinary(ST_Buffer(outline.outline, :near)) AS shape"
    " FROM check_stated word JOIN check_outline outline ON outline.unit_id = word.unit_id WHERE word.word = ANY(:words)"
)


@dataclass(frozen=True)
class _SystemFit:
    """Sampled rows by one system: number inside their commune, and positions in metres of the province's zone."""

    system: AnySystem
    fitting: int
    places: dict[int, tuple[float, float]]


def find_shift(check: BatchCheck) -> str:
    """Sentence that names the system by which the rows lie in their communes, where the chosen one leaves most outside;
    "" otherwise.
    """
    if COMMUNE not in check.column_numbers or check.plan.system.is_geographic:
        return ""
    count = check.ctx.session.execute(_STATED).one()
    if count.stated < _FEWEST or count.inside > _ASTRAY_SHARE * count.stated:
        return ""
    rows, shapes = _sample(check)
    chosen = _fit(check, check.plan.system, rows, shapes)
    others = [_fit(check, system, rows, shapes) for system in System if system.zone and system != check.plan.system]
    best = max(others, key=lambda fit: fit.fitting)
    fits = best.fitting >= _FITTING_SHARE * len(rows) and chosen.fitting <= _ASTRAY_SHARE * len(rows)
    if not fits:
        return ""
    return _(
        "Hầu hết các dòng lệch đều khoảng %(km)s km so với xã đã ghi: theo hệ đã chọn, «%(chosen)s», chỉ %(inside)d"
        " trên %(rows)d dòng xem thử nằm trong xã của mình; theo «%(best)s» thì %(fitting)d dòng. Hãy chọn lại hệ tọa"
        " độ rồi kiểm tra lại; nếu hệ đã chọn là đúng, hãy bỏ qua cột xã, phường.",
        km=_distance(chosen, best),
        chosen=check.plan.system.label,
        inside=chosen.fitting,
        rows=len(rows),
        best=best.system.label,
        fitting=best.fitting,
    )


def _sample(check: BatchCheck) -> tuple[list[tuple[Any, str]], dict[str, Any]]:
    """Sample of rows with a stated commune, and the outlines of what each text may mean."""
    run = check.ctx.session.execute
    words = {row.number: row.commune for row in run(_NUMBERS, {"most": _SAMPLE})}
    named = check.rows(check.number, *(check.cell(field).label(field) for field in check.position_fields))
    rows = run(named.where(check.number.in_(list(words)))).all()
    found: dict[str, list[Any]] = {}
    for row in run(_OUTLINES, {"near": _NEAR_M, "words": sorted(set(words.values()))}):
        found.setdefault(row.word, []).append(shapely.from_wkb(bytes(row.shape)))
    shapes = {word: shapely.union_all(parts) for word, parts in found.items()}
    for shape in shapes.values():
        shapely.prepare(shape)
    return [(row, words[row.number]) for row in rows], shapes


def _fit(check: BatchCheck, system: AnySystem, rows: list[tuple[Any, str]], shapes: dict[str, Any]) -> _SystemFit:
    plan = replace(check.plan, system=system)
    places = {}
    fitting = 0
    for row, word in rows:
        cells = {field: row._mapping[field] for field in check.position_fields}
        geometry = cells.pop(GEOMETRY, None)
        position = read_position(cells, plan, check.kind.shape, None, geometry).position
        if position is None:
            continue
        centre = shapely.centroid(shapely.from_geojson(position.geojson))
        try:
            at = to_plane(centre.x, centre.y)
        except OutsideProjection:
            continue
        places[row.number] = (at.y_easting, at.x_northing)
        shape = shapes.get(word)
        fitting += bool(shape is not None and shapely.intersects_xy(shape, at.y_easting, at.x_northing))
    return _SystemFit(system, fitting, places)


def _distance(one: _SystemFit, other: _SystemFit) -> str:
    """Median distance in kilometres between the positions of the same rows."""
    both = one.places.keys() & other.places.keys()
    metres = [shapely.Point(one.places[at]).distance(shapely.Point(other.places[at])) for at in both]
    return format_number(Decimal(str(round(median(metres) / _METRES_A_KM, 1)))) if metres else "?"
