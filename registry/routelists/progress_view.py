"""The list of listed streets with the progress of their work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Numeric, Select, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Entity, Flag, Search
from registry.kernel.lists.markup import badge, link
from registry.kernel.lists.view import Empty, ListView
from registry.routelists.board import Board, boards_of
from registry.routelists.figures import WAITING, has_state, is_listed
from registry.routelists.figures import is_late as is_late_on
from registry.routelists.models import RouteItem, RouteList, WorkKind
from registry.routelists.progress import NOT_STARTED, due_day, is_late, state_text
from registry.routelists.progress_models import RouteWork, WorkState
from registry.routelists.queries import list_years, searched_text
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices, unit_names

_LABELS: Final = labels_of(RouteWork)
_BOARDS: Final = "routelists.boards"
_TONES: Final = {
    WorkState.STARTED: "info",
    WorkState.IN_WORK: "info",
    WorkState.DONE: "good",
    WorkState.DROPPED: "dark",
}


def _select(ctx: Ctx, _chosen: Chosen) -> Select[Any]:
    columns: tuple[Any, ...] = (
        RouteItem,
        RouteWork,
        RouteList.year.label("list_year"),
        AdminUnit.name.label("commune"),
        func.round(RouteItem.length_m, type_=Numeric).label("listed_m"),
        func.round(RouteWork.removed_m, type_=Numeric).label("removed_m"),
        func.round(RouteWork.laid_m, type_=Numeric).label("laid_m"),
    )
    return (
        select(*columns)
        .join(RouteList, RouteList.id == RouteItem.route_list_id)
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .outerjoin(RouteWork, RouteWork.route_item_id == RouteItem.id)
        .where(
            visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
            is_listed(ctx.today),
        )
    )


def _in_state(ctx: Ctx, code: str) -> Any:
    return has_state(ctx.today, None if code == WAITING else WorkState(code))


def _states(_ctx: Ctx) -> dict[str, Any]:
    return {WAITING: NOT_STARTED, **{state.value: state.label for state in WorkState}}


def _years(ctx: Ctx) -> dict[str, Any]:
    return {str(route_list.year): str(route_list.year) for route_list in list_years(ctx)}


def _prepare(ctx: Ctx, rows: Sequence[Any]) -> None:
    ctx.memo[_BOARDS] = boards_of(ctx, [row.RouteItem.id for row in rows])


def _board(ctx: Ctx, row: Any) -> Board:
    boards: dict[int, Board] = ctx.memo[_BOARDS]
    return boards[row.RouteItem.id]


def _percent(ctx: Ctx, row: Any) -> int | None:
    return _board(ctx, row).percent


def _due(_ctx: Ctx, row: Any) -> date | None:
    return due_day(row.RouteItem, row.RouteWork)


def _late(ctx: Ctx, row: Any) -> str:
    return _("quá hạn") if is_late(row.RouteItem, row.RouteWork, ctx.today) else ""


def _shown_state(ctx: Ctx, row: Any) -> Markup:
    """The state, and that the street is overdue."""
    state, late = state_text(row.RouteWork), _late(ctx, row)
    if late:
        return badge(f"{state} ({late})", "bad")
    return badge(state, "neutral" if row.RouteWork is None else _TONES[row.RouteWork.state])


def _shown_percent(ctx: Ctx, row: Any) -> str | None:
    percent = _percent(ctx, row)
    return None if percent is None else f"{percent}%"


def _of_work(name: str) -> Callable[[Ctx, Any], Any]:
    """The value of a column of the work; None of a street that was not started."""
    return lambda _ctx, row: None if row.RouteWork is None else getattr(row.RouteWork, name)


def _unit_name(ctx: Ctx, number: int) -> str | None:
    return unit_names(ctx.session, {number}).get(number)


PROGRESS: Final = ListView(
    code="route-progress",
    label=_l("Tiến độ các tuyến trong danh mục"),
    subtitle=_l(
        "Tuyến đã có trong danh mục ban hành: khởi công, thi công, hoàn thành, phần việc của các doanh nghiệp."
    ),
    endpoint="routelists.board",
    parent=(_l("Danh mục tuyến đường"), "routelists.index"),
    permission=P.ROUTELIST_ITEMS,
    select=_select,
    prepare=_prepare,
    columns=(
        Column(
            "title",
            _l("Tuyến"),
            "RouteItem.title",
            main=True,
            wraps=True,
            sort=RouteItem.title,
            show=link("routelists.progress", "RouteItem.title", case_id="RouteItem.id"),
        ),
        Column(
            "list_year", _l("Danh mục năm"), kind=int, sort=RouteList.year, show=lambda _ctx, row: str(row.list_year)
        ),
        Column("commune", _l("Xã, phường"), sort="commune"),
        Column("work_state", _l("Tiến độ"), lambda _ctx, row: state_text(row.RouteWork), show=_shown_state),
        Column("due_on", _LABELS["due_on"], _due, date),
        Column("late", _l("Thời hạn"), _late, on=On.FILES),
        Column("started_on", _LABELS["started_on"], _of_work("started_on"), date, optional=True),
        Column("ended_on", _LABELS["ended_on"], _of_work("ended_on"), date),
        Column("length_m", _l("Chiều dài (m)"), "listed_m", Decimal, total="listed_m", sort="listed_m"),
        Column("removed_m", _l("Cáp treo đã tháo (m)"), kind=Decimal, total="removed_m", sort="removed_m"),
        Column("laid_m", _l("Cống bể đã xây (m)"), kind=Decimal, total="laid_m", sort="laid_m"),
        Column("operators", _l("Số doanh nghiệp"), lambda ctx, row: len(_board(ctx, row).rows), int, optional=True),
        Column("percent", _l("Phần việc đã xong (%)"), _percent, int, show=_shown_percent),
    ),
    filters=(
        ChoiceFilter("year", _l("Danh mục năm"), options=_years, where=lambda _ctx, year: RouteList.year == int(year)),
        ChoiceFilter("work", _l("Tiến độ"), options=_states, where=_in_state),
        Flag(
            "late", _l("Quá hạn"), chip=_l("Thời hạn"), text=_l("quá hạn"), where=lambda ctx, _on: is_late_on(ctx.today)
        ),
        ChoiceFilter(
            "kind",
            labels_of(RouteItem)["work_kind"],
            options=WorkKind,
            where=lambda _ctx, kind: RouteItem.work_kind == kind,
        ),
        Flag(
            "joint",
            _l("Thực hiện cùng dự án khác"),
            chip=_l("Thực hiện cùng dự án khác"),
            text=_l("có"),
            where=lambda _ctx, _on: RouteItem.linked_project.is_not(None),
        ),
        Entity(
            "unit",
            _l("Xã, phường"),
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            where=lambda _ctx, number: RouteItem.commune_id == number,
        ),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: searched_text().contains(func.fold(text))),
    ),
    order=(RouteList.year, RouteItem.id),
    descending=True,
    stem="tien-do-tuyen-duong",
    count=_n_noop("%(count)s tuyến"),
    empty=Empty(
        _l("Chưa có tuyến nào trong danh mục ban hành"),
        _l("Tiến độ được ghi sau khi Sở Xây dựng ban hành danh mục."),
    ),
)
