"""The inbox of notices."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.numbers import parse_id
from registry.kernel.paging import read_cursor, sign_cursor
from registry.notices.queries import list_notices
from registry.notices.service import mark_all_read, mark_read
from registry.notices.texts import explain, notice_text

bp = GuardedBlueprint("notices", __name__, errors=html_errors)
#: Name of the list in its cursors.
_LIST = "notices-by-time"


@bp.get("/notices", permission=P.NOTICE_READ)
def index(ctx: Ctx) -> str:
    """The reader's notices, unread ones first."""
    secret = str(current_app.config["SECRET_KEY"])
    cursor = read_cursor(secret, _LIST, request.args.get("cursor"))
    listing = list_notices(ctx, cursor)
    signed = sign_cursor(secret, _LIST, listing.next)
    return render_template(
        "notices/list.html",
        entries=[(entry, notice_text(entry.notice), explain(entry.notice, ctx.actor)) for entry in listing.entries],
        up_to=max((entry.notice.id for entry in listing.entries if entry.unread), default=None),
        is_first=cursor is None,
        next_url=url_for("notices.index", cursor=signed) if signed else None,
    )


@bp.post("/notices/<int:notice_id>/open", permission=P.NOTICE_READ, endpoint="open")
def open_notice(ctx: Ctx, notice_id: int) -> Response:
    """Redirect to the subject of a notice and mark it as read."""
    text = notice_text(mark_read(ctx, notice_id))
    return redirect(url_for(text.endpoint, **text.arguments), code=303)


@bp.post("/notices/read-all", permission=P.NOTICE_READ)
def read_all(ctx: Ctx) -> Response:
    up_to = parse_id(request.form.get("up_to"))
    if up_to is None:
        raise Invalid({"up_to": _("Danh sách thông báo không còn đúng; hãy mở lại rồi đánh dấu.")})
    mark_all_read(ctx, up_to)
    return redirect(url_for("notices.index"), code=303)
