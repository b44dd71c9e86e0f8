"""What everyone may know of the indicators: published values, targets, definitions, and their files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from flask import render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.indicators.declared import FIGURES, as_province
from registry.indicators.models import Indicator
from registry.indicators.queries import (
    SeriesPoint,
    get_indicator,
    list_indicators,
    list_published,
    list_targets,
    published_period,
    series_of,
)
from registry.kernel.exports.dataset import TABLES, ExportRecord, FileColumn
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.open_data import DataTheme, OpenDataAbout, UpdateFrequency
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, current_locale
from registry.kernel.i18n.stored import stored_text

bp = GuardedBlueprint("indicator_figures", __name__, errors=html_errors, url_prefix="/figures/indicators")
CODE: Final = "indicator-series"


@bp.get("", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Each indicator with its last published value and target."""
    language = str(current_locale())
    return render_template(
        "indicators/published.html",
        rows=[(indicator, indicator.name_in(language), point) for indicator, point in list_published(ctx)],
    )


@bp.get("/<indicator>", permission=P.PUBLIC)
def detail(ctx: Ctx, indicator: str) -> str:
    """The published series of an indicator with its definition and file."""
    declared, series = _published(ctx, indicator)
    return render_template(
        "indicators/published_detail.html",
        indicator=declared,
        name=declared.name_in(str(current_locale())),
        series=series,
        targets=[target for target in list_targets(ctx, declared) if target.withdrawn_at is None],
        computation=FIGURES[declared.computation] if declared.computation else None,
        files=[
            {"label": label, "url": url_for("exports.make", list_code=CODE, file_format=code, indicator=indicator)}
            for code, label in (("csv", "CSV"), ("xlsx", "Excel"))
        ],
    )


def _published(ctx: Ctx, code: str) -> tuple[Indicator, list[SeriesPoint]]:
    """NotFound for an unknown code."""
    province = as_province(ctx)
    indicator = get_indicator(province, code)
    return indicator, series_of(province, indicator, ctx.today, published=True)


def _open(ctx: Ctx, args: Args) -> Source:
    """The published series of one indicator (`indicator`), or of all; NotFound for an unknown code."""
    code = args.get("indicator", "")
    province = as_province(ctx)
    indicators = [get_indicator(province, code)] if code else list_indicators(ctx)
    language = str(current_locale())
    points = [
        (indicator, point)
        for indicator in indicators
        for point in series_of(province, indicator, ctx.today, published=True)
    ]
    columns = (
        FileColumn("indicator", _("Mã")),
        FileColumn("name", _("Chỉ tiêu")),
        FileColumn("on", _("Tại ngày"), date),
        FileColumn("value", _("Giá trị"), Decimal),
        FileColumn("unit", _("Đơn vị tính")),
        FileColumn("target", _("Mục tiêu"), Decimal),
        FileColumn("year", _("Đến hết năm"), int),
        FileColumn("plan", _("Kế hoạch")),
        FileColumn("progress", _("So với mục tiêu")),
        FileColumn("source", _("Nguồn số liệu")),
    )

    def records() -> Iterator[ExportRecord]:
        for indicator, point in points:
            target = point.target
            progress = {True: _("đạt"), False: _("chưa đạt"), None: ""}[point.is_reached]
            wanted = (target.value, target.year, target.plan) if target is not None else (None, None, "")
            about = (indicator.code, indicator.name_in(language), point.on, point.value, str(indicator.unit.label))
            yield ExportRecord((*about, *wanted, progress, point.source))

    filter_labels = ((_("Chỉ tiêu"), code),) if code else ()
    notes = tuple((indicator.name_in(language), stored_text(indicator.definition)) for indicator in indicators)
    stem = f"chi-tieu-{code.replace('_', '-')}" if code else ""
    return Source(columns, lambda most: min(len(points), most + 1), records, filter_labels, notes, stem=stem)


SERIES: Final = ExportList(
    CODE,
    _l("Số liệu của chỉ tiêu"),
    "so-lieu-chi-tieu",
    P.PUBLIC,
    _open,
    TABLES,
    open_data=OpenDataAbout(
        _l("Giá trị đã công bố, mục tiêu và định nghĩa của các chỉ tiêu trong kế hoạch của tỉnh."),
        DataTheme.TECHNOLOGY,
        UpdateFrequency.ANNUAL,
        "indicator_figures.index",
        published_period,
    ),
)
