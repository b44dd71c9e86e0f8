"""Charts that the worker computes: the request, its progress and its result."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.dashboard.chart import chart_from_json
from registry.dashboard.runs import get_run, request_run, view_of
from registry.dashboard.views import arguments_of, read_view
from registry.kernel.http.errors import html_errors

bp = GuardedBlueprint("dashboard_runs", __name__, errors=html_errors)


@bp.post("/dashboard/runs", permission=P.DASHBOARD_READ)
def create(ctx: Ctx) -> Response:
    """Let the worker compute the charts of the view in the form."""
    run = request_run(ctx, read_view(ctx, request.form))
    return redirect(url_for("dashboard_runs.detail", run_id=run.id), code=303)


@bp.get("/dashboard/runs/<int:run_id>", permission=P.DASHBOARD_READ)
def detail(ctx: Ctx, run_id: int) -> str:
    """The progress of a request, then its charts with the moment of which they are."""
    run = get_run(ctx, run_id)
    view = view_of(ctx, run)
    return render_template(
        "dashboard/run.html",
        run=run,
        charts=[chart_from_json(chart) for chart in run.charts or ()],
        sentence=view.when.text(ctx.now) if view.when is not None else None,
        dashboard=url_for("home.dashboard", **arguments_of(view)),
        view=view,
    )
