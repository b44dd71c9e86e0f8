"""Figures that are declared once: indicators, dashboard, reports and public pages read them from here (ADR 0046)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from registry.audit.queries import register_version
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, holds, require, scopes_of
from registry.indicators.models import IndicatorUnit
from registry.kernel.cache import VersionedCache
from registry.kernel.db.base import Choice
from registry.kernel.db.row_access import EVERY_TABLE, across_organisations
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _l

_HUNDRED, _DIGITS = Decimal(100), Decimal("0.01")
_PROVINCE_MEMO: Final = "indicators.province"


class FigureScope(Choice):
    """What a figure is of. Restricted structures are in none of them."""

    PROVINCE = "province", _l("toàn tỉnh")
    READER = "reader", _l("phạm vi tài khoản được xem")
    OWNER = "owner", _l("một chủ sở hữu")


@dataclass(frozen=True)
class FigureQuery:
    """A day, the moment as of which the register is known (None: now), and what the figure is to be of."""

    on: date
    known_at: datetime | None = None
    scope: FigureScope = FigureScope.PROVINCE
    owner_id: int | None = None


@dataclass(frozen=True)
class Parts:
    """Numerator and denominator of a ratio on a day; a count has no denominator.

    `endpoint`: the list of the rows behind it, for `day` and under `arguments`; None where the reader may not see them.
    `of_exact`: the ratio in percent where the parts are rounded, computed before they were.
    """

    numerator: Decimal
    denominator: Decimal | None = None
    endpoint: str | None = None
    day: str = ""
    of_exact: Decimal | None = None
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def list_arguments(self) -> dict[str, Any]:
        """The arguments of the list at `endpoint`."""
        return ({"on": self.day} if self.day else {}) | dict(self.arguments)

    @property
    def value(self) -> Decimal | None:
        """The count, or the ratio in percent to two digits; None where there is nothing to count."""
        if self.denominator is None:
            return self.numerator
        if self.of_exact is not None:
            return self.of_exact
        return percent_of(self.numerator, self.denominator)


@dataclass(frozen=True)
class DeclaredFigure:
    """One figure: name, formula, unit, source, its scopes, and who may read it.

    `read` returns None where it cannot know what the register knew at a moment. Of a figure of the province all readers
    have the value; its parts have those whose figures cover the province, or all where `has_open_parts`.
    """

    code: str
    label: Any
    formula: Any
    unit: IndicatorUnit
    source: Any
    scopes: tuple[FigureScope, ...]
    read: Callable[[Ctx, FigureQuery], Parts | None]
    permission: P = P.INDICATOR_READ
    has_open_parts: bool = False


FIGURES = KeyedExtensionPoint[DeclaredFigure]("indicators.figures", key=lambda figure: figure.code)


#: Figures of the province as they are known now. 1 MB a worker.
_CACHE: Final[VersionedCache[Parts | None]] = VersionedCache(1024 * 1024)


def read_figure(ctx: Ctx, code: str, query: FigureQuery) -> Parts | None:
    """A declared figure; that of the province is computed as the system does, so that it is one for all readers.

    ValueError for a scope that the figure does not have.
    """
    figure = FIGURES[code]
    if query.scope not in figure.scopes:
        message = f"{code} has no scope {query.scope.value}"
        raise ValueError(message)
    require(ctx, figure.permission)
    if query.scope is not FigureScope.PROVINCE:
        return figure.read(ctx, query)
    province = as_province(ctx)
    with across_organisations(ctx, EVERY_TABLE):
        if query.known_at is None:
            # One for all readers, until the register changes.
            key = (code, query.on, ctx.today)
            parts = _CACHE.get(key, register_version(ctx), lambda: figure.read(province, query))
        else:
            parts = figure.read(province, query)
    if parts is None or (covers_province(ctx) and ALL in scopes_of(ctx.actor, P.STRUCTURE_READ)):
        return parts
    # Others may not see the rows.
    return parts if figure.has_open_parts else replace(parts, endpoint=None)


def as_province(ctx: Ctx) -> Ctx:
    """The context that counts the whole province; what it caches, the readers of one page share."""
    return replace(ctx, actor=SYSTEM_ACTOR, memo=ctx.memo.setdefault(_PROVINCE_MEMO, {}))


def covers_province(ctx: Ctx) -> bool:
    """Whether the reader's own figures are those of the province."""
    return ALL in scopes_of(ctx.actor, P.STRUCTURE_READ) or holds(ctx.actor, P.DASHBOARD_PROVINCE)


def reader_value(ctx: Ctx, code: str, on: date, known_at: datetime | None = None) -> Decimal | None:
    """The figure in the scope of the reader's own figures: the province where these cover it."""
    parts = read_figure(ctx, code, FigureQuery(on, known_at, reader_scope(ctx)))
    return parts.value if parts is not None else None


def reader_scope(ctx: Ctx) -> FigureScope:
    """What the reader's own figures are of."""
    return FigureScope.PROVINCE if covers_province(ctx) else FigureScope.READER


def shows_parts(ctx: Ctx, figure: DeclaredFigure) -> bool:
    """Whether the reader may know numerator and denominator of the figure of the province."""
    return figure.has_open_parts or covers_province(ctx)


def percent_of(numerator: Decimal | float, denominator: Decimal | float) -> Decimal | None:
    """100 x numerator / denominator, rounded half up to two digits; None of a denominator that is zero.

    The one rule of every ratio: page, chart, file, paper and indicator show the same digits.
    """
    if not denominator:
        return None
    return rounded(_HUNDRED * Decimal(str(numerator)) / Decimal(str(denominator)))


def rounded(value: Decimal) -> Decimal:
    """To two digits, half up, as values are stored."""
    return value.quantize(_DIGITS, rounding="ROUND_HALF_UP")
