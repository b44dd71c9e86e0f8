"""What stops a new mast: the distances in force, the masts within them, and yes or no of what others have not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.accounts.actor import with_predecessors
from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.kernel.dated import DatedSetting, setting_row
from registry.planned_sites.rules import Spacing, spacing_of
from registry.structures import positions
from registry.structures.contract import Hosting
from registry.structures.kinds import HOSTS
from registry.structures.near import Near
from registry.structures.nearest import Cell, Nearby, hidden_near, nearest, ring
from registry.structures.questions import next_question
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import get_unit, unit_at

SPACING: Final = "planned_sites.mast_spacing"
MOST: Final = 50
MASTS: Final = tuple(code for code, kind in HOSTS.items() if kind.hosting is Hosting.ANTENNAS)


@dataclass(frozen=True)
class Plan:
    """A mast that somebody wants to build: where, by the rules of which day, how high, by whom (None: the actor)."""

    lon: float
    lat: float
    on: date
    height_m: Decimal | None = None
    operator_id: int | None = None


@dataclass(frozen=True)
class Mast:
    """A mast within reach that the reader sees exactly."""

    structure: Nearby
    required_m: int
    is_same_operator: bool

    @property
    def is_too_near(self) -> bool:
        """Whether it stands in the way."""
        return float(self.structure.metres) < self.required_m

    @property
    def metres(self) -> int:
        """How far it is, rounded, but never up to the distance that it does not keep."""
        whole: int = round(self.structure.metres)
        return min(whole, self.required_m - 1) if self.is_too_near else whole


@dataclass(frozen=True)
class Unseen:
    """Cells in which others have masts that the reader does not see; `asked` counts today's questions, this one too.

    `cells` None: no answer, since as many questions were asked as a day allows.
    """

    cells: tuple[Cell, ...] | None
    asked: int
    most: int


@dataclass(frozen=True)
class Obstacles:
    """What the rule of a place says of a new mast; no rule, no distances."""

    unit: AdminUnit | None
    rule: DatedSetting | None
    spacing: Spacing | None = None
    is_exempt: bool = False
    masts: tuple[Mast, ...] = ()
    #: None where the reader sees every mast, or where no distance need be kept.
    unseen: Unseen | None = None
    circle: dict[str, Any] | None = None
    bounds: list[float] | None = None


def find_obstacles(ctx: Ctx, plan: Plan) -> Obstacles:
    """What stops a mast; looks at others' positions and the answer about what they have not shown are noted."""
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
    circle, bounds = ring(ctx.session, around)
    return Obstacles(
        unit=unit,
        rule=rule,
        spacing=spacing,
        masts=_masts(ctx, around, spacing, planner),
        unseen=_unseen(ctx, plan, spacing, planner),
        circle=circle,
        bounds=bounds,
    )


def _rule(ctx: Ctx, on: date) -> DatedSetting | None:
    try:
        return setting_row(ctx.session, SPACING, on)
    except LookupError:
        # Before its first day no rule is known.
        return None


def _masts(ctx: Ctx, around: Near, spacing: Spacing, planner: frozenset[int]) -> tuple[Mast, ...]:
    rows = [row for kind in MASTS for row in nearest(ctx, around, kind, limit=MOST, what="masts")]
    look(ctx, "mast_spacing", {row.owner_organisation_id for row in rows}, rows=len(rows))
    found = []
    for row in sorted(rows, key=lambda row: row.metres):
        is_same = row.owner_organisation_id in planner
        found.append(Mast(row, spacing.required_m(is_same_operator=is_same), is_same))
    return tuple(found)


def _unseen(ctx: Ctx, plan: Plan, spacing: Spacing, planner: frozenset[int]) -> Unseen | None:
    if positions.sees_all(ctx):
        return None
    question = next_question(ctx)
    if question.is_refused:
        return Unseen(None, question.asked, question.most)
    # Masts of the planner itself stand farther apart; whoever plans for itself sees its own.
    reach = spacing.different_m if planner == ctx.actor.organisation_ids else spacing.reach_m
    found = [hidden_near(ctx, Near(plan.lon, plan.lat, reach), kind) for kind in MASTS]
    cells = tuple(cell for hidden in found for cell in hidden.cells)
    question.answer(ctx, "mast_spacing", frozenset().union(*(hidden.owners for hidden in found)), cells=len(cells))
    return Unseen(cells, question.number, question.most)
