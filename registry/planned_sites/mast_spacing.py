"""Masts too close to a new one: the distances in force, visible masts within them, and cells with hidden ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.accounts.actor import with_predecessors
from registry.audit.access_log import log_access, seen_by_owner
from registry.authz.actors import Ctx
from registry.kernel.dated_settings import DatedSetting, setting_row
from registry.structures import positions
from registry.structures.filtering.filter import Near
from registry.structures.nearby.nearest import Nearby, NearbyCell, circle_outline, hidden_near, nearest
from registry.structures.nearby.questions import reserve_question
from registry.structures.positions.mast_spacing import MASTS, SPACING, Spacing, spacing_of
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import get_unit, unit_at

MAX_MASTS: Final = 50


@dataclass(frozen=True)
class PlannedMast:
    """A planned mast: position, day of the rules, height, operator (None: the actor's organisations)."""

    lon: float
    lat: float
    on: date
    height_m: Decimal | None = None
    operator_id: int | None = None


@dataclass(frozen=True)
class Mast:
    """A mast within the distances that the reader sees exactly."""

    structure: Nearby
    required_m: int
    is_same_operator: bool

    @property
    def is_too_near(self) -> bool:
        return float(self.structure.metres) < self.required_m

    @property
    def metres(self) -> int:
        """The rounded distance; one that is too short is never rounded up to the required one."""
        whole: int = round(self.structure.metres)
        return min(whole, self.required_m - 1) if self.is_too_near else whole


@dataclass(frozen=True)
class HiddenMasts:
    """Cells with masts of others that the reader does not see; `asked` counts today's questions including this one.

    `cells` is None where the daily limit of questions is reached.
    """

    cells: tuple[NearbyCell, ...] | None
    asked: int
    most: int


@dataclass(frozen=True)
class Obstacles:
    """The masts too close to a new one under the rule of its unit; without a rule there are no distances."""

    unit: AdminUnit | None
    rule: DatedSetting | None
    spacing: Spacing | None = None
    is_exempt: bool = False
    masts: tuple[Mast, ...] = ()
    #: None where the reader sees every mast, or where no distance applies.
    unseen: HiddenMasts | None = None
    circle: dict[str, Any] | None = None
    bounds: list[float] | None = None


def find_obstacles(ctx: Ctx, plan: PlannedMast) -> Obstacles:
    """The masts too close to a planned one; writes access log entries for visible and hidden masts of others."""
    hit = unit_at(ctx.session, plan.lon, plan.lat, UnitLevel.COMMUNE, plan.on)
    unit = get_unit(ctx.session, hit.id) if hit is not None else None
    rule = _rule(ctx, plan.on)
    if unit is None or rule is None:
        return Obstacles(unit, rule)
    spacing = spacing_of(rule.value, unit.code, unit.kind)
    if spacing.exempts(plan.height_m):
        return Obstacles(unit, rule, spacing, is_exempt=True)
    planner = ctx.actor.organisation_ids
    if plan.operator_id is not None:
        planner = with_predecessors(ctx.session, plan.operator_id, ctx.today)
    around = Near(plan.lon, plan.lat, spacing.reach_m)
    circle, bounds = circle_outline(ctx.session, around)
    return Obstacles(
        unit=unit,
        rule=rule,
        spacing=spacing,
        masts=_masts(ctx, around, spacing, planner),
        unseen=_hidden_masts(ctx, plan, spacing, planner),
        circle=circle,
        bounds=bounds,
    )


def visible_masts_too_near(ctx: Ctx, plan: PlannedMast, unit: AdminUnit) -> list[Mast]:
    """The masts too close to a planned one in a unit, of those that the reader sees exactly."""
    rule = _rule(ctx, plan.on)
    if rule is None:
        return []
    spacing = spacing_of(rule.value, unit.code, unit.kind)
    if spacing.exempts(plan.height_m):
        return []
    planner = ctx.actor.organisation_ids
    if plan.operator_id is not None:
        planner = with_predecessors(ctx.session, plan.operator_id, ctx.today)
    masts = _masts(ctx, Near(plan.lon, plan.lat, spacing.reach_m), spacing, planner)
    return [mast for mast in masts if mast.is_too_near]


def _rule(ctx: Ctx, on: date) -> DatedSetting | None:
    try:
        return setting_row(ctx.session, SPACING, on)
    except LookupError:
        # There is no rule before its first day.
        return None


def _masts(ctx: Ctx, around: Near, spacing: Spacing, planner: frozenset[int]) -> tuple[Mast, ...]:
    rows = [row for kind in MASTS for row in nearest(ctx, around, kind, limit=MAX_MASTS, what="masts")]
    owners = {row.owner_organisation_id for row in rows}
    log_access(ctx, "mast_spacing", owners, rows=len(rows), seen=seen_by_owner(rows))
    masts = []
    for row in sorted(rows, key=lambda row: row.metres):
        is_same = row.owner_organisation_id in planner
        masts.append(Mast(row, spacing.required_m(is_same_operator=is_same), is_same))
    return tuple(masts)


def _hidden_masts(ctx: Ctx, plan: PlannedMast, spacing: Spacing, planner: frozenset[int]) -> HiddenMasts | None:
    if positions.sees_all(ctx):
        return None
    question = reserve_question(ctx)
    if question.is_refused:
        return HiddenMasts(None, question.number, question.most)
    # An operator planning for itself sees its own masts, so only the distance to other operators matters.
    reach = spacing.different_m if planner == ctx.actor.organisation_ids else spacing.reach_m
    hidden_masts = [hidden_near(ctx, Near(plan.lon, plan.lat, reach), kind) for kind in MASTS]
    cells = tuple(cell for hidden in hidden_masts for cell in hidden.cells)
    question.answer(
        ctx, "mast_spacing", frozenset().union(*(hidden.owners for hidden in hidden_masts)), cells=len(cells)
    )
    return HiddenMasts(cells, question.number, question.most)
