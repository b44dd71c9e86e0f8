"""The list of violations with their positions, without the facts that only their handlers may see."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.exports.dataset import EVERY
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import Chosen
from registry.territory.models import AdminUnit
from registry.violations.models import Violation, ViolationKind
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import case_list

_DECIMALS: Final = 6


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    handler, accused = aliased(Organisation), aliased(Organisation)
    return (
        query.add_columns(
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


VIOLATIONS: Final = case_list(
    VIOLATION,
    code="violations",
    file_label=_l("Danh sách vi phạm"),
    stem="vi-pham",
    formats=EVERY,
    joined=_joined,
    geometry=lambda row: bytes(row.wkb),
    columns=(
        Column("act", _l("Hành vi"), on=On.FILES),
        Column(
            "decree", _l("Căn cứ"), lambda _ctx, row: ", ".join(filter(None, (row.decree, row.article))), on=On.FILES
        ),
        Column("occurred_on", _l("Ngày xảy ra"), "Violation.occurred_on", date, on=On.FILES),
        Column("found_at", _l("Phát hiện lúc"), "Violation.found_at", datetime, on=On.FILES),
        Column("unit", _l("Đơn vị hành chính ngày xảy ra"), on=On.FILES),
        Column("address", _l("Địa chỉ"), "Violation.address", on=On.FILES),
        Column("handler", _l("Cơ quan xử lý"), on=On.FILES),
        Column("accused", _l("Tổ chức bị cho là vi phạm"), on=On.FILES),
        Column("minutes_number", _l("Số biên bản"), "Violation.minutes_number", on=On.FILES),
        Column("minutes_on", _l("Ngày lập biên bản"), "Violation.minutes_on", date, on=On.FILES),
        Column("decision_number", _l("Số quyết định"), "Violation.decision_number", on=On.FILES),
        Column("decision_on", _l("Ngày quyết định"), "Violation.decision_on", date, on=On.FILES),
        Column("fine_vnd", _l("Tiền phạt (đồng)"), "Violation.fine_vnd", Decimal, on=On.FILES),
        Column("remedy_due_on", _l("Khắc phục trước ngày"), "Violation.remedy_due_on", date, on=On.FILES),
        Column("latitude", _l("Vĩ độ"), lambda _ctx, row: Decimal(f"{row.lat:.{_DECIMALS}f}"), Decimal, on=On.FILES),
        Column("longitude", _l("Kinh độ"), lambda _ctx, row: Decimal(f"{row.lon:.{_DECIMALS}f}"), Decimal, on=On.FILES),
    ),
)
