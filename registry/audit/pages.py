"""Pages of the access log, for the owners concerned, and of the audit chain."""

from __future__ import annotations

from flask import render_template

from registry.audit.list_view import ACCESS_LOG, EVENTS
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.http.errors import html_errors
from registry.kernel.lists.page import list_page

bp = GuardedBlueprint("audit", __name__, errors=html_errors)


@bp.get("/looks", permission=P.LOOK_LOG_READ)
def looks(ctx: Ctx) -> str:
    """Access of others to the structures of the reader."""
    return render_template("lists/list.html", listing=list_page(ctx, ACCESS_LOG))


@bp.get("/audit", permission=P.AUDIT_READ)
def events(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, EVENTS))
