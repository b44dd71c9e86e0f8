"""The list of notices before building."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, func

from registry.authz.actors import Ctx
from registry.building_notices.codes import NoticeReceiver, NoticeRegime
from registry.building_notices.models import BuildingNotice
from registry.building_notices.queries import BUILDER
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Chosen
from registry.structures.kinds import KINDS
from registry.structures.nearby.corridor import corridor_filter
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(BUILDER.short_name.label("builder"), AdminUnit.name.label("unit"))
        .join(BUILDER, BUILDER.id == BuildingNotice.organisation_id)
        .join(AdminUnit, AdminUnit.id == BuildingNotice.unit_id)
    )


def _for_files(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return query.add_columns(func.ST_AsBinary(BuildingNotice.place_point).label("wkb"))


def _kind(_ctx: Ctx, row: Any) -> str:
    return str(KINDS[row.BuildingNotice.kind].label)


NOTICES: Final = case_list(
    BUILDING_NOTICE,
    code="building-notices",
    stem="thong-bao-xay-dung",
    joined=_joined,
    for_files=_for_files,
    geometry=lambda row: bytes(row.wkb),
    geometry_column="wkb",
    filters=(
        ChoiceFilter(
            "regime",
            _l("Loại thông báo"),
            options=NoticeRegime,
            where=lambda _ctx, regime: BuildingNotice.regime == regime,
        ),
        ChoiceFilter(
            "receiver",
            _l("Cơ quan tiếp nhận"),
            options=NoticeReceiver,
            where=lambda _ctx, receiver: BuildingNotice.receiver == receiver,
        ),
        corridor_filter(lambda _ctx: BuildingNotice.place_point),
    ),
    columns=(
        Column("builder", _l("Đơn vị xây dựng"), sort="builder"),
        Column("unit", _l("Xã, phường"), sort="unit"),
        Column("starts_on", _l("Ngày khởi công dự kiến"), "BuildingNotice.starts_on", date),
        Column("regime", _l("Loại thông báo"), "BuildingNotice.regime", on=On.FILES),
        Column("receiver", _l("Cơ quan tiếp nhận"), "BuildingNotice.receiver", on=On.FILES),
        Column("kind", _l("Loại công trình"), _kind, on=On.FILES),
        Column("address", _l("Địa chỉ, tuyến đường"), "BuildingNotice.address", on=On.FILES),
        Column("is_late", _l("Gửi muộn"), "BuildingNotice.is_late", bool, on=On.FILES),
        Column("conformity", _l("Sự phù hợp quy hoạch"), "BuildingNotice.conformity", on=On.FILES),
        Column("acknowledged_at", _l("Tiếp nhận lúc"), "BuildingNotice.acknowledged_at", datetime, on=On.FILES),
    ),
)
