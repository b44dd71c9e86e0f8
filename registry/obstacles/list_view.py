"""The list of obstacles."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select

from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Chosen
from registry.obstacles.codes import ObstacleField
from registry.obstacles.models import Obstacle
from registry.obstacles.queries import AGENCY, RAISER
from registry.obstacles.workflow import OBSTACLE
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(
            RAISER.short_name.label("raiser"), AGENCY.short_name.label("agency"), AdminUnit.name.label("unit")
        )
        .join(RAISER, RAISER.id == Obstacle.organisation_id)
        .outerjoin(AGENCY, AGENCY.id == Obstacle.agency_id)
        .outerjoin(AdminUnit, AdminUnit.id == Obstacle.unit_id)
    )


OBSTACLES: Final = case_list(
    OBSTACLE,
    code="obstacles",
    stem="vuong-mac",
    joined=_joined,
    filters=(
        ChoiceFilter("field", _l("Lĩnh vực"), options=ObstacleField, where=lambda _ctx, field: Obstacle.field == field),
    ),
    columns=(
        Column("raiser", _l("Đơn vị nêu")),
        Column("agency", _l("Cơ quan giải quyết")),
        Column("unit", _l("Xã, phường"), sort="unit", optional=True),
        Column("field", _l("Lĩnh vực"), "Obstacle.field", on=On.FILES),
        Column("address", _l("Tuyến đường, địa điểm"), "Obstacle.address", on=On.FILES),
        Column("description", _l("Nội dung vướng mắc"), "Obstacle.description", on=On.FILES),
        Column("answer_kind", _l("Kết quả"), "Obstacle.answer_kind", on=On.FILES),
        Column("answer", _l("Nội dung trả lời"), "Obstacle.answer", on=On.FILES),
        Column("answered_at", _l("Trả lời lúc"), "Obstacle.answered_at", datetime, on=On.FILES),
        Column("rating", _l("Đánh giá"), "Obstacle.rating", on=On.FILES),
    ),
)
