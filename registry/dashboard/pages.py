"""The start page, the figures of the province with the lists behind them, and the switch of language."""

from __future__ import annotations

from datetime import date

from flask import make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from registry.accounts.browser import safe_next
from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.colocation.figures.outcomes import last_year
from registry.colocation.figures.tables import own_figures
from registry.dashboard.cables import DECOMMISSIONED, cable_figures
from registry.dashboard.figures import MIN_DISCLOSED, count_by_kind, count_by_unit, count_open_cases, list_figures
from registry.dashboard.indicators import SHARED_POSITIONS
from registry.dashboard.list_view import TOWERS, USE_LABELS, check_day
from registry.dashboard.lookup import LookupForm
from registry.dashboard.public import kinds_by_count, public_figures
from registry.dashboard.sharing import sharing_ratio
from registry.indicators.queries import target_of
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.fields import ValueRefused, parse_day
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import LANGUAGES, _l, remember_language
from registry.kernel.lists.page import list_page
from registry.routelists.published import issued_lists
from registry.structures.codes import ASSESSED
from registry.structures.filtering.checks import good_until
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import code_labels, moment
from registry.structures.positions import counts_province
from registry.structures.positions.moment import read_when
from registry.upkeep.queries import freshness, waiting_rounds
from registry.workflow.lists import worklist_totals
from registry.workflow.worklist import WORKLIST_SIZE, assigned_cases, list_tasks, watched_cases

bp = GuardedBlueprint("home", __name__, errors=html_errors)
preferences_bp = GuardedBlueprint("preferences", __name__, errors=html_errors)

FIGURE_LABELS = {
    "all": _l("công trình"),
    "available": _l("còn khả năng dùng chung"),
    "not_assessed": _l("chưa đánh giá khả năng dùng chung"),
    "suspended": _l("đang tạm ngừng"),
    "dangerous": _l("ở tình trạng nguy hiểm"),
}


@bp.get("/", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Pending work of a signed-in user; map, figures, lists and the way to share for everyone else."""
    if Role.PUBLIC in ctx.actor.roles:
        figures = public_figures(ctx)
        return render_template(
            "home/public.html",
            figures=figures,
            kind_counts=kinds_by_count(figures),
            issued=issued_lists(ctx),
            form=LookupForm(formdata=None),
            **code_labels(),
        )
    waiting = assigned_cases(ctx)
    more = worklist_totals(ctx, waiting)
    return render_template(
        "home/mine.html",
        figures=list_figures(ctx),
        labels=FIGURE_LABELS,
        waiting=waiting,
        watched=watched_cases(ctx),
        rounds=waiting_rounds(ctx),
        lines=list_tasks(ctx),
        waiting_count=len(waiting) + sum(total - WORKLIST_SIZE for _workflow, total in more),
        more=more,
    )


@bp.get("/dashboard", permission=P.DASHBOARD_READ)
def dashboard(ctx: Ctx) -> str:
    """Counts by kind, sharing status and unit, both sharing ratios, open and late cases.

    At a past time (`as_of`, `recorded_at`) figures that exist for the present only are left out. Figures of the
    province (`dashboard:province`) link to no lists, because their reader may not see the rows.
    """
    when = read_when(request.args)
    point = when.at(ctx.now) if when is not None else None
    on = read_day(ctx, request.args, point.day if point is not None else None)
    time = when.address if when is not None else {}
    since = good_until(ctx, point.day if point is not None else ctx.today)
    period = last_year(ctx.today)
    return render_template(
        "dashboard/index.html",
        on=on,
        now=ctx.now,
        kinds=KINDS,
        statuses=ASSESSED,
        counts=count_by_kind(ctx, when),
        units=count_by_unit(ctx, when),
        cases=count_open_cases(ctx) if when is None else [],
        ratio=sharing_ratio(ctx, on),
        target=target_of(ctx, SHARED_POSITIONS, on),
        cables=cable_figures(ctx, on, when),
        dead_list=DECOMMISSIONED | time,
        period=period,
        asked=own_figures(ctx, period) if when is None else None,
        fresh=freshness(ctx, when),
        fresh_since=since,
        moment=moment(ctx, when, request.args.items(multi=True)),
        time=time,
        province=counts_province(ctx),
        least=MIN_DISCLOSED,
    )


@bp.get("/dashboard/towers", permission=P.DASHBOARD_READ)
def towers(ctx: Ctx) -> str:
    """The towers behind the sharing ratio."""
    listing = list_page(ctx, TOWERS)
    views = [
        {"label": label, "url": listing.address({**listing.chosen, "use": use}), "active": use == listing.chosen["use"]}
        for use, label in USE_LABELS.items()
    ]
    title = USE_LABELS[listing.chosen["use"]]
    return render_template("dashboard/towers.html", listing=listing, on=listing.chosen["on"], title=title, views=views)


def read_day(ctx: Ctx, args: MultiDict[str, str], default: date | None = None) -> date:
    """The day of the figures: `default`, or today, unless the arguments name another; Invalid outside the range."""
    text = args.get("on", "")
    try:
        day = parse_day(text) if text else default or ctx.today
    except ValueRefused as refused:
        raise Invalid({"on": str(refused)}) from refused
    check_day(ctx, day)
    return day


@preferences_bp.get("/language/<language>", permission=P.PUBLIC)
def language(_ctx: Ctx, language: str) -> Response:
    """Remember the language in a cookie and return to the previous page."""
    if language not in LANGUAGES:
        raise NotFound
    return remember_language(make_response(redirect(safe_next(request.args.get("next")))), language)
