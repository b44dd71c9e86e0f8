"""The list of the reader's files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.exports.models import ExportJob, ExportState
from registry.kernel.errors import NotFound
from registry.kernel.exports.lists import list_of
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.markup import badge, hint, macro
from registry.kernel.lists.view import Empty, ListView

_LISTED: Final = 50
_TONES: Final = {
    ExportState.WAITING: "neutral",
    ExportState.RUNNING: "info",
    ExportState.DONE: "good",
    ExportState.FAILED: "bad",
    ExportState.EXPIRED: "neutral",
}


def _label(_ctx: Ctx, row: Any) -> str:
    try:
        return str(list_of(row.ExportJob.list_code).label)
    except NotFound:
        return str(row.ExportJob.list_code)


def _state(ctx: Ctx, row: Any) -> Markup:
    job = row.ExportJob
    state = job.state_at(ctx.now)
    return badge(state.label, _TONES[state]) + (hint(job.failure) if job.failure else "")


def _ready(ctx: Ctx, row: Any) -> ExportJob | None:
    """The file if it can be downloaded now."""
    job: ExportJob = row.ExportJob
    return job if job.state_at(ctx.now) is ExportState.DONE else None


EXPORTS: Final = ListView(
    code="exports",
    label=_l("Tệp đã xuất"),
    subtitle=_l("Tệp lập từ các danh sách dài; chỉ tài khoản này tải được, cho đến khi hết hạn."),
    endpoint="exports.index",
    permission=P.ACCOUNT_SELF,
    select=lambda ctx, _chosen: (
        select(ExportJob).where(ExportJob.user_id == ctx.actor.id).order_by(ExportJob.id.desc()).limit(_LISTED)
    ),
    columns=(
        Column("list", _l("Danh sách"), _label, main=True),
        Column("file_format", _l("Dạng tệp"), "ExportJob.file_format"),
        Column("state", _l("Trạng thái"), "ExportJob.state", show=_state),
        Column(
            "rows", _l("Số dòng"), "ExportJob.total", int, show=macro("exports/_cells.html", "row_count", "ExportJob")
        ),
        Column("created_at", _l("Yêu cầu lúc"), "ExportJob.created_at", datetime),
        Column("file", _l("Tải về"), show=macro("exports/_cells.html", "file", _ready), on=On.PAGE),
    ),
    row_id=lambda row: row.ExportJob.id,
    empty=Empty(
        _l("Chưa có tệp nào"),
        _l("Danh sách ngắn được tải về ngay tại trang danh sách; tệp của danh sách dài hiển thị tại đây."),
    ),
)
