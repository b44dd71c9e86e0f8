"""Writes of announced works other than moves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, func, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.geo import linear
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.kernel.units import KM, M
from registry.street_works.commands import AnnounceWork, ChangeWork
from registry.street_works.rules import measure_problems, value_problems
from registry.street_works.workflow import STREET_WORK
from registry.streets.models import Street
from registry.streets.stretches import as_wgs84, find_street, lines_of_commune, shape_of_street, stretch_of_street
from registry.streets.work_models import StreetWork, StreetWorkState
from registry.territory.models import AdminUnit, AdminUnitPiece, UnitLevel
from registry.territory.queries import commune_problem
from registry.workflow.engine import check_version, lock_case, open_case, touch

#: States in which an announcement can be corrected.
EDITABLE: Final = (StreetWorkState.ANNOUNCED, StreetWorkState.POSTPONED)
#: Longest line of one work, and shortest, in metres.
_MOST_M: Final = 50_000
_LEAST_M: Final = 1
#: Outlines of communes are approximate: a line may leave them by so many metres.
_OUTSIDE_M: Final = 100
_SHOWN: Final = 60


def announce_work(ctx: Ctx, command: AnnounceWork) -> StreetWork:
    """Announce work; Invalid names every field that is wrong."""
    require(ctx, P.STREET_WORK_ANNOUNCE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    problems = value_problems(command.values, ctx.today)
    if command.commune_id is not None:
        commune = commune_problem(ctx.session, command.commune_id, ctx.today)
        if commune is not None:
            problems["commune"] = commune
    if problems:
        raise Invalid(problems)
    street, shape = _placed(ctx, command)
    case = StreetWork(
        organisation_id=ctx.actor.organisation_id,
        unit_id=_commune_of(ctx, shape, "street" if command.line is None else "position"),
        street_id=None if street is None else street.id,
        shape=shape,
        title=command.values["work"],
        version=1,
        **command.values,
    )
    announced: StreetWork = open_case(ctx, STREET_WORK, case, numbered=True)
    return announced


def change_work(ctx: Ctx, command: ChangeWork) -> StreetWork:
    """Correct what an announcement says; place and period have moves of their own, which notify others."""
    case: StreetWork = lock_case(ctx, STREET_WORK, command.work_id)
    require(ctx, P.STREET_WORK_ANNOUNCE, case)
    check_version(case, command.version)
    require_editable(case)
    problems = measure_problems(command.values)
    if problems:
        raise Invalid(problems)
    for name, value in command.values.items():
        setattr(case, name, value)
    case.title = case.work
    touch(ctx, STREET_WORK, case, "edit")
    return case


def require_editable(case: StreetWork) -> None:
    """MoveRefused for work that goes on or is over."""
    if case.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s” nên không sửa được; chỉ sửa khi chưa thi công.",
                number=case.number,
                state=case.state.label,
            )
        )


def _placed(ctx: Ctx, command: AnnounceWork) -> tuple[Street | None, Any]:
    """The named street, and the lines of the work (SQL, WGS 84)."""
    street = _street(ctx, command) if command.street.strip() else None
    if command.line is not None:
        drawn = linear.shape_of(command.line)
        if not ctx.session.scalar(select(func.ST_IsSimple(drawn))):
            sentence = _("Tuyến tự cắt hoặc quay lại chính nó; hãy nhập các điểm theo thứ tự dọc tuyến.")
            raise Invalid({"position": sentence})
        return street, func.ST_Multi(drawn)
    if street is None:
        raise Invalid({"street": _("Chưa nhập; cần tên hoặc số hiệu của đường, hoặc vẽ tuyến, hoặc chọn tệp.")})
    whole = shape_of_street(ctx.session, street.id, command.commune_id)
    name = _named(command)
    if whole is None:
        raise Invalid({"street": _("Đường “%(name)s” chưa có tim đường trong hệ thống; hãy vẽ tuyến.", name=name)})
    start, end = command.values.get("from_place"), command.values.get("to_place")
    if not start or not end:
        return street, as_wgs84(whole)
    lines = [] if command.commune_id is None else lines_of_commune(ctx.session, command.commune_id)
    stretch = stretch_of_street(lines, whole, street.name, start, end)
    if stretch is None:
        sentence = _(
            "Không tìm được đoạn đường “%(name)s” từ “%(start)s” đến “%(end)s”; cần tên nút giao hoặc “đầu đường”,"
            " “cuối đường”, hoặc hãy vẽ đoạn.",
            name=name,
            start=start[:_SHOWN],
            end=end[:_SHOWN],
        )
        raise Invalid({"from_place": sentence})
    return street, as_wgs84(stretch)


def _street(ctx: Ctx, command: AnnounceWork) -> Street:
    candidates = find_street(ctx.session, command.street, command.commune_id)
    if not candidates:
        sentence = _(
            "Hệ thống không có đường “%(name)s” ở nơi này; cần tên hoặc số hiệu của đường.", name=_named(command)
        )
        raise Invalid({"street": sentence})
    if len(candidates) > 1:
        sentence = _("Có %(count)d đường “%(name)s”; hãy chọn xã, phường.", count=len(candidates), name=_named(command))
        raise Invalid({"street": sentence})
    return ctx.session.get_one(Street, candidates[0])


def _named(command: AnnounceWork) -> str:
    return shown(command.street)[:_SHOWN]


def _commune_of(ctx: Ctx, shape: Any, field: str) -> int:
    """The commune with the longest part of the lines; Invalid for lines outside of the province, or too long."""
    facts = _measured(ctx, shape)
    problem = None
    if not _LEAST_M <= facts.length_m <= _MOST_M:
        problem = _(
            "Tuyến dài %(length)s; cần từ %(least)s đến %(most)s.",
            length=M.display(Decimal(facts.length_m), 0),
            least=M.display(_LEAST_M),
            most=KM.display(_MOST_M // 1000),
        )
    elif facts.outside_m is None or facts.outside_m > _OUTSIDE_M:
        problem = _("Tuyến nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
    unit = None if problem else _longest(ctx, shape)
    if problem is None and unit is None:
        problem = _("Tuyến không thuộc xã, phường nào của tỉnh; hãy kiểm tra lại tọa độ.")
    elif unit is not None and not _may_announce_in(ctx, unit.id):
        problem = _("Tuyến nằm ở %(commune)s, ngoài địa bàn của đơn vị; hãy kiểm tra lại tuyến.", commune=unit.name)
    if problem is not None or unit is None:
        raise Invalid({field: problem or ""})
    return int(unit.id)


def _measured(ctx: Ctx, shape: Any) -> Row[Any]:
    province = (
        select(AdminUnit.geom)
        .where(AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.valid_to.is_(None))
        .scalar_subquery()
    )
    query: Any = select(
        func.ST_Length(linear.in_metres(shape)).label("length_m"),
        func.ST_Length(func.Geography(func.ST_Difference(shape, province))).label("outside_m"),
    )
    row: Row[Any] = ctx.session.execute(query).one()
    return row


def _longest(ctx: Ctx, shape: Any) -> Row[Any] | None:
    metres = func.sum(func.ST_Length(func.Geography(func.ST_Intersection(AdminUnitPiece.geom, shape))))
    query: Any = (
        select(AdminUnit.id, AdminUnit.name)
        .join(AdminUnitPiece, AdminUnitPiece.unit_id == AdminUnit.id)
        .where(
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.in_force(ctx.today),
            AdminUnitPiece.geom.op("&&")(shape),
            func.ST_Intersects(AdminUnitPiece.geom, shape),
        )
        .group_by(AdminUnit.id, AdminUnit.name, AdminUnit.code)
        .order_by(metres.desc(), AdminUnit.code)
        .limit(1)
    )
    row: Row[Any] | None = ctx.session.execute(query).one_or_none()
    return row


def _may_announce_in(ctx: Ctx, unit_id: int) -> bool:
    """A commune announces work of its own area; departments and owners anywhere."""
    return Role.COMMUNE_PC not in ctx.actor.roles or unit_id in ctx.actor.unit_ids
