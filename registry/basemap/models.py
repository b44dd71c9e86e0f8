"""The layers of the base map and their features, as drawn by the program or imported instead; without history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import Base, BigId

WEB_MERCATOR = 3857
#: Dimensions as ST_CollectionExtract counts them.
POINT, LINE, AREA = 1, 2, 3
LAND: Final = "land"
ROADS: Final = "roads"


@dataclass(frozen=True)
class LayerSpec:
    """A layer that the map can draw."""

    dimension: int
    #: Lowest zoom of its features, unless the class of a feature says otherwise.
    min_zoom: int = 0


#: By the name of the file without its extension.
LAYERS: Final[Mapping[str, LayerSpec]] = {
    LAND: LayerSpec(AREA),
    "provinces_around": LayerSpec(AREA),
    "water": LayerSpec(AREA, 6),
    "rivers": LayerSpec(LINE, 7),
    ROADS: LayerSpec(LINE, 10),
    "places": LayerSpec(POINT, 9),
}


class BasemapLayer(Base):
    """One layer with the attribution that every map shows."""

    __tablename__ = "basemap_layer"

    code: Mapped[str] = mapped_column(primary_key=True)
    attribution: Mapped[str]
    imported_at: Mapped[datetime]
    #: From what the program drew the layer itself (ground.py); None where it was imported.
    made_as: Mapped[str | None]

    __table_args__ = (CheckConstraint("char_length(btrim(attribution)) > 0", name="attribution"),)


class BasemapFeature(Base):
    """One area of land, road, river or place name, in Web Mercator."""

    __tablename__ = "basemap_feature"

    id: Mapped[BigId]
    layer: Mapped[str] = mapped_column(ForeignKey("basemap_layer.code", ondelete="CASCADE"))
    name: Mapped[str | None]
    #: Drawing style; empty where all features of a layer are drawn alike.
    sort: Mapped[str | None]
    min_zoom: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=WEB_MERCATOR, spatial_index=False), nullable=False), raiseload=True
    )

    __table_args__ = (Index(None, "layer"), Index("ix_basemap_feature_geom", "geom", postgresql_using="gist"))
