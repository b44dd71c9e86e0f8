"""Reads of villages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.indicators.declared import FigureQuery, Parts
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, format_date
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids, list_units
from registry.villages.models import Village, VillageCoverage, VillageSuccession


@dataclass(frozen=True)
class VillageView:
    """A village with its commune, and what it came from and became."""

    village: Village
    commune: str
    predecessors: Sequence[Village]
    successors: Sequence[Village]
    decision: str | None


def villages_query(ctx: Ctx, on: date, commune_id: int | None) -> Select[Any]:
    """The villages of a day with their communes, without order; of a commune, its predecessors' included."""
    require(ctx, P.VILLAGE_READ)
    columns: tuple[Any, ...] = (Village, AdminUnit.name.label("commune"))
    query: Select[Any] = select(*columns).join(AdminUnit, AdminUnit.id == Village.commune_id)
    query = query.where(Village.exists_on_rule(on))
    if commune_id is not None:
        query = query.where(Village.commune_id.in_(area_unit_ids(ctx.session, [commune_id])))
    return query


def first_day(village_id: Any) -> ScalarSelect[date | None]:
    """SQL: the first day of a village, or of the first of those that it succeeds; NULL where one of them is unknown."""
    line = select(Village.id.label("village"), Village.id.label("forerunner")).cte("lineage", recursive=True)
    succession = VillageSuccession
    line = line.union(
        select(line.c.village, succession.predecessor_id).join(succession, succession.successor_id == line.c.forerunner)
    )
    forerunner = aliased(Village)
    is_known = func.bool_and(forerunner.valid_from.is_not(None))
    query = (
        select(case((is_known, func.min(forerunner.valid_from))))
        .select_from(line)
        .join(forerunner, forerunner.id == line.c.forerunner)
        .where(line.c.village == village_id)
    )
    return query.scalar_subquery()


def covered_too_early() -> ColumnElement[bool]:
    """SQL: villages that are said to be covered before they, or what they succeed, began."""
    return func.least(Village.mobile_on, Village.ftth_on) < first_day(Village.id)


def get_village(ctx: Ctx, village_id: int) -> Village:
    """NotFound without one."""
    require(ctx, P.VILLAGE_READ)
    village = ctx.session.get(Village, village_id)
    if village is None:
        raise NotFound(_("Không có thôn, bản, khu phố này."))
    return village


def view_village(ctx: Ctx, village: Village) -> VillageView:
    commune = ctx.session.scalars(select(AdminUnit.name).where(AdminUnit.id == village.commune_id)).one()
    links = ctx.session.execute(
        select(VillageSuccession, Village)
        .join(Village, Village.id.in_((VillageSuccession.predecessor_id, VillageSuccession.successor_id)))
        .where(
            or_(VillageSuccession.predecessor_id == village.id, VillageSuccession.successor_id == village.id),
            Village.id != village.id,
        )
        .order_by(Village.name, Village.id)
    ).all()
    return VillageView(
        village,
        commune,
        [row.Village for row in links if row.VillageSuccession.successor_id == village.id],
        [row.Village for row in links if row.VillageSuccession.predecessor_id == village.id],
        next((row.VillageSuccession.decision for row in links), None),
    )


def list_communes(ctx: Ctx) -> list[AdminUnit]:
    """The communes of today in which the actor keeps villages."""
    communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    if ALL in scopes_of(ctx.actor, P.VILLAGE_EDIT):
        return communes
    return [unit for unit in communes if unit.id in ctx.actor.unit_ids]


def list_neighbours(ctx: Ctx, village: Village) -> Sequence[Village]:
    """The other villages of the same commune that exist today."""
    query = select(Village).where(
        Village.commune_id == village.commune_id, Village.id != village.id, Village.exists_on_rule(ctx.today)
    )
    return ctx.session.scalars(query.order_by(Village.name, Village.id)).all()


def latest_coverage(on: date) -> Any:
    """SQL: the row that applies on a day of each village and operator: of the last day stated, as entered last."""
    row = VillageCoverage
    query = (
        select(row)
        .ext(distinct_on(row.village_id, row.organisation_id))
        .where(row.valid_from <= on)
        .order_by(row.village_id, row.organisation_id, row.valid_from.desc(), row.id.desc())
    )
    return aliased(row, query.subquery("coverage"), name="coverage")


def has_mobile(on: date) -> ColumnElement[bool]:
    """SQL: villages with mobile broadband on a day: by the commune's own day, or 4G or 5G of an operator."""
    row = latest_coverage(on)
    of_operators = select(row.village_id).where(or_(row.has_4g, row.has_5g))
    return or_(func.coalesce(Village.mobile_on <= on, false()), Village.id.in_(of_operators))


def has_ftth(on: date) -> ColumnElement[bool]:
    """SQL: villages with fibre to the home on a day: by the commune's own day, or of an operator."""
    row = latest_coverage(on)
    of_operators = select(row.village_id).where(row.has_ftth)
    return or_(func.coalesce(Village.ftth_on <= on, false()), Village.id.in_(of_operators))


def count_mobile(ctx: Ctx, query: FigureQuery) -> Parts | None:
    """Villages with mobile broadband on a day / all villages of the day; None for what was known at a moment."""
    return _covered(ctx, query.on, has_mobile(query.on)) if query.known_at is None else None


def count_ftth(ctx: Ctx, query: FigureQuery) -> Parts | None:
    """Villages with fibre to the home on a day / all villages of the day; None for what was known at a moment."""
    return _covered(ctx, query.on, has_ftth(query.on)) if query.known_at is None else None


def _covered(ctx: Ctx, on: date, covered: ColumnElement[bool]) -> Parts:
    query = select(func.count().filter(covered), func.count()).select_from(Village).where(Village.exists_on_rule(on))
    number, whole = ctx.session.execute(query).one()
    return Parts(Decimal(number), Decimal(whole), "villages.index", format_date(on))
