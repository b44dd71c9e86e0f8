"""The towers behind the sharing ratio as files."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.dashboard.pages import USE_LABELS, read_day, read_use
from registry.dashboard.sharing import towers_query
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source, query_source
from registry.kernel.i18n import _, _l, format_date

_CELLS: Final = (
    Cell("code", _l("Mã"), lambda row: row.code),
    Cell("name", _l("Tên"), lambda row: row.name),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("users", _l("Số đơn vị sử dụng"), lambda row: row.users, int),
)


def open_towers(ctx: Ctx, args: Args) -> Source:
    """The towers of a figure on a day, as far as the actor may know their users."""
    on, use = read_day(ctx, args), read_use(args)
    chosen = ((_("Tại ngày"), format_date(on)), (_("Nhóm cột"), str(USE_LABELS[use])))
    return query_source(ctx, towers_query(ctx, on, use), _CELLS, chosen=chosen)


TOWERS: Final = ExportList(
    "towers", _l("Cột ăng ten theo số đơn vị sử dụng"), "cot-ang-ten", P.DASHBOARD_READ, open_towers, TABLES
)
