"""The streets of a project: linked and taken back by the finance department, shown on both pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import Row, func, select

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require, visible
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.money.models import PppProject, PppProjectStreet
from registry.money.queries import PROJECT, get_project
from registry.routelists.item_view import StreetProject
from registry.routelists.models import RouteItem
from registry.routelists.rules import OUT
from registry.territory.models import AdminUnit

_SHOWN: Final = 60


def link_street(ctx: Ctx, project_id: int, number: str) -> RouteItem:
    """Link a street by its number; Invalid for one that the actor may not see, is out of its list, or is linked."""
    require(ctx, P.MONEY_PROJECTS)
    project, item = get_project(ctx, project_id), _numbered(ctx, number)
    if item.state in OUT:
        sentence = _(
            "%(number)s đang ở trạng thái “%(state)s”; chỉ liên kết tuyến còn trong danh mục.",
            number=item.number,
            state=item.state.label,
        )
        raise Invalid({"number": sentence})
    if ctx.session.get(PppProjectStreet, (project.id, item.id)) is not None:
        raise Invalid({"number": _("%(number)s đã liên kết với dự án này.", number=item.number)})
    ctx.session.add(
        PppProjectStreet(project_id=project.id, route_item_id=item.id, linked_at=ctx.now, linked_by_id=ctx.actor.id)
    )
    ctx.session.flush()
    record(ctx, f"{PROJECT}.link_street", PROJECT, project.id, name=project.name, street=item.number)
    return item


def unlink_street(ctx: Ctx, project_id: int, number: str) -> RouteItem:
    """Take back a link; Invalid for a street that is not linked."""
    require(ctx, P.MONEY_PROJECTS)
    project, item = get_project(ctx, project_id), _numbered(ctx, number)
    link = ctx.session.get(PppProjectStreet, (project.id, item.id))
    if link is None:
        raise Invalid({"number": _("%(number)s không liên kết với dự án này.", number=item.number)})
    ctx.session.delete(link)
    ctx.session.flush()
    record(ctx, f"{PROJECT}.unlink_street", PROJECT, project.id, name=project.name, street=item.number)
    return item


def streets_of(ctx: Ctx, project: PppProject) -> Sequence[Row[Any]]:
    """The streets of a project that the actor may see, with commune and proposer, by number."""
    query: Any = (
        select(RouteItem, AdminUnit.name.label("commune"), Organisation.short_name.label("proposer"))
        .join(PppProjectStreet, PppProjectStreet.route_item_id == RouteItem.id)
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .join(Organisation, Organisation.id == RouteItem.organisation_id)
        .where(PppProjectStreet.project_id == project.id, visible(ctx, RouteItem, P.ROUTELIST_ITEMS))
        .order_by(RouteItem.number)
    )
    rows: Sequence[Row[Any]] = ctx.session.execute(query).all()
    return rows


def projects_of_street(ctx: Ctx, item_id: int) -> Sequence[StreetProject]:
    """The projects of a street, for those who read projects."""
    if not holds(ctx.actor, P.MONEY_READ):
        return []
    projects = ctx.session.scalars(
        select(PppProject)
        .join(PppProjectStreet, PppProjectStreet.project_id == PppProject.id)
        .where(PppProjectStreet.route_item_id == item_id)
        .order_by(PppProject.name)
    )
    return [
        StreetProject(project.name, str(project.state.label), url_for("money.project", project_id=project.id))
        for project in projects
    ]


def _numbered(ctx: Ctx, number: str) -> RouteItem:
    query = select(RouteItem).where(
        func.upper(RouteItem.number) == number.strip().upper(), visible(ctx, RouteItem, P.ROUTELIST_ITEMS)
    )
    item = ctx.session.scalars(query).one_or_none()
    if item is None:
        sentence = _(
            "Không có tuyến đường “%(number)s” đã thống nhất trong danh mục; cần số như TD-2026-000001.",
            number=shown(number)[:_SHOWN],
        )
        raise Invalid({"number": sentence})
    return item
