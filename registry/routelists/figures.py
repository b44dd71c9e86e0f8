"""Figures of issued lists, declared once: their streets by progress, and the metres that the work built and removed.

Each is the list of the board narrowed by its filters, counted or summed; `BOARD` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.indicators.declared import DeclaredFigure, FigureQuery, FigureScope, Parts
from registry.indicators.models import IndicatorUnit
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.routelists.board import reads_all
from registry.routelists.models import ItemState, RouteItem, WorkKind
from registry.routelists.progress import NOT_STARTED
from registry.routelists.progress_models import RouteBoardEntry, RouteWork, WorkState

_MEMO: Final = "routelists.figures"
BOARD: Final = "routelists.board"
#: The value of the filter of the board for streets that were not started.
WAITING: Final = "waiting"


def is_listed(on: date) -> ColumnElement[bool]:
    """SQL: streets of an issued list, by a decision of that day or before."""
    return and_(RouteItem.state == ItemState.AGREED, RouteItem.decided_on <= on)


def has_state(on: date, state: WorkState | None) -> ColumnElement[bool]:
    """SQL: how far the work had come on a day; None: not started. Needs `RouteWork` as an outer join."""
    is_begun = or_(RouteWork.started_on <= on, RouteWork.ended_on <= on)
    if state is None:
        return or_(RouteWork.id.is_(None), is_begun.is_not(True))
    if state in (WorkState.DONE, WorkState.DROPPED):
        return and_(RouteWork.state == state, RouteWork.ended_on <= on)
    still_going = or_(RouteWork.ended_on.is_(None), RouteWork.ended_on > on)
    # Whether the work was reported on before it ended is not known afterwards: it was in work.
    was = RouteWork.state == state if state is WorkState.STARTED else RouteWork.state != WorkState.STARTED
    return and_(is_begun.is_(True), still_going, was)


def is_late(on: date) -> ColumnElement[bool]:
    """SQL: neither finished nor stopped, and its last day is before that day."""
    due = func.coalesce(RouteWork.due_on, func.make_date(RouteItem.wanted_to_year, 12, 31))
    return and_(due < on, or_(RouteWork.ended_on.is_(None), RouteWork.ended_on > on))


def _all(_on: date) -> ColumnElement[bool]:
    return true()


@dataclass(frozen=True)
class BoardFigure:
    """Streets of the board under some filters: their number, or the sum of a column."""

    label: Any
    formula: Any
    where: Callable[[date], ColumnElement[bool]]
    arguments: Mapping[str, Any]
    sum_of: Any = None


_COUNTED: Final = _l("đếm tuyến của danh mục đã ban hành, ngày quyết định không sau ngày tính")
_SUMMED: Final = _l("cộng số mét đã ghi ở tiến độ của các tuyến, ngày quyết định không sau ngày tính")
FIGURES_OF_BOARD: Final[Mapping[str, BoardFigure]] = {
    "listed": BoardFigure(_l("Tuyến trong danh mục đã ban hành"), _COUNTED, _all, {}),
    "waiting": BoardFigure(NOT_STARTED, _COUNTED, lambda on: has_state(on, None), {"work": WAITING}),
    **{
        state.value: BoardFigure(state.label, _COUNTED, partial(has_state, state=state), {"work": state.value})
        for state in WorkState
    },
    "late": BoardFigure(_l("Tuyến quá hạn hoàn thành"), _COUNTED, is_late, {"late": "1"}),
    "joint": BoardFigure(
        _l("Tuyến thực hiện cùng dự án đường, điện, nước"),
        _COUNTED,
        lambda _on: RouteItem.linked_project.is_not(None),
        {"joint": "1"},
    ),
    "underground_m": BoardFigure(
        _l("Chiều dài các tuyến ngầm hóa đã hoàn thành (m)"),
        _l("cộng chiều dài các tuyến ngầm hóa đã hoàn thành, ngày hoàn thành không sau ngày tính"),
        lambda on: and_(has_state(on, WorkState.DONE), RouteItem.work_kind == WorkKind.UNDERGROUND),
        {"work": WorkState.DONE.value, "kind": WorkKind.UNDERGROUND.value},
        RouteItem.length_m,
    ),
    "removed_m": BoardFigure(_l("Cáp treo đã tháo (m)"), _SUMMED, _all, {}, RouteWork.removed_m),
    "laid_m": BoardFigure(_l("Cống bể đã xây (m)"), _SUMMED, _all, {}, RouteWork.laid_m),
}


def board_sums(ctx: Ctx, on: date) -> Mapping[str, Decimal]:
    """All figures of the board on a day, of the streets that the actor may see, in one query."""
    memo: dict[date, Mapping[str, Decimal]] = ctx.memo.setdefault(_MEMO, {})
    if on not in memo:
        columns = [
            (func.count() if figure.sum_of is None else func.sum(func.round(figure.sum_of)))
            .filter(figure.where(on))
            .label(name)
            for name, figure in FIGURES_OF_BOARD.items()
        ]
        query = (
            select(*columns)
            .select_from(RouteItem)
            .outerjoin(RouteWork, RouteWork.route_item_id == RouteItem.id)
            .where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), is_listed(on))
        )
        row = ctx.session.execute(query).one()._mapping
        memo[on] = {name: Decimal(row[name] or 0) for name in FIGURES_OF_BOARD}
    return memo[on]


def _read(name: str, ctx: Ctx, query: FigureQuery) -> Parts | None:
    if query.known_at is not None:
        return None
    arguments = tuple(FIGURES_OF_BOARD[name].arguments.items())
    return Parts(
        board_sums(ctx, query.on)[name], endpoint=BOARD if query.on == ctx.today else None, arguments=arguments
    )


_UNDERGROUND: Final = RouteItem.work_kind == WorkKind.UNDERGROUND


def _underground_share(ctx: Ctx, query: FigureQuery) -> Parts | None:
    """Metres of the streets to be put underground of which the work is done, and of all of them."""
    if query.known_at is not None:
        return None
    whole = func.sum(func.round(RouteItem.length_m))
    select_sums = select(whole.filter(has_state(query.on, WorkState.DONE)), whole)
    row = ctx.session.execute(
        select_sums.select_from(RouteItem)
        .outerjoin(RouteWork, RouteWork.route_item_id == RouteItem.id)
        .where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), is_listed(query.on), _UNDERGROUND)
    ).one()
    is_today = query.on == ctx.today
    arguments = (("work", WorkState.DONE.value), ("kind", WorkKind.UNDERGROUND.value))
    return Parts(Decimal(row[0] or 0), Decimal(row[1] or 0), endpoint=BOARD if is_today else None, arguments=arguments)


def _read_step(step: str, ctx: Ctx, query: FigureQuery) -> Parts | None:
    """Streets where an operator had done a step by a day, as known at a moment; None where the reader may not know."""
    if not (reads_all(ctx) or query.owner_id in ctx.actor.organisation_ids):
        return None
    version, known_at = history_of(RouteBoardEntry), query.known_at or ctx.now
    count = (
        select(func.count())
        .select_from(version)
        .where(
            version.c.organisation_id == query.owner_id,
            version.c[step] <= query.on,
            version.c.recorded_from <= known_at,
            or_(version.c.recorded_to.is_(None), version.c.recorded_to > known_at),
        )
    )
    return Parts(Decimal(ctx.session.scalar(count) or 0))


#: Step of an operator in a street -> label and formula of the figure that its report takes.
_STEPS: Final[Mapping[str, tuple[Any, Any]]] = {
    "moved_on": (
        _l("Tuyến của danh mục đã chuyển cáp xuống ngầm"),
        _l("đếm tuyến có ngày chuyển cáp xuống ngầm của doanh nghiệp không sau ngày chốt"),
    ),
    "cleared_on": (
        _l("Tuyến của danh mục đã tháo hết cáp cũ"),
        _l("đếm tuyến có ngày tháo hết cáp cũ của doanh nghiệp không sau ngày chốt"),
    ),
}
_SOURCE: Final = _l("Danh mục tuyến đường và tiến độ do các cơ quan ghi")
_SCOPES: Final = (FigureScope.PROVINCE, FigureScope.READER)
DECLARED: Final = (
    *(
        DeclaredFigure(
            f"streets.{name}",
            figure.label,
            figure.formula,
            IndicatorUnit.COUNT,
            _SOURCE,
            _SCOPES,
            partial(_read, name),
        )
        for name, figure in FIGURES_OF_BOARD.items()
    ),
    *(
        DeclaredFigure(
            f"streets.{step.removesuffix('_on')}",
            label,
            formula,
            IndicatorUnit.COUNT,
            _SOURCE,
            (FigureScope.OWNER,),
            partial(_read_step, step),
            P.CAMPAIGN_READ,
        )
        for step, (label, formula) in _STEPS.items()
    ),
    DeclaredFigure(
        "streets.underground",
        _l("Tuyến ngầm hóa trong danh mục đã hoàn thành"),
        _l("mét tuyến ngầm hóa đã hoàn thành trên mét tuyến ngầm hóa của danh mục đã ban hành"),
        IndicatorUnit.PERCENT,
        _SOURCE,
        _SCOPES,
        _underground_share,
    ),
)
