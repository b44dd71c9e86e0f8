"""Structures along a line, counted by owner and kind: exact for what the reader sees exactly, by cells for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, not_, or_, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.models import PROVINCE_GRID, WGS84

_GONE: Final = (Status.DECOMMISSIONED, Status.REMOVED)
#: Degrees that hold more metres than any corridor is wide, so that the spatial index narrows first.
_METRES_A_DEGREE: Final = 100_000


@dataclass
class Group:
    """Structures of one owner and kind; `owner` is None where only cells are seen, and then category is all there is.

    `conditions` and `sharing` are code -> count; a condition of None is not known.
    """

    kind: str
    owner_id: int | None
    owner: str | None
    category: Any
    count: int = 0
    conditions: Counter[Any] = field(default_factory=Counter)
    sharing: Counter[Any] = field(default_factory=Counter)


@dataclass(frozen=True)
class Corridor:
    """What stands along a line. `near` are exact, `cells` touch the line's surroundings with their public cells."""

    metres: int
    near: tuple[Group, ...]
    cells: tuple[Group, ...]


def along(ctx: Ctx, geojson: str, metres: int) -> Corridor:
    """The standing structures within `metres` of a line (GeoJSON, WGS 84) that the actor may know of."""
    seen = positions.readable(ctx)
    line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    columns = (
        seen.c.exact,
        seen.c.kind,
        seen.c.owner_organisation_id,
        seen.c.owner_category,
        seen.c.condition,
        seen.c.sharing_status,
    )
    near = func.ST_DWithin(
        func.ST_Transform(seen.c.geom, PROVINCE_GRID), func.ST_Transform(line, PROVINCE_GRID), metres
    )
    query = (
        select(*columns, func.count().label("found"))
        .where(seen.c.geom.op("&&")(func.ST_Expand(line, 2 * metres / _METRES_A_DEGREE)), near)
        .where(or_(not_(seen.c.exact), seen.c.status.not_in(_GONE)))
        .group_by(*columns)
    )
    rows = positions.run(ctx, query).all()
    owners = {row.owner_organisation_id for row in rows if row.exact}
    log_access(ctx, "corridor", owners, rows=sum(row.found for row in rows if row.exact))
    names = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owners)))
    known = {row.id: row.short_name for row in names}
    return Corridor(
        metres,
        _groups((row for row in rows if row.exact), known),
        _groups((row for row in rows if not row.exact), known),
    )


def _groups(rows: Iterable[Any], names: dict[int, str]) -> tuple[Group, ...]:
    found: dict[tuple[Any, ...], Group] = {}
    for row in rows:
        owner_id = row.owner_organisation_id
        key = (owner_id, row.owner_category, row.kind)
        group = found.setdefault(key, Group(row.kind, owner_id, names.get(owner_id), row.owner_category))
        group.count += row.found
        group.conditions[row.condition] += row.found
        if row.sharing_status is not None:
            group.sharing[row.sharing_status] += row.found
    return tuple(sorted(found.values(), key=lambda group: (group.owner or "", group.category, group.kind)))
