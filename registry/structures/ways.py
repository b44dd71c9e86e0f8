"""Where cables could be led along a line or within an area: lines and poles in service that the reader sees exactly.

Others' unpublished structures take no part at all, so that an answer says nothing of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from sqlalchemy import Subquery, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.geo import linear
from registry.structures import positions
from registry.structures.codes import Condition, SharingStatus, Status
from registry.structures.contract import Hosting, Shape
from registry.structures.kinds import KINDS
from registry.structures.models import Structure

_CARRIERS: Final = (Hosting.HUNG_CABLES, Hosting.PULLED_CABLES, Hosting.LAID_CABLES)
#: Kinds along which a cable is led, and kinds from one to the next of which it hangs.
LINES: Final = tuple(code for code, kind in KINDS.items() if kind.shape is Shape.LINE and kind.hosting in _CARRIERS)
POLES: Final = tuple(
    code for code, kind in KINDS.items() if kind.shape is Shape.POINT and kind.hosting is Hosting.HUNG_CABLES
)


@dataclass(frozen=True)
class Carrier:
    """A structure that cables could be led along, as a plan needs to know it."""

    id: int
    code: str
    name: str
    kind: str
    owner_id: int
    owner: str
    condition: Condition | None
    sharing_status: SharingStatus

    @property
    def hosting(self) -> Hosting | None:
        """How a cable is led along it."""
        return KINDS[self.kind].hosting

    @property
    def way(self) -> str:
        """The code of that."""
        return self.hosting.value if self.hosting else ""


@dataclass(frozen=True)
class Interval:
    """Metres of a line beside which a structure leads; of a pole both are the same."""

    id: int
    from_m: float
    to_m: float


@dataclass(frozen=True)
class Drawn:
    """A structure with its geometry in metres of the province's grid."""

    id: int
    shape: Any


def lines_along(ctx: Ctx, geojson: str, metres: float, degrees: float) -> list[Interval]:
    """Which ducts, trenches, tunnels and pole lines lead along a line, and where."""
    along = linear.legs(geojson, metres)
    found = positions.run(ctx, linear.runs(along, _shapes(ctx, LINES), metres, degrees))
    return [Interval(row.id, row.from_m, row.to_m) for row in found]


def poles_along(ctx: Ctx, geojson: str, metres: float) -> list[Interval]:
    """Which poles stand beside a line, and where."""
    along = linear.legs(geojson, metres)
    found = positions.run(ctx, linear.marks(along, _shapes(ctx, POLES), metres))
    return [Interval(row.id, row.at_m, row.at_m) for row in found]


def within(ctx: Ctx, geojson: str, metres: float, most: int) -> list[Drawn]:
    """Lines and poles within `metres` of a line, one more than `most` where there are too many."""
    seen = _shapes(ctx, (*LINES, *POLES))
    area = select(linear.around(geojson, metres).label("area")).cte("ground").prefix_with("MATERIALIZED")
    inside = select(area.c.area).scalar_subquery()
    query = (
        select(seen.c.id, func.ST_AsBinary(linear.in_metres(seen.c.shape)).label("shape"))
        .where(seen.c.shape.op("&&")(inside), func.ST_Intersects(seen.c.shape, inside))
        .limit(most + 1)
    )
    rows = positions.run(ctx, query).all()
    return [Drawn(row.id, shapely.from_wkb(bytes(row.shape))) for row in rows]


def carriers(ctx: Ctx, ids: Collection[int]) -> dict[int, Carrier]:
    """What a plan needs to know of structures, by id; only of those that the reader sees exactly."""
    query = (
        select(
            Structure.id,
            Structure.code,
            Structure.name,
            Structure.kind,
            Structure.owner_organisation_id.label("owner_id"),
            Organisation.short_name.label("owner"),
            Structure.condition,
            Structure.sharing_status,
        )
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .where(Structure.id.in_(sorted(ids)), positions.sees_exactly(ctx))
    )
    return {row.id: Carrier(*row) for row in ctx.session.execute(query)} if ids else {}


def _shapes(ctx: Ctx, kinds: Sequence[str]) -> Subquery:
    """Id and shape of structures in service of some kinds, of the exact branch alone."""
    seen, *_coarse = positions.parts(ctx)
    query = select(seen.c.id, seen.c.geom.label("shape"))
    return query.where(seen.c.kind.in_(kinds), seen.c.status == Status.ACTIVE).subquery("shapes")
