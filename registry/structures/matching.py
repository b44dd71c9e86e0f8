"""Many places at once against the structures that stand: what lies near them, and how far others would move.

Beside `positions.py` the only module that reads exact positions: as the role that may, inside the database. What
comes out are distances and whose a structure is; the caller decides what of it may be said to whom.

`check_place` (number, spot, spot_m) is the caller's scratch table of the connection.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from registry.authz.actors import Ctx
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.contract import Shape
from registry.structures.positions import reading

#: More neighbours than these say nothing new.
_NEIGHBOURS: Final = 8
_CREATE_NEAR: Final = text(
    "CREATE TEMPORARY TABLE check_near (number bigint, structure_id bigint, owner_id bigint, code text, metres float8,"
    " own boolean, published boolean, same boolean) ON COMMIT DROP"
)
_NEAR: Final = text(
    "INSERT INTO check_near"
    " SELECT place.number, near.id, near.owner_organisation_id, near.code, near.metres,"
    "  near.owner_organisation_id = :owner, near.is_published,"
    "  near.owner_organisation_id = :owner AND near.metres <= :duplicate"
    " FROM check_place place CROSS JOIN LATERAL ("
    "  SELECT s.id, s.owner_organisation_id, s.code, s.is_published, ST_Distance(s.geom_m, place.spot_m) AS metres"
    "  FROM structure s WHERE ST_DWithin(s.geom_m, place.spot_m, :within) AND s.kind = :kind"
    "   AND s.status NOT IN ('removed', 'decommissioned')"
    "   AND (:sees AND s.owner_organisation_id = :owner OR s.sharing_status <> 'restricted')"
    "  ORDER BY 5, 1 LIMIT :most) near"
    " WHERE place.number NOT IN (SELECT number FROM check_match)"
)
_NEAR_LINES: Final = text(
    "INSERT INTO check_near"
    " SELECT place.number, s.id, s.owner_organisation_id, s.code, ST_HausdorffDistance(s.geom_m, place.spot_m),"
    "  true, s.is_published, true"
    " FROM check_place place JOIN check_row row ON row.number = place.number AND row.own_code IS NULL"
    " JOIN structure s ON s.geom_m && ST_Expand(place.spot_m, :duplicate) AND s.owner_organisation_id = :owner"
    "  AND s.kind = :kind AND s.status NOT IN ('removed', 'decommissioned')"
    "  AND ST_HausdorffDistance(s.geom_m, place.spot_m) <= :duplicate"
    "  AND (:sees OR s.sharing_status <> 'restricted')"
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
_SCRATCH: Final = ("check_place", "check_row", "check_match")


def find_near(
    ctx: Ctx, *, kind: str, shape: Shape, owner_id: int, within_m: float, duplicate_m: float, sees_owner: bool
) -> None:
    """Fill `check_near` with structures of the kind within `within_m` of rows that are none of them by code.

    `same` marks those of the owner within `duplicate_m`. Restricted ones of others (of the owner too, where the asker
    does not see the owner's, `sees_owner`) are not found at all, those that are gone neither. Of lines only the
    same line is found.
    """
    values = {"kind": kind, "owner": owner_id, "within": within_m, "duplicate": duplicate_m, "most": _NEIGHBOURS}
    values["sees"] = sees_owner
    _scratch(ctx, "check_near")
    ctx.session.execute(_CREATE_NEAR)
    _open(ctx, "check_near", *_SCRATCH)
    with reading(ctx):
        ctx.session.execute(_NEAR if shape is Shape.POINT else _NEAR_LINES, values)


def find_moved(ctx: Ctx, *, unmoved_m: float) -> None:
    """Fill `check_moved` with how far the structures of `check_match` would move; less than `unmoved_m` is nowhere."""
    _scratch(ctx, "check_moved")
    ctx.session.execute(_CREATE_MOVED)
    _open(ctx, "check_moved", *_SCRATCH)
    with reading(ctx):
        ctx.session.execute(_MOVED, {"unmoved": unmoved_m})


def _scratch(ctx: Ctx, name: str) -> None:
    ctx.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))


def _open(ctx: Ctx, *names: str) -> None:
    """Scratch tables belong to the application's own role; the one that reads positions gets at them here alone."""
    ctx.session.execute(text(f"GRANT SELECT, INSERT ON {', '.join(names)} TO {POSITION_READER_ROLE}"))
