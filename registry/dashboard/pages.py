"""The start page, figures of the province with the lists behind them, charts of the worker, mails, the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.browser import safe_next
from registry.accounts.queries import get_own_account
from registry.audit.queries import register_version
from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.start_page import start_acts, start_parts
from registry.colocation.figures.outcomes import last_year
from registry.colocation.figures.tables import MIN_REQUESTS, ColocationFigures, figures_by_owner
from registry.dashboard.cables import DECOMMISSIONED
from registry.dashboard.chart import ChartShape, chart_from_json
from registry.dashboard.digests import subscribe, subscriptions_of
from registry.dashboard.figures import MIN_DISCLOSED, count_by_kind, count_open_cases, list_case_tiles, list_figures
from registry.dashboard.list_view import TOWERS, USE_LABELS
from registry.dashboard.lookup import LookupForm
from registry.dashboard.map_figures import MAP_FIGURES
from registry.dashboard.models import Frequency
from registry.dashboard.overview import read_charts, read_overview
from registry.dashboard.runs import get_run, request_run, view_of
from registry.dashboard.views import arguments_of, files_of, read_tab, read_view, tabs_of
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.forms.answers import flash_done
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import LANGUAGES, _, _l, remember_language
from registry.kernel.lists.page import list_page
from registry.notices.choices import (
    OFFERED,
    choices_of,
    choose,
    choose_kinds,
    kind_choices_of,
    kinds_of,
    own_bounce,
)
from registry.notices.events import Standing
from registry.notices.models import Delivery
from registry.routelists.published import issued_lists
from registry.structures.filtering.checks import good_until
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import code_labels, moment
from registry.structures.positions import counts_province
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.queries import commune_choices, unit_names
from registry.upkeep.queries import waiting_rounds
from registry.workflow.lists import worklist_totals
from registry.workflow.worklist import WORKLIST_SIZE, Urgency, list_tasks, read_desk


@dataclass(frozen=True)
class PublicFigures:
    """Counts for everyone; figures of requests are None where fewer than three make them up."""

    #: Kind -> structures that the public map shows.
    by_kind: dict[str, int]
    requests: ColocationFigures
    bounds: list[float]

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


_FIGURES: Final[VersionedCache[PublicFigures]] = VersionedCache(256 * 1024)


def public_figures(ctx: Ctx) -> PublicFigures:
    """The figures of a visitor without sign-in, cached until the register changes."""
    return _FIGURES.get(ctx.today, register_version(ctx), lambda: _read(ctx))


def _read(ctx: Ctx) -> PublicFigures:
    box = acceptance_bounds(ctx.session, ctx.today)
    counts = {each.code: each.total for each in count_by_kind(ctx) if each.total}
    total = figures_by_owner(ctx, last_year(ctx.today)).total
    return PublicFigures(
        counts, total.now if total is not None else ColocationFigures(), [box.west, box.south, box.east, box.north]
    )


def kinds_by_count(figures: PublicFigures) -> list[tuple[Any, int]]:
    """Kinds with their counts, the most frequent first."""
    return sorted(((KINDS[code], count) for code, count in figures.by_kind.items()), key=lambda pair: -pair[1])


bp = GuardedBlueprint("home", __name__, errors=html_errors)
preferences_bp = GuardedBlueprint("preferences", __name__, errors=html_errors)

FIGURE_LABELS = {
    "all": _l("công trình"),
    "sector": _l("công trình thuộc lĩnh vực quản lý"),
    "available": _l("đang sử dụng, còn khả năng dùng chung"),
    "not_assessed": _l("đang sử dụng, chưa đánh giá khả năng dùng chung"),
    "suspended": _l("đang tạm ngừng"),
    "dangerous": _l("ở tình trạng nguy hiểm"),
    "restricted": _l("hạn chế (quốc phòng, an ninh), không tính trong các số trên"),
}
URGENCY_LABELS = {
    Urgency.OVERDUE: _l("Quá hạn"),
    Urgency.TODAY: _l("Hôm nay"),
    Urgency.WEEK: _l("Trong 7 ngày"),
    Urgency.LATER: _l("Còn thời gian"),
}


@bp.get("/", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Pending work of a signed-in user; map, figures, lists and the way to share for everyone else."""
    if Role.PUBLIC in ctx.actor.roles:
        figures = public_figures(ctx)
        return render_template(
            "home/public.html",
            figures=figures,
            least_requests=MIN_REQUESTS,
            kind_counts=kinds_by_count(figures),
            issued=issued_lists(ctx),
            form=LookupForm(formdata=None),
            **start_parts(ctx),
            **code_labels(),
        )
    desk = read_desk(ctx)
    more = worklist_totals(ctx, desk.assigned)
    units = {item.unit_id for item in (*desk.assigned, *desk.watched) if item.unit_id is not None}
    return render_template(
        "home/mine.html",
        figures=list_figures(ctx),
        case_tiles=list_case_tiles(ctx),
        labels=FIGURE_LABELS,
        acts=start_acts(ctx.actor),
        waiting=[
            (urgency, URGENCY_LABELS[urgency], [item for item in desk.assigned if item.urgency is urgency])
            for urgency in Urgency
        ],
        unit_names=unit_names(ctx.session, units) if units else {},
        watched=desk.watched,
        rounds=waiting_rounds(ctx),
        lines=list_tasks(ctx),
        waiting_count=len(desk.assigned) + sum(total - WORKLIST_SIZE for _workflow, total in more),
        more=more,
        **start_parts(ctx),
    )


@bp.get("/dashboard", permission=P.DASHBOARD_READ)
def dashboard(ctx: Ctx) -> str:
    """Key figures, then charts of what the reader works with by tab (`tab`), each a page of its own address.

    At a past time (`as_of`, `recorded_at`) figures that exist for the present only are left out. Figures of the
    province (`dashboard:province`) link to no lists, because their reader may not see the rows.
    """
    view, tab = read_view(ctx, request.args), read_tab(request.args)
    when, on = view.when, view.on
    point = when.at(ctx.now) if when is not None else None
    since = good_until(ctx, point.day if point is not None else ctx.today)
    period = last_year(ctx.today)
    overview = read_overview(ctx, view, tab)
    return render_template(
        "dashboard/index.html",
        view=view,
        # The map is as high as the other charts of its tab together.
        charts=sorted(overview.charts, key=lambda chart: tab == "summary" and chart.shape is ChartShape.MAP),
        files={chart.code: files_of(view, chart) for chart in overview.charts},
        late=overview.is_late,
        arguments=arguments_of(view),
        map_figures=MAP_FIGURES,
        on=on,
        now=ctx.now,
        ratio=overview.ratio,
        target=overview.target,
        of_province=overview.of_province,
        cables=overview.cables,
        tab=tab,
        tabs=tabs_of(view, tab),
        counts=overview.counts,
        labels=FIGURE_LABELS,
        # Cases are not counted at a past time.
        case_counts=count_open_cases(ctx) if tab in ("summary", "all") and when is None else (),
        dead_list=DECOMMISSIONED | view.time,
        period=period,
        asked=overview.asked,
        fresh=overview.fresh,
        # Restricted structures are a chart of their own; the ratio leaves them out for every reader.
        fresh_list={**view.time, **overview.fresh_args},
        fresh_since=since,
        moment=moment(ctx, when, request.args.items(multi=True)),
        time=view.time,
        province=counts_province(ctx),
        least=MIN_DISCLOSED,
    )


@bp.get("/dashboard/compare", permission=P.DASHBOARD_READ)
def compare(ctx: Ctx) -> str:
    """Two days (`first`, `second`) or two communes of today (`unit`, `other`) compared."""
    view = read_view(ctx, request.args)
    charts = read_charts(ctx, view, ()) if view.sides else ()
    return render_template(
        "dashboard/compare.html",
        view=view,
        charts=charts,
        files={chart.code: files_of(view, chart) for chart in charts},
        late=any(chart.late for chart in charts),
        arguments=arguments_of(view),
        communes=commune_choices(ctx.session, ctx.today),
        given={name: request.args.get(name, "") for name in ("first", "second", "unit", "other")},
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


@preferences_bp.get("/language/<language>", permission=P.PUBLIC)
def language(_ctx: Ctx, language: str) -> Response:
    """Remember the language in a cookie and return to the previous page."""
    if language not in LANGUAGES:
        raise NotFound
    return remember_language(make_response(redirect(safe_next(request.args.get("next")))), language)


runs_bp = GuardedBlueprint("dashboard_runs", __name__, errors=html_errors)


@runs_bp.post("/dashboard/runs", permission=P.DASHBOARD_READ, endpoint="create")
def create_run(ctx: Ctx) -> Response:
    """Let the worker compute the charts of the view in the form."""
    requested = request_run(ctx, read_view(ctx, request.form))
    return redirect(url_for("dashboard_runs.detail", run_id=requested.id), code=303)


@runs_bp.get("/dashboard/runs/<int:run_id>", permission=P.DASHBOARD_READ, endpoint="detail")
def run(ctx: Ctx, run_id: int) -> str:
    """The progress of a request, then its charts with the moment of which they are."""
    requested = get_run(ctx, run_id)
    view = view_of(ctx, requested)
    return render_template(
        "dashboard/run.html",
        run=requested,
        charts=[chart_from_json(chart) for chart in requested.charts or ()],
        sentence=view.when.text(ctx.now) if view.when is not None else None,
        dashboard=url_for("home.dashboard", **arguments_of(view)),
        view=view,
    )


digests_bp = GuardedBlueprint("digests", __name__, errors=html_errors)


@digests_bp.get("/account/digests", permission=P.ACCOUNT_SELF, endpoint="index")
def digests(ctx: Ctx) -> str:
    """The digests of the reader."""
    email = get_own_account(ctx).email
    return render_template(
        "accounts/digests.html",
        chosen=subscriptions_of(ctx),
        frequencies=list(Frequency),
        email=email,
        bounce=own_bounce(ctx, email),
        offered=OFFERED,
        deliveries=choices_of(ctx),
        kinds=kinds_of(ctx),
        kind_deliveries=kind_choices_of(ctx),
        all_deliveries=list(Delivery),
    )


@digests_bp.post("/account/digests", permission=P.ACCOUNT_SELF, endpoint="save")
def save_digests(ctx: Ctx) -> Response:
    """Ask for these digests, and for no others."""
    codes = request.form.getlist("frequency")
    known_codes = {frequency.value for frequency in Frequency}
    for code in codes:
        if code not in known_codes:
            sentence = _("Kỳ bản tin “%(code)s” không có; cần weekly hoặc monthly.", code=code[:60])
            raise Invalid({"frequency": sentence})
    subscribe(ctx, {Frequency(code) for code in codes})
    choose(ctx, {standing: _delivery(standing, present) for standing, present in choices_of(ctx).items()})
    choose_kinds(ctx, _typed_kinds(ctx))
    flash_done(ctx, _("Đã lưu lựa chọn nhận thư."))
    return redirect(url_for("digests.index"), code=303)


def _typed_kinds(ctx: Ctx) -> dict[str, Delivery]:
    """The choices for single kinds; the present one where the form has none, "" for the choice by standing."""
    present = kind_choices_of(ctx)
    chosen_kinds: dict[str, Delivery] = {}
    for subject, label in kinds_of(ctx).items():
        code = request.form.get(f"kind_{subject}", present[subject].value if subject in present else "")
        if not code:
            continue
        if code not in {each.value for each in Delivery}:
            sentence = _(
                "Cách gửi thư “%(code)s” của “%(kind)s” không có; cần at_once, daily, off hoặc để trống.",
                code=code[:60],
                kind=label,
            )
            raise Invalid({subject: sentence})
        chosen_kinds[subject] = Delivery(code)
    return chosen_kinds


def _delivery(standing: Standing, present: Delivery) -> Delivery:
    """The typed choice for a standing; the present one where the form has none."""
    code = request.form.get(f"mail_{standing.value}", present.value)
    if code not in {each.value for each in Delivery}:
        sentence = _("Cách gửi thư “%(code)s” không có; cần at_once, daily hoặc off.", code=code[:60])
        raise Invalid({standing.value: sentence})
    return Delivery(code)
