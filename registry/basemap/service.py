"""Import the base map from a folder of GeoJSON files: each layer replaces the one before, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.basemap.ground import remove_ground
from registry.basemap.models import AREA, LAYERS, LINE, POINT, ROADS, BasemapFeature, BasemapLayer
from registry.basemap.roads import drawing_of_road
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise

MAX_FILE_BYTES: Final = 100 * 1024 * 1024
_LONGEST_NAME: Final = 200
#: The dimension of each type of GeoJSON geometry.
_DIMENSIONS: Final = {
    "Point": POINT,
    "MultiPoint": POINT,
    "LineString": LINE,
    "MultiLineString": LINE,
    "Polygon": AREA,
    "MultiPolygon": AREA,
}
#: Web Mercator ends here, in degrees.
_MAX_LONGITUDE, _MAX_LATITUDE = 180, 85
#: Nesting of the positions of a MultiPolygon.
_MAX_DEPTH: Final = 4
_ADD = text(
    """
    INSERT INTO basemap_feature (layer, name, sort, min_zoom, geom)
    SELECT :layer, :name, :sort, :min_zoom, geom
      FROM (SELECT ST_CollectionExtract(
                ST_MakeValid(ST_Transform(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326)), 3857)), :dimension
            ) AS geom) given
     WHERE NOT ST_IsEmpty(geom) RETURNING id
    """
)


@dataclass(frozen=True)
class ImportedLayer:
    """An imported layer with the numbers of its features and of those left out."""

    layer: str
    features: int
    left_out: int


def import_folder(ctx: Ctx, folder: Path) -> list[ImportedLayer]:
    """Import every *.geojson of a folder; other imported layers stay. Invalid names the first error."""
    require(ctx, P.TERRITORY_IMPORT)
    remove_ground(ctx)
    imported = [_import_layer(ctx, file) for file in _read_folder(folder)]
    record(ctx, "basemap.import", "basemap_layer", None, layers={each.layer: each.features for each in imported})
    return imported


def clear(ctx: Ctx) -> int:
    """Remove the imported layers; how many there were. `draw_ground` puts the program's own in their place."""
    require(ctx, P.TERRITORY_IMPORT)
    imported = BasemapLayer.made_as.is_(None)
    removed = ctx.session.execute(delete(BasemapLayer).where(imported).returning(BasemapLayer.code)).all()
    if removed:
        record(ctx, "basemap.clear", "basemap_layer", None, layers=sorted(row.code for row in removed))
    return len(removed)


def _import_layer(ctx: Ctx, file: LayerFile) -> ImportedLayer:
    ctx.session.execute(delete(BasemapFeature).where(BasemapFeature.layer == file.layer))
    ctx.session.execute(delete(BasemapLayer).where(BasemapLayer.code == file.layer))
    ctx.session.add(BasemapLayer(code=file.layer, attribution=file.attribution, imported_at=ctx.now, made_as=None))
    ctx.session.flush()
    added = sum(_add(ctx, file.layer, feature) for feature in file.features)
    return ImportedLayer(file.layer, added, file.left_out + len(file.features) - added)


def _add(ctx: Ctx, layer: str, feature: ReadFeature) -> bool:
    """Whether anything is left of the feature after ST_MakeValid: a line of one point vanishes."""
    values = {
        "layer": layer,
        "name": feature.name,
        "sort": feature.sort,
        "min_zoom": feature.min_zoom,
        "shape": feature.shape,
        "dimension": LAYERS[layer].dimension,
    }
    try:
        with ctx.session.begin_nested():
            return ctx.session.execute(_ADD, values).one_or_none() is not None
    except DBAPIError:
        _refuse_feature(layer, feature.number, _("các danh sách tọa độ đúng theo GeoJSON"))


@dataclass(frozen=True)
class ReadFeature:
    """A feature to be stored; `number` counts in the file from 1."""

    number: int
    name: str | None
    sort: str | None
    min_zoom: int
    #: The geometry as GeoJSON text.
    shape: str


@dataclass(frozen=True)
class LayerFile:
    """A layer as read; `left_out` counts features of another dimension than the layer, such as points in rivers."""

    layer: str
    attribution: str
    features: list[ReadFeature]
    left_out: int


def _read_folder(folder: Path) -> list[LayerFile]:
    paths = sorted(folder.glob("*.geojson")) if folder.is_dir() else []
    if not paths:
        raise Invalid({"folder": _("Thư mục “%(folder)s” không có tệp .geojson nào.", folder=folder)})
    return [_read(path) for path in paths]


def _read(path: Path) -> LayerFile:
    if path.stem not in LAYERS:
        file_names = ", ".join(f"{code}.geojson" for code in LAYERS)
        _refuse(_("Tệp %(file)s không phải lớp nền; cần một trong: %(known)s.", file=path.name, known=file_names))
    if path.stat().st_size > MAX_FILE_BYTES:
        _refuse(_("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=MAX_FILE_BYTES // (1024 * 1024)))
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(
            {"folder": _("Tệp %(file)s không phải JSON bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)}
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        _refuse(_("Tệp %(file)s không phải FeatureCollection của GeoJSON.", file=path.name))
    parsed = [_feature(path, number, feature) for number, feature in enumerate(features, start=1)]
    fitting = [feature for feature in parsed if feature is not None]
    return LayerFile(path.stem, _attribution(path, document), fitting, len(parsed) - len(fitting))


def _attribution(path: Path, document: dict[str, Any]) -> str:
    stated = document.get("attribution")
    try:
        attribution = normalise(stated) if isinstance(stated, str) else ""
    except TextRefused:
        attribution = ""
    if not attribution:
        _refuse(
            _(
                "Tệp %(file)s, thành viên attribution: còn trống, cần tên nguồn và giấy phép để ghi trên bản đồ.",
                file=path.name,
            )
        )
    return attribution


def _feature(path: Path, number: int, feature: Any) -> ReadFeature | None:
    """None where the dimension is not that of the layer."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or _DIMENSIONS.get(str(kind)) != LAYERS[path.stem].dimension:
        return None
    if not _is_position_list(geometry.get("coordinates")):
        _refuse_feature(path.stem, number, _("tọa độ [kinh độ, vĩ độ] theo WGS 84, độ thập phân"))
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    try:
        name = _name_of(properties)
        sort, min_zoom = _drawing_of(path.stem, properties)
    except TextRefused as refused:
        raise Invalid({"folder": _("Tệp %(file)s: %(problem)s", file=path.name, problem=str(refused))}) from refused
    shape = json.dumps({"type": kind, "coordinates": geometry["coordinates"]})
    return ReadFeature(number, name, sort, min_zoom, shape)


def _is_position_list(part: Any, depth: int = 0) -> bool:
    if not isinstance(part, list) or not part or depth > _MAX_DEPTH:
        return False
    if isinstance(part[0], list):
        return all(_is_position_list(inner, depth + 1) for inner in part)
    numbers = [number for number in part if isinstance(number, int | float) and not isinstance(number, bool)]
    return len(numbers) == len(part) in (2, 3) and abs(part[0]) <= _MAX_LONGITUDE and abs(part[1]) <= _MAX_LATITUDE


def _refuse_feature(layer: str, number: int, expected: str) -> NoReturn:
    _refuse(
        _(
            "Tệp %(file)s, đối tượng %(number)d: hình học không hợp lệ, cần %(expected)s.",
            file=f"{layer}.geojson",
            number=number,
            expected=expected,
        )
    )


def _refuse(sentence: str) -> NoReturn:
    raise Invalid({"folder": sentence})


def _drawing_of(layer: str, properties: Mapping[str, Any]) -> tuple[str | None, int]:
    return drawing_of_road(properties) if layer == ROADS else (None, LAYERS[layer].min_zoom)


def _name_of(properties: Mapping[str, Any]) -> str | None:
    """The name shown on the map; TextRefused where it cannot be stored."""
    name = properties.get("name")
    return normalise(name)[:_LONGEST_NAME] or None if isinstance(name, str) else None
