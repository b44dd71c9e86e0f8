"""Reads of obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, Numeric, cast, func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.i18n import _
from registry.obstacles.codes import ObstacleState, Rating
from registry.obstacles.models import Obstacle
from registry.territory.queries import unit_names

RAISER: Final = aliased(Organisation)
AGENCY: Final = aliased(Organisation)
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class ObstacleNames:
    """The names of the parties of an obstacle and of its commune."""

    raiser: str
    agency: str | None
    unit: str | None


@dataclass(frozen=True)
class AgencyYear:
    """The obstacles that an agency has, of those raised in a year; `days`: median from assignment to answer."""

    year: int
    agency: str
    total: int
    open: int
    late: int
    answered: int
    days: Decimal | None
    solved: int
    partly: int
    not_solved: int


def get_obstacle(ctx: Ctx, case_id: int) -> Obstacle:
    """An obstacle that the actor may see; NotFound otherwise."""
    message = _("Không có vướng mắc này, hoặc không có quyền xem.")
    obstacle: Obstacle = get_visible(ctx, Obstacle, P.OBSTACLE_READ, Obstacle.id == case_id, message=message)
    return obstacle


def names_of(ctx: Ctx, case: Obstacle) -> ObstacleNames:
    raiser = ctx.session.get_one(Organisation, case.organisation_id)
    agency = None if case.agency_id is None else ctx.session.get_one(Organisation, case.agency_id)
    unit = None if case.unit_id is None else unit_names(ctx.session, {case.unit_id}).get(case.unit_id)
    return ObstacleNames(raiser.short_name, agency.short_name if agency else None, unit)


def figures_by_agency(ctx: Ctx) -> Sequence[AgencyYear]:
    """Of the obstacles that the actor sees and an agency has, by year of raising and agency; the last year first."""
    year = func.date_part("year", func.timezone(str(LOCAL_ZONE), Obstacle.created_at))
    took = func.extract("epoch", Obstacle.answered_at - Obstacle.assigned_at) / _DAY_SECONDS
    is_open = Obstacle.state.in_((ObstacleState.ASSIGNED, ObstacleState.ESCALATED))

    def rated(rating: Rating) -> ColumnElement[int]:
        return func.count().filter(Obstacle.rating == rating)

    query = (
        select(
            year,
            Organisation.short_name,
            func.count(),
            func.count().filter(is_open),
            func.count().filter(Obstacle.escalated_at.is_not(None)),
            func.count(Obstacle.answered_at),
            func.round(cast(func.percentile_cont(0.5).within_group(took), Numeric), 1),
            rated(Rating.SOLVED),
            rated(Rating.PARTLY),
            rated(Rating.NOT_SOLVED),
        )
        .join(Organisation, Organisation.id == Obstacle.agency_id)
        .where(visible(ctx, Obstacle, P.OBSTACLE_READ))
        .group_by(year, Organisation.short_name)
        .order_by(year.desc(), Organisation.short_name)
    )
    return [AgencyYear(int(row[0]), *row[1:]) for row in ctx.session.execute(query)]
