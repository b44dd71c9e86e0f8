"""Export of violations with their positions, without the facts that only their handlers may see."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.exports.lists import Args, Cell, ExportList, Source
from registry.kernel.i18n import _l
from registry.territory.models import AdminUnit
from registry.violations.models import Violation, ViolationKind
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import case_source

_DECIMALS: Final = 6
_CELLS: Final = (
    Cell("act", _l("Hành vi"), lambda row: row.act),
    Cell("decree", _l("Căn cứ"), lambda row: ", ".join(filter(None, (row.decree, row.article)))),
    Cell("occurred_on", _l("Ngày xảy ra"), lambda row: row[0].occurred_on, date),
    Cell("found_at", _l("Phát hiện lúc"), lambda row: row[0].found_at, datetime),
    Cell("unit", _l("Đơn vị hành chính ngày xảy ra"), lambda row: row.unit),
    Cell("address", _l("Địa chỉ"), lambda row: row[0].address),
    Cell("handler", _l("Cơ quan xử lý"), lambda row: row.handler),
    Cell("accused", _l("Tổ chức bị cho là vi phạm"), lambda row: row.accused),
    Cell("minutes_number", _l("Số biên bản"), lambda row: row[0].minutes_number),
    Cell("minutes_on", _l("Ngày lập biên bản"), lambda row: row[0].minutes_on, date),
    Cell("decision_number", _l("Số quyết định"), lambda row: row[0].decision_number),
    Cell("decision_on", _l("Ngày quyết định"), lambda row: row[0].decision_on, date),
    Cell("fine_vnd", _l("Tiền phạt (đồng)"), lambda row: row[0].fine_vnd, Decimal),
    Cell("remedy_due_on", _l("Khắc phục trước ngày"), lambda row: row[0].remedy_due_on, date),
    Cell("latitude", _l("Vĩ độ"), lambda row: Decimal(f"{row.lat:.{_DECIMALS}f}"), Decimal),
    Cell("longitude", _l("Kinh độ"), lambda row: Decimal(f"{row.lon:.{_DECIMALS}f}"), Decimal),
)


def open_violations(ctx: Ctx, args: Args) -> Source:
    handler, accused = aliased(Organisation), aliased(Organisation)
    query = (
        select(
            Violation,
            ViolationKind.act,
            ViolationKind.decree,
            ViolationKind.article,
            AdminUnit.name.label("unit"),
            handler.short_name.label("handler"),
            accused.short_name.label("accused"),
            func.ST_X(Violation.place).label("lon"),
            func.ST_Y(Violation.place).label("lat"),
            func.ST_AsBinary(Violation.place, "NDR").label("wkb"),
        )
        .join(ViolationKind, ViolationKind.id == Violation.kind_id)
        .join(AdminUnit, AdminUnit.id == Violation.unit_id)
        .outerjoin(handler, handler.id == Violation.handler_organisation_id)
        .outerjoin(accused, accused.id == Violation.organisation_id)
    )
    return case_source(ctx, VIOLATION, args, query, _CELLS, geometry=lambda row: bytes(row.wkb))


VIOLATIONS: Final = ExportList("violations", _l("Danh sách vi phạm"), "vi-pham", P.VIOLATION_READ, open_violations)
