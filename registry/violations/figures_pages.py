"""The page of the figures of violations; each number opens the list that it counts."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.http.errors import html_errors
from registry.kernel.lists.page import list_page, list_url
from registry.violations.figures import read_board
from registry.violations.list_view import SANCTIONS, VIOLATIONS

bp = GuardedBlueprint("violation_figures", __name__, errors=html_errors)


@bp.get("/violations/figures", permission=P.VIOLATION_READ)
def index(ctx: Ctx) -> str:
    """By commune, accused organisation and act, of cases found in a period; Invalid for a day that is none."""
    read = VIOLATIONS.read(ctx, request.args)
    arguments = {name: read[name] for name in ("from", "to") if name in read}

    def opened(**more: Any) -> str:
        return list_url(ctx, VIOLATIONS, arguments | more)

    return render_template(
        "violations/figures.html",
        board=read_board(ctx, arguments.get("from"), arguments.get("to")),
        first=arguments.get("from"),
        last=arguments.get("to"),
        now=ctx.now,
        list_url=opened,
    )


@bp.get("/violations/sanctions", permission=P.VIOLATION_DECIDE)
def sanctions(ctx: Ctx) -> str:
    """The decisions of the reader's area, as a file for the national database."""
    return render_template("lists/list.html", listing=list_page(ctx, SANCTIONS))
