"""Lists of annual lists and of proposed streets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, Select, case, false, func, literal, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.kernel.exports.dataset import EVERY
from registry.kernel.i18n import _, _l, _n_noop, format_date, format_number
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Args, Chosen, Filter, Flag
from registry.kernel.lists.markup import anchor, link
from registry.kernel.lists.view import Empty, ListView
from registry.kernel.units import M
from registry.priority_areas.queries import lies_in_area
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.queries import (
    ALL_YEARS,
    find_list,
    is_state_funded,
    list_years,
    of_list,
    overview_query,
    state_part_vnd,
)
from registry.routelists.street_figures import is_other_along
from registry.routelists.workflow import ITEM, LIST
from registry.structures.kinds import KINDS
from registry.structures.nearby.corridor import corridor_filter, corridor_of
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_filters, case_list, read_terms, state_column, term_columns, term_ends
from registry.workflow.models import CaseEvent

_YEARS: Final = "routelists.years"
_METRES_PER_KM: Final = 1000
#: The moves of the department that answer an item.
_ANSWERS: Final = ("agree", "return", "reject", "review_again")
#: Declared fields after the planned structures, in files.
MORE_FIELDS: Final = (
    *("side", "priority", "road_manager", "duct_m", "bores", "removed_cable_m", "cost_vnd", "funding", "investor"),
    *("cost_plan", "wanted_from_year", "wanted_to_year", "project_kind", "linked_project", "project_number"),
)


@dataclass(frozen=True)
class YearFilter(Filter):
    """The list of a year, by default the latest, or ALL_YEARS."""

    def read(self, ctx: Ctx, args: Args) -> RouteList | str | None:
        """NotFound for a year without a list."""
        wanted = args.get(self.name, "")
        return ALL_YEARS if wanted == ALL_YEARS else find_list(years_of(ctx), wanted)

    def write(self, value: Any) -> tuple[str, ...]:
        return (value if value == ALL_YEARS else str(value.year),)

    def describe(self, ctx: Ctx, value: Any) -> str:
        del ctx
        return "" if value == ALL_YEARS else str(value.year)


def years_of(ctx: Ctx) -> list[RouteList]:
    """The lists of all years, latest first; read once a request."""
    if _YEARS not in ctx.memo:
        ctx.memo[_YEARS] = list_years(ctx)
    route_lists: list[RouteList] = ctx.memo[_YEARS]
    return route_lists


def _planned(_ctx: Ctx, row: Any) -> str:
    return ", ".join(str(KINDS[kind].label) for kind in row.RouteItem.planned_kinds if kind in KINDS)


def _joined(_ctx: Ctx, filter_values: Chosen, query: Select[Any]) -> Select[Any]:
    columns = (
        AdminUnit.name.label("commune"),
        Organisation.short_name.label("proposer"),
        func.ST_AsBinary(RouteItem.line, "NDR").label("wkb"),
    )
    joined = query.join(AdminUnit, AdminUnit.id == RouteItem.commune_id).join(
        Organisation, Organisation.id == RouteItem.organisation_id
    )
    if filter_values.get("year") != ALL_YEARS:
        return joined.add_columns(*columns, literal(None).label("list_year"))
    joined = joined.outerjoin(RouteList, RouteList.id == RouteItem.route_list_id)
    return joined.add_columns(*columns, RouteList.year.label("list_year"))


def _where(_ctx: Ctx, filter_values: Chosen) -> list[Any]:
    year = filter_values.get("year")
    return [of_list(year)] if isinstance(year, RouteList) else []


def _remark(_ctx: Ctx, row: Any) -> str:
    item = row.RouteItem
    length = _("chưa có vị trí") if item.length_m is None else M.display(item.length_m, 0)
    parts = [row.commune, length, str(item.work_kind.label)]
    if row.list_year is not None:
        parts.insert(0, _("Danh mục năm %(year)s", year=row.list_year))
    return " · ".join(parts if item.is_urban else [*parts, _("ngoài đô thị")])


def _with_opinion(ctx: Ctx, _filter_values: Chosen, query: Select[Any]) -> Select[Any]:
    """The last answer of the review to each item of which the actor reads the papers."""
    answer = func.coalesce(CaseEvent.said["text"].astext, CaseEvent.said["reason"].astext)
    opinion = (
        select(answer)
        .where(CaseEvent.workflow == ITEM.code, CaseEvent.case_id == RouteItem.id, CaseEvent.move.in_(_ANSWERS))
        .order_by(CaseEvent.id.desc())
        .limit(1)
        .correlate(RouteItem)
    )
    own = case((visible(ctx, RouteItem, P.ROUTELIST_PAPERS), opinion.scalar_subquery()), else_=None)
    return query.add_columns(own.label("opinion"))


def _reads_papers(ctx: Ctx) -> bool:
    return holds(ctx.actor, P.ROUTELIST_PAPERS)


def _whole_metres(_ctx: Ctx, row: Any) -> Decimal | None:
    metres = row.RouteItem.length_m
    return None if metres is None else Decimal(round(metres))


def _others_along(ctx: Ctx, item_id: int) -> ColumnElement[bool]:
    corridor = corridor_of(ctx, item_id)
    return false() if corridor is None else is_other_along(corridor)


#: The other proposals on a street, as its page counts them.
OTHERS_ALONG: Final = replace(corridor_filter(lambda _ctx: RouteItem.line), where=_others_along)
_of_item: Final = partial(declared_columns, RouteItem, row="RouteItem", on=On.FILES)
ITEMS: Final = case_list(
    ITEM,
    code="route-items",
    file_label=_l("Tuyến đường đề xuất"),
    stem="tuyen-duong",
    formats=EVERY,
    joined=_joined,
    where=_where,
    remark=_remark,
    geometry=lambda row: None if row.wkb is None else bytes(row.wkb),
    geometry_column="wkb",
    whole={"year": ALL_YEARS},
    for_files=_with_opinion,
    filters=(
        YearFilter("year", _l("Năm"), hidden=True, has_chip=False, sticky=True),
        OTHERS_ALONG,
        Flag(
            "unplaced",
            _l("Chưa có vị trí"),
            chip=_l("Chưa có vị trí"),
            text=_l("có"),
            where=lambda _ctx, _on: RouteItem.line.is_(None),
        ),
        Flag(
            "state_funded",
            _l("Có vốn nhà nước"),
            chip=_l("Vốn nhà nước"),
            text=_l("có vốn nhà nước"),
            where=lambda _ctx, _on: is_state_funded(),
        ),
        Flag(
            "unstated",
            _l("Chưa ghi số vốn nhà nước"),
            chip=_l("Vốn nhà nước"),
            text=_l("chưa ghi số tiền"),
            where=lambda _ctx, _on: state_part_vnd().is_(None),
        ),
        Flag(
            "priority",
            _l("Trong khu vực ưu tiên"),
            chip=_l("Khu vực ưu tiên"),
            text=_l("đi qua khu vực ưu tiên"),
            where=lambda ctx, _on: lies_in_area(ctx, RouteItem.line),
        ),
    ),
    columns=(
        Column("commune", _l("Xã, phường"), sort="commune", optional=True),
        *_of_item("street_name", "from_place", "to_place"),
        Column("length_m", _l("Chiều dài (m)"), _whole_metres, Decimal, on=On.FILES),
        *_of_item("work_kind", "reason", "is_urban", "exception_reason"),
        Column("planned_kinds", _l("Công trình dự kiến"), _planned, on=On.FILES),
        *_of_item(*MORE_FIELDS),
        Column("proposer", _l("Đơn vị đề xuất"), sort="proposer", optional=True),
        Column("list_year", _l("Danh mục năm"), kind=int, on=On.FILES),
        Column("decision_number", _l("Số quyết định"), "RouteItem.decision_number", on=On.FILES),
        Column("decided_on", _l("Ngày quyết định"), "RouteItem.decided_on", date, on=On.FILES),
        Column("opinion", _l("Ý kiến thẩm tra"), offered=_reads_papers, on=On.FILES),
    ),
)


def _decision(_ctx: Ctx, row: Any) -> str | None:
    route_list = row.RouteList
    if not route_list.decision_number:
        return None
    return _("%(number)s ngày %(day)s", number=route_list.decision_number, day=format_date(route_list.decided_on))


def _proposed(_ctx: Ctx, row: Any) -> Any:
    return anchor(url_for("routelists.items", year=row.RouteList.year), format_number(row.proposed))


def _agreed_length(_ctx: Ctx, row: Any) -> str:
    return _("%(km)s km", km=format_number(row.agreed_m / _METRES_PER_KM, 2))


def _year(_ctx: Ctx, row: Any) -> str:
    return str(row.RouteList.year)


ROUTE_LISTS: Final = ListView(
    code="route-lists",
    label=_l("Danh mục tuyến đường"),
    subtitle=_l(
        "Tuyến đường trong đô thị cần xây dựng, sửa chữa, nâng cấp hạ tầng viễn thông dùng chung; mỗi năm một danh mục."
    ),
    endpoint="routelists.index",
    permission=P.ROUTELIST_READ,
    select=lambda ctx, _chosen: overview_query(ctx).add_columns(*term_ends(ctx, LIST)),
    columns=(
        Column(
            "year",
            _l("Năm"),
            "RouteList.year",
            int,
            main=True,
            show=link("routelists.detail", _year, case_id="RouteList.id"),
        ),
        Column("number", _l("Số hồ sơ"), "RouteList.number", heading=_l("Số danh mục"), is_code=True),
        Column("title", _l("Nội dung"), "RouteList.title", on=On.FILES),
        state_column(LIST),
        Column("state_since", _l("Từ thời điểm"), "RouteList.state_since", datetime, on=On.FILES),
        *term_columns(LIST),
        Column("created_at", _l("Lập lúc"), "RouteList.created_at", datetime, on=On.FILES),
        Column("decision", _l("Quyết định"), show=_decision, on=On.PAGE),
        Column("decision_number", _l("Số quyết định"), "RouteList.decision_number", on=On.FILES),
        Column("decided_on", _l("Ngày quyết định"), "RouteList.decided_on", date, on=On.FILES),
        Column("proposed", _l("Đề xuất"), kind=int, show=_proposed),
        Column(
            "agreed",
            _l("Đã thống nhất"),
            kind=int,
            show=link("routelists.agreed", "agreed", list_id="RouteList.id"),
        ),
        Column(
            "agreed_m",
            _l("Chiều dài đã thống nhất (m)"),
            lambda _ctx, row: Decimal(round(row.agreed_m)),
            Decimal,
            heading=_l("Chiều dài đã thống nhất"),
            show=_agreed_length,
        ),
    ),
    filters=case_filters(LIST),
    order=("is_overdue", RouteList.year),
    descending=True,
    prepare=read_terms(LIST),
    stem="danh-muc-tuyen-duong",
    count=_n_noop("%(count)s danh mục"),
    empty=Empty(
        _l("Chưa có danh mục nào"),
        _l("Sở Xây dựng mở danh mục của từng năm, sau đó UBND các xã, phường gửi đề xuất."),
    ),
    no_match=Empty(_l("Không có danh mục nào khớp"), _l("Từ khóa được tìm trong số và tên của danh mục.")),
)
