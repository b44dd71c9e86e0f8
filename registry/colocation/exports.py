"""The requests to share as files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.models import ColocationRequest
from registry.colocation.workflow import COLOCATION
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.tables import Cell
from registry.kernel.i18n import _l
from registry.workflow.exports import case_source

_CELLS: Final = (
    Cell("requester", _l("Bên đề nghị"), lambda row: row.requester),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("purpose", _l("Mục đích sử dụng"), lambda row: row[0].purpose),
    Cell("wanted_from", _l("Muốn dùng từ ngày"), lambda row: row[0].wanted_from, date),
    Cell("term_months", _l("Thời gian sử dụng (tháng)"), lambda row: row[0].term_months, int),
    Cell("is_defence", _l("Cho quốc phòng, an ninh"), lambda row: row[0].is_defence, bool),
    Cell("filed_at", _l("Gửi lúc"), lambda row: row[0].filed_at, datetime),
    Cell("decided_at", _l("Trả lời lúc"), lambda row: row[0].decided_at, datetime),
)


def open_requests(ctx: Ctx, args: Args) -> Source:
    """The requests that a filter of their page shows to the actor."""
    requester, owner = aliased(Organisation), aliased(Organisation)
    names: tuple[Any, ...] = (requester.short_name.label("requester"), owner.short_name.label("owner"))
    query = (
        select(ColocationRequest, *names)
        .join(requester, requester.id == ColocationRequest.requester_organisation_id)
        .join(owner, owner.id == ColocationRequest.owner_organisation_id)
    )
    return case_source(ctx, COLOCATION, args, query, _CELLS)


REQUESTS: Final = ExportList(
    "colocation", _l("Đề nghị dùng chung hạ tầng"), "de-nghi-dung-chung", P.COLOCATION_READ, open_requests, TABLES
)
