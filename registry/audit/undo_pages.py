"""The button after a save: takes it back and leads to the record."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from registry.audit.undo import can_undo, undo_save
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.context import Context
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.submit import act
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("undo", __name__, errors=html_errors)


@bp.post("/undo/<int:change_id>", permission=P.ACCOUNT_SELF)
def take_back(ctx: Ctx, change_id: int) -> Response:
    """Take back what the reader has saved; 409 with the reason where it cannot be."""
    declared, restored = act(ctx, lambda: undo_save(ctx, change_id))
    flash_done(ctx, _("Đã hoàn tác: hồ sơ có lại các giá trị trước lần lưu."))
    endpoint, arguments = declared.address(ctx, restored)
    return redirect(url_for(endpoint, **arguments), 303)


def undo_address(ctx: Context[Any]) -> str:
    """The address of the button after a save; "" where it cannot be taken back."""
    return url_for("undo.take_back", change_id=ctx.change_id) if can_undo(ctx) else ""
