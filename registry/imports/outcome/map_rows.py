"""Positions of rows for the map of the preview."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select

from registry.authz.actors import Ctx
from registry.imports.checking.run import check_of
from registry.imports.checking.stage import COMMUNE, stated_commune
from registry.imports.models import ImportBatch, ImportDecision, ImportResult, ImportRow
from registry.imports.queries import ResultList, log_batch_access, same_row, where_of
from registry.kernel.geo.bounds import widened
from registry.kernel.i18n import _, format_number
from registry.territory.models import AdminUnit

#: Maximum number of points in a view; a sample spread over the file.
MOST: Final = 5_000
_DECIMALS: Final = 7
_MARGIN: Final = 0.002
_PLANE: Final = 5897

Box = tuple[float, float, float, float]


def rows_geojson(
    ctx: Ctx, batch: ImportBatch, show: ResultList, box: Box | None = None, numbers: Collection[int] = ()
) -> str:
    """GeoJSON of the rows in a bounding box (west, south, east, north); `more` is true where rows are left out.

    With `numbers` of those rows alone, each with the sentence on its distance to the stated commune.
    """
    log_batch_access(ctx, batch)
    inside = [ImportResult.place.op("&&")(func.ST_MakeEnvelope(*box, 4326))] if box else []
    inside += [ImportRow.number.in_(numbers)] if numbers else []
    communes = commune_sentences(ctx, batch, numbers) if numbers else {}
    query = (
        _placed(ctx, batch, show, ImportRow.number, ImportResult.outcome, ImportResult.warned, ImportRow.cells)
        .add_columns(func.ST_AsGeoJSON(ImportResult.place, _DECIMALS).label("shape"))
        .where(*inside)
        .order_by(func.hashint8(ImportRow.number))
        .limit(MOST + 1)
    )
    rows = list(ctx.session.execute(query))
    header: list[str] = batch.found["header"]
    naming = [header.index(word) for name in ("own_code", "name") if (word := batch.mapping.get(name)) in header]
    features = [
        {
            "type": "Feature",
            "id": row.number,
            "properties": {
                "number": row.number,
                "outcome": row.outcome.value,
                "warned": row.warned,
                "name": " · ".join(cell for index in naming if (cell := row.cells[index].strip())),
            }
            | ({"commune": communes[row.number]} if row.number in communes else {}),
            "geometry": json.loads(row.shape),
        }
        for row in rows[:MOST]
    ]
    whole = {"type": "FeatureCollection", "more": len(rows) > MOST, "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def bounds(ctx: Ctx, batch: ImportBatch, show: ResultList) -> list[float] | None:
    """West, south, east and north of the rows, with a margin; None without positions."""
    extent = func.ST_Extent(ImportResult.place)
    edges = [func.ST_XMin(extent), func.ST_YMin(extent), func.ST_XMax(extent), func.ST_YMax(extent)]
    box = ctx.session.execute(_placed(ctx, batch, show, *edges)).one()
    return None if box[0] is None else widened(box, _MARGIN)


def row_position(ctx: Ctx, batch: ImportBatch, number: int) -> list[float] | None:
    """Longitude and latitude of a row, for a line of a point on it."""
    middle = func.ST_PointOnSurface(ImportResult.place)
    query = select(func.ST_X(middle), func.ST_Y(middle)).where(
        ImportResult.batch_id == batch.id, ImportResult.number == number, ImportResult.place.is_not(None)
    )
    row = ctx.session.execute(query).one_or_none()
    return [float(row[0]), float(row[1])] if row else None


def commune_sentences(ctx: Ctx, batch: ImportBatch, numbers: Collection[int]) -> dict[int, str]:
    """By row, how far it lies from the commune that it states; without rows that lack one of both."""
    if COMMUNE not in batch.mapping or batch.options.get("system") is None:
        return {}
    check = check_of(ctx, batch)
    stated = check.rows(ImportRow.number, stated_commune(check)).where(ImportRow.number.in_(numbers))
    sentences = {}
    for number, text in ctx.session.execute(stated).all():
        candidates = check.gazetteer.read(text).candidates if text else ()
        ids = {unit_id for candidate in candidates for unit_id in (*candidate.successor_ids, candidate.unit.id)}
        shape_of_row = func.ST_Transform(ImportResult.place, _PLANE)
        metres = func.ST_Distance(func.ST_Transform(AdminUnit.geom, _PLANE), shape_of_row)
        of_row = and_(ImportResult.batch_id == batch.id, ImportResult.number == number)
        query = select(func.min(metres)).select_from(AdminUnit).join(ImportResult, of_row).where(AdminUnit.id.in_(ids))
        nearest = ctx.session.scalar(query) if ids else None
        if nearest is not None:
            sentences[number] = _distance_sentence(text, round(nearest))
    return sentences


def _distance_sentence(commune: str, metres: int) -> str:
    if not metres:
        return _("Nằm trong “%(commune)s” đã khai.", commune=commune)
    return _("Cách “%(commune)s” đã khai %(metres)s m.", commune=commune, metres=format_number(metres))


def _placed(ctx: Ctx, batch: ImportBatch, show: ResultList, *columns: Any) -> Any:
    where: list[ColumnElement[bool]] = [ImportResult.place.is_not(None), *where_of(ctx, show)]
    return (
        select(*columns)
        .select_from(ImportRow)
        .join(ImportResult, same_row(ImportResult))
        .outerjoin(ImportDecision, same_row(ImportDecision))
        .where(ImportRow.batch_id == batch.id, *where)
    )
