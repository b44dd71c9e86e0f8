"""Structures near a point: those that fit the need first, each with the reasons of the verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, select

from registry.audit.access_log import log_access, seen_by_owner
from registry.authz.actors import Ctx
from registry.capacity.room import has_room, rooms_of
from registry.joint_builds.models import JointBuild
from registry.joint_builds.queries import builds_near
from registry.offered_sites.models import OfferedSite
from registry.offered_sites.queries import sites_near
from registry.planned_sites.rules import OPEN, Fit, Need, SiteVerdict, judge
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import RuleInPlace, rules_at
from registry.streets.work_queries import WorkInPlace, works_at
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.filter import Near
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.nearby.nearest import (
    CellGroup,
    ComparisonCell,
    ComparisonColumn,
    ComparisonNeed,
    Nearby,
    cells_near,
    circle_outline,
    comparison_columns,
    nearest,
)

#: Setting: the default and the maximum search radius in metres.
RADIUS: Final = "planned_sites.radius_m"
MAX_RESULTS: Final = 50


@dataclass(frozen=True)
class SiteMatch:
    """A structure that the reader sees exactly, its distance in metres, and whether it fits the need."""

    structure: Nearby
    metres: int
    verdict: SiteVerdict


@dataclass(frozen=True)
class SiteAnswer:
    """The structures and public cells around a point that the reader may see."""

    found: tuple[SiteMatch, ...]
    #: Whether there are more than the limit.
    is_cut: bool
    cells: tuple[CellGroup, ...]
    columns: tuple[tuple[ComparisonColumn, Mapping[int, ComparisonCell]], ...]
    circle: dict[str, Any]
    bounds: list[float]
    #: The rules of the streets that the point lies in.
    rules: tuple[RuleInPlace, ...] = ()
    #: The announced works of others in them, from today on.
    works: tuple[WorkInPlace, ...] = ()
    #: Sites that offices offer, with their distance in metres.
    offered: tuple[tuple[OfferedSite, int], ...] = ()
    #: Structures that others announced to build jointly, with their distance in metres.
    announced: tuple[tuple[JointBuild, int], ...] = ()

    @property
    def fitting(self) -> int:
        return sum(item.verdict.fit is Fit.FITS for item in self.found)


def find_near(ctx: Ctx, around: Near, need: Need) -> SiteAnswer:
    """The structures of a kind around a point; writes an access log entry."""
    ranked, is_cut = rank_near(ctx, around, need, MAX_RESULTS)
    shown = [item.structure for item in ranked]
    circle, bounds = circle_outline(ctx.session, around)
    return SiteAnswer(
        found=ranked,
        is_cut=is_cut,
        cells=tuple(cells_near(ctx, around, need.kind, limit=MAX_RESULTS)),
        columns=tuple(comparison_columns(ctx, ComparisonNeed(need.kind, need.quantity, around.lon, around.lat), shown)),
        circle=circle,
        bounds=bounds,
        rules=rules_of_point(ctx, around.lon, around.lat),
        works=tuple(works_at(ctx, _point(around.lon, around.lat), ctx.today)),
        offered=tuple(sites_near(ctx, around.lon, around.lat, around.metres)),
        announced=tuple(builds_near(ctx, around.lon, around.lat, around.metres)),
    )


def rules_of_point(ctx: Ctx, lon: float, lat: float) -> tuple[RuleInPlace, ...]:
    """The rules of the streets that a point lies in."""
    return tuple(rules_at(ctx.session, _point(lon, lat), tuple(StreetAct), ctx.today))


def _point(lon: float, lat: float) -> str:
    return json.dumps({"type": "Point", "coordinates": [float(lon), float(lat)]})


def rank_near(ctx: Ctx, around: Near, need: Need, limit: int) -> tuple[tuple[SiteMatch, ...], bool]:
    """Up to `limit` structures, fitting ones first, each group by distance, and whether there are more.

    Writes an access log entry for structures of other owners.
    """
    rows = fitting = nearest(ctx, around, need.kind, where=lambda: _fits(need), limit=limit + 1, what=("fits", need))
    if len(fitting) <= limit:
        ids = [row.id for row in fitting]
        rows = fitting + nearest(ctx, around, need.kind, limit=limit + 1, without=ids, what="others")
    shown = rows[:limit]
    owners = {row.owner_organisation_id for row in shown}
    log_access(ctx, "nearest", owners, rows=len(shown), seen=seen_by_owner(shown))
    return tuple(_judged(ctx, shown, need)), len(rows) > limit


def _fits(need: Need) -> list[ColumnElement[bool]]:
    """`rules.judge` in SQL; a test keeps the two equal."""
    where: list[ColumnElement[bool]] = [Structure.is_published.expression, Structure.sharing_status.in_(OPEN)]
    if need.least_bore_mm is not None:
        return [*where, has_room(need.unit, need.quantity, None, need.least_bore_mm, _measure(need))]
    if need.measured is not None and need.least is not None:
        where.append(_measure(need) >= need.least)
    return [*where, has_room(need.unit, need.quantity, need.at_height_m)]


def _measure(need: Need) -> ColumnElement[Any]:
    table = KINDS[need.kind].model.__table__
    value = select(table.c[need.measured.name if need.measured else "id"]).where(table.c.id == Structure.id)
    return value.correlate(Structure).scalar_subquery()


def _judged(ctx: Ctx, rows: list[Nearby], need: Need) -> list[SiteMatch]:
    ids = [row.id for row in rows]
    rooms, measures = rooms_of(ctx, ids), _measures(ctx, ids, need)
    own = ctx.actor.organisation_ids
    judged = [
        SiteMatch(row, round(row.metres), judge(row, rooms.get(row.id, []), measures.get(row.id), need, own))
        for row in rows
    ]
    return sorted(judged, key=lambda item: item.verdict.fit is not Fit.FITS)


def _measures(ctx: Ctx, ids: list[int], need: Need) -> dict[int, Decimal | None]:
    if need.measured is None or not ids:
        return {}
    table, name = KINDS[need.kind].model.__table__, need.measured.name

    def build() -> Select[Any]:
        is_selected = table.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
        return select(table.c.id, table.c[name].label("value")).where(is_selected)

    rows = compiled_lists.run_without_positions(ctx, ("measures", need.kind, name), build, {"ids": ids})
    return {row.id: row.value for row in rows}
