"""What reads of tariffs are put together from: where tariffs apply, what like ones cost, the limits in force."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Numeric,
    Subquery,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    text,
)

from registry.accounts.models import Organisation, OrganisationSuccession
from registry.kernel.dated_settings import DatedSetting
from registry.structures.kinds import HOSTS
from registry.tariffs.models import Tariff
from registry.tariffs.rules import LEAST_LIKE, UNITS_OF_KIND
from registry.territory.models import UnitLevel

#: Setting: from where on a price is out of line with like ones.
OUTLIER: Final = "tariffs.outlier"
#: Setting: working days after a change within which it is published.
PUBLISH_DAYS: Final = "tariffs.publish_days"
#: What a one-off price counts as where prices are put in order: after all others.
_LAST: Final = 10**15
_HALF: Final = literal("0.5").cast(Numeric)
#: territory.queries.area_unit_ids for every unit that a tariff names, at once; a test holds the two together.
_COVERED: Final = text(
    """
    WITH RECURSIVE below AS (
        SELECT named.id AS root, unit.id, unit.level, unit.code, unit.valid_from, unit.valid_to
          FROM (SELECT DISTINCT admin_unit_id AS id FROM tariff WHERE admin_unit_id IS NOT NULL) named
          JOIN admin_unit unit ON unit.id = named.id
        UNION
        SELECT below.root, child.id, child.level, child.code, child.valid_from, child.valid_to
          FROM below
          JOIN admin_unit same ON same.level = below.level AND same.code = below.code
          JOIN admin_unit child ON child.parent_id = same.id
         WHERE daterange(child.valid_from, child.valid_to, '[]') && daterange(below.valid_from, below.valid_to, '[]')
    ), later AS (
        SELECT root, id FROM below
        UNION
        SELECT later.root, s.successor_id FROM later JOIN admin_succession s ON s.predecessor_id = later.id
         WHERE s.successor_id IS NOT NULL
    ), earlier AS (
        SELECT root, id FROM below
        UNION
        SELECT earlier.root, s.predecessor_id FROM earlier JOIN admin_succession s ON s.successor_id = earlier.id
    )
    SELECT root, id FROM later UNION SELECT root, id FROM earlier
    """
).columns(column("root", BigInteger), column("id", BigInteger))


def covered() -> CTE:
    """Pairs of a unit that some tariff names (`root`) and each unit of its area, those of former days too (`id`)."""
    return _COVERED.cte("covered")


def heirs(on: date) -> CTE:
    """Pairs of an organisation (`owner`) and whoever holds its rights on a day: itself and its successors (`heir`)."""
    pairs = select(Organisation.id.label("owner"), Organisation.id.label("heir")).cte("heirs", recursive=True)
    succession = OrganisationSuccession
    return pairs.union(
        select(pairs.c.owner, succession.successor_id)
        .join(succession, succession.predecessor_id == pairs.c.heir)
        .where(succession.holds_on(on))
    )


def like_figures(on: date) -> Subquery:
    """Figures of like tariffs (kind, unit) of a day as `rules.figures_of` makes them, the same for every reader.

    Prices are published for all who share; single restricted structures are left out, so that nobody learns of them.
    """
    alike = (
        select(Tariff.kind, Tariff.unit, Tariff.monthly.label("price"))
        .where(Tariff.in_force(on), Tariff.monthly.is_not(None), Tariff.is_open_rule(), unit_fits())
        .cte("like_prices")
    )
    of_all = (
        select(alike.c.kind, alike.c.unit, func.count().label("count"), _median(alike.c.price).label("median"))
        .group_by(alike.c.kind, alike.c.unit)
        .cte("like_medians")
    )
    limits, price = limits_on(on), alike.c.price
    # Before the first day of the setting nothing is out of line.
    within = (
        price >= of_all.c.median * func.coalesce(limits["below"].astext.cast(Numeric), 0),
        price <= of_all.c.median * func.coalesce(limits["above"].astext.cast(Numeric), _LAST),
    )
    return (
        select(
            alike.c.kind,
            alike.c.unit,
            func.count().label("likes"),
            _median(price).label("median"),
            func.min(price).label("lowest"),
            func.max(price).label("highest"),
            (of_all.c.count - func.count()).label("left_out"),
        )
        .join(of_all, and_(of_all.c.kind == alike.c.kind, of_all.c.unit == alike.c.unit))
        .where(*within)
        .group_by(alike.c.kind, alike.c.unit, of_all.c.count)
        .having(func.count() >= LEAST_LIKE)
        .subquery("alike")
    )


def _median(price: ColumnElement[Any]) -> ColumnElement[Any]:
    # percentile_cont knows no exact numbers: the median is the mean of the two that stand in the middle.
    lower = func.percentile_disc(_HALF).within_group(price.asc())
    upper = func.percentile_disc(_HALF).within_group(price.desc())
    return (lower + upper) * _HALF


def unit_fits() -> ColumnElement[bool]:
    """SQL: the tariffs whose unit fits their kind, as `rules.unit_problem` says."""
    return or_(*(and_(Tariff.kind == kind, Tariff.unit.in_(units)) for kind, units in UNITS_OF_KIND.items()))


def figure_columns(alike: Subquery) -> tuple[ColumnElement[Any], ...]:
    """The figures of `like_figures` as columns of a statement that is joined with it."""
    return alike.c.likes, alike.c.median, alike.c.lowest, alike.c.highest, alike.c.left_out


def limits_on(on: date) -> ColumnElement[Any]:
    """The value of the setting of outliers in force on a day, as a part of another statement."""
    query = select(DatedSetting.value).where(DatedSetting.key == OUTLIER, DatedSetting.valid_from <= on)
    return query.order_by(DatedSetting.valid_from.desc()).limit(1).scalar_subquery()


def list_order() -> tuple[Any, ...]:
    """Kinds as people list them, then units, then what costs least; unique with the id."""
    rank = case({code: number for number, code in enumerate(HOSTS)}, value=Tariff.kind, else_=len(HOSTS))
    return rank, Tariff.unit, func.coalesce(Tariff.monthly, _LAST), Tariff.id


def specificity(structure_id: Any, level: Any) -> ColumnElement[Any]:
    """How far a tariff's place is from one structure: 0 that structure, then commune, district, province."""
    levels = {UnitLevel.COMMUNE: 1, UnitLevel.DISTRICT: 2, UnitLevel.PROVINCE: 3}
    return case((structure_id.is_not(None), 0), *((level == unit, rank) for unit, rank in levels.items()), else_=4)
