"""The list of the library."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.guidance.models import GuidanceDocument, GuidanceField, GuidanceKind
from registry.guidance.queries import documents_query, public_query
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Flag, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView


def _standing(_ctx: Ctx, row: Any) -> str:
    if row.GuidanceDocument.withdrawn_at is not None:
        return str(_("Đã gỡ"))
    return str(_("Hiện hành") if row.is_current else _("Đã được thay"))


def _acknowledged(_ctx: Ctx, row: Any) -> str | None:
    addressed = len(row.GuidanceDocument.addressed_ids)
    return f"{row.acknowledged}/{addressed}" if addressed else None


_KIND: Final = Column("kind", _l("Loại"), "GuidanceDocument.kind.label", is_code=True)
_FIELD: Final = Column("field", _l("Lĩnh vực quản lý"), "GuidanceDocument.field.label")
_DEPARTMENT: Final = Column("department", _l("Cơ quan công bố"), sort="department")
_NUMBER: Final = Column(
    "number", _l("Số văn bản"), "GuidanceDocument.number", is_code=True, sort=GuidanceDocument.number
)
_ISSUED_ON: Final = Column(
    "issued_on", _l("Ngày ban hành"), "GuidanceDocument.issued_on", date, sort=GuidanceDocument.issued_on
)
_FILTERS: Final = (
    ChoiceFilter(
        "field",
        _l("Lĩnh vực quản lý"),
        options=GuidanceField,
        where=lambda _ctx, field: GuidanceDocument.field == field,
    ),
    ChoiceFilter("kind", _l("Loại"), options=GuidanceKind, where=lambda _ctx, kind: GuidanceDocument.kind == kind),
    Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(func.fold(GuidanceDocument.title), text.split())),
)


def _title(endpoint: str) -> Column:
    return Column(
        "title",
        _l("Tên tài liệu"),
        "GuidanceDocument.title",
        main=True,
        wraps=True,
        sort=GuidanceDocument.title,
        show=link(endpoint, "GuidanceDocument.title", document_id="GuidanceDocument.id"),
    )


DOCUMENTS: Final = ListView(
    code="guidance",
    label=_l("Hướng dẫn và biểu mẫu"),
    subtitle=_l("Văn bản hướng dẫn, biểu mẫu do các Sở công bố theo lĩnh vực"),
    endpoint="guidance.index",
    permission=P.GUIDANCE_READ,
    select=lambda ctx, _chosen: documents_query(ctx),
    columns=(
        _title("guidance.detail"),
        _KIND,
        _DEPARTMENT,
        replace(_FIELD, optional=True),
        _NUMBER,
        _ISSUED_ON,
        Column("standing", _l("Hiệu lực"), _standing),
        Column(
            "acknowledged",
            _l("Đã xác nhận"),
            _acknowledged,
            offered=lambda ctx: holds(ctx.actor, P.GUIDANCE_EDIT),
        ),
        Column(
            "published_at",
            _l("Công bố lúc"),
            "GuidanceDocument.published_at",
            datetime,
            sort=GuidanceDocument.published_at,
            optional=True,
        ),
        Column("due_on", _l("Xác nhận trước hết ngày"), "GuidanceDocument.due_on", date, on=On.FILES),
        Column("withdrawn_at", _l("Gỡ lúc"), "GuidanceDocument.withdrawn_at", datetime, on=On.FILES),
    ),
    filters=(
        Flag(
            "current",
            _l("Phiên bản hiện hành"),
            chip=_l("Phiên bản"),
            text=_l("hiện hành"),
            where=lambda _ctx, _on: GuidanceDocument.is_current_rule(),
        ),
        *_FILTERS,
    ),
    order=(GuidanceDocument.id,),
    descending=True,
    stem="huong-dan",
    count=_n_noop("%(count)s tài liệu"),
    empty=Empty(_l("Chưa có tài liệu nào"), _l("Văn bản hướng dẫn và biểu mẫu do Sở công bố sẽ hiển thị tại đây.")),
    no_match=Empty(_l("Không có tài liệu nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
PUBLIC_DOCUMENTS: Final = ListView(
    code="guidance-public",
    label=_l("Hướng dẫn và biểu mẫu công khai"),
    endpoint="guidance.public",
    parent=(_l("Trang chủ"), "home.index"),
    permission=P.PUBLIC,
    select=lambda _ctx, _chosen: public_query(),
    columns=(_title("guidance.public_document"), _KIND, _DEPARTMENT, _FIELD, _NUMBER, _ISSUED_ON),
    filters=_FILTERS,
    order=(GuidanceDocument.id,),
    descending=True,
    count=_n_noop("%(count)s tài liệu"),
    empty=Empty(_l("Chưa có tài liệu công khai"), _l("Văn bản hướng dẫn và biểu mẫu công khai sẽ hiển thị tại đây.")),
    no_match=Empty(_l("Không có tài liệu nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
