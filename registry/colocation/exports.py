"""The requests to share, and the agreements that follow from them, as files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.filters import read_request_filter, request_clauses, words_of
from registry.colocation.models import ColocationRequest
from registry.colocation.workflow import COLOCATION
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.tables import Cell
from registry.kernel.i18n import _l
from registry.workflow.lists import case_source

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


_TERMS: Final = (
    Cell("requester", _l("Bên sử dụng"), lambda row: row.requester),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("contract_number", _l("Số hợp đồng"), lambda row: row[0].contract_number),
    Cell("signed_on", _l("Ngày ký"), lambda row: row[0].signed_on, date),
    Cell("starts_on", _l("Hiệu lực từ ngày"), lambda row: row[0].starts_on, date),
    Cell("ends_on", _l("Hiệu lực đến hết ngày"), lambda row: row[0].ends_on, date),
    Cell("price_vnd", _l("Giá thuê, chưa gồm thuế"), lambda row: row[0].price_vnd, Decimal),
    Cell("price_period", _l("Kỳ tính giá"), lambda row: row[0].price_period),
    Cell("installed_on", _l("Lắp xong ngày"), lambda row: row[0].installed_on, date),
    Cell("removed_on", _l("Tháo xong ngày"), lambda row: row[0].removed_on, date),
)


def open_requests(ctx: Ctx, args: Args) -> Source:
    """The requests that a filter of their page shows to the actor."""
    narrowed = read_request_filter(ctx, args)
    words = tuple((label, value) for label, value, _rest in words_of(ctx, narrowed))
    query = _with_sides(ColocationRequest).where(*request_clauses(ctx, narrowed))
    return case_source(ctx, COLOCATION, args, query, _CELLS, chosen=words)


def open_agreements(ctx: Ctx, args: Args) -> Source:
    """The agreements that a filter of their page shows to the actor."""
    return case_source(ctx, AGREEMENT, args, _with_sides(ColocationAgreement), _TERMS)


def _with_sides(model: Any) -> Select[Any]:
    """The cases with the names of both sides."""
    requester, owner = aliased(Organisation), aliased(Organisation)
    return (
        select(model, requester.short_name.label("requester"), owner.short_name.label("owner"))
        .join(requester, requester.id == model.requester_organisation_id)
        .join(owner, owner.id == model.owner_organisation_id)
    )


REQUESTS: Final = ExportList(
    "colocation", _l("Đề nghị dùng chung hạ tầng"), "de-nghi-dung-chung", P.COLOCATION_READ, open_requests, TABLES
)
AGREEMENTS: Final = ExportList(
    "agreements", _l("Hợp đồng dùng chung hạ tầng"), "hop-dong-dung-chung", P.COLOCATION_READ, open_agreements, TABLES
)
