"""The corridor of a street that a feature above lists: a filter of structures and of cases, and figures of the street.

A feature provides the corridors (`CORRIDORS`); features of cases count what they have within one (`STREET_CASES`), by
the condition of the filter that their list has for it (`corridor_filter`), so that figure and list are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _l
from registry.kernel.lists.filters import Entity
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.visibility import IS_THERE

#: The argument of lists: the id of a street.
NAME: Final = "street"
_LABEL: Final = _l("Dọc tuyến phố")
_MEMO: Final = "corridors"
#: Less than a degree has, so that the expanded box contains the corridor and the spatial index narrows first.
_METRES_A_DEGREE: Final = 100_000


@dataclass(frozen=True)
class StreetCorridor:
    """A street with its line (GeoJSON, WGS 84) and the metres to each side that belong to it."""

    id: int
    title: str
    line: str
    metres: int

    @property
    def shape(self) -> ColumnElement[Any]:
        """SQL: the line in WGS 84."""
        return func.ST_SetSRID(func.ST_GeomFromGeoJSON(self.line), WGS84)

    def holds(self, shape: Any) -> ColumnElement[bool]:
        """SQL: shapes (WGS 84) within the corridor; the box comes first, for the spatial index."""
        box = func.ST_Expand(self.shape, 2 * self.metres / _METRES_A_DEGREE)
        line = func.ST_Transform(self.shape, PROVINCE_GRID)
        return and_(shape.op("&&")(box), func.ST_DWithin(func.ST_Transform(shape, PROVINCE_GRID), line, self.metres))

    def metres_of(self, shape: Any) -> ColumnElement[Any]:
        """SQL: metres of a line (WGS 84) within the corridor."""
        area = func.ST_Buffer(func.ST_Transform(self.shape, PROVINCE_GRID), self.metres)
        return func.ST_Length(func.ST_Intersection(func.ST_Transform(shape, PROVINCE_GRID), area))


#: The one source of corridors: None for a street that the actor may not see, or that has no line.
CORRIDORS = ExtensionPoint[Callable[[Ctx, int], StreetCorridor | None]]("structures.corridors")


@dataclass(frozen=True)
class StreetCases:
    """Cases within a corridor: the query of their number, and the list of exactly these."""

    label: Any
    permission: P
    count: Callable[[Ctx, StreetCorridor], Select[Any]]
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


#: In the order of the page of a street.
STREET_CASES = ExtensionPoint[StreetCases]("structures.street_cases")


def corridor_of(ctx: Ctx, street_id: int) -> StreetCorridor | None:
    """The corridor of a street; None for one that the actor may not see, or without a line. Read once a request."""
    corridors: dict[int, StreetCorridor | None] = ctx.memo.setdefault(_MEMO, {})
    if street_id not in corridors:
        source = CORRIDORS.only()
        corridors[street_id] = None if source is None else source(ctx, street_id)
    return corridors[street_id]


def corridor_filter(shape: Callable[[Ctx], Any]) -> Entity:
    """A filter of a list of cases by `shape`, the SQL of the place (WGS 84) that the actor may know."""

    def within(ctx: Ctx, street_id: int) -> ColumnElement[bool]:
        corridor = corridor_of(ctx, street_id)
        return false() if corridor is None else corridor.holds(shape(ctx))

    return Entity(NAME, _LABEL, within, hidden=True, named=_title)


def _title(ctx: Ctx, street_id: int) -> str | None:
    corridor = corridor_of(ctx, street_id)
    return None if corridor is None else corridor.title


def _stands_along(ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    """Not removed, and seen exactly: of a structure known by its cell it is not known on which street it stands."""
    corridor = corridor_of(ctx, int(value))
    if corridor is None:
        return false()
    return and_(readable_rows.c.exact, IS_THERE.clause(readable_rows), corridor.holds(readable_rows.c.geom))


ALONG_STREET: Final = ExtraFilter(NAME, _LABEL, _stands_along, text=_l("công trình dọc một tuyến phố trong danh mục"))
