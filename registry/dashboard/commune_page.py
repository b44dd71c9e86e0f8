"""One printable page on a commune for its chairman and the departments: each figure opens the list that it counts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dashboard.commune_figures import (
    CASES,
    STREETS,
    VILLAGES,
    count_kinds,
    count_lists,
    count_structures,
    next_terms,
    plan_in_force,
    readable_communes,
)
from registry.kernel.errors import Invalid
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.numbers import parse_id
from registry.territory.models import AdminUnit

bp = GuardedBlueprint("commune_page", __name__, errors=html_errors)


@bp.get("/communes", permission=P.COMMUNE_PAGE)
def index(ctx: Ctx) -> str:
    """The page of `unit`, by default the first commune of the reader's area; Invalid for any other."""
    communes = readable_communes(ctx)
    commune = _asked(communes, request.args.get("unit", ""))
    return render_template(
        "home/commune.html",
        commune=commune,
        communes=communes,
        kinds=list(count_kinds(ctx, commune)) if commune else [],
        structures=list(count_structures(ctx, commune)) if commune else [],
        cases=list(count_lists(ctx, commune, CASES)) if commune else [],
        streets=list(count_lists(ctx, commune, STREETS)) if commune else [],
        plan=plan_in_force(ctx) if commune else None,
        reads_plans=holds(ctx.actor, P.INFRA_PLAN_READ),
        villages=list(count_lists(ctx, commune, VILLAGES)) if commune else [],
        terms=next_terms(ctx, commune) if commune else [],
        now=ctx.now,
    )


def _asked(communes: Sequence[AdminUnit], typed: str) -> AdminUnit | None:
    if not typed:
        return next(iter(communes), None)
    commune = next((unit for unit in communes if unit.id == parse_id(typed)), None)
    if commune is None:
        sentence = _("Không có xã, phường số “%(unit)s” đang hiệu lực trong phạm vi của tài khoản.", unit=typed[:20])
        raise Invalid({"unit": sentence})
    return commune
