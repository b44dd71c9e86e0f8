"""The indicators that are computed from the register: shared positions, shared stations, cable underground."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.cables.figures import CableFilter, Sums, sums_of
from registry.dashboard.cables import in_kilometres
from registry.dashboard.sharing import sharing_ratio
from registry.indicators.computations import Computation, Parts
from registry.kernel.i18n import _l, format_date
from registry.structures.positions import counts_province, sees_all

#: Code of the indicator that has the target of the plan.
SHARED_POSITIONS: Final = "kpi_bts_shared_position"


def _positions(ctx: Ctx, on: date) -> Parts:
    ratio = sharing_ratio(ctx, on)
    return Parts(Decimal(ratio.shared_positions), Decimal(ratio.positions), *_list(ctx, "home.towers", on))


def _stations(ctx: Ctx, on: date) -> Parts:
    ratio = sharing_ratio(ctx, on)
    return Parts(Decimal(ratio.shared_stations), Decimal(ratio.stations), *_list(ctx, "home.towers", on))


def _underground(ctx: Ctx, on: date) -> Parts:
    sums: Sums = sums_of(ctx, CableFilter(on), counted=True)
    if counts_province(ctx):
        sums = in_kilometres(sums)
    return Parts(Decimal(str(sums.underground_m)), Decimal(str(sums.total_m)), *_list(ctx, "cables.index", on))


def _list(ctx: Ctx, endpoint: str, on: date) -> tuple[str | None, str, bool]:
    """The list behind a figure, its day, and whether it is partial; who counts the province may not see the rows."""
    of_province = counts_province(ctx)
    return (None if of_province else endpoint), format_date(on), not (of_province or sees_all(ctx))


INDICATORS: Final = (
    Computation("shared_positions", _l("vị trí dùng chung trên tất cả vị trí (cách a)"), _positions),
    Computation("shared_stations", _l("trạm đặt chung trên tất cả trạm (cách b)"), _stations),
    Computation("underground_cable", _l("mét cáp đi ngầm trên mét cáp đang sử dụng"), _underground),
)
