"""Pages of the access log, for the owners concerned, and of the audit chain; the access log as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import render_template, request

from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.audit.queries import PAGE_SIZE, access_log_query, list_access_log, list_events
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source, query_source
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l


def _where(row: Any) -> str:
    return ", ".join(str(ACCESS_LABELS.get(entry["what"], entry["what"])) for entry in row.details.get("looks", []))


def _which(row: Any) -> str:
    return ", ".join(
        entry.get("code") or entry.get("tile") or (_question(entry) if "number" in entry else _structures(entry))
        for entry in row.details.get("looks", [])
    )


def _question(entry: Mapping[str, Any]) -> str:
    return _("Câu hỏi thứ %(number)s trong ngày: %(cells)s ô lưới", number=entry["number"], cells=entry["cells"])


def _structures(entry: Mapping[str, Any]) -> str:
    return _("%(count)s công trình", count=entry.get("rows", 0))


_CELLS: Final = (
    Cell("occurred_at", _l("Thời điểm"), lambda row: row.occurred_at, datetime),
    Cell("actor", _l("Người xem"), lambda row: row.actor_label),
    Cell("where", _l("Nơi xem"), _where),
    Cell("structures", _l("Công trình"), _which),
    Cell("origin", _l("Địa chỉ mạng"), lambda row: row.origin),
)


def open_access_log(ctx: Ctx, _args: Args) -> Source:
    return query_source(ctx, access_log_query(ctx), _CELLS)


ACCESS_LOG: Final = ExportList(
    "looks", _l("Lượt xem vị trí"), "luot-xem-vi-tri", P.LOOK_LOG_READ, open_access_log, TABLES
)


bp = GuardedBlueprint("audit", __name__, errors=html_errors)
_MAX_DIGITS = 18


@bp.get("/looks", permission=P.LOOK_LOG_READ)
def looks(ctx: Ctx) -> str:
    """Access of others to the structures of the reader."""
    rows = list_access_log(ctx, before=_before())
    return render_template(
        "audit/looks.html", rows=rows, what=ACCESS_LABELS, last=rows[-1].id if len(rows) == PAGE_SIZE else None
    )


@bp.get("/audit", permission=P.AUDIT_READ)
def events(ctx: Ctx) -> str:
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
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise Invalid({"before": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    return int(text)
