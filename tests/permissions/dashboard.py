"""Charts that Viettel has let the worker compute, and the choice of digests."""

from registry.dashboard.board import View
from registry.dashboard.runs import request_run

DASHBOARD_FIELDS = {
    "dashboard_runs.create": {"as_of": "01/06/2025", "figure": "available"},
    "digests.save": {"frequency": "weekly"},
}


def dashboard_objects(app, ctx_of):
    with app.test_request_context(), ctx_of("viettel") as ctx:
        return {"viettel run": {"run_id": request_run(ctx, View(ctx.today)).id}}
