"""The place of a violation as its reader may know it: exact, or its public cell and the commune of that.

Exact for the authorities that handle the case, for the accused once it is served, and for who sees its structure
(docs/hidden.md).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, or_

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.structures.models import WGS84
from registry.structures.positions import case_places
from registry.violations.models import Violation


def knows_place(ctx: Ctx) -> ColumnElement[bool]:
    """SQL: violations whose exact place the actor may read."""
    return case_places.knows_place(ctx, Violation, P.VIOLATION_PLACE)


def shown_unit(ctx: Ctx) -> ColumnElement[Any]:
    """SQL: the recorded unit where the actor may read the place, else the commune of the public cell."""
    return case_places.unit_for(ctx, Violation, Violation.public_unit_id.expression, P.VIOLATION_PLACE)


def shown_handler(ctx: Ctx, handler: type[Organisation]) -> ColumnElement[Any]:
    """SQL: the name of the handling authority; NULL for a commune's where the actor may not read the place."""
    is_of_commune = handler.kind == OrganisationKind.COMMUNE_COMMITTEE
    return case((or_(knows_place(ctx), ~is_of_commune), handler.short_name))


def shown_point(ctx: Ctx) -> ColumnElement[Any]:
    """SQL: the place (WGS 84) where the actor may read it, else the middle of its public cell."""
    exact: ColumnElement[Any] = Violation.place.expression
    if case_places.knows_all_places(ctx, P.VIOLATION_PLACE):
        return exact
    middle = func.ST_Transform(case_places.cell_middle(Violation), WGS84)
    return case((knows_place(ctx), exact), else_=middle)
