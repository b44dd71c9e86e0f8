"""Figures of the desk, declared once: each counts or sums exactly the rows of the list that it opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.indicators.declared import DeclaredFigure, FigureQuery, FigureScope, Parts
from registry.indicators.models import IndicatorUnit
from registry.kernel.i18n import _l
from registry.kernel.lists.view import LISTS
from registry.money.models import PppProject
from registry.routelists.models import RouteList
from registry.routelists.queries import state_part_vnd
from registry.violations.models import Violation

#: Argument that stands for the year of the figure.
YEAR: Final = "{year}"


@dataclass(frozen=True)
class MoneyFigure:
    """Rows of a list under some arguments (`YEAR`: that of the figure): their number, or the sum of `sum_of`."""

    label: Any
    list_code: str
    arguments: Mapping[str, str]
    sum_of: Callable[[], Any] | None = None

    def read(self, ctx: Ctx, query: FigureQuery) -> Parts | None:
        """None for a year without a list."""
        view = LISTS[self.list_code]
        arguments = {name: text.replace(YEAR, str(query.on.year)) for name, text in self.arguments.items()}
        if self.list_code == "route-items" and not _has_list(ctx, query.on.year):
            return None
        values = view.read(ctx, MultiDict(arguments))
        if self.sum_of is None:
            number = Decimal(view.count_rows(ctx, values))
        else:
            rows = view.query(ctx, values).order_by(None).limit(None)
            summed = rows.with_only_columns(func.coalesce(func.sum(self.sum_of()), 0), maintain_column_froms=True)
            number = Decimal(ctx.session.scalar(summed) or 0)
        return Parts(number, endpoint=view.endpoint, arguments=tuple(arguments.items()))


def _has_list(ctx: Ctx, year: int) -> bool:
    return ctx.session.scalar(select(RouteList.id).where(RouteList.year == year)) is not None


_STREETS: Final = {"year": YEAR, "state_funded": "1"}
_FINES: Final = {"year": YEAR}
FIGURES_OF_MONEY: Final[Mapping[str, MoneyFigure]] = {
    "streets": MoneyFigure(_l("Tuyến có vốn nhà nước"), "route-items", _STREETS),
    "streets_agreed": MoneyFigure(
        _l("Tuyến có vốn nhà nước đã thống nhất"), "route-items", _STREETS | {"state": "agreed"}
    ),
    "streets_vnd": MoneyFigure(_l("Vốn nhà nước đã ghi của các tuyến (đồng)"), "route-items", _STREETS, state_part_vnd),
    "streets_unknown": MoneyFigure(
        _l("Tuyến có vốn nhà nước chưa ghi số tiền"), "route-items", _STREETS | {"unstated": "1"}
    ),
    "fines": MoneyFigure(_l("Quyết định có tiền phạt"), "fines", _FINES),
    "fined_vnd": MoneyFigure(_l("Tiền phạt theo quyết định (đồng)"), "fines", _FINES, lambda: Violation.fine_vnd),
    "paid_vnd": MoneyFigure(_l("Tiền phạt đã nộp (đồng)"), "fines", _FINES, lambda: Violation.paid_vnd),
    "unpaid": MoneyFigure(_l("Quyết định chưa nộp đủ"), "fines", _FINES | {"unpaid": "1"}),
    "ppp": MoneyFigure(_l("Dự án PPP"), "ppp-projects", {}),
    "ppp_vnd": MoneyFigure(_l("Tổng vốn các dự án PPP (đồng)"), "ppp-projects", {}, lambda: PppProject.capital_vnd),
}
_SOURCES: Final = {
    "route-items": _l("Danh mục tuyến đường"),
    "fines": _l("Quyết định xử phạt"),
    "ppp-projects": _l("Danh sách dự án PPP"),
}
DECLARED: Final = tuple(
    DeclaredFigure(
        f"money.{code}",
        figure.label,
        _l("đếm các dòng của danh sách được mở")
        if figure.sum_of is None
        else _l("cộng các dòng của danh sách được mở"),
        IndicatorUnit.COUNT,
        _SOURCES[figure.list_code],
        (FigureScope.READER,),
        figure.read,
        permission=P.MONEY_READ,
    )
    for code, figure in FIGURES_OF_MONEY.items()
)
