"""Reads of rules: one, its lines, and those that everyone may know."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible
from registry.kernel.geo import linear
from registry.kernel.i18n import _
from registry.streets.models import Street
from registry.streets.rule_models import StreetRule
from registry.streets.rule_queries import in_force, to_come
from registry.territory.models import AdminUnit

_DECIMALS = 7
_MOST = 2_000


def get_rule(ctx: Ctx, rule_id: int) -> StreetRule:
    """A rule that the actor may read; NotFound otherwise."""
    message = _("Không có quy định này, hoặc không có quyền xem.")
    rule: StreetRule = get_visible(ctx, StreetRule, P.STREET_RULE_READ, StreetRule.id == rule_id, message=message)
    return rule


def get_announced(ctx: Ctx, rule_id: int) -> StreetRule:
    """An announced rule, for everyone; NotFound otherwise."""
    query = select(StreetRule).where(StreetRule.id == rule_id, StreetRule.is_announced_rule())
    rule = ctx.session.scalars(query).one_or_none()
    if rule is None:
        return get_rule(ctx, rule_id)
    return rule


def names_of(ctx: Ctx, rule: StreetRule) -> Row[Any]:
    """The street, the commune and the office of a rule."""
    query: Any = (
        select(Street, AdminUnit.name.label("commune"), Organisation.name.label("office"))
        .select_from(StreetRule)
        .join(Street, Street.id == StreetRule.street_id)
        .join(Organisation, Organisation.id == StreetRule.organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == StreetRule.commune_id)
        .where(StreetRule.id == rule.id)
    )
    row: Row[Any] = ctx.session.execute(query).one()
    return row


def shape_of_rule(ctx: Ctx, rule: StreetRule) -> Row[Any]:
    """The lines of a rule as GeoJSON, and their metres."""
    metres = func.ST_Length(linear.in_metres(StreetRule.shape.expression))
    query: Select[Any] = select(
        func.ST_AsGeoJSON(StreetRule.shape.expression, _DECIMALS).label("geojson"), metres.label("length_m")
    ).where(StreetRule.id == rule.id)
    return ctx.session.execute(query).one()


def applying(day: date, today: date) -> ColumnElement[bool]:
    """SQL: what the public page of a day lists: what applies on it, of today also what is to come."""
    return or_(in_force(day), to_come(today)) if day == today else in_force(day)


def public_rules(ctx: Ctx, day: date) -> list[Row[Any]]:
    """The rules of a day with street and commune, by street; of today also what is to come."""
    query = (
        select(StreetRule, Street, AdminUnit.name.label("commune"))
        .join(Street, Street.id == StreetRule.street_id)
        .outerjoin(AdminUnit, AdminUnit.id == StreetRule.commune_id)
        .where(applying(day, ctx.today))
        .order_by(Street.name, StreetRule.valid_from, StreetRule.id)
        .limit(_MOST)
    )
    return list(ctx.session.execute(query))


def outline_of(ctx: Ctx, day: date) -> str | None:
    """The lines of those rules together, as GeoJSON; None without one."""
    parts = func.ST_Dump(StreetRule.shape.expression).table_valued("geom", name="part", joins_implicitly=True)
    query = select(func.ST_AsGeoJSON(func.ST_Collect(parts.c.geom), _DECIMALS)).where(applying(day, ctx.today))
    query = query.select_from(StreetRule)
    geojson: str | None = ctx.session.scalar(query)
    return geojson
