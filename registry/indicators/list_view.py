"""The list of the indicators with their figures and targets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.indicators.declared import FigureScope
from registry.indicators.models import Indicator, IndicatorGroup
from registry.indicators.queries import Figure, indicators_query, list_figures
from registry.indicators.rules import FIRST_DAY
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n_noop, current_locale, format_date
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Day
from registry.kernel.lists.markup import link, macro
from registry.kernel.lists.view import Empty, ListView

_FIGURES: Final = "indicators.figures"
_PARTS: Final = "indicators/_parts.html"


def figure_of(ctx: Ctx, row: Any) -> Figure:
    """The figure of the day; all are read once a page."""
    figures: dict[date, dict[int, Figure]] = ctx.memo.setdefault(_FIGURES, {})
    if row.on not in figures:
        figures[row.on] = {figure.indicator.id: figure for figure in list_figures(ctx, row.on)}
    return figures[row.on][row.Indicator.id]


def check_day(ctx: Ctx, on: date) -> None:
    """Invalid for a day without figures."""
    if not FIRST_DAY <= on <= ctx.today:
        sentence = _(
            "Không có số liệu của ngày %(day)s; hãy chọn từ %(first)s đến hôm nay %(today)s.",
            day=format_date(on),
            first=format_date(FIRST_DAY),
            today=format_date(ctx.today),
        )
        raise Invalid({"on": sentence})


def _target(name: str) -> Any:
    def read(ctx: Ctx, row: Any) -> Any:
        target = figure_of(ctx, row).target
        return None if target is None else getattr(target, name)

    return read


def _name(_ctx: Ctx, row: Any) -> str:
    name: str = row.Indicator.name_in(str(current_locale()))
    return name


INDICATORS: Final = ListView(
    code="indicators",
    label=_l("Chỉ tiêu"),
    subtitle=_l("Chỉ tiêu của các kế hoạch, giá trị mới nhất và mục tiêu"),
    endpoint="indicators.index",
    permission=P.INDICATOR_READ,
    select=lambda _ctx, filter_values: indicators_query(filter_values.get("group"), filter_values["on"]),
    check=lambda ctx, filter_values: check_day(ctx, filter_values["on"]),
    columns=(
        Column("code", _l("Mã"), "Indicator.code", on=On.FILES),
        Column(
            "name",
            _l("Chỉ tiêu"),
            _name,
            main=True,
            wraps=True,
            show=link("indicators.detail", _name, indicator="Indicator.code", on=lambda _ctx, row: format_date(row.on)),
        ),
        Column("group", _l("Nhóm"), "Indicator.group.label"),
        Column("unit", _l("Đơn vị tính"), "Indicator.unit.label", on=On.FILES),
        Column(
            "value",
            _l("Giá trị"),
            lambda ctx, row: figure_of(ctx, row).value,
            Decimal,
            show=macro(_PARTS, "value", figure_of),
        ),
        Column("scope", _l("Phạm vi"), lambda _ctx, _row: str(FigureScope.PROVINCE.label), on=On.FILES),
        Column("value_on", _l("Tại ngày"), lambda ctx, row: figure_of(ctx, row).on, date),
        Column("target", _l("Mục tiêu"), _target("value"), Decimal, show=macro(_PARTS, "target", figure_of)),
        Column("target_year", _l("Đến hết năm"), _target("year"), int, on=On.FILES),
        Column("plan", _l("Kế hoạch"), _target("plan"), on=On.FILES),
        Column(
            "progress",
            _l("So với mục tiêu"),
            lambda ctx, row: figure_of(ctx, row).is_reached,
            bool,
            show=macro(_PARTS, "progress", figure_of),
        ),
        Column("filled_by", _l("Nguồn số liệu"), "Indicator.filled_by.label", optional=True),
    ),
    filters=(
        Day("on", _l("Tại ngày"), default=lambda ctx: ctx.today, alias="as_of", has_chip=False, sticky=True),
        ChoiceFilter("group", _l("Nhóm"), options=IndicatorGroup),
    ),
    order=(Indicator.place, Indicator.id),
    stem="chi-tieu",
    count=_n_noop("%(count)s chỉ tiêu"),
    empty=Empty(_l("Chưa có chỉ tiêu nào"), _l("Danh mục chưa có chỉ tiêu nào.")),
    no_match=Empty(_l("Không có chỉ tiêu nào"), _l("Không có chỉ tiêu nào thuộc nhóm này.")),
)
