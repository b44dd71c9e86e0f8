"""Pages of plans: list, one version with its items, its draft, the tiles of the map."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import render_template

from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import files_part
from registry.infra_plans.codes import InfraPlanState
from registry.infra_plans.forms import PLAN_FIELDS, PlanForm, as_typed, to_plan
from registry.infra_plans.list_view import PLANS
from registry.infra_plans.map import tile
from registry.infra_plans.models import InfraPlan, InfraPlanItem
from registry.infra_plans.queries import count_items, get_plan, items_of, outline_of, plan_on
from registry.infra_plans.service import require_draft, write_plan
from registry.infra_plans.workflow import PLAN
from registry.kernel.fields import display_value, fields_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.geo.bounds import outline_and_bounds
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("infra_plans", __name__, errors=html_errors, url_prefix="/infra-plans")
_FACTS = (*PLAN_FIELDS, "document_number", "document_on", "issuer")
#: Degrees around the items on their map, about 1 km.
_MARGIN = 0.01


@bp.get("", permission=P.INFRA_PLAN_READ)
def index(ctx: Ctx) -> str:
    return render_template(
        "infra_plans/list.html",
        listing=list_page(ctx, PLANS),
        plan=plan_on(ctx.session, ctx.today),
        today=ctx.today,
        may_write=holds(ctx.actor, P.INFRA_PLAN_WRITE),
    )


@bp.get("/<int:case_id>", permission=P.INFRA_PLAN_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One version with its items and their map."""
    plan = get_plan(ctx, case_id)
    view = case_view(ctx, PLAN, plan)
    fields = fields_of(InfraPlan)
    facts = [(_("Cơ quan lập"), short_name_of(ctx.session, plan.organisation_id))]
    facts += [(fields[name].label, display_value(fields[name], getattr(plan, name))) for name in _FACTS]
    return render_template(
        "infra_plans/detail.html",
        case=plan,
        view=view,
        steps=view.steps,
        plan_facts=facts,
        items=[_shown_item(item) for item in items_of(ctx, plan)],
        item_count=count_items(ctx, plan),
        may_edit=plan.state is InfraPlanState.DRAFT and allowed(ctx, P.INFRA_PLAN_WRITE, plan),
        **files_part(ctx, PLAN.code, plan.id),
        **outline_and_bounds(outline_of(ctx, plan), _MARGIN),
    )


@bp.get("/new", permission=P.INFRA_PLAN_WRITE)
def new(ctx: Ctx) -> str:
    del ctx
    return _form_page(PlanForm(formdata=None))


@bp.post("/new", permission=P.INFRA_PLAN_WRITE)
def create(ctx: Ctx) -> Page:
    """Save a draft with the items of its file; 422 shows every refusal."""
    form = PlanForm()
    plan = submit(ctx, form, lambda: write_plan(ctx, to_plan(form), form.stream()))
    if plan is None:
        return _form_page(form), form.refusal_status
    return go(ctx, "infra_plans.detail", _("Đã lưu dự thảo; hãy xem lại các mục rồi ban hành."), case_id=plan.id)


@bp.get("/<int:case_id>/edit", permission=P.INFRA_PLAN_WRITE)
def edit(ctx: Ctx, case_id: int) -> str:
    plan = _editable(ctx, case_id)
    return _form_page(PlanForm(formdata=None, data=as_typed(plan)), plan)


@bp.post("/<int:case_id>/edit", permission=P.INFRA_PLAN_WRITE)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save; 422 shows refusals, 409 what another user saved meanwhile."""
    plan = _editable(ctx, case_id)
    form = PlanForm()
    return save_case_form(
        ctx,
        plan,
        form,
        lambda: write_plan(ctx, to_plan(form, case_id), form.stream()),
        lambda: _form_page(form, plan),
        "infra_plans.detail",
    )


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.INFRA_PLAN_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


def _editable(ctx: Ctx, case_id: int) -> InfraPlan:
    plan = get_plan(ctx, case_id)
    require(ctx, P.INFRA_PLAN_WRITE, plan)
    require_draft(plan)
    return plan


def _form_page(form: Any, plan: InfraPlan | None = None) -> str:
    return render_template("infra_plans/form.html", form=form, case=plan)


def _shown_item(item: InfraPlanItem) -> dict[str, Any]:
    """An item as a row of the page, with the labels of the kinds that it allows."""
    labels = [str(kind.label) for code, kind in KINDS.items() if code in item.allows]
    allowed_kinds = _("mọi loại") if len(labels) == len(KINDS) else ", ".join(labels)
    return {
        "code": item.code,
        "name": item.name,
        "kind": item.kind,
        "reach_m": item.reach_m,
        "allowed": allowed_kinds,
    }
