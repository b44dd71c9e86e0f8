"""The list of announced works."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Chosen, Day, Entity, Flag, MultiChoice
from registry.street_works.workflow import STREET_WORK
from registry.streets.models import Street
from registry.streets.work_models import GOING_ON, StreetWork, StreetWorkKind
from registry.streets.work_queries import goes_on
from registry.structures.nearby.corridor import corridor_filter
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices, get_unit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(
            Organisation.short_name.label("announcer"), AdminUnit.name.label("commune"), Street.name.label("street")
        )
        .join(Organisation, Organisation.id == StreetWork.organisation_id)
        .join(AdminUnit, AdminUnit.id == StreetWork.unit_id)
        .outerjoin(Street, Street.id == StreetWork.street_id)
    )


def _for_files(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return query.add_columns(func.ST_AsBinary(StreetWork.shape).label("wkb"))


def _on_day(_ctx: Ctx, day: date) -> ColumnElement[bool]:
    return goes_on(day, day)


def _crosses(_ctx: Ctx, unit_id: int) -> ColumnElement[bool]:
    """Works with any part of their line in a commune."""
    area = select(AdminUnit.geom).where(AdminUnit.id == unit_id).scalar_subquery()
    return or_(StreetWork.unit_id == unit_id, func.ST_Intersects(StreetWork.shape, area))


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return None if unit is None else unit.name


WORKS: Final = case_list(
    STREET_WORK,
    code="street-works",
    stem="thi-cong-tren-tuyen-pho",
    joined=_joined,
    for_files=_for_files,
    geometry=lambda row: bytes(row.wkb),
    geometry_column="wkb",
    filters=(
        MultiChoice(
            "kind", _l("Loại công việc"), lambda _ctx, codes: StreetWork.kind.in_(codes), options=StreetWorkKind
        ),
        Day("on", _l("Thi công vào ngày"), _on_day),
        Flag(
            "open",
            _l("Chưa kết thúc"),
            chip=_l("Thi công"),
            text=_l("chưa kết thúc"),
            where=lambda _ctx, _on: StreetWork.state.in_(GOING_ON),
        ),
        Entity(
            "unit",
            _l("Xã, phường"),
            _crosses,
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Tất cả"),
        ),
        corridor_filter(lambda _ctx: StreetWork.shape.expression),
    ),
    columns=(
        Column("announcer", _l("Đơn vị thi công"), sort="announcer"),
        Column("commune", _l("Xã, phường"), sort="commune"),
        Column("starts_on", _l("Dự kiến bắt đầu"), "StreetWork.starts_on", date),
        Column("ends_on", _l("Dự kiến hoàn thành"), "StreetWork.ends_on", date),
        Column("street", _l("Đường"), sort="street", optional=True),
        *declared_columns(
            StreetWork,
            *("kind", "from_place", "to_place", "is_dug", "width_m", "depth_m", "contact_name", "contact_phone"),
            *("note", "started_on", "finished_on"),
            row="StreetWork",
            on=On.FILES,
        ),
    ),
)
