"""Charts of cases, of the present alone: open ones, requests, streets, violations by act, incidents by kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.colocation.workflow import COLOCATION
from registry.dashboard.board import Part, View
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape, ChartTone, toned
from registry.dashboard.figures import count_open_cases
from registry.incidents.board import OPEN_STATES, first_day
from registry.incidents.board import read_board as read_incidents
from registry.kernel.i18n import _, _l
from registry.routelists.figures import BOARD, FIGURES_OF_BOARD, board_sums
from registry.routelists.progress_models import WorkState
from registry.routelists.queries import ALL_YEARS
from registry.routelists.workflow import ITEM
from registry.violations.figures import read_board as read_violations
from registry.workflow.definition import Workflow
from registry.workflow.lists import overdue_clause


def _open_cases(ctx: Ctx, _view: View) -> Chart | None:
    counts = count_open_cases(ctx)
    # Of kinds without an open case the chart has no bar; the list of each is in the menu.
    with_cases = [each for each in counts if each.open or each.late or each.waiting]
    rows = [
        ChartRow(
            str(open_case.workflow.label),
            (
                ChartCell(open_case.open, url_for(open_case.workflow.index, state=open_case.open_states)),
                ChartCell(open_case.late, url_for(open_case.workflow.index, late=1)),
                ChartCell(open_case.waiting, url_for(open_case.workflow.index, waiting=1)),
            ),
        )
        for open_case in with_cases or counts
    ]
    if not rows:
        return None
    columns = (toned(ChartTone.OPEN), toned(ChartTone.OVERDUE), toned(ChartTone.MINE))
    title, head = _("Hồ sơ đang mở"), _("Loại hồ sơ")
    return Chart("cases", title, ChartShape.BARS, head, columns, tuple(rows), icon="briefcase")


def _by_state(ctx: Ctx, workflow: Workflow, code: str, title: str, note: str = "", **args: Any) -> Chart | None:
    """The visible cases of a workflow by state, with those whose term is over."""
    model = workflow.model
    late = func.count().filter(overdue_clause(ctx, workflow)).label("late")
    query = select(model.state, func.count().label("number"), late)
    state_counts = {
        row.state: row
        for row in ctx.session.execute(query.where(visible(ctx, model, workflow.read)).group_by(model.state))
    }
    rows = [
        ChartRow(
            str(state.label),
            (
                ChartCell(state_counts[state].number, url_for(workflow.index, state=state.value, **args)),
                ChartCell(state_counts[state].late, url_for(workflow.index, state=state.value, late=1, **args)),
            ),
        )
        for state in workflow.states
        if state in state_counts
    ]
    if not rows:
        return None
    columns = (ChartColumn(_("Hồ sơ"), tone=ChartTone.OPEN), toned(ChartTone.OVERDUE))
    return Chart(code, title, ChartShape.BARS, _("Trạng thái"), columns, tuple(rows), note=note, icon="clock")


def _requests(ctx: Ctx, _view: View) -> Chart | None:
    return _by_state(ctx, COLOCATION, "requests", _("Đề nghị dùng chung và thời hạn trả lời"))


def _streets(ctx: Ctx, _view: View) -> Chart | None:
    note = _("Tuyến đường của danh mục tất cả các năm.")
    return _by_state(ctx, ITEM, "streets", _("Tuyến đường đề xuất theo trạng thái"), note, year=ALL_YEARS)


def _of_board(ctx: Ctx, names: Sequence[str]) -> list[ChartRow]:
    """Figures of issued lists that are not zero, of the streets that the reader may see."""
    sums = board_sums(ctx, ctx.today)
    return [
        ChartRow(
            str(FIGURES_OF_BOARD[name].label),
            (ChartCell(int(sums[name]), url_for(BOARD, **FIGURES_OF_BOARD[name].arguments)),),
        )
        for name in names
        if sums[name]
    ]


def _street_progress(ctx: Ctx, _view: View) -> Chart | None:
    rows = _of_board(ctx, ("listed", "waiting", *(state.value for state in WorkState), "late", "joint"))
    if not rows:
        return None
    columns = (ChartColumn(_("Tuyến"), tone=ChartTone.ALL),)
    title, head = _("Tiến độ các tuyến trong danh mục"), _("Tiến độ")
    return Chart("street_progress", title, ChartShape.BARS, head, columns, tuple(rows), icon="clock")


def _street_metres(ctx: Ctx, _view: View) -> Chart | None:
    rows = _of_board(ctx, ("underground_m", "removed_m", "laid_m"))
    if not rows:
        return None
    columns = (ChartColumn(_("Mét"), tone=ChartTone.ALL),)
    title, head = _("Khối lượng đã thực hiện theo danh mục tuyến đường"), _("Khối lượng")
    return Chart("street_metres", title, ChartShape.BARS, head, columns, tuple(rows), icon="cable")


def _violations(ctx: Ctx, _view: View) -> Chart | None:
    rows = [
        ChartRow(
            line.name,
            (
                ChartCell(line.figures.cases, url_for("violations.index", act=line.key)),
                ChartCell(line.figures.still_open, url_for("violations.index", act=line.key, open=1)),
                ChartCell(line.figures.overdue, url_for("violations.index", act=line.key, late=1)),
            ),
        )
        for line in read_violations(ctx, None, None).acts
    ]
    if not rows:
        return None
    columns = (
        ChartColumn(_("Vụ việc"), tone=ChartTone.ALL),
        ChartColumn(_("Chưa đóng"), tone=ChartTone.OPEN),
        toned(ChartTone.OVERDUE),
    )
    title, head = _("Vi phạm theo hành vi"), _("Hành vi")
    return Chart("violations", title, ChartShape.BARS, head, columns, tuple(rows), icon="shield")


def _incidents(ctx: Ctx, _view: View) -> Chart | None:
    rows = [
        ChartRow(
            line.name,
            (
                ChartCell(line.figures.open, url_for("incidents.index", kind=line.key.value, state=OPEN_STATES)),
                ChartCell(line.figures.unsafe, url_for("incidents.index", kind=line.key.value, unsafe=1)),
                ChartCell(line.figures.late, url_for("incidents.index", kind=line.key.value, late=1)),
            ),
        )
        for line in read_incidents(ctx, first_day(ctx)).kinds
    ]
    if not rows:
        return None
    columns = (
        ChartColumn(_("Đang xử lý"), tone=ChartTone.OPEN),
        toned(ChartTone.DANGER),
        toned(ChartTone.OVERDUE),
    )
    title, head = _("Sự cố theo loại"), _("Loại sự cố")
    return Chart("incidents", title, ChartShape.BARS, head, columns, tuple(rows), icon="triangle-alert")


def _reader_of(permission: P) -> Any:
    return lambda ctx: holds(ctx.actor, permission)


CASE_PARTS: Final = (
    Part("cases", _l("Hồ sơ đang mở"), _open_cases, hourly=True, tab="cases"),
    Part("violations", _l("Vi phạm theo hành vi"), _violations, _reader_of(P.VIOLATION_READ), hourly=True, tab="cases"),
    Part(
        "requests",
        _l("Đề nghị dùng chung và thời hạn trả lời"),
        _requests,
        _reader_of(P.COLOCATION_READ),
        hourly=True,
        tab="cases",
    ),
    Part(
        "streets",
        _l("Tuyến đường đề xuất theo trạng thái"),
        _streets,
        _reader_of(P.ROUTELIST_ITEMS),
        hourly=True,
        tab="cases",
    ),
    Part(
        "street_progress",
        _l("Tiến độ các tuyến trong danh mục"),
        _street_progress,
        _reader_of(P.ROUTELIST_ITEMS),
        hourly=True,
        tab="cases",
    ),
    Part(
        "street_metres",
        _l("Khối lượng đã thực hiện theo danh mục tuyến đường"),
        _street_metres,
        _reader_of(P.ROUTELIST_ITEMS),
        tab="cases",
    ),
    Part("incidents", _l("Sự cố theo loại"), _incidents, _reader_of(P.INCIDENT_READ), hourly=True, tab="cases"),
)
