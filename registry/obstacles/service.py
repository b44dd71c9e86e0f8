"""Writes of obstacles other than moves."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Forbidden, Invalid
from registry.obstacles.commands import RaiseObstacle
from registry.obstacles.models import Obstacle
from registry.obstacles.workflow import OBSTACLE
from registry.territory.queries import commune_problem
from registry.workflow.engine import open_case


def raise_obstacle(ctx: Ctx, command: RaiseObstacle) -> Obstacle:
    """Open an obstacle with its number; the lead department assigns it. Invalid for a commune that has ended."""
    require(ctx, P.OBSTACLE_RAISE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    if command.unit_id is not None:
        problem = commune_problem(ctx.session, command.unit_id, ctx.today)
        if problem is not None:
            raise Invalid({"commune": problem})
    obstacle = Obstacle(
        organisation_id=ctx.actor.organisation_id,
        unit_id=command.unit_id,
        title=command.values["subject"],
        version=1,
        **command.values,
    )
    opened: Obstacle = open_case(ctx, OBSTACLE, obstacle, numbered=True)
    return opened
