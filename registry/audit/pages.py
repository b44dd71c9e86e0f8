"""Who looked at exact positions, for their owners; and the chain of changes, for who watches over it."""

from __future__ import annotations

from flask import render_template, request

from registry.audit.labels import ACTION_LABELS, LOOK_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.audit.queries import PAGE_SIZE, list_events, list_looks
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.http.pages import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("audit", __name__, errors=html_errors)
_MOST_DIGITS = 18


@bp.get("/looks", permission=P.LOOK_LOG_READ)
def looks(ctx: Ctx) -> str:
    """Looks at the reader's structures by others."""
    rows = list_looks(ctx, before=_before())
    return render_template(
        "audit/looks.html", rows=rows, what=LOOK_LABELS, last=rows[-1].id if len(rows) == PAGE_SIZE else None
    )


@bp.get("/audit", permission=P.AUDIT_READ)
def events(ctx: Ctx) -> str:
    """The chain of changes."""
    rows = list_events(ctx, before=_before())
    return render_template(
        "audit/events.html",
        rows=rows,
        last=rows[-1].number if len(rows) == PAGE_SIZE else None,
        actions=ACTION_LABELS,
        objects=OBJECT_LABELS,
        origins=ORIGIN_LABELS,
    )


def _before() -> int | None:
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise Invalid({"before": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    return int(text)
