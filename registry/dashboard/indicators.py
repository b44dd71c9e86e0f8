"""The indicators that are computed from the register: shared positions, shared stations, cable underground."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.cables.figures import CableFilter, sums_of
from registry.capacity.sharing_ratio import sharing_ratio
from registry.dashboard.cables import in_kilometres
from registry.indicators.computations import Computation, Parts, rounded
from registry.kernel.i18n import _l, format_date
from registry.structures.positions import counts_province, sees_all

#: Code of the indicator that has the target of the plan.
SHARED_POSITIONS: Final = "kpi_bts_shared_position"


def _positions(ctx: Ctx, on: date, known_at: datetime | None) -> Parts:
    ratio = sharing_ratio(ctx, on, known_at)
    return _parts(ctx, (ratio.shared_positions, ratio.positions), "home.towers", on, known_at)


def _stations(ctx: Ctx, on: date, known_at: datetime | None) -> Parts:
    ratio = sharing_ratio(ctx, on, known_at)
    return _parts(ctx, (ratio.shared_stations, ratio.stations), "home.towers", on, known_at)


def _underground(ctx: Ctx, on: date, known_at: datetime | None) -> Parts | None:
    if known_at is not None:
        return None
    sums = sums_of(ctx, CableFilter(on), counted=True)
    exact = sums.underground_pct
    if counts_province(ctx):
        sums = in_kilometres(sums)
    parts = _parts(ctx, (sums.underground_m, sums.total_m), "cables.index", on, known_at)
    return replace(parts, of_exact=None if exact is None else rounded(Decimal(str(exact))))


def _parts(ctx: Ctx, numbers: tuple[float, float], endpoint: str, on: date, known_at: datetime | None) -> Parts:
    """Numerator and denominator with their list: who counts the province may not see the rows, and lists are of now."""
    numerator, denominator = (Decimal(str(number)) for number in numbers)
    of_province = counts_province(ctx)
    has_list = not of_province and known_at is None
    is_partial = not (of_province or sees_all(ctx))
    return Parts(numerator, denominator, endpoint if has_list else None, format_date(on), is_partial)


INDICATORS: Final = (
    Computation("shared_positions", _l("vị trí dùng chung trên tất cả vị trí (cách a)"), _positions),
    Computation("shared_stations", _l("trạm đặt chung trên tất cả trạm (cách b)"), _stations),
    Computation("underground_cable", _l("mét cáp đi ngầm trên mét cáp đang sử dụng"), _underground),
)
