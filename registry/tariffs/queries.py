"""Reads of tariffs: applicable prices, comparison figures, the list, the history, the tenants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Numeric,
    Row,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.accounts.actor import with_predecessors
from registry.accounts.models import Organisation, OrganisationSuccession
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.kernel.dated_settings import DatedSetting, setting_row
from registry.kernel.i18n import _
from registry.kernel.i18n.stored import stored_text
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.tariffs.models import Tariff, TariffPeriod, TariffUnit
from registry.tariffs.rules import MIN_COMPARABLE, UNITS_OF_KIND, Price, PriceFigures, is_unusual, limits_of
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids

#: Setting: limits of an outlier.
OUTLIER: Final = "tariffs.outlier"
#: Setting: working days to publish a change.
PUBLISH_DAYS: Final = "tariffs.publish_days"
#: Setting: who sets rents, of public assets (R21) and of what businesses invested in (R27).
PRICE_AUTHORITY: Final = "tariffs.price_authority"


@dataclass(frozen=True)
class PriceAuthority:
    """Who sets a rent, as the setting of a day says, in the reader's language."""

    text: str
    needs_verification: bool


def price_authority(session: Session, on: date, *, is_public_asset: bool) -> PriceAuthority:
    """Who sets the rent of a structure on a day."""
    row = setting_row(session, PRICE_AUTHORITY, on)
    return PriceAuthority(stored_text(row.value["public" if is_public_asset else "business"]), row.needs_verification)


#: Sort value of one-off prices, after all others.
_LAST: Final = 10**15
_HALF: Final = literal("0.5").cast(Numeric)

#: territory.queries.area_unit_ids for every unit with a tariff at once; a test compares the two.
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
_UNITS: Final = list(TariffUnit)


def covered_units() -> CTE:
    """Pairs of a unit with a tariff (`root`) and each unit of its area, former ones included (`id`)."""
    return _COVERED.cte("covered")


def rights_holders(on: date, name: str = "heirs") -> CTE:
    """Pairs of an organisation (`owner`) and the holder of its rights on a day: itself and its successors (`heir`)."""
    pairs = select(Organisation.id.label("owner"), Organisation.id.label("heir")).cte(name, recursive=True)
    succession = OrganisationSuccession
    return pairs.union(
        select(pairs.c.owner, succession.successor_id)
        .join(succession, succession.predecessor_id == pairs.c.heir)
        .where(succession.holds_on(on))
    )


def present_holders(on: date) -> Subquery:
    """Of each organisation (`owner`) the holder of its rights on a day (`holder`): itself, or the last of its heirs."""
    pairs, succession = rights_holders(on, "present_heirs"), OrganisationSuccession
    has_heir = exists().where(succession.predecessor_id == pairs.c.heir, succession.holds_on(on))
    holder = func.min(pairs.c.heir).label("holder")
    return select(pairs.c.owner, holder).where(not_(has_heir)).group_by(pairs.c.owner).subquery("holders")


def comparison_figures(on: date) -> Subquery:
    """Figures of comparable tariffs (same kind, unit) on a day, as `rules.figures_of`, equal for every reader.

    Each owner counts once, by the median of its prices. Tariffs of single restricted structures are left out, so that
    their existence does not leak.
    """
    holders = present_holders(on)
    prices = (
        select(Tariff.kind, Tariff.unit, holders.c.holder, Tariff.monthly.label("price"))
        .join(holders, holders.c.owner == Tariff.organisation_id)
        .where(Tariff.in_force(on), Tariff.monthly.is_not(None), Tariff.is_open_rule(), unit_fits())
        .cte("like_prices")
    )
    price_of_owner = _prices_of_owners(prices).cte("like_owners")
    of_all = (
        select(
            price_of_owner.c.kind,
            price_of_owner.c.unit,
            cast(func.sum(price_of_owner.c.prices), BigInteger).label("prices"),
            _median(price_of_owner.c.price).label("median"),
        )
        .group_by(price_of_owner.c.kind, price_of_owner.c.unit)
        .cte("like_medians")
    )
    limits = limits_on(on)
    # Before the first day of the setting there are no outliers.
    within = (
        select(prices)
        .join(of_all, and_(of_all.c.kind == prices.c.kind, of_all.c.unit == prices.c.unit))
        .where(
            prices.c.price >= of_all.c.median * func.coalesce(limits["below"].astext.cast(Numeric), 0),
            prices.c.price <= of_all.c.median * func.coalesce(limits["above"].astext.cast(Numeric), _LAST),
        )
        .subquery("like_within")
    )
    owners = _prices_of_owners(within).subquery("like_owners_within")
    count = cast(func.sum(owners.c.prices), BigInteger)
    return (
        select(
            owners.c.kind,
            owners.c.unit,
            count.label("likes"),
            func.count().label("owners"),
            _median(owners.c.price).label("median"),
            func.min(owners.c.lowest).label("lowest"),
            func.max(owners.c.highest).label("highest"),
            (of_all.c.prices - count).label("left_out"),
        )
        .join(of_all, and_(of_all.c.kind == owners.c.kind, of_all.c.unit == owners.c.unit))
        .group_by(owners.c.kind, owners.c.unit, of_all.c.prices)
        .having(func.count() >= MIN_COMPARABLE)
        .subquery("alike")
    )


def _prices_of_owners(prices: FromClause) -> Select[Any]:
    """One row an owner: the median of its prices, their number, the lowest and the highest."""
    return select(
        prices.c.kind,
        prices.c.unit,
        prices.c.holder,
        _median(prices.c.price).label("price"),
        func.count().label("prices"),
        func.min(prices.c.price).label("lowest"),
        func.max(prices.c.price).label("highest"),
    ).group_by(prices.c.kind, prices.c.unit, prices.c.holder)


def _median(price: ColumnElement[Any]) -> ColumnElement[Any]:
    # percentile_cont returns floats: the exact median is the mean of the two middle values.
    lower = func.percentile_disc(_HALF).within_group(price.asc())
    upper = func.percentile_disc(_HALF).within_group(price.desc())
    return (lower + upper) * _HALF


def unit_fits() -> ColumnElement[bool]:
    """SQL: tariffs whose unit fits their kind, as `rules.unit_problem`."""
    return or_(*(and_(Tariff.kind == kind, Tariff.unit.in_(units)) for kind, units in UNITS_OF_KIND.items()))


def figure_columns(comparison: Subquery) -> tuple[ColumnElement[Any], ...]:
    names = ("likes", "owners", "median", "lowest", "highest", "left_out")
    return tuple(comparison.c[name] for name in names)


def limits_on(on: date) -> ColumnElement[Any]:
    """The outlier setting in force on a day, as a scalar subquery."""
    query = select(DatedSetting.value).where(DatedSetting.key == OUTLIER, DatedSetting.valid_from <= on)
    return query.order_by(DatedSetting.valid_from.desc()).limit(1).scalar_subquery()


def list_order() -> tuple[Any, ...]:
    """Order of kinds, then units, then the lowest price; unique with the id."""
    rank = case({code: number for number, code in enumerate(HOSTS)}, value=Tariff.kind, else_=len(HOSTS))
    return rank, cast(Tariff.unit, String), func.coalesce(Tariff.monthly, cast(literal(_LAST), Numeric)), Tariff.id


def specificity(structure_id: Any, level: Any) -> ColumnElement[Any]:
    """Distance of a tariff's place from a structure: 0 the structure, then commune, district, province."""
    levels = {UnitLevel.COMMUNE: 1, UnitLevel.DISTRICT: 2, UnitLevel.PROVINCE: 3}
    return case((structure_id.is_not(None), 0), *((level == unit, rank) for unit, rank in levels.items()), else_=4)


@dataclass(frozen=True)
class TariffFilter:
    """Filter of tariffs on a day (None: any day); `unit_id`: those that apply anywhere in that unit."""

    on: date | None
    kind: str | None = None
    unit: TariffUnit | None = None
    owner_id: int | None = None
    unit_id: int | None = None
    #: Restricts the list to these owners.
    owner_ids: frozenset[int] | None = None
    #: Those of owners that have public assets of the kind alone.
    is_public: bool = False


@dataclass(frozen=True)
class Applying:
    """A tariff that applies to a structure, with comparison figures; `place` None: the whole province."""

    id: int
    price: Price
    monthly: Decimal | None
    of_structure: bool
    place: str | None
    valid_from: date
    valid_to: date | None
    legal_basis: str
    figures: PriceFigures | None
    unusual: bool


def price_of(tariff: Any) -> Price:
    """The price of a tariff or a row with its columns."""
    return Price(tariff.price, tariff.unit, tariff.period, tariff.tax_included, tariff.tax_rate)


def figures_from_row(row: Any) -> PriceFigures | None:
    """The figures in a row that was joined with `comparison_figures`."""
    if row.likes is None:
        return None
    return PriceFigures(int(row.likes), int(row.owners), row.median, row.lowest, row.highest, int(row.left_out))


def tariff_for(ctx: Ctx, structures: Collection[int], on: date) -> dict[int, Applying]:
    """The first of `tariffs_for` by structure id: a rent before a one-off charge."""
    return {key: tariffs[0] for key, tariffs in tariffs_for(ctx, structures, on).items()}


def tariffs_for(ctx: Ctx, structures: Collection[int], on: date) -> dict[int, tuple[Applying, ...]]:
    """All tariffs that apply to each structure on a day, one for each unit and for rent and one-off; one statement.

    The closest place wins: the structure, its commune, the former district, the province. Only structures and tariffs
    that the actor may see; structures without a tariff are left out.
    """
    if not structures or not holds(ctx.actor, P.TARIFF_READ):
        return {}
    area, comparison, owning = covered_units(), comparison_figures(on), rights_holders(on)
    in_area = exists().where(area.c.root == Tariff.admin_unit_id, area.c.id == Structure.commune_id)
    once = Tariff.period == TariffPeriod.ONCE
    of_each = (Structure.id, Tariff.unit, once)
    query: Select[Any] = (
        select(
            Structure.id.label("applies_to"),
            Tariff,
            AdminUnit.name.label("place"),
            *figure_columns(comparison),
            limits_on(on).label("limits"),
        )
        .select_from(Structure)
        .join(owning, owning.c.owner == Structure.owner_organisation_id)
        .join(Tariff, and_(Tariff.organisation_id == owning.c.heir, Tariff.kind == Structure.kind))
        .outerjoin(AdminUnit, AdminUnit.id == Tariff.admin_unit_id)
        .outerjoin(comparison, and_(comparison.c.kind == Tariff.kind, comparison.c.unit == Tariff.unit))
        .where(
            Structure.id.in_(structures),
            visible(ctx, Structure, P.STRUCTURE_READ),
            visible(ctx, Tariff, P.TARIFF_READ),
            Tariff.in_force(on),
            unit_fits(),
            or_(Tariff.structure_id.is_(None), Tariff.structure_id == Structure.id),
            or_(Tariff.admin_unit_id.is_(None), in_area),
        )
        .ext(distinct_on(*of_each))
        .order_by(
            *of_each, specificity(Tariff.structure_id, AdminUnit.level), Tariff.valid_from.desc(), Tariff.id.desc()
        )
    )
    tariffs_by_structure: dict[int, list[Applying]] = {}
    for row in ctx.session.execute(query):
        tariffs_by_structure.setdefault(row.applies_to, []).append(_applying(row))
    return {
        key: tuple(sorted(each, key=lambda tariff: (tariff.monthly is None, _UNITS.index(tariff.price.unit))))
        for key, each in tariffs_by_structure.items()
    }


def _applying(row: Row[Any]) -> Applying:
    tariff, figures = row.Tariff, figures_from_row(row)
    return Applying(
        id=tariff.id,
        price=price_of(tariff),
        monthly=tariff.monthly,
        of_structure=tariff.structure_id is not None,
        place=row.place,
        valid_from=tariff.valid_from,
        valid_to=tariff.valid_to,
        legal_basis=tariff.legal_basis,
        figures=figures,
        # Before the first day of the setting there are no outliers.
        unusual=row.limits is not None and is_unusual(tariff.monthly, figures, limits_of(row.limits)),
    )


def tariffs_query(ctx: Ctx, tariff_filter: TariffFilter, on: date) -> Select[Any]:
    """Tariffs of a filter in list order, with owner, place and comparison figures on `on`.

    The code of a structure is only for readers who see it exactly.
    """
    comparison = comparison_figures(on)
    query: Select[Any] = (
        select(
            Tariff,
            Organisation.short_name.label("owner"),
            AdminUnit.name.label("place"),
            _of_structure(Structure.code, visible(ctx, Structure, P.STRUCTURE_READ)).label("structure_code"),
            *figure_columns(comparison),
        )
        .join(Organisation, Organisation.id == Tariff.organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == Tariff.admin_unit_id)
        .outerjoin(comparison, and_(comparison.c.kind == Tariff.kind, comparison.c.unit == Tariff.unit))
        .where(visible(ctx, Tariff, P.TARIFF_READ), *_conditions(ctx, tariff_filter))
    )
    return query.order_by(*list_order())


def _of_structure(column: Any, *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """A scalar subquery on the tariff's structure."""
    return select(column).where(Structure.id == Tariff.structure_id, *where).correlate(Tariff).scalar_subquery()


def _conditions(ctx: Ctx, tariff_filter: TariffFilter) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [] if tariff_filter.on is None else [Tariff.in_force(tariff_filter.on)]
    if tariff_filter.kind is not None:
        clauses.append(Tariff.kind == tariff_filter.kind)
    if tariff_filter.is_public:
        clauses.append(Tariff.is_public_asset_rule())
    if tariff_filter.unit is not None:
        clauses.append(Tariff.unit == tariff_filter.unit)
    if tariff_filter.owner_id is not None:
        clauses.append(Tariff.organisation_id == tariff_filter.owner_id)
    if tariff_filter.owner_ids is not None:
        clauses.append(Tariff.organisation_id.in_(tariff_filter.owner_ids))
    if tariff_filter.unit_id is not None:
        area, within = covered_units(), area_unit_ids(ctx.session, [tariff_filter.unit_id])
        everywhere = and_(Tariff.admin_unit_id.is_(None), Tariff.structure_id.is_(None))
        around = exists().where(area.c.root == Tariff.admin_unit_id, area.c.id == tariff_filter.unit_id)
        stands_in = _of_structure(Structure.commune_id)
        clauses.append(or_(everywhere, around, Tariff.admin_unit_id.in_(within), stands_in.in_(within)))
    return clauses


def get_tariff(ctx: Ctx, tariff_id: int, permission: P = P.TARIFF_READ) -> Tariff:
    """A tariff that the actor may see; NotFound otherwise."""
    message = _("Không có giá thuê số %(number)d, hoặc không có quyền xem.", number=tariff_id)
    tariff: Tariff = get_visible(ctx, Tariff, permission, Tariff.id == tariff_id, message=message)
    return tariff


def same_subject(tariff: Tariff) -> list[ColumnElement[bool]]:
    """Clauses for tariffs of the same owner, kind, unit, place and rent or one-off: the history of one price."""
    return [
        Tariff.organisation_id == tariff.organisation_id,
        Tariff.kind == tariff.kind,
        Tariff.unit == tariff.unit,
        (Tariff.period == TariffPeriod.ONCE).is_(tariff.period is TariffPeriod.ONCE),
        Tariff.admin_unit_id.is_not_distinct_from(tariff.admin_unit_id),
        Tariff.structure_id.is_not_distinct_from(tariff.structure_id),
    ]


def history_of(ctx: Ctx, tariff: Tariff) -> list[Row[Any]]:
    """The history of a price as list rows, latest first."""
    query = tariffs_query(ctx, TariffFilter(None), ctx.today).where(*same_subject(tariff))
    return list(ctx.session.execute(query.order_by(None).order_by(Tariff.valid_from.desc(), Tariff.id.desc())))


def list_publishers(ctx: Ctx) -> list[Row[Any]]:
    """Id and short name of owners with a visible tariff."""
    owners = select(Tariff.organisation_id).where(visible(ctx, Tariff, P.TARIFF_READ))
    query = select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owners))
    return list(ctx.session.execute(query.order_by(Organisation.short_name)))


def tenants_of(ctx: Ctx, tariff: Tariff) -> frozenset[int]:
    """Organisations that use or reserved capacity on the owner's structures to which a tariff applies."""
    owners = with_predecessors(ctx.session, tariff.organisation_id, ctx.today)
    query = (
        select(CapacityEntry.holder_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(
            Structure.owner_organisation_id.in_(owners),
            Structure.kind == tariff.kind,
            CapacityEntry.holder_id.is_not(None),
            CapacityEntry.holder_id.not_in(owners),
            or_(
                CapacityEntry.state == EntryState.USED,
                and_(CapacityEntry.state == EntryState.RESERVED, CapacityEntry.expires_at > ctx.now),
            ),
        )
        .distinct()
    )
    if tariff.structure_id is not None:
        query = query.where(Structure.id == tariff.structure_id)
    elif tariff.admin_unit_id is not None:
        query = query.where(Structure.commune_id.in_(area_unit_ids(ctx.session, [tariff.admin_unit_id])))
    return frozenset(ctx.session.scalars(query))
