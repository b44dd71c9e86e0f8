"""The declared figure of areas: it counts the rows of the list that it opens."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.indicators.declared import DeclaredFigure, FigureQuery, FigureScope, Parts
from registry.indicators.models import IndicatorUnit
from registry.kernel.i18n import _l
from registry.priority_areas.list_view import AREAS, UNSERVED

CODE: Final = "priority_areas.unserved"


def _read(ctx: Ctx, query: FigureQuery) -> Parts | None:
    """None for another day than today: what could be shared then is not compared."""
    if query.on != ctx.today:
        return None
    arguments = {UNSERVED: "1"}
    number = AREAS.count_rows(ctx, AREAS.read(ctx, MultiDict(arguments)))
    return Parts(Decimal(number), endpoint=AREAS.endpoint, arguments=tuple(arguments.items()))


FIGURE: Final = DeclaredFigure(
    CODE,
    _l("Khu vực ưu tiên chưa có công trình dùng chung"),
    _l("đếm các khu vực hôm nay không có công trình đã công bố cho dùng chung trong khoảng cách quy định"),
    IndicatorUnit.COUNT,
    _l("Khu vực ưu tiên"),
    (FigureScope.READER,),
    _read,
    permission=P.PRIORITY_AREA_FIGURES,
)
