"""Reads of the desk: projects, and the fines of decisions."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.money.models import PppProject
from registry.violations.models import Violation

PROJECT: Final = PppProject.__tablename__


def projects_query(ctx: Ctx) -> Select[Any]:
    """All projects."""
    require(ctx, P.MONEY_READ)
    return select(PppProject)


def get_project(ctx: Ctx, project_id: int) -> PppProject:
    """NotFound if there is none."""
    require(ctx, P.MONEY_READ)
    project = ctx.session.get(PppProject, project_id)
    if project is None:
        raise NotFound(_("Không có dự án này."))
    return project


def fines_query(ctx: Ctx) -> Select[Any]:
    """Decisions with a fine, with the office that handles them; neither the accused nor the place."""
    query: Any = (
        select(Violation, Organisation.short_name.label("office"))
        .outerjoin(Organisation, Organisation.id == Violation.handler_organisation_id)
        .where(visible(ctx, Violation, P.VIOLATION_FINES))
    )
    selected: Select[Any] = query
    return selected


def year_of(day: Any) -> ColumnElement[int]:
    """SQL: the year of a day."""
    return cast(func.date_part("year", day), Integer)
