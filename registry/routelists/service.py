"""Writes of lists and streets outside of moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select, text

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import AREA, get_visible, require, scopes_of
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.routelists.commands import EditRouteItem, OpenList, ProposeItem
from registry.routelists.common import require_open, share_list_lock
from registry.routelists.doubles import exception_of
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.rules import (
    EDITABLE,
    line_problem,
    outside_problem,
    title_of,
    value_problems,
    with_plan,
    year_problem,
)
from registry.routelists.workflow import ITEM, LIST
from registry.structures.commands import GivenPosition
from registry.structures.kinds import HOSTS
from registry.structures.writing.create_edit import street_of
from registry.territory.models import WGS84, AdminUnit, UnitLevel
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case

#: Stored in Vietnamese, whatever the user's language.
_OFFICIAL_TITLE = "Danh mục tuyến đường năm"
#: The tolerance of outlines is the same for streets as for structures.
_TOLERANCE: Final = "structure.stated_commune_tolerance_m"
_METRE: Final = Decimal(1)
#: Units are cut into small pieces; pieces farther away than 0.06 degrees cannot contain a part of the line.
_PLACE: Final = text(
    """
    WITH given AS (SELECT ST_SetSRID(ST_GeomFromGeoJSON(:line), 4326) AS line),
    own AS (
        SELECT piece.unit_id, unit.code, unit.extent_quality = 'official' AS official, piece.geom AS part
          FROM given, admin_unit_piece piece JOIN admin_unit unit ON unit.id = piece.unit_id
         WHERE unit.id = ANY(:units) AND unit.level = :commune
           AND coalesce(unit.valid_from, '-infinity') <= :day AND coalesce(unit.valid_to, 'infinity') >= :day
           AND piece.geom && ST_Expand(given.line, 0.06)
    ),
    area AS (
        SELECT ST_Buffer(ST_Union(ST_Transform(part, 5897)),
                         CASE WHEN bool_and(official) THEN :official ELSE :approximate END) AS ground FROM own
    ),
    beyond AS (
        SELECT coalesce(ST_Difference(ST_Transform(given.line, 5897), area.ground), ST_Transform(given.line, 5897))
               AS line FROM given, area
    )
    SELECT ST_IsSimple(given.line) AS is_simple, ST_Length(ST_Transform(given.line, 5897)) AS length_m,
           ST_Length(beyond.line) AS outside_m,
           (SELECT name FROM admin_unit WHERE id = CASE WHEN NOT ST_IsEmpty(beyond.line) THEN
                unit_at(ST_Transform(ST_PointOnSurface(beyond.line), 4326), :commune, :day) END) AS outside_unit,
           unit_at(ST_LineInterpolatePoint(given.line, 0.5), :commune, :day) IS NOT NULL AS in_province,
           (SELECT unit_id FROM own GROUP BY unit_id, code
             ORDER BY sum(ST_Length(ST_Intersection(own.part, given.line))) DESC,
                      min(ST_Distance(own.part, given.line)), code LIMIT 1) AS commune_id
      FROM given, beyond
    """
)


def open_list(ctx: Ctx, command: OpenList) -> RouteList:
    """Open the list of a year; Invalid if the year has one."""
    require(ctx, P.ROUTELIST_ISSUE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    problem = year_problem(command.year, ctx.today)
    if problem is None and ctx.session.scalar(select(RouteList.id).where(RouteList.year == command.year)) is not None:
        problem = _("Danh mục năm %(year)d đã có; mỗi năm một danh mục.", year=command.year)
    if problem is not None:
        raise Invalid({"year": problem})
    route_list = RouteList(
        title=f"{_OFFICIAL_TITLE} {command.year}",
        organisation_id=ctx.actor.organisation_id,
        year=command.year,
        edition=1,
        version=1,
    )
    open_case(ctx, LIST, route_list, numbered=True)
    return route_list


def propose_item(ctx: Ctx, command: ProposeItem) -> RouteItem:
    """Save a draft of a street; its first move submits it."""
    require(ctx, P.ROUTELIST_PROPOSE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    get_visible(ctx, RouteList, P.ROUTELIST_READ, RouteList.id == command.list_id)
    require_open(share_list_lock(ctx, command.list_id))
    _check(command.values, command.planned_kinds)
    item = RouteItem(
        route_list_id=command.list_id, organisation_id=ctx.actor.organisation_id, version=1, title="", number=None
    )
    _fill(ctx, item, command.values, command.planned_kinds, command.line, command.commune_id)
    open_case(ctx, ITEM, item)
    require_reason(ctx, item)
    return item


def edit_item(ctx: Ctx, command: EditRouteItem) -> RouteItem:
    """Change a proposal; Conflict if it has changed, MoveRefused if the proposer can no longer edit it."""
    item: RouteItem = lock_case(ctx, ITEM, command.item_id)
    require(ctx, P.ROUTELIST_PROPOSE, item)
    check_version(item, command.version)
    require_editable(item)
    require_open(share_list_lock(ctx, item.route_list_id))
    _check(command.values, command.planned_kinds)
    _fill(ctx, item, command.values, command.planned_kinds, command.line)
    touch(ctx, ITEM, item, "edit", moved=command.line is not None)
    require_reason(ctx, item)
    return item


def require_reason(ctx: Ctx, item: RouteItem) -> None:
    """Invalid for a double or a road outside towns that is proposed without a reason."""
    problem = None if item.exception_reason else exception_of(ctx, item)
    if problem is not None:
        raise Invalid({"exception_reason": problem + " " + _("Hãy nêu lý do vẫn đề xuất, hoặc sửa lại tuyến.")})


def require_editable(item: RouteItem) -> None:
    """MoveRefused unless the proposer can edit the item."""
    if item.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không sửa được; chỉ sửa khi chưa gửi hoặc được yêu cầu"
                " bổ sung.",
                title=item.number or item.title,
                state=item.state.label,
            )
        )


def _check(values: Mapping[str, Any], planned_kinds: tuple[str, ...]) -> None:
    problems = value_problems(values, planned_kinds, HOSTS)
    if problems:
        raise Invalid(problems)


def allowed_units(ctx: Ctx) -> Collection[int]:
    """The communes for which the actor proposes streets: those of the area, else all in force."""
    if all(scope == AREA for scope in scopes_of(ctx.actor, P.ROUTELIST_PROPOSE)):
        return ctx.actor.unit_ids
    communes = (AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(ctx.today))
    return set(ctx.session.scalars(select(AdminUnit.id).where(*communes)))


def _fill(
    ctx: Ctx,
    item: RouteItem,
    values: Mapping[str, Any],
    kinds: tuple[str, ...],
    line: GivenPosition | None,
    commune_id: int | None = None,
) -> None:
    for name, value in with_plan(values).items():
        setattr(item, name, value)
    item.title = title_of(values)
    item.planned_kinds = list(dict.fromkeys(kinds))
    if line is None and commune_id is not None:
        if commune_id not in allowed_units(ctx):
            raise Forbidden(_("Xã, phường này không thuộc địa bàn được giao."))
        item.commune_id = commune_id
    if line is not None:
        item.commune_id = find_commune(ctx, line.geojson, allowed_units(ctx))
        item.line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(line.geojson), WGS84)
        item.given_line, item.given_srid = line.text, line.srid
        item.position_operation = line.operation
    item.street_id = street_of(ctx.session, item.street_name, item.commune_id)


def find_commune(ctx: Ctx, geojson: str, unit_ids: Collection[int]) -> int:
    """Of `unit_ids`, the commune with the longest part of a line (WGS 84); Invalid for an impossible line."""
    if not unit_ids:
        raise Forbidden(_("Tài khoản chưa được giao địa bàn nào nên chưa đề xuất được tuyến đường."))
    allowed: dict[str, Any] = setting(ctx.session, _TOLERANCE, ctx.today)
    parameters = {"line": geojson, "units": sorted(unit_ids), "day": ctx.today, "commune": UnitLevel.COMMUNE.value}
    row = ctx.session.execute(_PLACE, parameters | {name: allowed[name] for name in ("official", "approximate")}).one()
    problem = line_problem(is_simple=row.is_simple, length_m=Decimal(row.length_m))
    if problem is None and not row.in_province:
        problem = _("Tuyến nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
    outside = Decimal(row.outside_m).quantize(_METRE)
    if problem is None and (outside > 0 or row.commune_id is None):
        problem = outside_problem(max(outside, _METRE), row.outside_unit)
    if problem is not None:
        raise Invalid({"position": problem})
    return int(row.commune_id)


def _require_own_draft(ctx: Ctx, item: RouteItem) -> None:
    require_editable(item)
    require_open(share_list_lock(ctx, item.route_list_id))


UNDO: Final = undo_of_case(ITEM, P.ROUTELIST_PROPOSE, _require_own_draft, after=require_reason)
