"""Export of occupations; a reader who only helps to find the owner gets no data of the parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source
from registry.kernel.i18n import _l
from registry.occupations.models import Occupation
from registry.occupations.workflow import OCCUPATION
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_source


def _followed(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The value if the case concerns the reader, otherwise None."""
    return lambda row: read(row) if row.follows else None


_CELLS: Final = (
    Cell("structure", _l("Mã công trình"), lambda row: row.structure),
    Cell("unit", _l("Xã, phường"), lambda row: row.unit),
    Cell("equipment", _l("Cáp, thiết bị"), lambda row: row[0].equipment),
    Cell("quantity", _l("Số lượng"), lambda row: row[0].quantity, int),
    Cell("marks", _l("Thẻ, nhãn nhìn thấy"), lambda row: row[0].marks),
    Cell("found_on", _l("Ngày phát hiện"), lambda row: row[0].found_on, date),
    Cell("owner", _l("Chủ sở hữu"), _followed(lambda row: row.owner)),
    Cell("occupant", _l("Bên sử dụng"), _followed(lambda row: row.occupant)),
    Cell("notified_at", _l("Thông báo lúc"), _followed(lambda row: row[0].notified_at), datetime),
    Cell("contract_number", _l("Số hợp đồng"), _followed(lambda row: row[0].contract_number)),
    Cell("contract_on", _l("Ngày ký"), _followed(lambda row: row[0].contract_on), date),
    Cell("remove_by", _l("Tháo dỡ xong trước hết ngày"), _followed(lambda row: row[0].remove_by), date),
    Cell("request_number", _l("Số đề nghị dùng chung"), _followed(lambda row: row[0].request_number)),
    Cell("removed_on", _l("Ngày tháo dỡ"), _followed(lambda row: row[0].removed_on), date),
    Cell("referred_at", _l("Chuyển cơ quan quản lý lúc"), _followed(lambda row: row[0].referred_at), datetime),
)


def open_occupations(ctx: Ctx, args: Args) -> Source:
    owner, occupant = aliased(Organisation), aliased(Organisation)
    columns: tuple[Any, ...] = (
        Structure.code.label("structure"),
        AdminUnit.name.label("unit"),
        owner.short_name.label("owner"),
        occupant.short_name.label("occupant"),
        visible(ctx, Occupation, P.OCCUPATION_FOLLOW).label("follows"),
    )
    query = (
        select(Occupation, *columns)
        .join(Structure, Structure.id == Occupation.structure_id)
        .join(AdminUnit, AdminUnit.id == Occupation.unit_id)
        .join(owner, owner.id == Occupation.owner_organisation_id)
        .outerjoin(occupant, occupant.id == Occupation.occupant_organisation_id)
    )
    return case_source(ctx, OCCUPATION, args, query, _CELLS)


OCCUPATIONS: Final = ExportList(
    "occupations",
    _l("Chiếm dụng không hợp đồng"),
    "chiem-dung-khong-hop-dong",
    P.OCCUPATION_READ,
    open_occupations,
    TABLES,
)
