"""Exports of lists and proposed streets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source, query_source
from registry.kernel.i18n import _, _l
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.queries import find_list, list_years, of_list
from registry.routelists.workflow import ITEM, LIST
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit
from registry.workflow.lists import CaseFilter, case_cells, case_source, filter_chips, filter_clauses, read_case_filter


def _planned(row: Any) -> str:
    return ", ".join(str(KINDS[kind].label) for kind in row[0].planned_kinds if kind in KINDS)


_ITEM_CELLS: Final = (
    Cell("commune", _l("Xã, phường"), lambda row: row.commune),
    Cell("street_name", _l("Tên đường, phố"), lambda row: row[0].street_name),
    Cell("from_place", _l("Điểm đầu"), lambda row: row[0].from_place),
    Cell("to_place", _l("Điểm cuối"), lambda row: row[0].to_place),
    Cell("length_m", _l("Chiều dài (m)"), lambda row: row[0].length_m, Decimal),
    Cell("work_kind", _l("Loại công việc"), lambda row: row[0].work_kind),
    Cell("is_urban", _l("Trong đô thị"), lambda row: row[0].is_urban, bool),
    Cell("planned_kinds", _l("Công trình dự kiến"), _planned),
    Cell("wanted_from_year", _l("Muốn làm từ năm"), lambda row: row[0].wanted_from_year, int),
    Cell("wanted_to_year", _l("Đến năm"), lambda row: row[0].wanted_to_year, int),
    Cell("linked_project", _l("Dự án liên quan"), lambda row: row[0].linked_project),
    Cell("proposer", _l("Đơn vị đề xuất"), lambda row: row.proposer),
    Cell("decision_number", _l("Số quyết định"), lambda row: row[0].decision_number),
    Cell("decided_on", _l("Ngày quyết định"), lambda row: row[0].decided_on, date),
)
_LIST_CELLS: Final = (
    Cell("year", _l("Năm"), lambda row: row[0].year, int),
    *case_cells(lambda row: row[0]),
    Cell("decision_number", _l("Số quyết định"), lambda row: row[0].decision_number),
    Cell("decided_on", _l("Ngày quyết định"), lambda row: row[0].decided_on, date),
)


def open_items(ctx: Ctx, args: Args) -> Source:
    """The streets of a year, by default of the latest list, or of all years, under the filter of their page."""
    years = list_years(ctx)
    wanted = args.get("year", "")
    found = find_list(years, wanted)
    query = (
        select(
            RouteItem,
            AdminUnit.name.label("commune"),
            Organisation.short_name.label("proposer"),
            func.ST_AsBinary(RouteItem.line, "NDR").label("wkb"),
        )
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .join(Organisation, Organisation.id == RouteItem.organisation_id)
    )
    chosen: tuple[tuple[str, str], ...] = ()
    if found is not None:
        query, chosen = query.where(of_list(found)), ((_("Năm"), str(found.year)),)
    return case_source(ctx, ITEM, args, query, _ITEM_CELLS, chosen=chosen, geometry=lambda row: bytes(row.wkb))


def open_lists(ctx: Ctx, args: Args) -> Source:
    chosen = CaseFilter(q=read_case_filter(LIST, args).q)
    conditions = tuple((chip["label"], chip["value"]) for chip in filter_chips("", LIST, chosen, {}))
    query = select(RouteList).where(*filter_clauses(ctx, LIST, chosen)).order_by(RouteList.year.desc())
    return query_source(ctx, query, _LIST_CELLS, chosen=conditions)


ITEMS: Final = ExportList("route-items", _l("Tuyến đường đề xuất"), "tuyen-duong", P.ROUTELIST_ITEMS, open_items)
ROUTE_LISTS: Final = ExportList(
    "route-lists", _l("Danh mục tuyến đường"), "danh-muc-tuyen-duong", P.ROUTELIST_READ, open_lists, TABLES
)
