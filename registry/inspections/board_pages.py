"""The board of inspections, and the list that its figures open."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.inspections.board import read_board
from registry.inspections.item_list import ITEMS
from registry.kernel.http.errors import html_errors
from registry.kernel.lists.page import list_page, list_url

bp = GuardedBlueprint("inspection_board", __name__, errors=html_errors)


@bp.get("/inspections/board", permission=P.INSPECTION_READ)
def index(ctx: Ctx) -> str:
    """By commune, owner and kind, of plans that overlap a period; Invalid for a day that is none."""
    read = ITEMS.read(ctx, request.args)
    period = {name: read[name] for name in ("from", "to") if name in read}

    def opened(**more: Any) -> str:
        return list_url(ctx, ITEMS, period | more)

    return render_template(
        "inspections/board.html",
        board=read_board(ctx, period.get("from"), period.get("to")),
        first=period.get("from"),
        last=period.get("to"),
        now=ctx.now,
        list_url=opened,
    )


@bp.get("/inspections/items", permission=P.INSPECTION_READ)
def items(ctx: Ctx) -> str:
    """The structures of issued plans with their results."""
    return render_template("lists/list.html", listing=list_page(ctx, ITEMS))
