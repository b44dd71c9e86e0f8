"""The rules of streets by place: what applies to an act at a point, along a line, or to a street of the register."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import shapely
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Select, Text, and_, case, cast, column, func, or_, select
from sqlalchemy.orm import Session

from registry.kernel.dated_settings import setting
from registry.kernel.db.base import table_of
from registry.kernel.geo import linear
from registry.kernel.geo.vn2000 import WGS84_SRID
from registry.streets.models import Street
from registry.streets.queries import label_of
from registry.streets.rule_models import RuleKind, StreetAct, StreetRule
from registry.streets.rules import ACTS, FOR_STANDING, Effect, describe, effect_on, is_in_force

#: Setting: what is this near to the line of a street, in metres, is in the street.
REACH: Final = "street_rule.reach_m"
#: Setting: months between the announcement of a no-dig period and its first day.
NOTICE_MONTHS: Final = "street_rule.no_dig_notice_months"
#: Endpoint of the page of a rule that everyone may open.
PAGE: Final = "street_rules.published"
_MOST: Final = 200
_DAY: Final = timedelta(days=1)
#: Less than a degree has, so that an expanded box contains the reach.
_METRES_A_DEGREE: Final = 100_000
_OWN: Final = table_of(StreetRule).alias("own_rule").c
#: Lines this near are the same stretch.
_SAME_LINE_M: Final = 5


@dataclass(frozen=True)
class RuleInPlace:
    """A rule as checks show it: its page, its sentence, and what it does to the act on the day; None: not yet."""

    id: int
    number: str
    kind: RuleKind
    sentence: str
    street: str
    effect: Effect | None
    valid_from: date
    endpoint: str = PAGE


@dataclass(frozen=True)
class RuledShape:
    """A rule with its lines in metres of the province's grid, for a search of paths."""

    rule: RuleInPlace
    act: StreetAct
    shape: Any


def in_force(day: Any, row: Any = StreetRule) -> ColumnElement[bool]:
    """SQL of `rules.is_in_force`; `day` is a day or an expression."""
    return and_(
        row.announced_on.is_not(None),
        row.valid_from <= day,
        or_(row.kind == RuleKind.TEMPORARY, row.valid_to.is_(None), row.valid_to >= day),
        or_(row.completed_on.is_(None), row.completed_on >= day),
        or_(row.cancelled_on.is_(None), row.cancelled_on > day),
    )


def last_day_of(row: Any = StreetRule) -> ColumnElement[Any]:
    """SQL of `rules.last_day`; LEAST leaves out what is NULL."""
    planned = case((row.kind != RuleKind.TEMPORARY, row.valid_to))
    return cast(func.least(planned, row.completed_on, row.cancelled_on - _DAY), Date)


def forbids(act: StreetAct, day: Any, row: Any = StreetRule) -> ColumnElement[bool]:
    """SQL of `rules.effect_on(...) is FORBIDDEN`."""
    return and_(
        row.kind.in_(_kinds_about(act)), in_force(day, row), or_(row.kind != RuleKind.TEMPORARY, row.valid_to < day)
    )


def limits(act: StreetAct, day: Any, row: Any = StreetRule) -> ColumnElement[bool]:
    """SQL of `rules.effect_on(...) is LIMITED`."""
    about = [kind for kind in _kinds_about(act) if kind is RuleKind.TEMPORARY]
    return and_(row.kind.in_(about), in_force(day, row), row.valid_to >= day)


def broken_by(act: StreetAct, since: Any, today: date, row: Any = StreetRule) -> ColumnElement[bool]:
    """SQL of `rules.is_broken_by`; `since` is an expression, NULL where the day is not known."""
    stays = and_(row.kind.in_(FOR_STANDING), forbids(act, today, row))
    return or_(and_(since.is_not(None), forbids(act, since, row)), stays)


def to_come(today: date, row: Any = StreetRule) -> ColumnElement[bool]:
    """SQL: announced and not over before today: it applies today or will apply."""
    return and_(
        row.announced_on.is_not(None),
        or_(in_force(today, row), and_(row.valid_from > today, row.cancelled_on.is_(None), row.completed_on.is_(None))),
    )


def _kinds_about(act: StreetAct) -> list[RuleKind]:
    return [kind for kind, about in ACTS.items() if about is act]


def touches(shape: Any, location: Any, reach_m: float) -> ColumnElement[bool]:
    """SQL: a place (WGS 84) is in the streets of `shape`, as `touches_in_metres` says."""
    near = shape.op("&&")(func.ST_Expand(location, 2 * reach_m / _METRES_A_DEGREE))
    return and_(near, touches_in_metres(linear.in_metres(shape), linear.in_metres(location), reach_m))


def touches_in_metres(shape: Any, location: Any, reach_m: float) -> ColumnElement[bool]:
    """SQL: a place is in the streets of `shape`, both in metres of the grid.

    A point within the reach; a line that crosses them, or follows them within the reach for more than twice of it: one
    that only ends at a crossing does not.
    """
    inside = func.ST_Length(func.ST_Intersection(location, func.ST_Buffer(shape, reach_m)))
    is_point = func.ST_Dimension(location) == 0
    return and_(
        func.ST_DWithin(shape, location, reach_m),
        or_(is_point, func.ST_Crosses(shape, location), inside > 2 * reach_m),
    )


def rules_at(
    session: Session, geojson: str, acts: Collection[StreetAct], day: date, *, with_coming: bool = True
) -> list[RuleInPlace]:
    """The rules of the streets at a place (GeoJSON of a point or a line) that apply on a day to one of the acts.

    With `with_coming` those that are announced and apply later follow, without an effect.
    """
    if not acts:
        return []
    location = linear.shape_of(geojson)
    reach = float(setting(session, REACH, day))
    applies = to_come(day) if with_coming else in_force(day)
    where = [applies, StreetRule.kind.in_([kind for act in acts for kind in _kinds_about(act)])]
    return _in_place(session, _select(*where, touches(StreetRule.shape, location, reach)), day)


def rules_at_each(
    session: Session, geojson_by_id: Mapping[int, str], act: StreetAct, day: date
) -> dict[int, list[RuleInPlace]]:
    """The same for many places by id, for one act and without the rules that are to come."""
    if not geojson_by_id:
        return {}
    given_rows = (
        func.unnest(cast(list(geojson_by_id), ARRAY(BigInteger)), cast([*geojson_by_id.values()], ARRAY(Text)))
        .table_valued(column("id", BigInteger), column("geojson", Text), name="places")
        .render_derived()
    )
    location = func.ST_SetSRID(func.ST_GeomFromGeoJSON(given_rows.c.geojson), WGS84_SRID)
    reach = float(setting(session, REACH, day))
    query = (
        _select(in_force(day), StreetRule.kind.in_(_kinds_about(act)))
        .limit(None)
        .add_columns(given_rows.c.id.label("place_id"))
        .join(given_rows, touches(StreetRule.shape, location, reach))
    )
    rules: dict[int, list[RuleInPlace]] = {}
    for row in session.execute(query):
        rules.setdefault(row.place_id, []).append(_shown(row, day))
    return rules


def rules_within(session: Session, geojson: str, metres: float, day: date, most: int) -> list[RuledShape]:
    """The rules that forbid something on a day within `metres` of a line (GeoJSON), with lines; at most `most`."""
    area = linear.around(geojson, metres)
    shape = func.ST_AsBinary(linear.in_metres(StreetRule.shape)).label("wkb")
    query = (
        _select(
            or_(*(forbids(act, day) for act in StreetAct)),
            StreetRule.shape.op("&&")(area),
            func.ST_Intersects(StreetRule.shape, area),
        )
        .add_columns(shape)
        .limit(most)
    )
    return [
        RuledShape(_shown(row, day), ACTS[row.StreetRule.kind], shapely.from_wkb(bytes(row.wkb)))
        for row in session.execute(query)
    ]


def overlapping_periods(session: Session, rule: StreetRule) -> Sequence[StreetRule]:
    """Other announced no-dig periods of the same stretch with days in common; a touch of two stretches is none."""
    last = func.least(StreetRule.valid_to, StreetRule.completed_on, StreetRule.cancelled_on - _DAY)
    shared = func.ST_Length(
        func.ST_Intersection(
            linear.in_metres(StreetRule.shape),
            func.ST_Buffer(
                select(linear.in_metres(_OWN.shape)).where(_OWN.id == rule.id).scalar_subquery(), _SAME_LINE_M
            ),
        )
    )
    query = select(StreetRule).where(
        StreetRule.id != rule.id,
        StreetRule.kind == RuleKind.NO_DIG,
        StreetRule.street_id == rule.street_id,
        StreetRule.announced_on.is_not(None),
        StreetRule.valid_from <= rule.valid_to,
        last >= rule.valid_from,
        last >= StreetRule.valid_from,
        shared > 2 * _SAME_LINE_M,
    )
    return session.scalars(query.order_by(StreetRule.valid_from, StreetRule.id)).all()


def _select(*where: ColumnElement[bool]) -> Select[Any]:
    query: Any = (
        select(StreetRule, Street)
        .join(Street, Street.id == StreetRule.street_id)
        .where(*where)
        .order_by(StreetRule.valid_from, StreetRule.id)
        .limit(_MOST)
    )
    selected: Select[Any] = query
    return selected


def _in_place(session: Session, query: Select[Any], day: date) -> list[RuleInPlace]:
    rules = [_shown(row, day) for row in session.execute(query)]
    # What applies today comes before what is to come.
    return sorted(rules, key=lambda rule: rule.effect is None)


def _shown(row: Any, day: date) -> RuleInPlace:
    rule, street = row.StreetRule, label_of(row.Street)
    effect = effect_on(rule, ACTS[rule.kind], day) if is_in_force(rule, day) else None
    return RuleInPlace(rule.id, rule.number, rule.kind, describe(rule, street), street, effect, rule.valid_from)
