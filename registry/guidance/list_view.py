"""The list of the library."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import func

from registry.authz.permissions import P
from registry.guidance.models import GuidanceDocument, GuidanceKind
from registry.guidance.queries import documents_query
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _l, _n_noop
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView

DOCUMENTS: Final = ListView(
    code="guidance",
    label=_l("Hướng dẫn và biểu mẫu"),
    subtitle=_l("Văn bản hướng dẫn, biểu mẫu do Sở Khoa học và Công nghệ công bố"),
    endpoint="guidance.index",
    permission=P.GUIDANCE_READ,
    select=lambda ctx, _chosen: documents_query(ctx),
    columns=(
        Column(
            "title",
            _l("Tên tài liệu"),
            "GuidanceDocument.title",
            main=True,
            sort=GuidanceDocument.title,
            show=link("guidance.detail", "GuidanceDocument.title", document_id="GuidanceDocument.id"),
        ),
        Column("kind", _l("Loại"), "GuidanceDocument.kind.label"),
        Column("number", _l("Số văn bản"), "GuidanceDocument.number", is_code=True, sort=GuidanceDocument.number),
        Column("issued_on", _l("Ngày ban hành"), "GuidanceDocument.issued_on", date, sort=GuidanceDocument.issued_on),
        Column(
            "published_at",
            _l("Công bố lúc"),
            "GuidanceDocument.published_at",
            datetime,
            sort=GuidanceDocument.published_at,
        ),
        Column("withdrawn_at", _l("Gỡ lúc"), "GuidanceDocument.withdrawn_at", datetime, on=On.FILES),
    ),
    filters=(
        ChoiceFilter("kind", _l("Loại"), options=GuidanceKind, where=lambda _ctx, kind: GuidanceDocument.kind == kind),
        Search(
            "q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(func.fold(GuidanceDocument.title), text.split())
        ),
    ),
    order=(GuidanceDocument.id,),
    descending=True,
    stem="huong-dan",
    count=_n_noop("%(count)s tài liệu"),
    empty=Empty(_l("Chưa có tài liệu nào"), _l("Văn bản hướng dẫn và biểu mẫu do Sở công bố sẽ hiện ở đây.")),
    no_match=Empty(_l("Không có tài liệu nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
