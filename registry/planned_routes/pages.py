"""Pages: a route along a line, and paths between two points. Nothing is stored; the address holds the question.

The drawings of a route stand on its page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.list_view import answering_by_owner, waiting_by_structure
from registry.drawings.drawing import Drawing, route_drawing
from registry.drawings.facts import RouteFacts, Run, amount
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import Page
from registry.kernel.forms.submit import add_errors
from registry.kernel.geo.bounds import box_of
from registry.kernel.geo.coordinates import format_wgs84
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.units import VND
from registry.kernel.uploaded_tables import read_line
from registry.planned_routes.between import Paths, ShownPath, ShownStep, plan_between
from registry.planned_routes.forms import EndsForm, PointsForm, RouteForm, to_address, to_lines
from registry.planned_routes.path_search import DUG
from registry.planned_routes.queries import OPTIONS, WAY_LABELS, RouteCandidate, RoutePart, RoutePlan, plan_along
from registry.planned_routes.settings import ELSEWHERE, STREET, RouteSettings, route_settings
from registry.structures.codes import Condition, SharingStatus
from registry.structures.map.workspace import MapState, tiles_of_kind, workspace
from registry.structures.nearby.nearest import ComparisonCell
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.tariffs.panel import price_cells


def draw_plan(plan: RoutePlan) -> Drawing:
    """The chosen way to build along a line."""
    stated = (
        (_("Chiều dài tuyến"), amount(plan.length_m, decimals=0)),
        (_("Dùng lại được"), amount(plan.chosen.reused_m, decimals=0)),
        (_("Phải xây mới"), amount(plan.chosen.new_m, decimals=0)),
    )
    title = _("Sơ đồ thẳng của tuyến: %(option)s", option=plan.chosen.label)
    return route_drawing(RouteFacts("plan", title, tuple(map(_part, plan.parts)), stated))


def draw_path(shown: ShownPath, labels: dict[str, Any]) -> Drawing:
    """A path between two points; `labels` name the ways of its steps."""
    stated = (
        (_("Chiều dài tuyến"), amount(shown.path.metres, decimals=0)),
        (_("Dùng lại được"), amount(shown.path.reused_m, decimals=0)),
        (_("Phải xây mới"), amount(shown.path.dug_m, decimals=0)),
    )
    title = _("Sơ đồ thẳng của tuyến: %(option)s", option=shown.label)
    runs = tuple(_step(step, labels) for step in shown.steps)
    return route_drawing(RouteFacts(f"path-{shown.key}", title, runs, stated))


def _part(part: RoutePart) -> Run:
    if not part.stretch.is_gap:
        return Run("reused", str(WAY_LABELS[part.stretch.way or ""]), part.stretch.metres, _of(part.used))
    if part.full:
        return Run("full", _("Có công trình nhưng chưa dùng được"), part.stretch.metres, _of(part.full))
    return Run("new", _("Phải xây mới"), part.stretch.metres)


def _step(shown: ShownStep, labels: dict[str, Any]) -> Run:
    style = "new" if shown.step.way in DUG else "reused"
    return Run(style, str(labels[shown.step.way]), shown.step.metres, _of(shown.used) or shown.step.label or "")


def _of(candidates: Iterable[RouteCandidate]) -> str:
    """The owner and the first code of what a part runs along."""
    listed = list(candidates)
    if not listed:
        return ""
    owners = ", ".join(dict.fromkeys(candidate.carrier.owner for candidate in listed))
    more = f" + {format_number(len(listed) - 1)}" if len(listed) > 1 else ""
    return f"{listed[0].carrier.code}{more} · {owners}"


bp = GuardedBlueprint("planned_routes", __name__, errors=html_errors)
#: Reads the points of an uploaded line: stream -> text with one point per line. Provided by the wiring.
#: Limit of the server; a longer question is answered without an address.
_MAX_ADDRESS: Final = 3_500
#: Degrees around what is drawn, about 300 m.
_MARGIN: Final = 0.003
#: Steps that are not dug re-use structures.
_STEP_LABELS: Final = WAY_LABELS | {STREET: _l("Đào mới dọc đường"), ELSEWHERE: _l("Đào mới ngoài đường")}
_STEP_TONES: Final = {STREET: "new", ELSEWHERE: "elsewhere"}

FoundT = TypeVar("FoundT")


def _asks() -> bool:
    """Whether the address asks a question, not for the empty form."""
    return "points" in request.args


@bp.get("/planned-routes", permission=P.STRUCTURE_READ, costly=_asks)
def index(ctx: Ctx) -> Page:
    """The empty form, or the route along the line in the address."""
    settings = route_settings(ctx)
    if not _asks():
        return _route_page(ctx, RouteForm(formdata=None, need=1, corridor=settings.corridor_m, option="any"), settings)
    return _route_answer(ctx, _from_address(RouteForm), settings)


@bp.post("/planned-routes", permission=P.STRUCTURE_READ, costly=True)
def read(ctx: Ctx) -> Page:
    """A line by form or file: redirect to its address, or answer here where that would be too long."""
    settings, form = route_settings(ctx), RouteForm()
    try:
        if form.file.data:
            form.points.data, form.system.data = read_line(form.file.data.stream), "auto"
    except Invalid as refusal:
        form.validate()
        add_errors(form, refusal.fields)
        return _route_page(ctx, form, settings), form.refusal_status
    line = _line(ctx, form)
    if line is None:
        return _route_page(ctx, form, settings), form.refusal_status
    arguments = {"corridor": form.corridor.data, "need": form.need.data, "option": form.option.data}
    address = url_for("planned_routes.index", points=to_address(line), **arguments)
    return redirect(address, code=303) if len(address) <= _MAX_ADDRESS else _route_answer(ctx, form, settings)


@bp.get("/planned-routes/paths", permission=P.STRUCTURE_READ, costly=_asks)
def paths(ctx: Ctx) -> Page:
    """The empty form, or the paths between the two points in the address."""
    settings = route_settings(ctx)
    if not _asks():
        return _paths_page(ctx, EndsForm(formdata=None, need=1), settings)
    form = _from_address(EndsForm)
    found_paths = _asked(ctx, form, lambda line: plan_between(ctx, line, settings, need=form.need.data or 1))
    page = _paths_page(ctx, form, settings, found_paths)
    return page if found_paths else (page, Invalid.status)


def _from_address(form_type: type[PointsForm]) -> Any:
    """A form filled from the address, which needs no CSRF token."""
    form = form_type(formdata=request.args, meta={"csrf": False})
    form.points.data = to_lines(form.points.data or "")
    for name, default in (("system", "auto"), ("option", "any")):
        if name in form and name not in request.args:
            form[name].data = default
    return form


def _line(ctx: Ctx, form: PointsForm) -> str | None:
    """The line of a valid form, or None with the errors at its fields."""
    is_valid = form.validate()
    try:
        line = form.line(acceptance_bounds(ctx.session, ctx.today)).geojson
    except Invalid as refusal:
        add_errors(form, refusal.fields)
        return None
    return line if is_valid else None


def _asked(ctx: Ctx, form: PointsForm, ask: Callable[[str], FoundT]) -> FoundT | None:
    """`ask` for the line of a form, or None with the errors at its fields."""
    line = _line(ctx, form)
    try:
        return ask(line) if line is not None else None
    except Invalid as refusal:
        add_errors(form, refusal.fields)
        return None


def _route_answer(ctx: Ctx, form: RouteForm, settings: RouteSettings) -> Page:
    corridor, need = form.corridor.data or settings.corridor_m, form.need.data or 1
    route_plan = _asked(
        ctx,
        form,
        lambda line: plan_along(ctx, line, settings, corridor_m=corridor, need=need, option=form.option.data),
    )
    page = _route_page(ctx, form, settings, route_plan)
    return page if route_plan else (page, Invalid.status)


def _route_page(ctx: Ctx, form: RouteForm, settings: RouteSettings, route_plan: RoutePlan | None = None) -> str:
    shapes = (
        [_feature(number, part.geojson, _tone(part)) for number, part in enumerate(route_plan.parts)]
        if route_plan
        else []
    )
    return render_template(
        "planned_routes/along.html",
        form=form,
        law=settings,
        found=route_plan,
        diagram=draw_plan(route_plan) if route_plan else None,
        rents=_rents(ctx, route_plan.used if route_plan else []),
        **_competition(
            ctx, [*route_plan.used, *(each for part in route_plan.parts for each in part.full)] if route_plan else []
        ),
        options=OPTIONS,
        ways=WAY_LABELS,
        condition_labels={member.value: member.label for member in Condition},
        sharing_labels={member.value: member.label for member in SharingStatus},
        may_request=holds(ctx.actor, P.COLOCATION_REQUEST),
        own=ctx.actor.organisation_ids,
        here=request.args.to_dict(),
        **_map(ctx, "planned_routes.index", shapes),
    )


def _paths_page(ctx: Ctx, form: EndsForm, settings: RouteSettings, found_paths: Paths | None = None) -> str:
    shapes = [
        _feature(f"{path.key}-{number}", shown.geojson, _STEP_TONES.get(shown.step.way, "reuse"), path.key)
        for path in (found_paths.paths if found_paths else ())
        for number, shown in enumerate(path.steps)
    ]
    used = [
        candidate
        for path in (found_paths.paths if found_paths else ())
        for step in path.steps
        for candidate in step.used
    ]
    return render_template(
        "planned_routes/paths.html",
        form=form,
        law=settings,
        found=found_paths,
        rents=_rents(ctx, used),
        **_competition(ctx, used),
        diagrams={path.key: draw_path(path, _STEP_LABELS) for path in (found_paths.paths if found_paths else ())},
        ways=_STEP_LABELS,
        prices=[(_STEP_LABELS[way], VND.display(price)) for way, price in settings.price_vnd_m.items()],
        may_request=holds(ctx.actor, P.COLOCATION_REQUEST),
        own=ctx.actor.organisation_ids,
        **_map(ctx, "planned_routes.paths", shapes),
    )


def _rents(ctx: Ctx, candidates: Iterable[RouteCandidate]) -> dict[int, ComparisonCell]:
    """Structure -> its rent today."""
    return price_cells(ctx, {candidate.carrier.id for candidate in candidates}, ctx.today)


def _competition(ctx: Ctx, candidates: Sequence[RouteCandidate]) -> dict[str, Any]:
    """Structure -> requests that wait for it, and owner -> how it answers, as far as the reader may know both."""
    if not candidates:
        return {"waiting": {}, "answering": {}}
    own = ctx.actor.organisation_ids
    others = {each.carrier.id for each in candidates if each.carrier.owner_id not in own}
    return {"waiting": waiting_by_structure(ctx, others), "answering": answering_by_owner(ctx)}


def _tone(part: Any) -> str:
    if not part.stretch.is_gap:
        return "reuse"
    return "full" if part.full else "new"


def _feature(number: Any, geojson: str, tone: str, group: str = "") -> dict[str, Any]:
    properties = {"number": number, "tone": tone, "group": group}
    return {"type": "Feature", "geometry": json.loads(geojson), "properties": properties}


def _map(ctx: Ctx, here: str, shapes: list[dict[str, Any]]) -> dict[str, Any]:
    """The context of the workspace and of what is drawn."""
    points = [point for shape in shapes for point in _points(shape["geometry"])]
    frame = box_of((shape["geometry"] for shape in shapes), _MARGIN)
    drawn = {"type": "FeatureCollection", "features": shapes} if shapes else None
    return {
        "bounds": working_bounds(ctx),
        "box": ",".join(f"{edge:.5f}" for edge in frame) if frame else "",
        "ends": [format_wgs84(*points[0]), format_wgs84(*points[-1])] if points else [],
        "today": ctx.today,
        **workspace(ctx, here, MapState(tiles_of_kind(), shapes=drawn, frame=frame), working_bounds(ctx)),
    }


def _points(geometry: dict[str, Any]) -> Iterable[list[float]]:
    coordinates: list[Any] = geometry["coordinates"]
    return [coordinates] if geometry["type"] == "Point" else coordinates
