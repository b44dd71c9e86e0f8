"""The page of figures; each figure links to the list of the requests that it counts."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.colocation.codes import RefusalGround
from registry.colocation.figures.outcomes import Period, RequestOutcome, read_period
from registry.colocation.figures.tables import figures_by_owner, figures_by_unit, own_use, sees_all
from registry.colocation.list_view import REQUESTS
from registry.kernel.http.errors import html_errors
from registry.kernel.lists.page import list_url
from registry.structures.visibility import IS_PUBLISHED

bp = GuardedBlueprint("colocation_figures", __name__, errors=html_errors)


@bp.get("/colocation/figures", permission=P.COLOCATION_READ)
def index(ctx: Ctx) -> str:
    """Tables by owner, ground and commune for a period, and the present use of published structures."""
    period = read_period(ctx, request.args)
    by_owner = figures_by_owner(ctx, period)
    return render_template(
        "colocation/figures.html",
        period=period,
        now=ctx.now,
        table=by_owner,
        units=figures_by_unit(ctx, period),
        uses=own_use(ctx),
        all_open=sees_all(ctx),
        grounds=RefusalGround,
        outcomes=RequestOutcome,
        list_url=lambda **more: _list_url(ctx, period, **more),
        published=IS_PUBLISHED.arguments(),
    )


def _list_url(ctx: Ctx, period: Period, **more: Any) -> str:
    """The list of the requests that a figure counts."""
    return list_url(ctx, REQUESTS, {"from": period.first, "to": period.last, **more})
