"""The list of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.models import BatchState, RememberedLayout
from registry.imports.progress import progress_views
from registry.imports.queries import batches_query
from registry.imports.service import BUSY, layouts_query
from registry.kernel.i18n import _l, _n, format_number
from registry.kernel.lists.columns import Column
from registry.kernel.lists.markup import anchor, badge
from registry.kernel.lists.view import Empty, ListView
from registry.structures.kinds import KINDS

TONES: Final = {
    BatchState.READING: "info",
    BatchState.CHOOSING: "info",
    BatchState.READ: "info",
    BatchState.CHECKING: "info",
    BatchState.CHECKED: "info",
    BatchState.APPLYING: "warn",
    BatchState.APPLIED: "good",
    BatchState.UNDOING: "warn",
    BatchState.UNDONE: "dark",
    BatchState.FAILED: "bad",
    BatchState.CANCELLED: "dark",
}
_PROGRESS: Final = "imports.progress"
_REMARK: Final = Markup('<span class="row-said">%s</span>')


def _prepare(ctx: Ctx, rows: list[Any]) -> None:
    """The progress of the imports that are at work."""
    ctx.memo[_PROGRESS] = progress_views(ctx, [row.ImportBatch for row in rows if row.ImportBatch.state in BUSY])


def _file(_ctx: Ctx, row: Any) -> Markup:
    batch = row.ImportBatch
    shown = anchor(url_for("imports.detail", batch_id=batch.id), batch.file_name)
    is_one_of_many = batch.found.get("table_count", 1) > 1
    if batch.table_name and batch.table_name != batch.file_name and is_one_of_many:
        shown += _REMARK % (batch.table_name,)
    return shown


def _state(ctx: Ctx, row: Any) -> Markup:
    batch = row.ImportBatch
    shown = badge(batch.state.label, TONES[batch.state])
    progress = ctx.memo[_PROGRESS].get(batch.id)
    if progress is not None and progress.total:
        done, total = format_number(progress.done), format_number(progress.total)
        shown += _REMARK % (_n("%(done)s / %(total)s dòng", progress.total, done=done, total=total),)
    return shown


IMPORTS: Final = ListView(
    code="imports",
    label=_l("Các lần nhập gần đây"),
    endpoint="imports.index",
    permission=P.IMPORT_RUN,
    select=lambda ctx, _chosen: batches_query(ctx),
    columns=(
        Column("file_name", _l("Tệp"), "ImportBatch.file_name", show=_file, main=True),
        Column("kind", _l("Loại"), lambda _ctx, row: str(KINDS[row.ImportBatch.kind].label)),
        Column("owner", _l("Chủ sở hữu"), "ImportBatch.organisation.short_name"),
        Column("state", _l("Trạng thái"), "ImportBatch.state", show=_state),
        Column("rows", _l("Số dòng"), lambda _ctx, row: row.ImportBatch.counts.get("rows") or None, int),
        Column("applied", _l("Đã nhập"), lambda _ctx, row: row.ImportBatch.counts.get("applied", 0), int),
        Column("created_at", _l("Tải lên lúc"), "ImportBatch.created_at", datetime),
    ),
    prepare=_prepare,
    empty=Empty(_l("Chưa nhập tệp nào"), _l("Tệp đã tải lên sẽ hiển thị tại đây cùng kết quả kiểm tra.")),
)


def _layout(_ctx: Ctx, row: Any) -> Markup:
    layout = row.RememberedLayout
    return anchor(url_for("imports.layout", layout_id=layout.id), layout.file_name)


def _headings(_ctx: Ctx, row: Any) -> str:
    return ", ".join(row.RememberedLayout.header)


LAYOUTS: Final = ListView(
    code="import_layouts",
    label=_l("Mẫu cột đã nhớ"),
    endpoint="imports.layouts",
    permission=P.IMPORT_RUN,
    select=lambda ctx, _chosen: layouts_query(ctx),
    order=(RememberedLayout.used_at, RememberedLayout.id),
    descending=True,
    columns=(
        Column(
            "file_name",
            _l("Tệp"),
            "RememberedLayout.file_name",
            show=_layout,
            main=True,
            sort=RememberedLayout.file_name,
        ),
        Column("kind", _l("Loại"), lambda _ctx, row: str(KINDS[row.RememberedLayout.kind].label)),
        Column("owner", _l("Chủ sở hữu"), "RememberedLayout.organisation.short_name"),
        Column("header", _l("Tiêu đề cột"), _headings),
        Column("used_at", _l("Dùng lần cuối lúc"), "RememberedLayout.used_at", datetime, sort=RememberedLayout.used_at),
    ),
    empty=Empty(
        _l("Chưa nhớ mẫu cột nào"),
        _l("Khi nhập xong một tệp, cách chọn cột được nhớ cho tệp sau có cùng tiêu đề theo cùng thứ tự."),
    ),
)
