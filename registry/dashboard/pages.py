"""`/` for everyone, the switch of language, and the probes of the process."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from registry.accounts.browser import safe_next
from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.dashboard.queries import list_figures
from registry.kernel.errors import NotFound
from registry.kernel.http.pages import html_errors
from registry.kernel.i18n import LANGUAGES, _l, remember_language
from registry.structures.kinds import KINDS

bp = GuardedBlueprint("home", __name__, errors=html_errors)
preferences_bp = GuardedBlueprint("preferences", __name__, errors=html_errors)

FIGURE_LABELS = {
    "all": _l("công trình"),
    "available": _l("còn khả năng dùng chung"),
    "not_assessed": _l("chưa đánh giá khả năng dùng chung"),
    "suspended": _l("đang tạm ngừng"),
    "dangerous": _l("ở tình trạng nguy hiểm"),
}


@bp.get("/", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Việc của tôi for who is signed in, what the registry is for everyone else."""
    if Role.PUBLIC in ctx.actor.roles:
        return render_template("home/public.html", kinds=KINDS.values())
    return render_template("home/mine.html", figures=list_figures(ctx), labels=FIGURE_LABELS)


@preferences_bp.get("/language/<language>", permission=P.PUBLIC)
def language(_ctx: Ctx, language: str) -> Response:
    """Remember the language in a cookie and go back to the page one was on."""
    if language not in LANGUAGES:
        raise NotFound
    return remember_language(make_response(redirect(safe_next(request.args.get("next")))), language)
