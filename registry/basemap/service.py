"""Load the ground from a folder: each layer that it holds replaces the one before, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.basemap.models import BasemapFeature, BasemapLayer
from registry.basemap.reading import GroundFeature, GroundFile, read_folder, refuse_feature
from registry.basemap.rules import LAYERS
from registry.kernel.i18n import _

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
class Loaded:
    """One layer that was loaded: how many features, and how many were left out."""

    layer: str
    features: int
    left_out: int


def import_folder(ctx: Ctx, folder: Path) -> list[Loaded]:
    """Load every *.geojson of a folder; layers that it does not hold stay. Invalid names the first wrong thing."""
    require(ctx, P.TERRITORY_IMPORT)
    loaded = [_load(ctx, file) for file in read_folder(folder)]
    record(ctx, "basemap.import", "basemap_layer", None, layers={each.layer: each.features for each in loaded})
    return loaded


def clear(ctx: Ctx) -> int:
    """Take every layer away; how many there were. Maps then stand on the register's own boundaries."""
    require(ctx, P.TERRITORY_IMPORT)
    gone = ctx.session.execute(delete(BasemapLayer).returning(BasemapLayer.code)).all()
    if gone:
        record(ctx, "basemap.clear", "basemap_layer", None, layers=sorted(row.code for row in gone))
    return len(gone)


def _load(ctx: Ctx, file: GroundFile) -> Loaded:
    ctx.session.execute(delete(BasemapFeature).where(BasemapFeature.layer == file.layer))
    ctx.session.execute(delete(BasemapLayer).where(BasemapLayer.code == file.layer))
    ctx.session.add(BasemapLayer(code=file.layer, attribution=file.attribution, imported_at=ctx.now))
    ctx.session.flush()
    added = sum(_add(ctx, file.layer, feature) for feature in file.features)
    return Loaded(file.layer, added, file.left_out + len(file.features) - added)


def _add(ctx: Ctx, layer: str, feature: GroundFeature) -> bool:
    """Whether anything is left of the feature once it is made valid: a line of one point is none."""
    values = {
        "layer": layer,
        "name": feature.name,
        "sort": feature.sort,
        "min_zoom": feature.min_zoom,
        "shape": feature.shape,
        "dimension": LAYERS[layer].shape,
    }
    try:
        with ctx.session.begin_nested():
            return ctx.session.execute(_ADD, values).one_or_none() is not None
    except DBAPIError:
        refuse_feature(layer, feature.number, _("các danh sách tọa độ đúng theo GeoJSON"))
