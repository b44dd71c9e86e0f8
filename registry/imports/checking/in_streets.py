"""Rows of a file that a rule of a street is against: warnings, for the register holds what stands."""

from __future__ import annotations

from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import Table, case, column, func, literal, or_, select, table

from registry.imports.checking.batch import BatchCheck
from registry.imports.mapping.fields import GEOMETRY
from registry.kernel.dated_settings import setting
from registry.kernel.geo import linear
from registry.streets.models import Street
from registry.streets.queries import label_of
from registry.streets.rule_models import StreetRule
from registry.streets.rule_queries import REACH, broken_by, limits, touches_in_metres
from registry.streets.rules import describe
from registry.structures.codes import Status

_TO_BUILD: Final = (Status.PLANNED.value, Status.BUILDING.value)


def check_street_rules(check: BatchCheck, stage: Table) -> None:
    """Warn of each row whose street has a rule against it, or that binds it for a time."""
    kind, today = check.kind, check.ctx.today
    if kind.street_act is None:
        return
    placed: Any = table("check_place", column("number"), column("spot_m", Geometry))
    # A kind has the days that its fields have: a cable has none of building.
    days = [stage.c[name] for name in ("built_on", "in_service_on") if name in stage.c]
    built = func.coalesce(*days, literal(today))
    since = case((stage.c.status.in_(_TO_BUILD), literal(today)), else_=built)
    act, shape = kind.street_act, linear.in_metres(StreetRule.shape.expression)
    reach = float(setting(check.ctx.session, REACH, today))
    query = (
        select(stage.c.number, StreetRule, Street)
        .join(placed, placed.c.number == stage.c.number)
        .join(StreetRule, placed.c.spot_m.op("&&")(func.ST_Expand(shape, reach)))
        .join(Street, Street.id == StreetRule.street_id)
        .where(
            or_(broken_by(act, since, today), limits(act, today)),
            touches_in_metres(shape, placed.c.spot_m, reach),
        )
        .order_by(stage.c.number, StreetRule.id)
    )
    if kind.street_act_when is not None:
        name, codes = kind.street_act_when
        query = query.where(stage.c[name].in_(sorted(codes)))
    check.report(query, GEOMETRY, lambda row: describe(row.StreetRule, label_of(row.Street)), blocks=False)
