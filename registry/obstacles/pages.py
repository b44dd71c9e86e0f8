"""Pages of obstacles: list, one obstacle, the form, figures by agency."""

from __future__ import annotations

from typing import Any

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.pages import files_part
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.obstacles.forms import ObstacleForm
from registry.obstacles.list_view import OBSTACLES
from registry.obstacles.queries import figures_by_agency, get_obstacle, names_of
from registry.obstacles.service import raise_obstacle
from registry.obstacles.workflow import OBSTACLE
from registry.territory.queries import commune_choices
from registry.workflow.views import case_view

bp = GuardedBlueprint("obstacles", __name__, errors=html_errors, url_prefix="/obstacles")


@bp.get("", permission=P.OBSTACLE_READ)
def index(ctx: Ctx) -> str:
    may_raise = holds(ctx.actor, P.OBSTACLE_RAISE)
    return render_template("obstacles/list.html", listing=list_page(ctx, OBSTACLES), may_raise=may_raise)


@bp.get("/figures", permission=P.OBSTACLE_READ)
def figures(ctx: Ctx) -> str:
    """How the agencies answered, by year; of the obstacles that the reader sees."""
    return render_template("obstacles/figures.html", rows=figures_by_agency(ctx), now=ctx.now)


@bp.get("/<int:case_id>", permission=P.OBSTACLE_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One obstacle with its answer."""
    case = get_obstacle(ctx, case_id)
    view = case_view(ctx, OBSTACLE, case)
    return render_template(
        "obstacles/detail.html",
        case=case,
        names=names_of(ctx, case),
        view=view,
        steps=view.steps,
        **files_part(ctx, OBSTACLE.code, case.id),
    )


@bp.get("/new", permission=P.OBSTACLE_RAISE)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, ObstacleForm(formdata=None))


@bp.post("/new", permission=P.OBSTACLE_RAISE)
def create(ctx: Ctx) -> Page:
    form = ObstacleForm()
    obstacle = submit(ctx, form, lambda: raise_obstacle(ctx, form.to_command()))
    if obstacle is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "obstacles.detail", _("Đã gửi %(number)s.", number=obstacle.number), case_id=obstacle.id)


def _form_page(ctx: Ctx, form: Any) -> str:
    form.offer(commune_choices(ctx.session, ctx.today))
    return render_template("obstacles/form.html", form=form)
