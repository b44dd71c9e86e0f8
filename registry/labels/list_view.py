"""The list of issued sheets."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _, _l, format_datetime
from registry.kernel.lists.columns import Column
from registry.kernel.lists.markup import anchor, sub_text
from registry.kernel.lists.view import Empty, ListView
from registry.labels.queries import sheets_query


def _sheet(_ctx: Ctx, row: Any) -> Markup:
    name = _("Tờ %(number)d", number=row.sheet_id)
    return anchor(url_for("labels.sheet", sheet_id=row.sheet_id), name) + " " + sub_text(format_datetime(row.issued_at))


SHEETS: Final = ListView(
    code="labels",
    label=_l("Nhãn công trình"),
    subtitle=_l(
        "Mỗi nhãn mang một mã ngẫu nhiên; quét mã mở thẻ công khai có tên chủ sở hữu và đường dây nóng, không có tọa"
        " độ."
    ),
    endpoint="labels.index",
    permission=P.LABEL_PRINT,
    select=lambda ctx, _chosen: sheets_query(ctx),
    columns=(
        Column("sheet_id", _l("Tờ nhãn"), kind=int, main=True, show=_sheet),
        Column("issued_by", _l("Người cấp")),
        Column("total", _l("Số nhãn"), kind=int),
        Column("revoked", _l("Đã thu hồi"), kind=int),
    ),
    empty=Empty(
        _l("Chưa có nhãn nào"),
        _l("Chọn công trình trong danh sách rồi chọn “In nhãn QR”."),
        ((_l("Mở danh sách công trình"), "structures.list"),),
    ),
)
