"""Comparisons of exact positions: duplicates, places outside their commune, rows of a file near structures.

They run inside the database under the role that reads exact positions. Exactly compared are only structures that the
actor sees exactly (for a file: those of its owner and published ones). For all others only public cells are compared:
even yes or no about an unpublished structure would reveal its place, since a place can be moved until the answer
changes.

`check_place` (number, spot, spot_m), `check_row` and `check_match` are scratch tables that the caller created on the
connection.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select, text
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures import positions
from registry.structures.kinds.kind import Shape
from registry.structures.models import Structure
from registry.structures.positions import reading
from registry.structures.visibility import IS_LIVE, IS_OPEN, SHOWN_AS_CELLS
from registry.territory.models import AdminUnit, AdminUnitPiece, ExtentQuality

#: Tolerance around the extent of a commune in degrees: about 50 m, about 5 km.
_OFFICIAL_DEGREES, _APPROXIMATE_DEGREES = 0.0005, 0.05
#: Most neighbours of a row.
_NEIGHBOURS: Final = 8
_CREATE_NEAR: Final = text(
    "CREATE TEMPORARY TABLE check_near (number bigint, structure_id bigint, owner_id bigint, code text, metres float8,"
    " same boolean) ON COMMIT DROP"
)
_NEAR: Final = text(
    "INSERT INTO check_near"
    " SELECT place.number, near.id, near.owner_organisation_id, near.code, near.metres,"
    "  near.owner_organisation_id = :owner AND near.metres <= :duplicate"
    " FROM check_place place CROSS JOIN LATERAL ("
    "  SELECT s.id, s.owner_organisation_id, s.code, ST_Distance(s.geom_m, place.spot_m) AS metres"
    "  FROM structure s WHERE ST_DWithin(s.geom_m, place.spot_m, :within) AND s.kind = :kind"
    "   AND s.status NOT IN ('removed', 'decommissioned')"
    "   AND (s.owner_organisation_id = :owner OR s.is_published)"
    "  ORDER BY 4, 1 LIMIT :most) near"
    " WHERE place.number NOT IN (SELECT number FROM check_match)"
)
_NEAR_LINES: Final = text(
    "INSERT INTO check_near"
    " SELECT place.number, s.id, s.owner_organisation_id, s.code, ST_HausdorffDistance(s.geom_m, place.spot_m),"
    "  true"
    " FROM check_place place JOIN check_row row ON row.number = place.number AND row.own_code IS NULL"
    " JOIN structure s ON s.geom_m && ST_Expand(place.spot_m, :duplicate) AND s.owner_organisation_id = :owner"
    "  AND s.kind = :kind AND s.status NOT IN ('removed', 'decommissioned')"
    "  AND ST_HausdorffDistance(s.geom_m, place.spot_m) <= :duplicate"
    " WHERE place.number NOT IN (SELECT number FROM check_match)"
)
_CREATE_MOVED: Final = text("CREATE TEMPORARY TABLE check_moved (number bigint, moved_m numeric(12, 3)) ON COMMIT DROP")
_MOVED: Final = text(
    "INSERT INTO check_moved SELECT number, metres FROM ("
    " SELECT match.number, CASE WHEN ST_Dimension(s.geom_m) = 0 AND ST_Dimension(place.spot_m) = 0"
    "   THEN ST_Distance(s.geom_m, place.spot_m) ELSE ST_HausdorffDistance(s.geom_m, place.spot_m) END AS metres"
    "  FROM check_match match JOIN check_place place ON place.number = match.number"
    "  JOIN structure s ON s.id = match.structure_id OFFSET 0) compared"
    " WHERE metres > :unmoved"
)
#: The squares of the public grid that contain rows, with their number and the other owners with public cells there. A
#: square of a public cell is found by its middle, so that both sides use the grid of today.
_CELLS: Final = text(
    "WITH grid AS MATERIALIZED (SELECT coarse_grid_m() AS side),"
    " asked AS MATERIALIZED (SELECT i, j, count(*) AS rows FROM ("
    "   SELECT floor(ST_X(spot_m) / side)::int AS i, floor(ST_Y(spot_m) / side)::int AS j"
    "    FROM check_place, grid WHERE ST_Dimension(spot_m) = 0"
    "   UNION ALL SELECT cell.i, cell.j FROM check_place, grid, ST_SquareGrid(side, spot_m) cell"
    "    WHERE ST_Dimension(spot_m) > 0 AND ST_Intersects(cell.geom, spot_m)) row GROUP BY i, j),"
    " known AS MATERIALIZED (SELECT s.geom_coarse AS cells, array_agg(DISTINCT s.owner_organisation_id) AS owners"
    "   FROM structure s WHERE s.kind = :kind AND s.status = ANY(:shown) AND s.geom_coarse IS NOT NULL"
    "    AND NOT s.is_published AND s.owner_organisation_id <> ALL(:own) GROUP BY s.geom_coarse),"
    " theirs AS MATERIALIZED (SELECT cell.i, cell.j, array_agg(DISTINCT owner) AS owners FROM grid, known"
    "   CROSS JOIN LATERAL (SELECT ST_Transform(known.cells, 5897) AS flat OFFSET 0) on_grid"
    "   CROSS JOIN LATERAL ST_SquareGrid(side, on_grid.flat) cell CROSS JOIN unnest(known.owners) owner"
    "   WHERE ST_Intersects(on_grid.flat, ST_Centroid(cell.geom)) GROUP BY cell.i, cell.j)"
    " SELECT asked.i, asked.j, asked.rows, theirs.owners, ST_X(middle) AS lon, ST_Y(middle) AS lat"
    " FROM asked CROSS JOIN grid LEFT JOIN theirs ON theirs.i = asked.i AND theirs.j = asked.j"
    " CROSS JOIN LATERAL (SELECT ST_Transform(ST_SetSRID(ST_MakePoint((asked.i + 0.5) * side, (asked.j + 0.5) * side),"
    "   5897), 4326) AS middle) placed ORDER BY asked.rows DESC, asked.i, asked.j"
)
_SCRATCH: Final = ("check_place", "check_row", "check_match")


def has_duplicate(ctx: Ctx, metres: float, *, same_owner: bool) -> ColumnElement[bool]:
    """Another standing structure of the kind, seen exactly by the actor, is at the same place along its whole length.

    `same_owner`: of the same owner, else of another one; of others only published structures count, unless the actor
    sees every structure, and never restricted ones.
    """
    other = aliased(Structure, flat=True)
    owner = other.owner_organisation_id == Structure.owner_organisation_id
    of_owner = owner if same_owner else and_(~owner, _is_open_to(ctx, other))
    return _duplicates(ctx, other, metres).where(of_owner).exists()


def owners_of_duplicates(ctx: Ctx, metres: float) -> Select[Any]:
    """The owners of the structures of others that `has_duplicate` finds at the actor's own."""
    mine = Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))
    other = aliased(Structure, flat=True)
    theirs = other.owner_organisation_id.not_in(sorted(ctx.actor.organisation_ids))
    conditions = (_is_standing(other), _is_open_to(ctx, other), visible(ctx, other, P.STRUCTURE_READ))
    return (
        select(other.owner_organisation_id)
        .join(Structure, _is_duplicate(other, metres))
        .where(mine, theirs, Structure.is_live_rule(), *conditions)
        .distinct()
    )


def _duplicates(ctx: Ctx, other: Any, metres: float) -> Select[Any]:
    is_visible = visible(ctx, other, P.STRUCTURE_READ)
    return select(other.id).where(_is_duplicate(other, metres), _is_standing(other), is_visible).correlate(Structure)


def _is_open_to(ctx: Ctx, other: Any) -> ColumnElement[bool]:
    if positions.sees_all(ctx):
        return IS_OPEN.clause(other)
    is_published: ColumnElement[bool] = other.is_published.is_(True)
    return is_published


def _is_standing(other: Any) -> ColumnElement[bool]:
    return IS_LIVE.clause(other)


def _is_duplicate(other: Any, metres: float) -> ColumnElement[bool]:
    return and_(
        other.kind == Structure.kind,
        other.id != Structure.id,
        func.ST_DWithin(other.geom_m, Structure.geom_m, metres),
        # Lines that only meet at an end are neighbours, not duplicates.
        func.ST_HausdorffDistance(other.geom_m, Structure.geom_m) <= metres,
    )


def outside_its_commune() -> ColumnElement[bool]:
    """The place is outside the recorded commune, with a tolerance that is larger for an approximate extent."""
    piece, unit = AdminUnitPiece, AdminUnit
    beyond = case((unit.extent_quality == ExtentQuality.OFFICIAL, _OFFICIAL_DEGREES), else_=_APPROXIMATE_DEGREES)
    commune_piece = select(piece.id).where(piece.unit_id == Structure.commune_id).correlate(Structure)
    inside = (
        select(piece.id)
        .join(unit, unit.id == piece.unit_id)
        .where(piece.unit_id == Structure.commune_id, func.ST_DWithin(piece.geom, Structure.geom, beyond))
        .correlate(Structure)
    )
    return and_(commune_piece.exists(), ~inside.exists())


def find_near(
    ctx: Ctx, *, kind: str, shape: Shape, owner_id: int, within_m: float, duplicate_m: float, sees_owner: bool
) -> None:
    """Fill `check_near` with the owner's and published structures of the kind within `within_m` of rows.

    Rows that are a structure by code are left out. `same` marks structures of the owner within `duplicate_m`; ended
    ones are not found, and of lines only the same line of the owner. Nothing is found for an actor who does not see the
    owner's structures (`sees_owner`).
    """
    values = {"kind": kind, "owner": owner_id, "within": within_m, "duplicate": duplicate_m, "most": _NEIGHBOURS}
    _scratch(ctx, "check_near")
    ctx.session.execute(_CREATE_NEAR)
    if not sees_owner:
        return
    _grant(ctx, "check_near", *_SCRATCH)
    with reading(ctx):
        ctx.session.execute(_NEAR if shape is Shape.POINT else _NEAR_LINES, values)


def cells_of_others(ctx: Ctx, *, kind: str) -> list[Row[Any]]:
    """The public cells of the rows: `i`, `j`, `rows`, the middle (`lon`, `lat`), and `owners` of others.

    `owners` are those with unpublished structures of the kind in that cell of the public map; None where there are
    none. Plans and restricted structures have no cells. Only cells are compared, so that the place of a row within its
    cell makes no difference.
    """
    values = {"kind": kind, "own": sorted(ctx.actor.organisation_ids), "shown": [code.value for code in SHOWN_AS_CELLS]}
    return list(ctx.session.execute(_CELLS, values))


def find_moved(ctx: Ctx, *, unmoved_m: float) -> None:
    """Fill `check_moved` with the metres by which the structures of `check_match` would move, from `unmoved_m` on."""
    _scratch(ctx, "check_moved")
    ctx.session.execute(_CREATE_MOVED)
    _grant(ctx, "check_moved", *_SCRATCH)
    with reading(ctx):
        ctx.session.execute(_MOVED, {"unmoved": unmoved_m})


def _scratch(ctx: Ctx, name: str) -> None:
    ctx.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))


def _grant(ctx: Ctx, *names: str) -> None:
    """Grant the role that reads positions access to scratch tables, which belong to the application's own role."""
    ctx.session.execute(text(f"GRANT SELECT, INSERT ON {', '.join(names)} TO {POSITION_READER_ROLE}"))
