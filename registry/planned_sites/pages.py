"""Pages: what can be shared near a point, and masts too close to a new one; the address holds the question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import render_template, request, url_for

from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.dated_settings import DatedSetting, setting_row
from registry.kernel.forms.answers import Page
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _n, format_number
from registry.planned_sites.forms import PlannedMastForm, PositionForm, site_form
from registry.planned_sites.mast_spacing import PlannedMast, find_obstacles
from registry.planned_sites.queries import MAX_RESULTS, RADIUS, find_near, rules_of_point
from registry.planned_sites.rules import unused_conditions
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.filter import LEAST_M, Near, StructureFilter
from registry.structures.filtering.url import MAP_ARGS
from registry.structures.listing.query import count_structures
from registry.structures.listing.selection import Selection, admitted, selections_of
from registry.structures.map.workspace import MapState, tiles_of_kind, workspace
from registry.structures.positions.mast_spacing import MASTS
from registry.structures.queries import list_owners
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.workflow.worklist import WorklistTask

bp = GuardedBlueprint("planned_sites", __name__, errors=html_errors)
#: Half a side, in degrees, of the box that opens the list for a cell; well within the cell.
_WITHIN_CELL = 0.002


@bp.get("/planned-sites", permission=P.PUBLIC)
def index(ctx: Ctx) -> Page:
    """The form and, where the address has arguments, what can be shared around the point."""
    rule = setting_row(ctx.session, RADIUS, ctx.today)
    form = site_form(request.args if _is_asked() else None, rule.value)
    if not _is_asked():
        return _site_page(ctx, form, rule)
    position = _read(ctx, form)
    if position is None:
        return _site_page(ctx, form, rule), form.refusal_status
    need = form.need()
    around = Near(position.lon, position.lat, form.radius_m.value or rule.value["usual"])
    answer = find_near(ctx, around, need)
    rows = [item.structure for item in answer.found]
    return _site_page(
        ctx,
        form,
        rule,
        answer=answer,
        need=need,
        around=around,
        place=position,
        notes=unused_conditions(need),
        list_url=url_for(
            "structures.list",
            kind=need.kind,
            near=f"{position.lat}; {position.lon}",
            within=max(around.metres, LEAST_M),
        ),
        cell_urls=[_cell_url(group, need.kind) for group in answer.cells],
        boxes=_boxes(ctx, rows),
    )


@bp.get("/planned-sites/new-mast", permission=P.MAST_SPACING)
def new_mast(ctx: Ctx) -> Page:
    """The spacing rule with its legal basis, and the masts too close to the point."""
    form = PlannedMastForm(request.args if _is_asked() else None)
    form.offer_operators([] if holds(ctx.actor, P.STRUCTURE_EDIT) else list_owners(ctx.session))
    if not _is_asked():
        return _mast_page(ctx, form)
    position = _read(ctx, form)
    if position is None:
        return _mast_page(ctx, form), form.refusal_status
    operator = form.operator.data
    plan = PlannedMast(
        position.lon, position.lat, form.on.data or ctx.today, form.height_m.value, int(operator) if operator else None
    )
    obstacles = find_obstacles(ctx, plan)
    return _mast_page(
        ctx,
        form,
        found=obstacles,
        plan=plan,
        rules=rules_of_point(ctx, plan.lon, plan.lat),
        place=position,
        cell_urls=[_cell_url(cell, MASTS[0]) for cell in (obstacles.unseen and obstacles.unseen.cells) or ()],
        boxes=_boxes(ctx, [mast.structure for mast in obstacles.masts]),
    )


def plan_remarks(ctx: Ctx) -> Iterator[WorklistTask]:
    """For the departments, in "Việc của tôi": the structures that two of the checks find, each with its list."""
    if not ctx.actor.roles & {Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT}:
        return
    for code in ("too_near", "no_plan_item"):
        count = count_structures(ctx, StructureFilter(quality=code))
        if count:
            text = _n("%(count)s công trình: %(remark)s", count, count=format_number(count), remark=CHECKS[code].label)
            yield WorklistTask(text, url_for("structures.list", quality=code), _("Cần xem xét"))


def _is_asked() -> bool:
    return not request.args.keys() <= {*MAP_ARGS}


def _read(ctx: Ctx, form: PositionForm) -> Any:
    """The point of a valid form; None with the errors at the fields."""
    is_valid = form.validate()
    position = form.read_position(acceptance_bounds(ctx.session, ctx.today))
    return position if is_valid else None


def _boxes(ctx: Ctx, rows: list[Any]) -> dict[int, Selection]:
    """The structures that the reader may request, each with the form of the request."""
    asking = [item for item in selections_of(ctx) if item.permission is P.COLOCATION_REQUEST]
    return admitted(ctx, asking, rows)


def _cell_url(cell: Any, kind: str) -> str:
    west, south, east, north = (
        cell.lon - _WITHIN_CELL,
        cell.lat - _WITHIN_CELL,
        cell.lon + _WITHIN_CELL,
        cell.lat + _WITHIN_CELL,
    )
    return url_for("structures.list", kind=kind, bbox=f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}")


def _site_page(ctx: Ctx, form: Any, rule: DatedSetting, **answer: Any) -> str:
    return render_template(
        "planned_sites/index.html",
        form=form,
        radius_rule=rule,
        most=MAX_RESULTS,
        picker_bounds=working_bounds(ctx),
        **_shell(ctx, "planned_sites.index", answer.get("answer"), answer.get("need"), answer.get("place")),
        **({"answer": None} | answer),
    )


def _mast_page(ctx: Ctx, form: PlannedMastForm, **answer: Any) -> str:
    return render_template(
        "planned_sites/new_mast.html",
        form=form,
        picker_bounds=working_bounds(ctx),
        **_shell(ctx, "planned_sites.new_mast", answer.get("found"), None, answer.get("place")),
        **({"found": None} | answer),
    )


def _shell(ctx: Ctx, here: str, answer: Any, need: Any, site_position: Any) -> dict[str, Any]:
    """The context of the workspace: what an answer draws; the other tools take the point over."""
    position = {name: value for name in ("at", "system") if (value := request.args.get(name))}
    circle = answer.circle if answer is not None else None
    kind = need.kind if need is not None else MASTS[0] if circle is not None else None
    state = MapState(
        tiles_of_kind(kind),
        point=(site_position.lon, site_position.lat) if site_position is not None else None,
        outline=circle,
        frame=answer.bounds if circle is not None else None,
    )
    return {"kept": position, **workspace(ctx, here, state, working_bounds(ctx), kept=position)}
