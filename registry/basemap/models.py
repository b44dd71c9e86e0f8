"""Layers of the ground and what lies in them, as an administrator loaded them; decoration, so without history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import Base, BigId

WEB_MERCATOR = 3857


class BasemapLayer(Base):
    """One layer with whom it comes from, which every map shows."""

    __tablename__ = "basemap_layer"

    code: Mapped[str] = mapped_column(primary_key=True)
    attribution: Mapped[str]
    imported_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("char_length(btrim(attribution)) > 0", name="attribution"),)


class BasemapFeature(Base):
    """One piece of land, road, river or name, in the metres that tiles are made of."""

    __tablename__ = "basemap_feature"

    id: Mapped[BigId]
    layer: Mapped[str] = mapped_column(ForeignKey("basemap_layer.code", ondelete="CASCADE"))
    name: Mapped[str | None]
    #: How it is drawn; empty where all of a layer look alike.
    sort: Mapped[str | None]
    #: From this zoom on.
    min_zoom: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=WEB_MERCATOR, spatial_index=False), nullable=False), raiseload=True
    )

    __table_args__ = (Index(None, "layer"), Index("ix_basemap_feature_geom", "geom", postgresql_using="gist"))
