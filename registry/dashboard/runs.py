"""Charts that take longer than a page: requested by a person, computed by the worker, kept for a few days."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from procrastinate import JobContext
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import UserAccount
from registry.accounts.user_jobs import ORIGIN, JobProgress, Requested, UserJob
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.dashboard.board import View, build_charts
from registry.dashboard.chart import Chart
from registry.dashboard.models import DashboardRun
from registry.dashboard.views import arguments_of, read_view
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError, NotFound
from registry.kernel.i18n import _, current_locale
from registry.kernel.jobs import TaskService, defer, queue, resources_of

#: Key of the service that gives a job the language and the addresses of a request.
RequestContext = Callable[[str], AbstractContextManager[None]]
REQUEST_CONTEXT: Final = TaskService[RequestContext]()
KIND: Final = "dashboard_run"
_KEPT: Final = timedelta(days=3)


@queue.task(name="dashboard.compute", pass_context=True)
def compute(job: JobContext, *, run_id: int) -> None:
    """Compute the charts of one request; safe to run twice."""
    resources = resources_of(job)
    in_request = REQUEST_CONTEXT.of(resources)
    if in_request is None:
        raise LookupError("the worker was given no request context")
    run_compute(resources.database, in_request, run_id)


def request_run(ctx: Ctx, view: View) -> DashboardRun:
    """Let the worker compute the charts of a view; an equal open request is returned as it is."""
    require(ctx, P.DASHBOARD_READ)
    # Two clicks at once are one request.
    ctx.session.execute(select(UserAccount.id).where(UserAccount.id == ctx.actor.id).with_for_update())
    pairs = sorted([name, value] for name, value in arguments_of(view).items())
    mine = select(DashboardRun).where(DashboardRun.user_id == ctx.actor.id, DashboardRun.finished_at.is_(None))
    for dashboard_run in ctx.session.scalars(mine):
        if dashboard_run.arguments == pairs:
            return dashboard_run
    run = DashboardRun(
        user_id=ctx.actor.id,
        arguments=pairs,
        language=str(current_locale()),
        rights=_rights_of(ctx.actor),
        done=0,
        created_at=ctx.now,
    )
    ctx.session.add(run)
    ctx.session.flush()
    record(ctx, "dashboard.compute", KIND, run.id)
    defer(ctx, compute, key=f"dashboard.{ctx.actor.id}", run_id=run.id)
    return run


def get_run(ctx: Ctx, run_id: int) -> DashboardRun:
    """A request of the actor; NotFound for those of others, and after the actor's rights have changed."""
    query = select(DashboardRun).where(DashboardRun.id == run_id, DashboardRun.user_id == ctx.actor.id)
    run = ctx.session.scalars(query).one_or_none()
    if run is None or run.rights != _rights_of(ctx.actor):
        raise NotFound(_("Không có kết quả tính số %(number)d, hoặc kết quả đã được xóa.", number=run_id))
    return run


def view_of(ctx: Ctx, run: DashboardRun) -> View:
    """The view that was asked for."""
    return read_view(ctx, MultiDict([(name, value) for name, value in run.arguments]))


def run_compute(database: Database, in_request: RequestContext, run_id: int) -> None:
    """Compute as the person who asked, with the rights of now, in one transaction; note the progress."""
    with database.transaction(SYSTEM_ACTOR, origin=ORIGIN, read_only=True) as ctx:
        run = ctx.session.get(DashboardRun, run_id)
        if run is None or not run.is_open:
            return
        user_id, language = run.user_id, run.language
        arguments = [(name, value) for name, value in run.arguments]

    def note(ctx: Ctx, done: int, total: int | None) -> None:
        dashboard_run = ctx.session.get_one(DashboardRun, run_id)
        dashboard_run.done, dashboard_run.total = done, total

    def work(ctx: Ctx) -> tuple[str, tuple[Chart, ...]]:
        progress = JobProgress(database, note)
        return _rights_of(ctx.actor), build_charts(ctx, read_view(ctx, MultiDict(arguments)), progress)

    with in_request(language):
        computed = COMPUTE.run(database, Requested(run_id, user_id), work)
    if computed is None:
        return
    rights, charts = computed
    with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
        dashboard_run = ctx.session.get_one(DashboardRun, run_id)
        dashboard_run.charts, dashboard_run.finished_at = [chart.as_json() for chart in charts], ctx.now
        dashboard_run.rights = rights


def _rights_of(actor: Actor) -> str:
    held = (sorted(actor.roles), sorted(actor.organisation_ids), sorted(actor.unit_ids), actor.ended_on)
    return sha256(repr(held).encode()).hexdigest()


def _fail(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    run = ctx.session.get_one(DashboardRun, requested.id)
    run.failure, run.finished_at = refused.message, ctx.now


def _expire(ctx: Ctx, _data_dir: Path) -> None:
    ctx.session.execute(delete(DashboardRun).where(DashboardRun.created_at < ctx.now - _KEPT))


COMPUTE: Final = UserJob("dashboard.compute", _fail, P.DASHBOARD_READ, expire=_expire)
