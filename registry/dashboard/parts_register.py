"""Charts of the structures: indicators, years, kinds, owners, communes, free room, freshness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation, OwnerCategory
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dashboard.board import Part, View
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape, ChartTone, toned
from registry.dashboard.figures import EVERYTHING, count_by_unit, count_groups, count_on_days
from registry.dashboard.map_figures import MAP_FIGURES, why_total_differs
from registry.dashboard.restricted import RESTRICTED_PART, open_args, own_line
from registry.indicators.declared import covers_province, reader_scope, reader_value
from registry.indicators.models import IndicatorUnit
from registry.indicators.queries import list_figures
from registry.kernel.i18n import _, _l, current_locale, format_date
from registry.structures import positions
from registry.structures.codes import SharingStatus as S
from registry.structures.filtering.extra import own_filter_args
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.positions.moment import When
from registry.territory.models import AdminUnit, ExtentQuality

_OWNERS: Final = {Role.OPERATOR, Role.INFRA_OWNER}
#: Sharing statuses in the groups that charts show, lightest work for a requester first.
SHARING_GROUPS: Final[tuple[tuple[Any, tuple[S, ...]], ...]] = (
    (_l("Còn khả năng dùng chung"), (S.AVAILABLE, S.SHARED_AVAILABLE)),
    (S.UPGRADABLE.label, (S.UPGRADABLE,)),
    (_l("Hết khả năng"), (S.SHARED_FULL, S.EXCLUSIVE_FULL)),
    (S.NOT_SHAREABLE.label, (S.NOT_SHAREABLE,)),
    (S.NOT_ASSESSED.label, (S.NOT_ASSESSED,)),
    (S.NOT_APPLICABLE.label, (S.NOT_APPLICABLE,)),
    # Of their owner and the two departments alone.
    (S.RESTRICTED.label, (S.RESTRICTED,)),
)
#: The years that a trend goes back.
_YEARS: Final = 5
#: Of ratios in percent, as indicators and papers have them.
RATIO_DECIMALS: Final = 2


def filter_of(args: Mapping[str, Any], when: When | None = None) -> StructureFilter:
    """The filter of a list by its arguments."""
    pairs = [
        (name, str(argument_value))
        for name, argument in args.items()
        for argument_value in (argument if isinstance(argument, list) else [argument])
    ]
    return replace(read_filter(MultiDict(pairs)), when=when)


def list_cell(ctx: Ctx, view: View, number: int, **args: Any) -> ChartCell:
    """A number of structures with its list; without one where the reader may not see the rows."""
    return ChartCell(
        number, None if positions.counts_province(ctx) else url_for("structures.list", **args, **view.time)
    )


# --- indicators ----------------------------------------------------------------------------------------------------
def _targets(ctx: Ctx, view: View) -> Chart | None:
    rows, units = [], set()
    for figure in list_figures(ctx, view.on, view.known_at):
        if figure.value is None or figure.target is None or figure.target.value is None:
            continue
        if figure.indicator.unit is IndicatorUnit.COUNT:
            continue
        unit = figure.indicator.unit
        units.add(unit)
        parts = figure.parts
        address = url_for(parts.endpoint, **parts.list_arguments) if parts is not None and parts.endpoint else None
        page = url_for("indicators.detail", indicator=figure.indicator.code)
        reached = _("đạt chỉ tiêu") if figure.is_reached else _("chưa đạt chỉ tiêu")
        rows.append(
            ChartRow(
                figure.indicator.name_in(str(current_locale())),
                (ChartCell(float(figure.value), address or page), ChartCell(float(figure.target.value), page)),
                remark=reached if unit is IndicatorUnit.PERCENT else f"{unit.label}; {reached}",
            )
        )
    if not rows:
        return None
    sign = "%" if units == {IndicatorUnit.PERCENT} else ""
    return Chart(
        "targets",
        _("Kết quả so với chỉ tiêu"),
        ChartShape.TARGET,
        _("Chỉ tiêu"),
        (ChartColumn(_("Kết quả"), sign, 2), ChartColumn(_("Chỉ tiêu của kế hoạch"), sign, 2)),
        tuple(rows),
        note=_(
            "Giá trị của toàn tỉnh tính đến ngày %(day)s; chỉ tiêu và căn cứ ghi tại từng chỉ tiêu.",
            day=format_date(view.on),
        ),
        icon="trending-up",
    )


def _year_ends(view: View) -> list[date]:
    """The last days of the years before the day of a view, and that day."""
    return [*(date(view.on.year - back, 12, 31) for back in range(_YEARS, 0, -1)), view.on]


def _shares_over_years(ctx: Ctx, view: View) -> Chart | None:
    """Both ratios of sharing and the share of cable underground; the last one as it is known now alone."""
    open_rows = not positions.counts_province(ctx) and view.known_at is None
    rows = []
    for day in _year_ends(view):
        on = format_date(day)
        towers = url_for("home.towers", use="shared", on=on) if open_rows else None
        cells = [
            ChartCell(as_drawn(reader_value(ctx, code, day, view.known_at)), towers)
            for code in ("shared_positions", "shared_stations")
        ]
        if view.known_at is None:
            routes = url_for("cables.index", on=on) if open_rows else None
            cells.append(ChartCell(as_drawn(reader_value(ctx, "underground_cable", day)), routes))
        rows.append(ChartRow(on, tuple(cells)))
    if all(cell.value is None for row in rows for cell in row.cells):
        return None
    labels = (_("Vị trí dùng chung (a)"), _("Trạm đặt chung (b)"), _("Cáp đi ngầm"))
    return Chart(
        "shares",
        _("Tỷ lệ dùng chung và ngầm hóa qua các năm"),
        ChartShape.LINE,
        _("Ngày"),
        tuple(ChartColumn(label, "%", RATIO_DECIMALS) for label in labels[: len(rows[0].cells)]),
        tuple(rows),
        note=scope_note(ctx)
        + (
            _("Tính cho từng ngày theo các ngày ghi trong hồ sơ, theo dữ liệu hệ thống có đến nay.")
            if view.known_at is None
            else _("Tính cho từng ngày theo các ngày ghi trong hồ sơ, theo dữ liệu hệ thống có tại thời điểm ghi nhận.")
        ),
        icon="trending-up",
    )


def scope_note(ctx: Ctx) -> str:
    """What the ratios of a chart are of, before its other notes."""
    return _("Phạm vi: %(scope)s, không gồm công trình hạn chế.", scope=reader_scope(ctx).label) + " "


def as_drawn(value: Decimal | None) -> float | None:
    """A declared ratio with its digits, as charts take numbers."""
    return None if value is None else float(value)


def _structures_over_years(ctx: Ctx, view: View) -> Chart | None:
    days = _year_ends(view)
    whens = [view.when if day == view.on else When(day, view.when.recorded_at if view.when else None) for day in days]
    counts = count_on_days(ctx, whens)
    rows = [
        ChartRow(format_date(day), (list_cell(ctx, replace(view, when=when), count),))
        for day, when, count in zip(days, whens, counts, strict=True)
    ]
    notes = [_("Theo lịch sử của hệ thống: công trình đã ghi nhận và có hiệu lực tại từng ngày.")]
    # The counts by day do not know what was restricted on a day, so that they cannot leave it out.
    if open_args(ctx, view):
        notes.append(_("Gồm cả công trình hạn chế (quốc phòng, an ninh)."))
    return Chart(
        "history",
        _("Số công trình qua các năm"),
        ChartShape.LINE,
        _("Ngày"),
        (ChartColumn(_("Công trình")),),
        tuple(rows),
        note=" ".join(notes),
        icon="history",
    )


# --- kinds, owners -------------------------------------------------------------------------------------------------
#: Restricted structures are a line of their own.
_GROUPS: Final = SHARING_GROUPS[:-1]
#: In their order; the last of them, to which sharing does not apply, has no colour of its own.
_TONES: Final = (
    ChartTone.FREE,
    ChartTone.UPGRADABLE,
    ChartTone.FULL,
    ChartTone.CLOSED,
    ChartTone.UNKNOWN,
    None,
)


def _sharing_columns(*, cells: bool) -> tuple[ChartColumn, ...]:
    columns = [
        ChartColumn(_("Tất cả"), drawn=False),
        *(ChartColumn(str(label), tone=tone) for (label, _statuses), tone in zip(_GROUPS, _TONES, strict=True)),
    ]
    return (*columns, ChartColumn(_("Chỉ hiển thị theo ô lưới"))) if cells else tuple(columns)


def _sharing_cells(
    ctx: Ctx,
    view: View,
    numbers: Mapping[S | None, int],
    args: Mapping[str, Any],
    *,
    linked: bool = True,
) -> tuple[ChartCell, ...]:
    """All but restricted ones, and by group of sharing status, of one row."""

    def cell(number: int, **more: Any) -> ChartCell:
        return list_cell(ctx, view, number, **args, **more) if linked else ChartCell(number)

    cells = [cell(sum(numbers.values()) - numbers.get(S.RESTRICTED, 0), **open_args(ctx, view))]
    for _label, statuses in _GROUPS:
        count = sum(numbers.get(status, 0) for status in statuses)
        cells.append(cell(count, sharing_status=[status.value for status in statuses]))
    return tuple(cells)


def _kinds(ctx: Ctx, view: View) -> Chart | None:
    counts = count_groups(ctx, filter_of({}, view.when), "kind", "exact", "sharing_status")
    cells = not positions.counts_province(ctx) and any(not exact for _kind, exact, _status in counts)
    more: dict[str, Any] = {**open_args(ctx, view), **view.time}
    rows = []
    for code, kind in KINDS.items():
        mine = {
            S(status) if exact else None: number
            for (kind_code, exact, status), number in counts.items()
            if kind_code == code
        }
        if not set(mine) - {S.RESTRICTED}:
            continue
        shown = _sharing_cells(ctx, view, mine, {"kind": code})
        # Everyone may list all of a kind, as cells at least.
        shown = (ChartCell(shown[0].value, url_for("structures.list", kind=code, **more)), *shown[1:])
        rows.append(ChartRow(str(kind.label), (*shown, ChartCell(mine.get(None, 0))) if cells else shown))
    columns, lines = _with_line(ctx, view, {}, _sharing_columns(cells=cells), rows)
    return Chart(
        "kinds",
        _("Công trình theo loại và khả năng dùng chung"),
        ChartShape.STACKED,
        _("Loại công trình"),
        columns,
        lines,
        icon="layers",
    )


def _with_line(
    ctx: Ctx, view: View, args: Mapping[str, Any], columns: Sequence[ChartColumn], rows: Sequence[ChartRow]
) -> tuple[tuple[ChartColumn, ...], tuple[ChartRow, ...]]:
    """With restricted structures as a line and a colour of their own, where the reader sees some."""
    line = own_line(ctx, [(view, args), *[(view, None)] * (len(columns) - 1), (view, args)])
    if not line:
        return tuple(columns), tuple(rows)
    others = [replace(row, cells=(*row.cells, ChartCell(None))) for row in rows]
    return (*columns, ChartColumn(str(S.RESTRICTED.label))), (*others, *line)


def _owners(ctx: Ctx, view: View) -> Chart | None:
    """By owner; an owner's own by kind; for figures of the province by category of owner, without lists."""
    if positions.counts_province(ctx):
        counts = count_groups(ctx, filter_of({}, view.when), "owner_category", "sharing_status")
        labels: dict[Any, str] = {owner_category.value: str(owner_category.label) for owner_category in OwnerCategory}
        return _stacked(ctx, view, counts, labels, _("Công trình theo nhóm chủ sở hữu"), _("Nhóm chủ sở hữu"), None)
    if ctx.actor.roles & _OWNERS:
        own: dict[str, Any] = own_filter_args(ctx)
        if not own:
            return None
        counts = count_groups(ctx, filter_of(own, view.when), "kind", "sharing_status")
        labels = {code: str(kind.label) for code, kind in KINDS.items()}
        title = _("Công trình của đơn vị theo loại")
        return _stacked(ctx, view, counts, labels, title, _("Loại công trình"), lambda code: {"kind": code, **own})
    counts = count_groups(ctx, filter_of({}, view.when), "owner_organisation_id", "sharing_status")
    ids = sorted({owner for owner, _status in counts if owner is not None})
    rows = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(ids)))
    names = {row.id: row.short_name for row in rows}
    return _stacked(
        ctx, view, counts, names, _("Công trình theo chủ sở hữu"), _("Chủ sở hữu"), lambda owner: {"owner": owner}
    )


def _stacked(
    ctx: Ctx,
    view: View,
    counts: Mapping[tuple[Any, ...], int],
    labels: Mapping[Any, str],
    title: str,
    head: str,
    args_of: Callable[[Any], Mapping[str, Any]] | None,
) -> Chart | None:
    rows = []
    for key, label in labels.items():
        mine: dict[S | None, int] = {
            S(status): number
            for (group_key, status), number in counts.items()
            if group_key == key and status is not None
        }
        if set(mine) - {S.RESTRICTED}:
            args = args_of(key) if args_of is not None else {}
            rows.append(
                ChartRow(label, _sharing_cells(ctx, view, mine, args, linked=args_of is not None), key=str(key))
            )
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.cells[0].value or 0), row.label))
    own: Mapping[str, Any] = own_filter_args(ctx) if ctx.actor.roles & _OWNERS else {}
    columns, lines = _with_line(ctx, view, own, _sharing_columns(cells=False), rows)
    return Chart("owners", title, ChartShape.STACKED, head, columns, lines, icon="building-2")


# --- communes ------------------------------------------------------------------------------------------------------
def _units(ctx: Ctx, view: View) -> Chart | None:
    figure = MAP_FIGURES[view.figure]
    args = {**figure.args, **({} if "sharing_status" in figure.args else open_args(ctx, view))}
    counts = count_by_unit(ctx, view.when, filter_of(args) if args else EVERYTHING)
    ids = [unit.id for unit in counts]
    official = set(
        ctx.session.scalars(
            select(AdminUnit.id).where(AdminUnit.id.in_(ids), AdminUnit.extent_quality == ExtentQuality.OFFICIAL)
        )
    )
    rows, notes = [], []
    for unit in counts:
        cell = ChartCell(None, note=_("không công bố"))
        if unit.count is not None:
            cell = list_cell(ctx, view, unit.count, unit=unit.id, **args)
        remark = "" if unit.id in official else _("ranh giới gần đúng")
        rows.append(ChartRow(unit.name, (cell,), key=str(unit.id), remark=remark))
    if len(official) < len(ids):
        notes.append(_("Nét đứt trên bản đồ: ranh giới gần đúng."))
    title = _("Công trình theo xã, phường của ngày đã chọn") if view.when else _("Công trình theo xã, phường hiện nay")
    if positions.counts_province(ctx):
        notes.insert(0, _("Mỗi công trình được tính cho xã, phường chứa tâm các ô lưới công khai của công trình."))
    elif view.when is None:
        notes.insert(0, _("Công trình ghi theo xã cũ đã tách được tính cho mỗi xã mới nhận phần đất của xã đó."))
    if not positions.counts_province(ctx):
        notes.insert(
            0, _("Tính theo xã, phường ghi trong hồ sơ; số công bố tính theo ô lưới công khai nên có thể khác.")
        )
    if view.when is not None:
        sentence = _("Bản đồ vẽ các xã, phường có hiệu lực ngày đó theo đường ranh giới mới nhất mà hệ thống có.")
        notes.insert(0, sentence)
    day = view.when.at(ctx.now).day if view.when is not None else ctx.today
    columns = (ChartColumn(str(figure.label)),)
    total = sum(count_groups(ctx, filter_of(args, view.when), "kind").values())
    whole = _("Toàn tỉnh") if covers_province(ctx) else _("Tất cả trong phạm vi được xem")
    if rows:
        rows.append(ChartRow(whole, (list_cell(ctx, view, total, **args),)))
        notes += why_total_differs(ctx, counts, total)
    return Chart(
        "units",
        title,
        ChartShape.MAP,
        _("Xã, phường"),
        columns,
        (*rows, *own_line(ctx, [(view, figure.args)])),
        note=" ".join(notes),
        on=day.isoformat(),
        icon="map",
    )


# --- room, freshness -----------------------------------------------------------------------------------------------
_ROOM: Final = ({"room": "1"}, {"quality": "no_capacity"})


def _room(ctx: Ctx, view: View) -> Chart | None:
    """Hosting kinds seen exactly, with the structures that have room and those whose places are not known."""
    own: dict[str, Any] = own_filter_args(ctx) if ctx.actor.roles & _OWNERS else {}
    base = own | open_args(ctx, view)
    asked: Sequence[Mapping[str, Any]] = (base, *(base | more for more in _ROOM))
    all_, free, unknown = (count_groups(ctx, filter_of(args, view.when), "kind", "exact") for args in asked)
    rows = [
        ChartRow(
            str(KINDS[code].label),
            (
                list_cell(ctx, view, free.get((code, True), 0), kind=code, **asked[1]),
                list_cell(ctx, view, unknown.get((code, True), 0), kind=code, **asked[2]),
            ),
        )
        for code in HOSTS
        if (code, True) in all_
    ]
    if not rows:
        return None
    return Chart(
        "room",
        _("Chỗ lắp đặt còn trống"),
        ChartShape.BARS,
        _("Loại công trình"),
        (
            ChartColumn(_("Công trình còn chỗ trống"), tone=ChartTone.FREE),
            ChartColumn(_("Chưa khai chỗ lắp đặt"), tone=ChartTone.UNKNOWN),
        ),
        (*rows, *own_line(ctx, [(view, own | {"kind": list(HOSTS)} | more) for more in _ROOM])),
        icon="square-check-big",
    )


def _freshness(ctx: Ctx, view: View) -> Chart | None:
    """Standing structures within and beyond the term of confirmation: by kind of an owner's own, else by owner."""
    own: dict[str, Any] = own_filter_args(ctx) if ctx.actor.roles & _OWNERS else {}
    labels: dict[Any, str] = {}
    name, column = "owner", "owner_organisation_id"
    if own:
        name, column = "kind", "kind"
        labels = {code: str(kind.label) for code, kind in KINDS.items()}
    terms = [own | {"confirmed": term} for term in ("newer", "older")]
    asked = [args | open_args(ctx, view) for args in terms]
    newer, older = (count_groups(ctx, filter_of(args, view.when), column) for args in asked)
    keys = {key for (key,) in (*newer, *older) if key is not None}
    if not labels:
        rows_ = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(keys)))
        labels = {row.id: row.short_name for row in rows_}
    rows = [
        ChartRow(
            labels[key],
            tuple(
                list_cell(ctx, view, counts.get((key,), 0), **args, **{name: key})
                for counts, args in zip((newer, older), asked, strict=True)
            ),
        )
        for key in sorted(keys, key=lambda key: (-older.get((key,), 0), labels[key]))
    ]
    if not rows:
        return None
    return Chart(
        "fresh",
        _("Công trình theo hạn xác nhận"),
        ChartShape.STACKED,
        _("Loại công trình") if name == "kind" else _("Chủ sở hữu"),
        (ChartColumn(_("Còn trong hạn")), toned(ChartTone.OVERDUE)),
        (*rows, *own_line(ctx, [(view, args) for args in terms])),
        icon="history",
    )


def _sees_rows(ctx: Ctx) -> bool:
    return not positions.counts_province(ctx)


REGISTER_PARTS: Final = (
    Part(
        "targets",
        _l("Kết quả so với chỉ tiêu"),
        _targets,
        lambda ctx: holds(ctx.actor, P.INDICATOR_READ),
        past=True,
        tab="summary",
    ),
    Part("units", _l("Công trình theo xã, phường"), _units, past=True, tab="summary"),
    Part("kinds", _l("Công trình theo loại và khả năng dùng chung"), _kinds, past=True),
    Part("fresh", _l("Công trình theo hạn xác nhận"), _freshness, _sees_rows, past=True),
    Part("owners", _l("Công trình theo chủ sở hữu"), _owners, past=True),
    RESTRICTED_PART,
    Part("room", _l("Chỗ lắp đặt còn trống"), _room, _sees_rows, past=True, tab="sharing"),
)
#: The slowest, after all others: they compute a figure for the end of each year.
TREND_PARTS: Final = (
    Part("shares", _l("Tỷ lệ dùng chung và ngầm hóa qua các năm"), _shares_over_years, past=True, tab="sharing"),
    Part(
        "history",
        _l("Số công trình qua các năm"),
        _structures_over_years,
        past=True,
        tab="summary",
    ),
)
