"""The figures of the plan that the register gives: shared positions, shared stations, cable underground."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.cables.figures import CableFilter, Sums, sums_of
from registry.capacity.sharing_ratio import SharingRatio, sharing_ratio
from registry.dashboard.cables import in_kilometres
from registry.indicators.declared import DeclaredFigure, FigureQuery, FigureScope, Parts
from registry.indicators.models import IndicatorUnit
from registry.kernel.i18n import _l, format_date
from registry.structures.positions import counts_province

#: Code of the indicator that has the target of the plan.
SHARED_POSITIONS: Final = "kpi_bts_shared_position"
_SOURCE: Final = _l("Cơ sở dữ liệu: công trình và đơn vị sử dụng")


def _ratio(ctx: Ctx, query: FigureQuery) -> SharingRatio:
    return sharing_ratio(ctx, query.on, query.known_at, owner_id=query.owner_id)


def _positions(ctx: Ctx, query: FigureQuery) -> Parts:
    ratio = _ratio(ctx, query)
    return _parts(ctx, (ratio.shared_positions, ratio.positions), "home.towers", query)


def _stations(ctx: Ctx, query: FigureQuery) -> Parts:
    ratio = _ratio(ctx, query)
    return _parts(ctx, (ratio.shared_stations, ratio.stations), "home.towers", query)


def _underground(ctx: Ctx, query: FigureQuery) -> Parts | None:
    if query.known_at is not None:
        return None
    sums = sums_of(ctx, CableFilter(query.on, owner_id=query.owner_id), counted=True)
    shown: Sums = in_kilometres(sums) if query.scope is FigureScope.PROVINCE or counts_province(ctx) else sums
    return _parts(ctx, (shown.underground_m, shown.total_m), "cables.index", query, sums.underground_pct)


def _parts(
    ctx: Ctx, numbers: tuple[float, float], endpoint: str, query: FigureQuery, of_exact: Decimal | None = None
) -> Parts:
    """Numerator and denominator with their list: who counts the province may not see the rows, and lists are of now."""
    numerator, denominator = (Decimal(str(number)) for number in numbers)
    has_list = query.known_at is None and query.owner_id is None and not counts_province(ctx)
    return Parts(numerator, denominator, endpoint if has_list else None, format_date(query.on), of_exact)


_SCOPES: Final = tuple(FigureScope)
INDICATORS: Final = (
    DeclaredFigure(
        "shared_positions",
        _l("Vị trí cột ăng ten dùng chung"),
        _l("vị trí dùng chung trên tất cả vị trí (cách a)"),
        IndicatorUnit.PERCENT,
        _SOURCE,
        _SCOPES,
        _positions,
    ),
    DeclaredFigure(
        "shared_stations",
        _l("Trạm đặt chung vị trí"),
        _l("trạm đặt chung trên tất cả trạm (cách b)"),
        IndicatorUnit.PERCENT,
        _SOURCE,
        _SCOPES,
        _stations,
    ),
    DeclaredFigure(
        "underground_cable",
        _l("Cáp viễn thông đi ngầm"),
        _l("mét cáp đi ngầm trên mét cáp đang sử dụng"),
        IndicatorUnit.PERCENT,
        _l("Cơ sở dữ liệu: tuyến cáp vẽ trên bản đồ"),
        _SCOPES,
        _underground,
    ),
)
