"""The list of occupations; a reader who only helps to find the owner gets no data of the parties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On, Read, reader
from registry.kernel.lists.filters import Chosen
from registry.occupations.models import Occupation
from registry.occupations.queries import OCCUPANT, OWNER
from registry.occupations.workflow import OCCUPATION
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _followed(path: str) -> Read:
    """The value if the case concerns the reader, otherwise None."""
    read = reader(path)
    return lambda ctx, row: read(ctx, row) if row.follows else None


def _with_unit(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    name = select(AdminUnit.name).where(AdminUnit.id == Occupation.unit_id).correlate(Occupation)
    return query.add_columns(name.scalar_subquery().label("unit"))


def _for_files(ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(
            Structure.code.label("structure"),
            OWNER.short_name.label("owner"),
            OCCUPANT.short_name.label("occupant"),
            visible(ctx, Occupation, P.OCCUPATION_FOLLOW).label("follows"),
        )
        .join(Structure, Structure.id == Occupation.structure_id)
        .join(OWNER, OWNER.id == Occupation.owner_organisation_id)
        .outerjoin(OCCUPANT, OCCUPANT.id == Occupation.occupant_organisation_id)
    )


OCCUPATIONS: Final = case_list(
    OCCUPATION,
    code="occupations",
    stem="chiem-dung-khong-hop-dong",
    joined=_with_unit,
    for_files=_for_files,
    columns=(
        Column("structure", _l("Mã công trình"), on=On.FILES),
        Column("unit", _l("Xã, phường"), sort="unit", optional=True),
        Column("equipment", _l("Cáp, thiết bị"), "Occupation.equipment", on=On.FILES),
        Column("quantity", _l("Số lượng"), "Occupation.quantity", int, on=On.FILES),
        Column("marks", _l("Thẻ, nhãn nhìn thấy"), "Occupation.marks", on=On.FILES),
        Column("found_on", _l("Ngày phát hiện"), "Occupation.found_on", date, on=On.FILES),
        Column("owner", _l("Chủ sở hữu"), _followed("owner"), on=On.FILES),
        Column("occupant", _l("Bên sử dụng"), _followed("occupant"), on=On.FILES),
        Column("notified_at", _l("Thông báo lúc"), _followed("Occupation.notified_at"), datetime, on=On.FILES),
        Column("contract_number", _l("Số hợp đồng"), _followed("Occupation.contract_number"), on=On.FILES),
        Column("contract_on", _l("Ngày ký"), _followed("Occupation.contract_on"), date, on=On.FILES),
        Column("remove_by", _l("Tháo dỡ xong trước hết ngày"), _followed("Occupation.remove_by"), date, on=On.FILES),
        Column("request_number", _l("Số đề nghị dùng chung"), _followed("Occupation.request_number"), on=On.FILES),
        Column("removed_on", _l("Ngày tháo dỡ"), _followed("Occupation.removed_on"), date, on=On.FILES),
        Column(
            "referred_at", _l("Chuyển cơ quan quản lý lúc"), _followed("Occupation.referred_at"), datetime, on=On.FILES
        ),
    ),
)
