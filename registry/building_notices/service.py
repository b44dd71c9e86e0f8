"""Writes of notices before building other than moves."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.building_notices.codes import BuildingNoticeState, NoticeReceiver, NoticeRegime
from registry.building_notices.commands import SendNotice
from registry.building_notices.models import BuildingNotice
from registry.building_notices.rules import is_late
from registry.building_notices.settings import DAYS_BEFORE, TO_COMMUNE, TO_ZONE_BOARD
from registry.building_notices.workflow import BUILDING_NOTICE, other_notice
from registry.joint_builds.models import JointBuild
from registry.joint_builds.queries import ended_builds
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _
from registry.kernel.text import register_code, shown
from registry.priority_areas.queries import is_in_economic_zone
from registry.structures.codes import Status
from registry.structures.filtering.checks import SAME_PLACE
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.points import stands_within
from registry.territory.models import UnitLevel
from registry.territory.queries import point, unit_at
from registry.workflow.clocks import working_calendar
from registry.workflow.engine import open_case

_NOT_BUILT: Final = (Status.PLANNED, Status.BUILDING)


def send_notice(ctx: Ctx, command: SendNotice) -> BuildingNotice:
    """Send a notice; its receiver follows from law, place and day. Invalid names every wrong field.

    Refused: a structure that exists, a work that has a notice of this law already, a place outside of all communes.
    """
    require(ctx, P.BUILDING_NOTICE_SEND)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    regime: NoticeRegime = command.values["regime"]
    unit = unit_at(ctx.session, command.position.lon, command.position.lat, UnitLevel.COMMUNE, ctx.today)
    if unit is None:
        raise Invalid({"position": _("Vị trí không thuộc xã, phường nào của tỉnh; hãy kiểm tra lại tọa độ.")})
    if command.kind not in KINDS:
        raise Invalid({"kind": _("Không có loại công trình đã chọn; hãy chọn trong danh sách.")})
    days = int(setting(ctx.session, DAYS_BEFORE, ctx.today)) if regime is NoticeRegime.COMMENCEMENT else 0
    notice = BuildingNotice(
        organisation_id=ctx.actor.organisation_id,
        receiver=_receiver_of(ctx, regime, command.position),
        unit_id=unit.id,
        kind=command.kind,
        place_point=point(command.position.lon, command.position.lat),
        given_position=command.position.original_text,
        given_srid=command.position.srid,
        is_late=is_late(working_calendar(ctx), ctx.now, command.values["starts_on"], days),
        title=command.values["work"],
        version=1,
        **command.values,
    )
    if command.structure_code:
        notice.structure_id = _planned_structure(ctx, notice, command.structure_code).id
    if command.joint_build_id is not None:
        notice.joint_build_id = _followed_build(ctx, command.kind, command.joint_build_id).id
    _refuse_second(ctx, notice, command.position)
    sent: BuildingNotice = open_case(ctx, BUILDING_NOTICE, notice, numbered=True)
    return sent


def _receiver_of(ctx: Ctx, regime: NoticeRegime, position: ParsedPosition) -> NoticeReceiver:
    """Who receives a notice that is sent today; what changes later moves none that was sent."""
    if regime is NoticeRegime.TELECOM:
        return NoticeReceiver.LEAD
    is_to_board = bool(setting(ctx.session, TO_ZONE_BOARD, ctx.today))
    if is_to_board and is_in_economic_zone(ctx.session, position.lon, position.lat, ctx.today):
        return NoticeReceiver.ZONE_BOARD
    is_to_commune = bool(setting(ctx.session, TO_COMMUNE, ctx.today))
    return NoticeReceiver.COMMUNE if is_to_commune else NoticeReceiver.CONSTRUCTION


def _planned_structure(ctx: Ctx, notice: BuildingNotice, typed: str) -> Structure:
    """The own structure of a code, which is not built yet and has no notice of this law."""
    query = select(Structure).where(Structure.code == register_code(typed), visible(ctx, Structure, P.STRUCTURE_EDIT))
    structure = ctx.session.scalars(query).one_or_none()
    if structure is None:
        raise Invalid(
            {
                "structure": _(
                    "Không có công trình “%(code)s” của đơn vị; hãy để trống hoặc nhập mã khác.", code=shown(typed)
                )
            }
        )
    if structure.status not in _NOT_BUILT:
        problem = _(
            "%(code)s đã có trong cơ sở dữ liệu với trạng thái “%(status)s”; chỉ thông báo cho công trình chưa xây "
            "dựng xong.",
            code=structure.code,
            status=structure.status.label,
        )
        raise Invalid({"structure": problem})
    number = other_notice(ctx, notice, structure.id)
    if number is not None:
        problem = _("%(code)s đã có thông báo %(number)s cùng loại.", code=structure.code, number=number)
        raise Invalid({"structure": problem})
    return structure


def _followed_build(ctx: Ctx, kind: str, build_id: int) -> JointBuild:
    """The own announcement of joint building that has ended and has no structure yet, of the kind of the notice."""
    build = next((each for each in ended_builds(ctx) if each.id == build_id), None)
    if build is None:
        raise Invalid({"joint_build": _("Không có phương án này của đơn vị đang chờ xây dựng; hãy chọn lại.")})
    if build.kind != kind:
        problem = _("%(number)s là phương án xây dựng %(kind)s.", number=build.number, kind=KINDS[build.kind].label)
        raise Invalid({"joint_build": problem})
    return build


def _refuse_second(ctx: Ctx, notice: BuildingNotice, position: ParsedPosition) -> None:
    """One work has one notice of a law: another of this organisation, kind and place is refused with its number."""
    metres = float(setting(ctx.session, SAME_PLACE, ctx.today))
    query = select(BuildingNotice.number).where(
        BuildingNotice.organisation_id == notice.organisation_id,
        BuildingNotice.regime == notice.regime,
        BuildingNotice.kind == notice.kind,
        BuildingNotice.state != BuildingNoticeState.WITHDRAWN,
        stands_within(BuildingNotice, position.lon, position.lat, metres),
    )
    number = ctx.session.scalars(query.limit(1)).first()
    if number is not None:
        problem = _(
            "Công trình ở vị trí này đã có thông báo %(number)s cùng loại; hãy bổ sung hoặc rút thông báo đó.",
            number=number,
        )
        raise Invalid({"position": problem})
