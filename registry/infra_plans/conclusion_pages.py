"""Pages of conclusions: list, one, the form of a structure, and the part of the page of a structure."""

from __future__ import annotations

from typing import Any

from flask import render_template

from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.pages import STORE, files_part
from registry.files.service import add_file
from registry.infra_plans.codes import CONCLUSION_TONES, VERDICT_TONES, Aspect
from registry.infra_plans.forms import ConclusionForm
from registry.infra_plans.list_view import CONCLUSIONS
from registry.infra_plans.models import PlanConclusion
from registry.infra_plans.queries import (
    code_of_structure,
    conclusions_of_structure,
    get_conclusion,
    structure_named,
    verdicts_of,
)
from registry.infra_plans.service import COMPETENT, conclude
from registry.infra_plans.workflow import CONCLUSION
from registry.kernel.errors import errors_at
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.workflow.views import case_view

bp = GuardedBlueprint("plan_conclusions", __name__, errors=html_errors)


@bp.get("/plan-conclusions", permission=P.PLAN_CONCLUSION_READ)
def index(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, CONCLUSIONS))


@bp.get("/plan-conclusions/<int:case_id>", permission=P.PLAN_CONCLUSION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One conclusion with its papers."""
    case = get_conclusion(ctx, case_id)
    view = case_view(ctx, CONCLUSION, case)
    return render_template(
        "infra_plans/conclusion.html",
        case=case,
        view=view,
        steps=view.steps,
        office=short_name_of(ctx.session, case.organisation_id),
        structure_code=code_of_structure(ctx, case.structure_id),
        **files_part(ctx, CONCLUSION.code, case.id),
    )


@bp.get("/structures/<code>/conclusions/new", permission=P.PLAN_CONCLUDE)
def new(ctx: Ctx, code: str) -> str:
    structure = structure_named(ctx, code)
    own = next((aspect for aspect, role in COMPETENT.items() if role in ctx.actor.roles), Aspect.PLAN)
    return _form_page(ctx, ConclusionForm(formdata=None, data={"aspect": own.value}), structure)


@bp.post("/structures/<code>/conclusions/new", permission=P.PLAN_CONCLUDE)
def create(ctx: Ctx, code: str) -> Page:
    """Write a conclusion with its papers; a refusal keeps what was typed."""
    structure = structure_named(ctx, code)
    form = ConclusionForm()
    conclusion = submit(ctx, form, lambda: _concluded(ctx, form, structure))
    if conclusion is None:
        return _form_page(ctx, form, structure), form.refusal_status
    done = _("Đã ghi %(number)s.", number=conclusion.number)
    return go(ctx, "plan_conclusions.detail", done, case_id=conclusion.id)


def _concluded(ctx: Ctx, form: Any, structure: Structure) -> PlanConclusion:
    conclusion = conclude(ctx, form.to_command(structure.code))
    for name, sent in form.sent_files(conclusion.id):
        with errors_at(name):
            add_file(ctx, STORE.current(), sent)
    return conclusion


def _form_page(ctx: Ctx, form: Any, structure: Structure) -> str:
    return render_template(
        "infra_plans/conclusion_form.html",
        form=form,
        structure=structure,
        computed=verdicts_of(ctx, [structure.id]).get(structure.id),
        tones=VERDICT_TONES,
    )


def conformity_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The computed verdict on a structure and the conclusions of offices; None for those who read no plans."""
    if not holds(ctx.actor, P.INFRA_PLAN_READ):
        return None
    computed = verdicts_of(ctx, [structure.id]).get(structure.id)
    if computed is None:
        return None
    conclusions = conclusions_of_structure(ctx, structure.id)
    data = {
        "conformity": computed,
        "conclusions": conclusions,
        "may_conclude": holds(ctx.actor, P.PLAN_CONCLUDE),
        "verdict_tones": VERDICT_TONES | CONCLUSION_TONES,
        "concluded_code": structure.code,
    }
    entries = case_entries("plan_conclusions.detail", [row.PlanConclusion for row in conclusions])
    return Panel("conformity", "infra_plans/panel.html", data, entries=entries)
