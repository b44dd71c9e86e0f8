"""The list of inspection plans."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.inspections.models import InspectionPlan
from registry.inspections.workflow import INSPECTION
from registry.kernel.i18n import _, _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import Chosen
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(AdminUnit.name.label("unit"), Organisation.short_name.label("office"))
        .join(Organisation, Organisation.id == InspectionPlan.organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == InspectionPlan.unit_id)
    )


def _area(_ctx: Ctx, row: Any) -> str:
    return row.unit or _("toàn tỉnh")


PLANS: Final = case_list(
    INSPECTION,
    code="inspections",
    stem="ke-hoach-kiem-tra",
    joined=_joined,
    columns=(
        Column("unit", _l("Địa bàn"), _area),
        Column("office", _l("Cơ quan lập kế hoạch"), sort="office", optional=True),
        Column("starts_on", _l("Từ ngày"), "InspectionPlan.starts_on", date),
        Column("ends_on", _l("Đến hết ngày"), "InspectionPlan.ends_on", date),
        Column("decision_number", _l("Số văn bản"), "InspectionPlan.decision_number", on=On.FILES),
        Column("decided_on", _l("Ngày ban hành"), "InspectionPlan.decided_on", date, on=On.FILES),
    ),
)
