"""Detect a file, or a good part of one, in another zone than chosen: its rows lie in their communes by that zone.

Rows that state no commune are compared with the province, where the file does not name the chosen system itself.
"""

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
from registry.imports.queries import hint_of_batch
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
#: Share of rows far from their communes from which they are no slips of single rows.
_FAR_SHARE: Final = 0.25
#: A row is far beyond this, also where outlines are approximate.
_FAR_M: Final = 5_000
#: Rows outside the province by a system that the file does not name: their number and share.
_FEWEST_OUTSIDE: Final = 3
_OUTSIDE_SHARE: Final = 0.1
_NAMED_SYSTEMS: Final = 3
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
    "  AND NOT (:astray AND EXISTS (SELECT FROM check_commune found JOIN check_stated same"
    "   ON same.unit_id = found.commune_id WHERE found.number = row.number AND same.word = row.commune))"
    " ORDER BY md5(row.number::text) LIMIT :most"
)
_ANY_NUMBERS: Final = text("SELECT number, '' AS commune FROM check_row ORDER BY md5(number::text) LIMIT :most")
_OUTLINES: Final = text(
    "SELECT word.word, ST_AsBinary(ST_Buffer(outline.outline, :near)) AS shape"
    " FROM check_stated word JOIN check_outline outline ON outline.unit_id = word.unit_id WHERE word.word = ANY(:words)"
)
_PROVINCE: Final = text(
    "SELECT '' AS word, ST_AsBinary(ST_Buffer(ST_Transform(geom, 5897), :near)) AS shape FROM admin_unit"
    " WHERE level = 'province' AND valid_to IS NULL AND geom IS NOT NULL"
)


@dataclass(frozen=True)
class _SystemFit:
    """Sampled rows by one system: those inside their commune, and positions in metres of the province's zone."""

    system: AnySystem
    inside: frozenset[int]
    places: dict[int, tuple[float, float]]

    @property
    def fitting(self) -> int:
        return len(self.inside)


def find_shift(check: BatchCheck) -> str:
    """Sentence that names the system by which the rows lie in their communes, where the chosen one leaves most or a
    good part of them far outside; "" otherwise, and where the system was confirmed.
    """
    if check.plan.system.is_geographic or check.batch.options.get("system_confirmed"):
        return ""
    if COMMUNE in check.column_numbers:
        count = check.ctx.session.execute(_STATED).one()
        if count.stated >= _FEWEST:
            most_astray = count.inside <= _ASTRAY_SHARE * count.stated
            return (_most_shifted(check) if most_astray else "") or _part_shifted(check, count)
    return _outside_province(check)


def _others(check: BatchCheck, rows: list[tuple[Any, str]], shapes: dict[str, Any]) -> list[_SystemFit]:
    """Fits of all other plane systems, best first."""
    fits = [_fit(check, system, rows, shapes) for system in System if system.zone and system != check.plan.system]
    return sorted(fits, key=lambda fit: -fit.fitting)


def _most_shifted(check: BatchCheck) -> str:
    rows, shapes = _sample(check, _NUMBERS.bindparams(astray=False), _OUTLINES, _NEAR_M)
    current = _fit(check, check.plan.system, rows, shapes)
    best = _others(check, rows, shapes)[0]
    if best.fitting < _FITTING_SHARE * len(rows) or current.fitting > _ASTRAY_SHARE * len(rows):
        return ""
    return _(
        "Hầu hết các dòng lệch đều khoảng %(km)s km so với xã đã ghi: theo hệ đã chọn, “%(chosen)s”, chỉ %(inside)d"
        " trên %(rows)d dòng xem thử nằm trong xã của mình; theo “%(best)s” thì %(fitting)d dòng. Hãy chọn lại hệ tọa"
        " độ rồi kiểm tra lại; nếu hệ đã chọn là đúng, hãy đánh dấu đã xác nhận hệ tọa độ.",
        km=_distance(current, best),
        chosen=check.plan.system.label,
        inside=current.fitting,
        rows=len(rows),
        best=best.system.label,
        fitting=best.fitting,
    )


def _part_shifted(check: BatchCheck, count: Any) -> str:
    """Sentence on a file of which a part fits another system only: its rows disagree, so none is offered."""
    astray = count.stated - count.inside
    if astray < _FEWEST:
        return ""
    rows, shapes = _sample(check, _NUMBERS.bindparams(astray=True), _OUTLINES, _FAR_M)
    near = _fit(check, check.plan.system, rows, shapes).inside
    far = [(row, word) for row, word in rows if row.number not in near]
    share_of_file = len(far) / len(rows) * astray / count.stated if rows else 0
    if len(far) < _FEWEST or share_of_file < _FAR_SHARE:
        return ""
    best = _others(check, far, shapes)[0]
    if best.fitting < _FITTING_SHARE * len(far):
        return ""
    return _(
        "%(astray)d trên %(rows)d dòng nằm xa xã đã ghi theo hệ đã chọn, “%(chosen)s”, nhưng khớp xã của mình theo"
        " “%(best)s” (%(fitting)d trên %(far)d dòng xem thử): tệp ghi lẫn hai hệ, hoặc sai hệ. Hãy chọn lại hệ tọa độ,"
        " hoặc tách tệp theo từng hệ; nếu hệ đã chọn là đúng, hãy đánh dấu đã xác nhận hệ tọa độ.",
        astray=round(astray * len(far) / len(rows)),
        rows=count.stated,
        chosen=check.plan.system.label,
        best=best.system.label,
        fitting=best.fitting,
        far=len(far),
    )


def _outside_province(check: BatchCheck) -> str:
    """Sentence on rows without communes that lie outside the province by a system that only is the usual one."""
    if check.plan.outside_area or _is_named(check):
        return ""
    rows, shapes = _sample(check, _ANY_NUMBERS, _PROVINCE, _NEAR_M)
    current = _fit(check, check.plan.system, rows, shapes)
    outside = len(current.places) - current.fitting
    if outside < max(_FEWEST_OUTSIDE, _OUTSIDE_SHARE * len(current.places)):
        return ""
    fits = [fit for fit in _others(check, rows, shapes) if fit.fitting and fit.fitting == len(fit.places)]
    fits = [fit for fit in fits if fit.fitting >= len(current.places)]
    if not fits:
        return ""
    return _(
        "%(outside)d trên %(rows)d dòng xem thử nằm ngoài địa bàn tỉnh theo hệ gợi ý, “%(chosen)s”; theo %(systems)s"
        " thì mọi dòng nằm trong tỉnh, mà tệp không ghi rõ hệ. Hãy hỏi đơn vị lập tệp rồi chọn lại hệ tọa độ; nếu hệ"
        " đã chọn là đúng, hãy đánh dấu đã xác nhận hệ tọa độ.",
        outside=outside,
        rows=len(current.places),
        chosen=check.plan.system.label,
        systems=", ".join(f"“{fit.system.label}”" for fit in fits[:_NAMED_SYSTEMS]),
    )


def _is_named(check: BatchCheck) -> bool:
    """Whether the file itself names the chosen system."""
    hint = hint_of_batch(check.batch, check.plan.mapping)
    return hint.named and hint.system == check.plan.system


def _sample(
    check: BatchCheck, numbers: Any, outlines: Any, near_m: int
) -> tuple[list[tuple[Any, str]], dict[str, Any]]:
    """Sample of rows with their commune text, and the outlines of what each text may mean, wider by `near_m`."""
    run = check.ctx.session.execute
    words = {row.number: row.commune for row in run(numbers, {"most": _SAMPLE})}
    named = check.rows(check.number, *(check.cell(field).label(field) for field in check.position_fields))
    rows = run(named.where(check.number.in_(list(words)))).all()
    outlines_by_word: dict[str, list[Any]] = {}
    values: dict[str, Any] = {"near": near_m}
    if outlines is _OUTLINES:
        values["words"] = sorted(set(words.values()))
    for row in run(outlines, values):
        outlines_by_word.setdefault(row.word, []).append(shapely.from_wkb(bytes(row.shape)))
    shapes = {word: shapely.union_all(parts) for word, parts in outlines_by_word.items()}
    for shape in shapes.values():
        shapely.prepare(shape)
    return [(row, words[row.number]) for row in rows], shapes


def _fit(check: BatchCheck, system: AnySystem, rows: list[tuple[Any, str]], shapes: dict[str, Any]) -> _SystemFit:
    plan = replace(check.plan, system=system)
    places = {}
    inside = set()
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
        if shape is not None and shapely.intersects_xy(shape, at.y_easting, at.x_northing):
            inside.add(row.number)
    return _SystemFit(system, frozenset(inside), places)


def _distance(system: _SystemFit, other: _SystemFit) -> str:
    """Median distance in kilometres between the positions of the same rows."""
    both = system.places.keys() & other.places.keys()
    metres = [shapely.Point(system.places[at]).distance(shapely.Point(other.places[at])) for at in both]
    return format_number(Decimal(str(round(median(metres) / _METRES_A_KM, 1)))) if metres else "?"
