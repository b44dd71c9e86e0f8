"""Writes of lists and streets before their moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, require
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.routelists.area import commune_of
from registry.routelists.commands import EditItem, OpenList, ProposeItem
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.moves import hold_list, require_open
from registry.routelists.rules import EDITABLE, title_of, value_problems, year_problem
from registry.routelists.workflow import ITEM, LIST
from registry.structures.commands import GivenPosition
from registry.structures.kinds import HOSTS
from registry.structures.writing.create_edit import street_of
from registry.territory.models import WGS84
from registry.workflow.engine import check_version, lock_case, open_case, touch

#: Stored in the language of official papers, whoever opens the list.
_OFFICIAL_TITLE = "Danh mục tuyến đường năm"


def open_list(ctx: Ctx, command: OpenList) -> RouteList:
    """Begin the list of a year; Invalid where the year has one already."""
    require(ctx, P.ROUTELIST_ISSUE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    problem = year_problem(command.year, ctx.today)
    if problem is None and ctx.session.scalar(select(RouteList.id).where(RouteList.year == command.year)) is not None:
        problem = _("Danh mục năm %(year)d đã có; mỗi năm một danh mục.", year=command.year)
    if problem is not None:
        raise Invalid({"year": problem})
    made = RouteList(
        title=f"{_OFFICIAL_TITLE} {command.year}",
        organisation_id=ctx.actor.organisation_id,
        year=command.year,
        edition=1,
        version=1,
    )
    open_case(ctx, LIST, made, numbered=True)
    return made


def propose_item(ctx: Ctx, command: ProposeItem) -> RouteItem:
    """Write down a street for a list; it is sent by its first move."""
    require(ctx, P.ROUTELIST_PROPOSE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    get_visible(ctx, RouteList, P.ROUTELIST_READ, RouteList.id == command.list_id)
    require_open(hold_list(ctx, command.list_id))
    _check(command.values, command.planned_kinds)
    item = RouteItem(
        route_list_id=command.list_id, organisation_id=ctx.actor.organisation_id, version=1, title="", number=None
    )
    _fill(ctx, item, command.values, command.planned_kinds, command.line)
    open_case(ctx, ITEM, item)
    return item


def edit_item(ctx: Ctx, command: EditItem) -> RouteItem:
    """Change what is proposed; Conflict when it changed since, MoveRefused when it is out of the proposer's hands."""
    item: RouteItem = lock_case(ctx, ITEM, command.item_id)
    require(ctx, P.ROUTELIST_PROPOSE, item)
    check_version(item, command.version)
    require_editable(item)
    require_open(hold_list(ctx, item.route_list_id))
    _check(command.values, command.planned_kinds)
    _fill(ctx, item, command.values, command.planned_kinds, command.line)
    touch(ctx, ITEM, item, "edit", moved=command.line is not None)
    return item


def require_editable(item: RouteItem) -> None:
    """MoveRefused unless the proposer holds the item."""
    if item.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái «%(state)s» nên không sửa được; chỉ sửa khi chưa gửi hoặc được yêu cầu"
                " bổ sung.",
                title=item.number or item.title,
                state=item.state.label,
            )
        )


def _check(values: Mapping[str, Any], planned_kinds: tuple[str, ...]) -> None:
    problems = value_problems(values, planned_kinds, HOSTS)
    if problems:
        raise Invalid(problems)


def _fill(
    ctx: Ctx, item: RouteItem, values: Mapping[str, Any], kinds: tuple[str, ...], line: GivenPosition | None
) -> None:
    for name, value in values.items():
        setattr(item, name, value)
    item.title = title_of(values)
    item.planned_kinds = list(dict.fromkeys(kinds))
    if line is not None:
        item.commune_id = commune_of(ctx, line.geojson, ctx.actor.unit_ids)
        item.line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(line.geojson), WGS84)
        item.given_line, item.given_srid = line.text, line.srid
        item.position_operation = line.operation
    item.street_id = street_of(ctx.session, item.street_name, item.commune_id)
