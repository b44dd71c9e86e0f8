"""What an address asks of the dashboard, and the files of its charts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from flask import url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.dashboard.board import TABS, Side, Tab, View
from registry.dashboard.chart import Chart
from registry.dashboard.list_view import check_day
from registry.dashboard.map_figures import MAP_FIGURES, check_figure
from registry.dashboard.overview import read_charts
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.exports.dataset import TABLES, ExportRecord, FileColumn
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.fields import address_day
from registry.kernel.i18n import _, _l, format_date, typed_date
from registry.structures.filtering.url import read_number
from registry.structures.positions.moment import When, read_when
from registry.territory.queries import unit_names

#: Argument of the file of one chart.
CHART_ARG: Final = "chart"
CODE: Final = "dashboard"


def read_view(ctx: Ctx, args: Args) -> View:
    """The view of an address; Invalid for a day without figures or a figure that the map does not have."""
    when = read_when(args)
    point = when.at(ctx.now) if when is not None else None
    on = read_day(ctx, args, default=point.day if point is not None else None)
    return View(on, when, check_figure(args.get("figure", "")), _read_sides(ctx, args))


def _read_sides(ctx: Ctx, args: Args) -> tuple[Side, ...]:
    """Two days (`first`, `second`) or two communes (`unit`, `other`); none unless both are given."""
    if args.get("first") and args.get("second"):
        days = [read_day(ctx, args, name) for name in ("first", "second")]
        if days[0] == days[1]:
            raise Invalid(
                {"second": _("Hai ngày trùng nhau (%(day)s); cần hai ngày khác nhau.", day=format_date(days[0]))}
            )
        return tuple(Side(format_date(day), day, None if day == ctx.today else When(day)) for day in days)
    if args.get("unit") and args.get("other"):
        ids = {name: read_number(args, name) or 0 for name in ("unit", "other")}
        names = unit_names(ctx.session, set(ids.values()))
        for name, number in ids.items():
            if number not in names:
                raise Invalid({name: _("Không có xã, phường số %(number)s.", number=number)})
        if len(names) == 1:
            sentence = _("Hai địa bàn trùng nhau (%(name)s); cần hai địa bàn khác nhau.", name=names[ids["unit"]])
            raise Invalid({"other": sentence})
        return tuple(Side(names[number], ctx.today, None, number) for number in ids.values())
    return ()


def read_day(ctx: Ctx, args: Args, name: str = "on", default: date | None = None) -> date:
    """The day of an argument, else `default`, else today; Invalid outside the range of days with figures."""
    day = address_day(args, name) or default or ctx.today
    check_day(ctx, day)
    return day


def read_tab(args: Args) -> Tab:
    """The tab of an address, the first one without; Invalid for any other."""
    name = args.get("tab", "") or TABS[0]
    tab = next((tab for tab in TABS if tab == name), None)
    if tab is None:
        sentence = _("Thẻ “%(name)s” không có; cần một trong: %(names)s.", name=name[:60], names=", ".join(TABS))
        raise Invalid({"tab": sentence})
    return tab


def tabs_of(view: View, tab: Tab) -> list[dict[str, Any]]:
    """The tabs of the dashboard with their addresses, of the same day and moment."""
    labels = {
        "summary": _("Số liệu chính"),
        "register": _("Công trình"),
        "sharing": _("Dùng chung và ngầm hóa"),
        "cases": _("Hồ sơ"),
        "all": _("Tất cả"),
    }
    return [
        {
            "label": labels[other],
            "url": url_for("home.dashboard", tab=other, **arguments_of(view)),
            "active": other == tab,
        }
        for other in TABS
    ]


def arguments_of(view: View) -> dict[str, Any]:
    """The arguments of the address of a view."""
    arguments: dict[str, Any] = {**view.time, "on": typed_date(view.on), "figure": view.figure}
    for side, (day, unit) in zip(view.sides, (("first", "unit"), ("second", "other")), strict=False):
        arguments |= {day: side.label} if side.unit_id is None else {unit: str(side.unit_id)}
    return arguments


def files_of(view: View, chart: Chart) -> list[dict[str, str]]:
    """Links to the table of a chart as files."""
    address = partial(url_for, "exports.make", list_code=CODE, chart=chart.code, **arguments_of(view))
    return [{"label": label, "url": address(file_format=code)} for code, label in (("csv", "CSV"), ("xlsx", "Excel"))]


def _open_chart(ctx: Ctx, args: Args) -> Source:
    view, code = read_view(ctx, args), args.get(CHART_ARG, "")
    if not code:
        return _all_charts(ctx, view)
    chart = next((chart for chart in read_charts(ctx, view, (code,)) if chart.code == code), None)
    if chart is None:
        raise NotFound(_("Không có biểu đồ “%(code)s” trong phạm vi được xem.", code=code[:60]))
    if chart.late:
        sentence = _("Số liệu này cần nhiều thời gian để tính; hãy tính ở trang “Tổng quan” trước rồi tải về.")
        raise Invalid({CHART_ARG: sentence})
    return source_of(ctx, view, chart)


def _all_charts(ctx: Ctx, view: View) -> Source:
    """Every figure of the dashboard on a line of its own; those that a page has no time for are left out."""
    charts = read_charts(ctx, view, ())
    columns = (
        FileColumn("chart", _("Biểu đồ")),
        FileColumn("name", _("Dòng")),
        FileColumn("figure", _("Số liệu")),
        FileColumn("value", _("Giá trị"), Decimal),
        FileColumn("unit", _("Đơn vị tính")),
    )
    lines = [
        ExportRecord((chart.title, row.label, column.label, _written(cell.value, column.decimals), column.unit))
        for chart in charts
        for row in chart.rows
        for cell, column in zip(row.cells, chart.columns, strict=True)
    ]
    filter_labels = ((_("Thời điểm"), view.when.text(ctx.now)),) if view.when is not None else ()
    return Source(columns, lambda most: min(len(lines), most + 1), lambda: iter(lines), filter_labels)


def _written(value: float | None, decimals: int) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, decimals or None)))


def source_of(ctx: Ctx, view: View, chart: Chart) -> Source:
    """The table of a chart as a file."""
    columns = (
        FileColumn("name", chart.head),
        *(
            FileColumn(f"value_{at}", f"{column.label} ({column.unit})" if column.unit else column.label, Decimal)
            for at, column in enumerate(chart.columns, start=1)
        ),
    )
    filter_labels: list[tuple[str, str]] = [(_("Biểu đồ"), chart.title)]
    if view.when is not None:
        filter_labels.append((_("Thời điểm"), view.when.text(ctx.now)))
    if chart.code == "units":
        filter_labels.append((_("Số liệu"), str(MAP_FIGURES[view.figure].label)))
    notes = ((_("Ghi chú"), chart.note),) if chart.note else ()
    return Source(
        columns,
        lambda most: min(len(chart.rows), most + 1),
        partial(_records, chart),
        tuple(filter_labels),
        notes,
        "name",
    )


def _records(chart: Chart) -> Iterator[ExportRecord]:
    for row in chart.rows:
        numbers: list[Any] = [
            _written(cell.value, column.decimals) for cell, column in zip(row.cells, chart.columns, strict=True)
        ]
        yield ExportRecord((row.label, *numbers))


CHART_FILES: Final = ExportList(
    CODE, _l("Số liệu tổng quan"), "so-lieu-tong-quan", P.DASHBOARD_READ, _open_chart, TABLES
)
