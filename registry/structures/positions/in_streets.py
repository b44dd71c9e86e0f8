"""Structures in streets with rules: what a new one would break, and those that stand against a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.db.base import table_of
from registry.kernel.db.history import history_of
from registry.kernel.geo import linear
from registry.streets.rule_models import StreetAct, StreetRule
from registry.streets.rule_queries import REACH, RuleInPlace, broken_by, rules_at, rules_at_each, touches_in_metres
from registry.streets.rules import Effect
from registry.streets.work_models import StreetWork
from registry.structures.codes import Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind
from registry.structures.models import Structure
from registry.structures.positions.reader_role import run
from registry.structures.positions.selectable import shapes_of
from registry.territory.models import AdminUnit, AdminUnitPiece, UnitLevel

#: Not built yet: what they would do to the street is done today.
_TO_BUILD = (Status.PLANNED, Status.BUILDING)


def rules_for_new(ctx: Ctx, kind: Kind, values: Mapping[str, Any], geojson: str) -> list[RuleInPlace]:
    """The rules that a structure with these values, at this place, breaks or is bound by.

    They are those of the day on which it was built, of today where it is not built or the day is not known.
    """
    act = kind.act_in_street(values)
    if act is None:
        return []
    built_on = values.get("built_on") or values.get("in_service_on")
    day = ctx.today if built_on is None or values.get("status") in _TO_BUILD else min(built_on, ctx.today)
    on_the_day = rules_at(ctx.session, geojson, [act], day, with_coming=False)
    today = [] if day == ctx.today else rules_at(ctx.session, geojson, [act], ctx.today, with_coming=False)
    return list({rule.id: rule for rule in (*today, *on_the_day)}.values())


def rules_at_structures(ctx: Ctx, ids: Collection[int], act: StreetAct) -> dict[int, list[RuleInPlace]]:
    """The rules of today for an act at each of the structures that the actor sees exactly."""
    return rules_at_each(ctx.session, shapes_of(ctx, true(), ids), act, ctx.today)


def forbidding(rules: Collection[RuleInPlace]) -> list[RuleInPlace]:
    """Those that forbid the act, not only limit it."""
    return [rule for rule in rules if rule.effect is Effect.FORBIDDEN]


def breaks_street_rule(ctx: Ctx) -> ColumnElement[bool]:
    """SQL over `structure`: it was made on a day when a rule of its street forbade it, or must not stay there.

    A structure that is not built counts as made today; one without a day is only compared with what must not stay.
    """
    standing, rule = table_of(Structure).alias("in_street"), StreetRule
    reach = float(setting(ctx.session, REACH, ctx.today))
    shape = linear.in_metres(rule.shape.expression)
    since = case(
        (standing.c.status.in_(_TO_BUILD), ctx.today),
        else_=func.coalesce(standing.c.built_on, standing.c.in_service_on),
    )
    broken = or_(*(and_(_does(standing, act), broken_by(act, since, ctx.today)) for act in StreetAct))
    ids = (
        select(standing.c.id)
        .join(rule, standing.c.geom_m.op("&&")(func.ST_Expand(shape, reach)))
        .where(broken, touches_in_metres(shape, standing.c.geom_m, reach))
    )
    return Structure.id.in_(ids)


def _does(standing: Any, act: StreetAct) -> ColumnElement[bool]:
    """SQL of `Kind.act_in_street`."""
    conditions: list[ColumnElement[bool]] = []
    for code, kind in KINDS.items():
        if kind.street_act is not act:
            continue
        is_kind = standing.c.kind == code
        if kind.street_act_when is not None:
            own, (name, codes) = table_of(kind.model), kind.street_act_when
            is_kind = and_(is_kind, standing.c.id.in_(select(own.c.id).where(own.c[name].in_(sorted(codes)))))
        conditions.append(is_kind)
    return or_(*conditions)


def near_changed_rules(since: datetime) -> Select[Any]:
    """The structures of the communes with a street whose rules changed since a moment."""
    version = history_of(StreetRule)
    communes = (
        select(AdminUnit.id)
        .join(version, func.ST_Intersects(AdminUnit.geom, version.c.shape))
        .where(version.c.recorded_from >= since)
    )
    return select(Structure.id).where(Structure.commune_id.in_(communes))


def owners_along_work(ctx: Ctx, work_id: int, metres: float) -> set[int]:
    """The organisations that own live structures within `metres` of announced work: for notices alone.

    The answer names owners of unpublished structures, too: it must not reach who announced the work.
    """
    line = linear.in_metres(StreetWork.shape.expression)
    query = (
        select(Structure.owner_organisation_id)
        .select_from(StreetWork)
        .join(Structure, func.ST_DWithin(Structure.geom_m, line, metres))
        .where(StreetWork.id == work_id, Structure.is_live_rule())
        .distinct()
    )
    return {owner for owner in run(ctx, query).scalars() if owner is not None}


def communes_of_work(ctx: Ctx, work_id: int) -> set[int]:
    """The communes in force today that the line of announced work touches."""
    touched = StreetWork.shape.op("&&")(AdminUnitPiece.geom) & func.ST_Intersects(StreetWork.shape, AdminUnitPiece.geom)
    query = (
        select(AdminUnit.id)
        .join(AdminUnitPiece, AdminUnitPiece.unit_id == AdminUnit.id)
        .join(StreetWork, touched)
        .where(StreetWork.id == work_id, AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(ctx.today))
        .distinct()
    )
    return set(ctx.session.scalars(query))
