"""The export of the cables in use on a day, with their metres."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.cables.figures import cables_query
from registry.cables.pages import PART_LABELS, read_filter
from registry.kernel.exports.dataset import TABLES, Record
from registry.kernel.exports.lists import FETCH_ROWS, Args, Cell, ExportList, Source, export_value
from registry.kernel.i18n import _, _l, format_date
from registry.structures import positions
from registry.structures.queries import owner_name
from registry.territory.queries import get_unit
from registry.territory.rules import unit_label

_CELLS: Final = (
    Cell("code", _l("Mã"), lambda row: row.code),
    Cell("name", _l("Tên"), lambda row: row.name),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("cable_kind", _l("Loại cáp"), lambda row: row.cable_kind),
    Cell("laying", _l("Cách đi cáp"), lambda row: row.laying),
    Cell("length_m", _l("Chiều dài (m)"), lambda row: Decimal(round(row.length_m)), Decimal),
    Cell("below_m", _l("Đi ngầm (m)"), lambda row: Decimal(round(row.below_m)), Decimal),
)


def open_cables(ctx: Ctx, args: Args) -> Source:
    """The cables that a filter of their page shows to the actor, by code."""
    chosen = read_filter(ctx, args)
    query = cables_query(ctx, chosen)
    conditions = [(_("Tại ngày"), format_date(chosen.on)), (_("Cách đi cáp"), str(PART_LABELS[chosen.part]))]
    if chosen.owner_id is not None:
        conditions.append((_("Chủ sở hữu"), owner_name(ctx.session, chosen.owner_id) or str(chosen.owner_id)))
    if chosen.unit_id is not None:
        unit = get_unit(ctx.session, chosen.unit_id)
        conditions.append((_("Địa bàn"), unit_label(unit, ctx.today) if unit else str(chosen.unit_id)))

    def count(most: int) -> int:
        limited = query.order_by(None).limit(most + 1).subquery()
        return int(positions.run(ctx, select(func.count()).select_from(limited)).scalar_one())

    def records() -> Iterator[Record]:
        for row in positions.stream(ctx, query, portion=FETCH_ROWS):
            yield Record(tuple(export_value(cell.of(row)) for cell in _CELLS), None, row.owner_organisation_id)

    return Source(tuple(cell.column for cell in _CELLS), count, records, tuple(conditions))


CABLES: Final = ExportList("cables", _l("Cáp đang dùng"), "cap-dang-dung", P.DASHBOARD_READ, open_cables, TABLES)
