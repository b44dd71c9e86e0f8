"""Reads of the catalogue of indicators, with the figure and the target of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Date, Row, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.indicators.declared import (
    FIGURES,
    FigureQuery,
    FigureScope,
    Parts,
    as_province,
    covers_province,
    read_figure,
    shows_parts,
)
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue
from registry.indicators.rules import is_reached, target_on
from registry.kernel.dated_rows import Unconfirmed
from registry.kernel.errors import NotFound
from registry.kernel.exports.open_data import Period
from registry.kernel.i18n import _, current_locale, format_date, format_number
from registry.territory.models import AdminUnit


@dataclass(frozen=True)
class Figure:
    """An indicator on a day: its value for the province with the last day that it is of, and the target that applies.

    The value is one for all readers; `parts` are None where the reader may not know them.
    """

    indicator: Indicator
    value: Decimal | None
    #: Of an entered value the last day of its period, of a computed one the day asked for.
    on: date | None
    parts: Parts | None
    target: IndicatorTarget | None

    @property
    def is_reached(self) -> bool | None:
        """None where the value or the target is not known."""
        if self.value is None or self.target is None or self.target.value is None:
            return None
        return is_reached(self.indicator.direction, self.value, self.target.value)


@dataclass(frozen=True)
class SeriesPoint:
    """The value of an indicator on a day, with the target that applied then."""

    on: date
    value: Decimal | None
    target: IndicatorTarget | None
    is_reached: bool | None
    source: str

    @property
    def deviation(self) -> Decimal | None:
        """By how much the value is above the target (negative: below it)."""
        if self.value is None or self.target is None or self.target.value is None:
            return None
        return self.value - self.target.value


@dataclass(frozen=True)
class Entered:
    """An entered value with its commune and who entered it; `corrected_by` took its place."""

    value: IndicatorValue
    unit: str | None
    entered_by: str
    corrected_by: IndicatorValue | None


#: The ends of years that the series of a computed indicator goes back.
_YEARS: Final = 5


def indicators_query(group: str | None, on: date) -> Select[Any]:
    """The indicators, or those of one part of the plans, with the day whose figures are shown; without order."""
    columns: tuple[Any, ...] = (Indicator, literal(on, Date).label("on"))
    return select(*columns).where(*([Indicator.group == group] if group else []))


def list_figures(ctx: Ctx, on: date, known_at: datetime | None = None) -> list[Figure]:
    """All indicators in the order of the catalogue, each with its figure for the province on a day.

    `known_at`: from what was entered by that moment.
    """
    require(ctx, P.INDICATOR_READ)
    return figures_of(ctx, list_indicators(ctx), on, known_at)


def list_indicators(ctx: Ctx) -> Sequence[Indicator]:
    """All indicators in the order of the catalogue, whose definitions anyone may know."""
    return ctx.session.scalars(select(Indicator).order_by(Indicator.place)).all()


def figures_of(ctx: Ctx, indicators: Sequence[Indicator], on: date, known_at: datetime | None = None) -> list[Figure]:
    """The figures of these indicators on a day, in three queries and one a computation."""
    targets = _targets(ctx, [indicator.id for indicator in indicators])
    entered = _latest(ctx, [indicator.id for indicator in indicators if indicator.computation is None], on, known_at)
    figures = []
    for indicator in indicators:
        target = target_on(targets.get(indicator.id, ()), on)
        if indicator.computation is not None:
            parts = read_figure(ctx, indicator.computation, FigureQuery(on, known_at))
            shown = parts if shows_parts(ctx, FIGURES[indicator.computation]) else None
            figures.append(Figure(indicator, parts.value if parts else None, on, shown, target))
        else:
            last = entered.get(indicator.id)
            value, period_to = (last.value, last.period_to) if last else (None, None)
            figures.append(Figure(indicator, value, period_to, None, target))
    return figures


def own_parts(ctx: Ctx, indicator: Indicator, on: date) -> Parts | None:
    """The figure over what the reader may see; None where that is the province, or the figure has no such scope."""
    figure = FIGURES.get(indicator.computation or "")
    if figure is None or FigureScope.READER not in figure.scopes or covers_province(ctx):
        return None
    return read_figure(ctx, figure.code, FigureQuery(on, scope=FigureScope.READER))


def series_of(ctx: Ctx, indicator: Indicator, on: date, *, published: bool = False) -> list[SeriesPoint]:
    """The values of the province up to a day, the first one first, each against the target of its day.

    Entered ones as they stand; computed ones at the ends of years, and on the day unless only published ones are asked.
    """
    targets = list_targets(ctx, indicator)
    days: list[tuple[date, Decimal | None, str]] = []
    if indicator.computation is None:
        standing = (entered.value for entered in reversed(list_values(ctx, indicator)) if entered.corrected_by is None)
        days = [
            (value.period_to, value.value, value.source)
            for value in standing
            if value.period_to <= on and value.admin_unit_id is None
        ]
    else:
        ends = [date(year, 12, 31) for year in range(on.year - _YEARS, on.year + 1)]
        for day in sorted({*(end for end in ends if end <= on), *(() if published else (on,))}):
            parts = read_figure(ctx, indicator.computation, FigureQuery(day))
            days.append((day, parts.value if parts else None, str(FIGURES[indicator.computation].source)))
    points = []
    for day, value, source in days:
        target = target_on(targets, day)
        wanted = target.value if target is not None else None
        reached = None if value is None or wanted is None else is_reached(indicator.direction, value, wanted)
        points.append(SeriesPoint(day, value, target, reached, source))
    return [point for point in points if point.value is not None]


def list_published(ctx: Ctx) -> list[tuple[Indicator, SeriesPoint | None]]:
    """Each indicator with the last value that anyone may know: entered ones, computed ones of the end of a year."""
    published = []
    for indicator in list_indicators(ctx):
        points = series_of(as_province(ctx), indicator, ctx.today, published=True)
        published.append((indicator, points[-1] if points else None))
    return published


def published_period(ctx: Ctx) -> Period:
    """The days that entered values of the whole province speak of; open where there is none."""
    days = select(func.min(IndicatorValue.period_from), func.max(IndicatorValue.period_to))
    row = ctx.session.execute(days.where(IndicatorValue.admin_unit_id.is_(None))).one()
    return row[0], row[1]


def get_indicator(ctx: Ctx, code: str) -> Indicator:
    """NotFound for an unknown code."""
    require(ctx, P.INDICATOR_READ)
    indicator = ctx.session.scalars(select(Indicator).where(Indicator.code == code)).one_or_none()
    if indicator is None:
        raise NotFound(_("Không có chỉ tiêu “%(code)s”.", code=code[:60]))
    return indicator


def target_of(ctx: Ctx, code: str, on: date) -> IndicatorTarget | None:
    """The target of an indicator that applies on a day."""
    query = select(IndicatorTarget).join(Indicator).where(Indicator.code == code)
    return target_on(ctx.session.scalars(query).all(), on)


def list_targets(ctx: Ctx, indicator: Indicator) -> Sequence[IndicatorTarget]:
    """All targets, withdrawn ones included, the last year first."""
    query = select(IndicatorTarget).where(IndicatorTarget.indicator_id == indicator.id)
    newest = query.order_by(
        IndicatorTarget.year.desc(), IndicatorTarget.plan_issued_on.desc(), IndicatorTarget.id.desc()
    )
    return ctx.session.scalars(newest).all()


def get_target(ctx: Ctx, target_id: int) -> tuple[Indicator, IndicatorTarget]:
    """A target with its indicator; NotFound without one."""
    require(ctx, P.INDICATOR_READ)
    query = select(Indicator, IndicatorTarget).join(Indicator).where(IndicatorTarget.id == target_id)
    row = ctx.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row.Indicator, row.IndicatorTarget


def list_values(ctx: Ctx, indicator: Indicator) -> list[Entered]:
    """All entered values, corrected ones included, the latest period first."""
    return [_entered(row) for row in ctx.session.execute(_values().where(IndicatorValue.indicator_id == indicator.id))]


def get_value(ctx: Ctx, value_id: int) -> tuple[Indicator, Entered]:
    """An entered value with its indicator; NotFound without one."""
    require(ctx, P.INDICATOR_READ)
    row = ctx.session.execute(_values().where(IndicatorValue.id == value_id)).one_or_none()
    if row is None:
        raise NotFound
    return ctx.session.get_one(Indicator, row.IndicatorValue.indicator_id), _entered(row)


def _values() -> Select[IndicatorValue, str, str, IndicatorValue]:
    later = aliased(IndicatorValue, name="later")
    return (
        select(IndicatorValue, AdminUnit.name.label("unit"), UserAccount.full_name.label("entered_by"), later)
        .join(UserAccount, UserAccount.id == IndicatorValue.entered_by_id)
        .outerjoin(AdminUnit, AdminUnit.id == IndicatorValue.admin_unit_id)
        .outerjoin(later, later.corrects_id == IndicatorValue.id)
        .order_by(IndicatorValue.period_to.desc(), IndicatorValue.period_from.desc(), IndicatorValue.id.desc())
    )


def _entered(row: Row[IndicatorValue, str, str, IndicatorValue]) -> Entered:
    return Entered(row.IndicatorValue, row.unit, row.entered_by, row.later)


def standing_value(ctx: Ctx, indicator_id: int, period_from: date, period_to: date) -> IndicatorValue | None:
    """The value of the province for a period of which a day is in this one, not corrected since."""
    later = aliased(IndicatorValue, name="later")
    query = select(IndicatorValue).where(
        IndicatorValue.indicator_id == indicator_id,
        IndicatorValue.admin_unit_id.is_(None),
        IndicatorValue.period_from <= period_to,
        IndicatorValue.period_to >= period_from,
        ~select(later.id).where(later.corrects_id == IndicatorValue.id).exists(),
    )
    return ctx.session.scalars(query.order_by(IndicatorValue.period_to).limit(1)).one_or_none()


def _targets(ctx: Ctx, indicator_ids: Iterable[int]) -> dict[int, list[IndicatorTarget]]:
    targets: dict[int, list[IndicatorTarget]] = {}
    for target in ctx.session.scalars(
        select(IndicatorTarget).where(IndicatorTarget.indicator_id.in_(list(indicator_ids)))
    ):
        targets.setdefault(target.indicator_id, []).append(target)
    return targets


def _latest(ctx: Ctx, indicator_ids: Sequence[int], on: date, known_at: datetime | None) -> dict[int, IndicatorValue]:
    """The value of the province for the last period that was over on a day, in its last correction by a moment."""
    later = aliased(IndicatorValue, name="later")
    by_then = [] if known_at is None else [IndicatorValue.known_at <= known_at]
    later_by_then = [] if known_at is None else [later.known_at <= known_at]
    query = (
        select(IndicatorValue)
        .ext(distinct_on(IndicatorValue.indicator_id))
        .where(
            IndicatorValue.indicator_id.in_(indicator_ids),
            IndicatorValue.admin_unit_id.is_(None),
            IndicatorValue.period_to <= on,
            *by_then,
            ~select(later.id).where(later.corrects_id == IndicatorValue.id, *later_by_then).exists(),
        )
        .order_by(IndicatorValue.indicator_id, IndicatorValue.period_to.desc(), IndicatorValue.id.desc())
    )
    return {value.indicator_id: value for value in ctx.session.scalars(query)}


def unconfirmed_targets(ctx: Ctx) -> list[Unconfirmed]:
    """Targets and definitions that are still to be confirmed."""
    language = str(current_locale())
    indicators = {
        indicator.id: indicator for indicator in ctx.session.scalars(select(Indicator).order_by(Indicator.place))
    }
    definitions = [
        Unconfirmed(
            indicator.name_in(language),
            _("định nghĩa"),
            indicator.source,
            "indicators.detail",
            {"indicator": indicator.code},
        )
        for indicator in indicators.values()
        if indicator.needs_verification
    ]
    targets = select(IndicatorTarget).where(IndicatorTarget.needs_verification, IndicatorTarget.withdrawn_at.is_(None))
    return definitions + [
        Unconfirmed(
            indicators[target.indicator_id].name_in(language),
            _(
                "mục tiêu đến hết %(day)s: %(value)s",
                day=format_date(date(target.year, 12, 31)),
                value=_("chưa xác định") if target.value is None else format_number(target.value),
            ),
            target.plan,
            "indicators.detail",
            {"indicator": indicators[target.indicator_id].code},
        )
        for target in ctx.session.scalars(targets.order_by(IndicatorTarget.indicator_id, IndicatorTarget.year))
    ]
