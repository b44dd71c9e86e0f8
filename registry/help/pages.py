"""Help: a page for each role and the glossary; public, for a role is known before one signs in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import current_app, render_template

from registry.authz.actors import Ctx, Role, role_label
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.help.tasks import tasks_of
from registry.help.terms import TERMS
from registry.kernel.errors import NotFound
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.text import shown

bp = GuardedBlueprint("help", __name__, errors=html_errors, url_prefix="/help")
#: Below the static folder; made by `make help-pictures`.
PICTURES: Final = "help"


def has_picture(code: str) -> bool:
    """Whether a task's picture is shipped."""
    return (Path(current_app.static_folder or "") / PICTURES / f"{code}.webp").is_file()


@bp.get("", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """The roles with their pages; those of the reader first."""
    roles = sorted(Role, key=lambda role: role not in ctx.actor.roles)
    own = [role for role in roles if role in ctx.actor.roles and role is not Role.PUBLIC]
    return render_template("help/index.html", roles=[(role, role_label(role, ctx.today)) for role in roles], own=own)


@bp.get("/terms", permission=P.PUBLIC)
def terms(_ctx: Ctx) -> str:
    """The glossary."""
    return render_template("help/terms.html", terms=sorted(TERMS.items(), key=lambda item: str(item[1][0])))


@bp.get("/<role>", permission=P.PUBLIC)
def guide(ctx: Ctx, role: str) -> str:
    """The tasks of one role, step by step."""
    try:
        wanted = Role(role)
    except ValueError as error:
        raise NotFound(_("Không có hướng dẫn cho vai trò “%(role)s”.", role=shown(role))) from error
    return render_template(
        "help/guide.html",
        label=role_label(wanted, ctx.today),
        tasks=[
            (task, holds(ctx.actor, task.permission), bool(task.picture) and has_picture(task.code))
            for task in tasks_of(wanted)
        ],
    )
