"""A list proposed by the budgets of up to five years: what each street counts, which are selected, and why.

The points of a street are what its page shows of it, times dated weights. The officer takes, changes or drops each
choice; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, Final

from procrastinate import JobContext
from sqlalchemy import delete, select

from registry.accounts.models import UserAccount
from registry.accounts.user_jobs import ORIGIN, JobProgress, Requested, UserJob
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.dated_settings import Protects, SettingDeclaration, number_field, numbers, setting_row
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError, Invalid, MoveRefused, NotFound
from registry.kernel.i18n import _, _l, current_locale, force_locale
from registry.kernel.jobs import defer, queue, resources_of
from registry.routelists.budget import UNIT_VND, BudgetPlan, BudgetProblem, StreetOption, solve, spent, way_in
from registry.routelists.bulk import RouteBulkOutcome, keep_outcome
from registry.routelists.commands import Rank
from registry.routelists.desk_service import set_ranks
from registry.routelists.models import ItemState, RouteItem, RouteList, WorkKind
from registry.routelists.progress import works_of
from registry.routelists.progress_models import WorkState
from registry.routelists.proposal_models import BudgetRun
from registry.routelists.queries import get_list
from registry.routelists.rules import WAITING
from registry.routelists.street_figures import street_counts

KIND: Final = "budget_run"
WEIGHTS: Final = "routelist.proposal_weights"
MOST_YEARS: Final = 5
MOST_SECONDS: Final = 60
_KEPT: Final = timedelta(days=60)
_METRES_A_KM: Final = 1000
#: Points are counted in hundredths.
HUNDREDTHS: Final = 100
#: Part of the points -> its label.
PARTS: Final[Mapping[str, Any]] = {
    "aerial_km": _l("Mỗi km cáp treo"),
    "dead_km": _l("Mỗi km cáp ngừng khai thác chưa tháo dỡ"),
    "incident": _l("Mỗi sự cố chưa đóng"),
    "violation": _l("Mỗi vi phạm chưa đóng"),
    "bore": _l("Mỗi ống cần có"),
    "joint": _l("Có dự án đường, điện, nước thực hiện cùng"),
    "promise": _l("Mỗi km ngầm hóa theo chỉ tiêu của kế hoạch"),
}
DECAY: Final = "decay_percent"
SETTING: Final = SettingDeclaration(
    WEIGHTS,
    _l("Điểm của tuyến khi đề xuất danh mục theo ngân sách"),
    _l("Danh mục tuyến"),
    numbers(
        *(number_field(name, label, None, "0", "1000") for name, label in PARTS.items()),
        number_field(DECAY, _l("Giảm cho mỗi năm thực hiện muộn (phần trăm)"), None, "0", "20"),
    ),
    protects=Protects.COMMUNES,
)


@queue.task(name="routelists.propose", pass_context=True)
def propose(job: JobContext, *, run_id: int) -> None:
    """Compute one proposal; safe to run twice."""
    run_proposal(resources_of(job).database, run_id)


def request_proposal(ctx: Ctx, list_id: int, budgets: Mapping[int, Decimal]) -> BudgetRun:
    """Let the worker propose a list; an open one of the same person and list is returned as it is."""
    require(ctx, P.ROUTELIST_REVIEW)
    route_list = get_list(ctx, list_id)
    # Two clicks at once are one request.
    ctx.session.execute(select(UserAccount.id).where(UserAccount.id == ctx.actor.id).with_for_update())
    mine = (BudgetRun.user_id == ctx.actor.id, BudgetRun.route_list_id == route_list.id)
    running = ctx.session.scalars(select(BudgetRun).where(*mine, BudgetRun.finished_at.is_(None))).first()
    if running is not None:
        return running
    if not any(budgets.values()):
        raise Invalid({"budget_1": _("Ngân sách các năm đều bằng 0; cần ít nhất một năm có tiền.")})
    run = BudgetRun(
        route_list_id=route_list.id,
        user_id=ctx.actor.id,
        budgets={str(year): str(budget) for year, budget in budgets.items()},
        language=str(current_locale()),
        done=0,
        is_stopping=False,
        created_at=ctx.now,
    )
    ctx.session.add(run)
    ctx.session.flush()
    record(ctx, "budget_run.request", KIND, run.id)
    defer(ctx, propose, key=f"routelists.propose.{ctx.actor.id}", run_id=run.id)
    return run


def get_run(ctx: Ctx, run_id: int) -> BudgetRun:
    """A proposal of the actor; NotFound for those of others."""
    query = select(BudgetRun).where(BudgetRun.id == run_id, BudgetRun.user_id == ctx.actor.id)
    run = ctx.session.scalars(query).one_or_none()
    if run is None:
        raise NotFound(_("Không có đề xuất theo ngân sách số %(number)d, hoặc kết quả đã được xóa.", number=run_id))
    return run


def stop_run(ctx: Ctx, run_id: int) -> None:
    """Ask an open proposal to stop."""
    require(ctx, P.ROUTELIST_REVIEW)
    run = get_run(ctx, run_id)
    if not run.is_open or run.is_stopping:
        raise MoveRefused(_("Đề xuất này đã xong hoặc đang dừng; hãy tải lại trang."))
    run.is_stopping = True
    record(ctx, "budget_run.stop", KIND, run.id)


def run_proposal(database: Database, run_id: int, seconds: float = MOST_SECONDS) -> None:
    """Compute as the person who asked, with the rights of now."""
    with database.transaction(SYSTEM_ACTOR, origin=ORIGIN, read_only=True) as ctx:
        run = ctx.session.get(BudgetRun, run_id)
        if run is None or not run.is_open:
            return
        user_id, language, list_id = run.user_id, run.language, run.route_list_id
        budgets = {int(year): Decimal(budget) for year, budget in run.budgets.items()}

    def note(ctx: Ctx, done: int, total: int | None) -> bool:
        noted = ctx.session.get_one(BudgetRun, run_id)
        noted.done, noted.total = done, total
        return noted.is_stopping

    def is_stopped() -> bool:
        with database.transaction(SYSTEM_ACTOR, origin=ORIGIN, read_only=True) as ctx:
            return ctx.session.get_one(BudgetRun, run_id).is_stopping

    progress = JobProgress(database, note, every_s=1)
    with force_locale(language):
        computed = PROPOSE.run(
            database,
            Requested(run_id, user_id),
            lambda ctx: compute(ctx, list_id, budgets, progress, is_stopped, seconds),
        )
    if computed is None:
        return
    with database.transaction(SYSTEM_ACTOR, origin=ORIGIN) as ctx:
        run = ctx.session.get_one(BudgetRun, run_id)
        run.result, run.finished_at = computed, ctx.now


def compute(
    ctx: Ctx,
    list_id: int,
    budgets: Mapping[int, Decimal],
    progress: Callable[[int, int | None], None],
    is_stopped: Callable[[], bool],
    seconds: float = MOST_SECONDS,
) -> dict[str, Any]:
    """The result as JSON: selected and other streets with their parts, sums of the years, points, bound.

    A solver that was asked to stop gives the best plan that it has by then.
    """
    items = candidates(ctx, list_id)
    weights = setting_row(ctx.session, WEIGHTS, ctx.today)
    parts: dict[int, dict[str, int]] = {}
    for number, item in enumerate(items):
        progress(number, len(items) + 1)
        parts[item.id] = parts_of(ctx, item, weights.value)
    options = {item.id: option_of(item, sum(parts[item.id].values()), budgets) for item in items if item.cost_vnd}
    problem = BudgetProblem(
        tuple(options.values()),
        {year: int(budget // UNIT_VND) for year, budget in budgets.items()},
        int(weights.value[DECAY]),
    )
    plan = solve(problem, seconds, is_stopped)
    costs = spent(problem, plan.years)
    return {
        "points": plan.points,
        "bound": plan.bound,
        "citation": weights.citation,
        "needs_verification": weights.needs_verification,
        "years": [
            {"year": year, "budget": str(budget), "spent": str(costs[year] * UNIT_VND)}
            for year, budget in budgets.items()
        ],
        "selected": [
            {
                "id": item.id,
                "year": plan.years[item.id],
                "points": problem.worth(options[item.id], plan.years[item.id]),
                "parts": parts[item.id],
            }
            for item in items
            if item.id in plan.years
        ],
        "others": [
            {"id": item.id, "parts": parts[item.id]} | _why_not(problem, plan, options.get(item.id))
            for item in items
            if item.id not in plan.years
        ],
    }


def candidates(ctx: Ctx, list_id: int) -> list[RouteItem]:
    """Streets of a list that wait for the review or are agreed, with a line, whose work has not begun."""
    query = select(RouteItem).where(
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        RouteItem.route_list_id == list_id,
        RouteItem.state.in_((*WAITING, ItemState.AGREED)),
        RouteItem.line.is_not(None),
    )
    items = list(ctx.session.scalars(query.order_by(RouteItem.id)))
    works = works_of(ctx, [item.id for item in items])
    return [item for item in items if item.id not in works or works[item.id].state is WorkState.DROPPED]


def parts_of(ctx: Ctx, item: RouteItem, weights: Mapping[str, Any]) -> dict[str, int]:
    """The points of a street by part, in hundredths; only the parts that count."""
    counts = street_counts(ctx, item.id)
    length_km = float(item.length_m or 0) / _METRES_A_KM
    amounts = {
        "aerial_km": counts["aerial_m"] / _METRES_A_KM,
        "dead_km": counts["dead_m"] / _METRES_A_KM,
        "incident": counts.get("incidents.index", 0),
        "violation": counts.get("violations.index", 0),
        "bore": item.bores or 0,
        "joint": 1 if item.linked_project else 0,
        "promise": length_km if item.work_kind is WorkKind.UNDERGROUND else 0,
    }
    points = {name: round(HUNDREDTHS * float(weights[name]) * amount) for name, amount in amounts.items()}
    return {name: number for name, number in points.items() if number}


def option_of(item: RouteItem, points: int, budgets: Mapping[int, Decimal]) -> StreetOption:
    """The choice that a street is: its cost rounded up, and the years of the budgets that it wants."""
    cost = int((Decimal(item.cost_vnd or 0) / UNIT_VND).to_integral_value(ROUND_CEILING))
    first, last = item.wanted_from_year or min(budgets), item.wanted_to_year or max(budgets)
    return StreetOption(item.id, cost, points, tuple(year for year in budgets if first <= year <= last))


def _why_not(problem: BudgetProblem, plan: BudgetPlan, option: StreetOption | None) -> dict[str, Any]:
    """Why a street is not in the plan: no cost, no year, no points, or the cheapest change that brings it in."""
    if option is None:
        return {"why": "cost"}
    way = way_in(problem, plan, option)
    if way is None:
        return {"why": "years"}
    if problem.worth(option, way.year) == 0:
        return {"why": "points"}
    change: dict[str, Any] = {"why": "budget", "year": way.year, "extra": str(way.extra * UNIT_VND)}
    if way.instead_of is not None:
        other, year, loss = way.instead_of
        change |= {"other": other, "other_year": year, "loss": loss}
    return change


def streets_of(ctx: Ctx, result: Mapping[str, Any]) -> dict[int, RouteItem]:
    """The streets of a result as they are now, of those that the actor sees."""
    ids = [row["id"] for row in (*result["selected"], *result["others"])]
    query = select(RouteItem).where(RouteItem.id.in_(ids), visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
    return {item.id: item for item in ctx.session.scalars(query)}


def take_years(ctx: Ctx, run_id: int, ranks: Sequence[Rank]) -> RouteBulkOutcome:
    """Set the first years of streets of a proposal; what one is refused for keeps no other back."""
    require(ctx, P.ROUTELIST_REVIEW)
    run = get_run(ctx, run_id)
    streets = streets_of(ctx, run.result) if run.result is not None else {}
    years = {int(year) for year in run.budgets}
    offered = [rank for rank in ranks if rank.item_id in streets and rank.year in years]
    moved = set_ranks(ctx, offered)
    unknown = Invalid({"": _("Tuyến hoặc năm không có trong đề xuất này.")})
    others = {rank.item_id: unknown for rank in ranks if rank not in offered}
    return keep_outcome(ctx, replace(moved, cases=streets, refused={**moved.refused, **others}))


def runs_of(ctx: Ctx, route_list: RouteList) -> list[BudgetRun]:
    """The proposals of the actor for a list, the newest first."""
    query = select(BudgetRun).where(BudgetRun.route_list_id == route_list.id, BudgetRun.user_id == ctx.actor.id)
    return list(ctx.session.scalars(query.order_by(BudgetRun.id.desc())))


def _fail(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    run = ctx.session.get_one(BudgetRun, requested.id)
    run.failure, run.finished_at = refused.message, ctx.now


def _stop(ctx: Ctx, requested: Requested) -> None:
    run = ctx.session.get_one(BudgetRun, requested.id)
    run.failure, run.finished_at = _("Đã dừng theo yêu cầu."), ctx.now


def _expire(ctx: Ctx, _data_dir: Path) -> None:
    ctx.session.execute(delete(BudgetRun).where(BudgetRun.created_at < ctx.now - _KEPT))


PROPOSE: Final = UserJob("routelists.propose", _fail, P.ROUTELIST_REVIEW, stop=_stop, expire=_expire)
