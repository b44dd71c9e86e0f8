"""Comparison of two days or two communes, each figure with its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.figures.outcomes import filed_between, last_year
from registry.colocation.workflow import COLOCATION
from registry.dashboard.board import Part, Side, View
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape
from registry.dashboard.figures import count_by_unit, count_groups
from registry.dashboard.parts_register import RATIO_DECIMALS, SHARING_GROUPS, as_drawn, filter_of, scope_note
from registry.dashboard.restricted import open_args, own_line
from registry.incidents.models import Incident
from registry.incidents.public_place import unit_for
from registry.incidents.workflow import INCIDENT
from registry.indicators.declared import reader_value
from registry.kernel.i18n import _, _l, format_date
from registry.structures import positions
from registry.structures.codes import SharingStatus as S
from registry.structures.kinds import KINDS
from registry.violations.list_view import found_from, found_to, open_clause
from registry.violations.shown_place import shown_unit
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import count_cases, overdue_clause


def _columns(view: View, unit: str = "", decimals: int = 0) -> tuple[ChartColumn, ...]:
    return tuple(ChartColumn(side.label, unit, decimals) for side in view.sides)


def _arguments(side: Side, **more: Any) -> dict[str, Any]:
    """The arguments of the list of a side."""
    unit = {} if side.unit_id is None else {"unit": side.unit_id}
    return {**unit, **more}


def _listed(ctx: Ctx, side: Side, number: int, **more: Any) -> ChartCell:
    if positions.counts_province(ctx):
        return ChartCell(number)
    time: dict[str, Any] = dict(side.when.address) if side.when is not None else {}
    return ChartCell(number, url_for("structures.list", **_arguments(side, **more), **time))


def _counts(ctx: Ctx, view: View, column: str, **more: Any) -> list[dict[Any, int]]:
    counts = []
    for side in view.sides:
        groups = count_groups(ctx, filter_of(_arguments(side, **more), side.when), column)
        counts.append({key: number for (key,), number in groups.items()})
    return counts


def _side_views(view: View) -> list[View]:
    return [View(side.on, side.when) for side in view.sides]


def _line(ctx: Ctx, view: View) -> tuple[ChartRow, ...]:
    """Restricted structures of both sides, which the other rows do not have."""
    if positions.counts_province(ctx):
        return ()
    return own_line(ctx, [(each, _arguments(side)) for each, side in zip(_side_views(view), view.sides, strict=True)])


def _more(ctx: Ctx, view: View) -> dict[str, str]:
    return {} if positions.counts_province(ctx) else open_args(ctx, *_side_views(view))


def _kinds(ctx: Ctx, view: View) -> Chart | None:
    more = _more(ctx, view)
    counts = _counts(ctx, view, "kind", **more)
    rows = [
        ChartRow(
            str(kind.label),
            tuple(
                _listed(ctx, side, side_counts.get(code, 0), kind=code, **more)
                for side, side_counts in zip(view.sides, counts, strict=True)
            ),
        )
        for code, kind in KINDS.items()
        if any(code in side_counts for side_counts in counts)
    ]
    if not rows:
        return None
    total = tuple(
        _listed(ctx, side, sum(side_counts.values()), **more)
        for side, side_counts in zip(view.sides, counts, strict=True)
    )
    rows.insert(0, ChartRow(_("Tất cả công trình"), total))
    rows += _line(ctx, view)
    title = _("Công trình theo loại")
    return Chart(
        "compare-kinds", title, ChartShape.BARS, _("Loại công trình"), _columns(view), tuple(rows), icon="layers"
    )


def _sharing(ctx: Ctx, view: View) -> Chart | None:
    counts = _counts(ctx, view, "sharing_status")
    rows = []
    for label, statuses in SHARING_GROUPS:
        codes = [status.value for status in statuses]
        cells = tuple(
            _listed(ctx, side, _sum(side_counts, statuses), sharing_status=codes)
            for side, side_counts in zip(view.sides, counts, strict=True)
        )
        if any(cell.value for cell in cells):
            rows.append(ChartRow(str(label), cells))
    if not rows:
        return None
    title, head = _("Khả năng dùng chung"), _("Khả năng dùng chung")
    return Chart("compare-sharing", title, ChartShape.BARS, head, _columns(view), tuple(rows), icon="share-2")


def _sum(counts: Mapping[Any, int], statuses: Sequence[S]) -> int:
    return sum(number for status, number in counts.items() if status is not None and S(status) in statuses)


def _state(ctx: Ctx, view: View) -> Chart | None:
    """Structures that need care: not confirmed in time, suspended, dangerous."""
    asked: tuple[tuple[Any, dict[str, Any]], ...] = (
        (_l("Còn trong hạn xác nhận"), {"confirmed": "newer"}),
        (_l("Quá hạn xác nhận"), {"confirmed": "older"}),
        (_l("Đang tạm ngừng"), {"status": ["suspended"]}),
        (_l("Ở tình trạng nguy hiểm"), {"condition": ["dangerous"]}),
        (_l("Còn chỗ trống"), {"room": "1"}),
    )
    rows = []
    for label, choices in asked:
        args = choices | _more(ctx, view)
        counts = [sum(side_counts.values()) for side_counts in _counts(ctx, view, "kind", **args)]
        cells = tuple(_listed(ctx, side, number, **args) for side, number in zip(view.sides, counts, strict=True))
        rows.append(ChartRow(str(label), cells))
    rows += _line(ctx, view)
    title, head = _("Tình trạng công trình"), _("Tình trạng")
    return Chart("compare-state", title, ChartShape.BARS, head, _columns(view), tuple(rows), icon="history")


def _units_as_cells(ctx: Ctx, view: View) -> Chart | None:
    """For figures of the province: structures of two communes by the middles of their cells, without lists."""
    counts = {unit.id: unit.count for unit in count_by_unit(ctx)}
    cells = []
    for side in view.sides:
        count = counts.get(side.unit_id or 0, 0)
        cells.append(ChartCell(count))
    title = _("Công trình theo xã, phường hiện nay")
    row = ChartRow(_("Tất cả công trình"), tuple(cells))
    return Chart("compare-units", title, ChartShape.BARS, _("Số liệu"), _columns(view), (row,), icon="map")


def _shares(ctx: Ctx, view: View) -> Chart | None:
    open_rows = not positions.counts_province(ctx)
    towers = [url_for("home.towers", use="shared", on=side.label) if open_rows else None for side in view.sides]
    routes = [url_for("cables.index", on=side.label) if open_rows else None for side in view.sides]
    figures: tuple[tuple[str, str, list[str | None]], ...] = (
        (_("Vị trí dùng chung (a)"), "shared_positions", towers),
        (_("Trạm đặt chung (b)"), "shared_stations", towers),
        (_("Cáp đi ngầm"), "underground_cable", routes),
    )
    rows = [
        ChartRow(
            label,
            tuple(
                ChartCell(as_drawn(reader_value(ctx, code, side.on)), url)
                for side, url in zip(view.sides, urls, strict=True)
            ),
        )
        for label, code, urls in figures
    ]
    columns = _columns(view, "%", RATIO_DECIMALS)
    title = _("Tỷ lệ dùng chung và ngầm hóa")
    return Chart(
        "compare-shares",
        title,
        ChartShape.BARS,
        _("Tỷ lệ"),
        columns,
        tuple(rows),
        note=scope_note(ctx).strip(),
        icon="trending-up",
    )


def _flows(ctx: Ctx, view: View) -> Chart | None:
    """Cases of the year that ends on each day."""
    rows = []
    years = [last_year(side.on) for side in view.sides]
    dates: list[dict[str, Any]] = [{"from": format_date(year.first), "to": format_date(year.last)} for year in years]
    if holds(ctx.actor, P.VIOLATION_READ):
        counts = [count_cases(ctx, VIOLATION, found_from(year.first), found_to(year.last)) for year in years]
        urls = [url_for("violations.index", **dates_args) for dates_args in dates]
        rows.append(ChartRow(_("Vi phạm được phát hiện"), tuple(map(ChartCell, counts, urls))))
    if holds(ctx.actor, P.COLOCATION_READ):
        asked = [count_cases(ctx, COLOCATION, *filed_between(year.first, year.last)) for year in years]
        urls = [url_for("colocation.index", **dates_args) for dates_args in dates]
        rows.append(ChartRow(_("Đề nghị dùng chung đã gửi"), tuple(map(ChartCell, asked, urls))))
    if not rows:
        return None
    title, head = _("Hồ sơ trong 365 ngày đến từng ngày"), _("Loại hồ sơ")
    return Chart("compare-flows", title, ChartShape.BARS, head, _columns(view), tuple(rows), icon="briefcase")


def _cases_of_units(ctx: Ctx, view: View) -> Chart | None:
    rows = []
    if holds(ctx.actor, P.VIOLATION_READ):
        counts = [count_cases(ctx, VIOLATION, open_clause(), shown_unit(ctx) == side.unit_id) for side in view.sides]
        urls = [url_for("violations.index", open=1, unit=side.unit_id) for side in view.sides]
        rows.append(ChartRow(_("Vi phạm chưa đóng"), tuple(map(ChartCell, counts, urls))))
    if holds(ctx.actor, P.INCIDENT_READ):
        for label, clause, flag in (
            (_("Sự cố chưa bảo đảm an toàn"), Incident.is_unsafe_rule(), "unsafe"),
            (_("Sự cố quá hạn"), overdue_clause(ctx, INCIDENT), "late"),
        ):
            counts = [count_cases(ctx, INCIDENT, clause, unit_for(ctx) == side.unit_id) for side in view.sides]
            urls = [url_for("incidents.index", **_arguments(side, **{flag: 1})) for side in view.sides]
            rows.append(ChartRow(label, tuple(map(ChartCell, counts, urls))))
    if not rows:
        return None
    title, head = _("Vi phạm và sự cố"), _("Loại hồ sơ")
    return Chart("compare-cases", title, ChartShape.BARS, head, _columns(view), tuple(rows), icon="shield")


def _of_units(build: Any) -> Any:
    return lambda ctx, view: build(ctx, view) if view.sides[0].unit_id is not None else None


def _of_days(build: Any) -> Any:
    return lambda ctx, view: build(ctx, view) if view.sides[0].unit_id is None else None


def _of_rows(build: Any) -> Any:
    """Two communes are compared by their rows, which a reader of figures of the province does not see."""
    return lambda ctx, view: None if view.sides[0].unit_id and positions.counts_province(ctx) else build(ctx, view)


COMPARED: Final = (
    Part(
        "compare-units",
        _l("Công trình theo xã, phường hiện nay"),
        _of_units(_units_as_cells),
        positions.counts_province,
    ),
    Part("compare-kinds", _l("Công trình theo loại"), _of_rows(_kinds), past=True),
    Part("compare-sharing", _l("Khả năng dùng chung"), _of_rows(_sharing), past=True),
    Part("compare-state", _l("Tình trạng công trình"), _of_rows(_state), past=True),
    Part("compare-shares", _l("Tỷ lệ dùng chung và ngầm hóa"), _of_days(_shares), past=True),
    Part("compare-flows", _l("Hồ sơ trong 365 ngày đến từng ngày"), _of_days(_flows), past=True, hourly=True),
    Part("compare-cases", _l("Vi phạm và sự cố"), _of_units(_cases_of_units), past=True, hourly=True),
)
