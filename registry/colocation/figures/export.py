"""Page and export of the figures by owner. The export has one row for each owner and period, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.colocation.codes import RefusalGround
from registry.colocation.figures.outcomes import Period, RequestOutcome, read_period
from registry.colocation.figures.tables import (
    MIN_REQUESTS,
    ColocationFigures,
    FigureLine,
    Table,
    figures_by_owner,
    figures_by_unit,
    own_use,
    sees_all,
)
from registry.colocation.list_view import REQUESTS
from registry.kernel.exports.dataset import TABLES, ExportRecord
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.lists.columns import Column
from registry.kernel.lists.page import list_url
from registry.structures.visibility import IS_PUBLISHED

bp = GuardedBlueprint("colocation_figures", __name__, errors=html_errors)


@bp.get("/colocation/figures", permission=P.COLOCATION_READ)
def index(ctx: Ctx) -> str:
    """Tables by owner, ground and commune for a period, and the present use of published structures."""
    period = read_period(ctx, request.args)
    by_owner = figures_by_owner(ctx, period)
    return render_template(
        "colocation/figures.html",
        period=period,
        now=ctx.now,
        table=by_owner,
        units=figures_by_unit(ctx, period),
        uses=own_use(ctx),
        all_open=sees_all(ctx),
        least=MIN_REQUESTS,
        grounds=RefusalGround,
        outcomes=RequestOutcome,
        list_url=lambda **more: _list_url(ctx, period, **more),
        published=IS_PUBLISHED.arguments(),
    )


def _list_url(ctx: Ctx, period: Period, **more: Any) -> str:
    """The list of the requests that a figure counts."""
    return list_url(ctx, REQUESTS, {"from": period.first, "to": period.last, **more})


#: A line, a period, and the line's figures of that period.
Written = tuple[FigureLine, Period, ColocationFigures]


def _of(name: str) -> Any:
    return lambda _ctx, row: getattr(row[2], name)


def _number(name: str) -> Any:
    def read(_ctx: Ctx, row: Written) -> Decimal | None:
        value: Decimal | None = getattr(row[2], name)
        return value

    return read


def _ground(ground: RefusalGround) -> Column:
    return Column(f"ground_{ground.value}", ground.label, lambda _ctx, row: row[2].refusals(ground).requests, int)


_COLUMNS: Final = (
    Column("owner", _l("Chủ sở hữu"), lambda _ctx, row: row[0].name or _("Toàn tỉnh")),
    Column("first", _l("Từ ngày"), lambda _ctx, row: row[1].first, date),
    Column("last", _l("Đến ngày"), lambda _ctx, row: row[1].last, date),
    Column("requests", _l("Đề nghị đã gửi"), _of("requests"), int),
    Column("items", _l("Công trình được đề nghị"), _of("items"), int),
    Column("answered", _l("Đã trả lời hết"), _of("answered"), int),
    Column("median", _l("Trung vị (ngày làm việc)"), _number("median"), Decimal),
    Column("p90", _l("90% được trả lời trong (ngày làm việc)"), _number("p90"), Decimal),
    Column("late", _l("Trả lời quá hạn"), _of("late"), int),
    Column("acceptance_pct", _l("Tỷ lệ chấp thuận (phần trăm)"), _number("acceptance_pct"), Decimal),
    Column("with_refused", _l("Hồ sơ có từ chối"), _of("with_refused"), int),
    Column("decided", _l("Sở quyết định"), _of("decided"), int),
    *(_ground(ground) for ground in RefusalGround),
)


def open_figures(ctx: Ctx, args: Args) -> Source:
    period = read_period(ctx, args)
    table = figures_by_owner(ctx, period)
    filter_labels = ((_("Từ ngày"), format_date(period.first)), (_("Đến ngày"), format_date(period.last)))
    text = _(
        "Của đơn vị khác chỉ có kỳ 365 ngày gần nhất, số nào dưới %(least)d hồ sơ để trống. Cách tính ghi ở trang "
        "“Số liệu dùng chung hạ tầng”.",
        least=MIN_REQUESTS,
    )
    columns = tuple(column.file_column for column in _COLUMNS)
    return Source(
        columns, partial(_count, table), partial(_records, ctx, table, period), filter_labels, ((_("Ghi chú"), text),)
    )


def _count(table: Table, most: int) -> int:
    return min(2 * len(table.lines) + 2 * (table.total is not None), most + 1)


def _records(ctx: Ctx, table: Table, period: Period) -> Iterator[ExportRecord]:
    totals = (table.total,) if table.total is not None else ()
    for line in (*table.lines, *totals):
        for span, figures in ((period, line.now), (period.before, line.before)):
            yield ExportRecord(tuple(column.in_file(ctx, (line, span, figures)) for column in _COLUMNS))


FIGURES: Final = ExportList(
    "colocation-figures",
    _l("Số liệu dùng chung hạ tầng"),
    "so-lieu-dung-chung",
    P.COLOCATION_READ,
    open_figures,
    TABLES,
)
