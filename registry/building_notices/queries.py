"""Reads of notices before building."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.building_notices.codes import BuildingNoticeState
from registry.building_notices.models import BuildingNotice
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.infra_plans.queries import ComputedVerdict, verdict_at
from registry.joint_builds.models import JointBuild
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.nearby.corridor import StreetCorridor
from registry.structures.positions.points import lon_lat_of
from registry.territory.queries import unit_names
from registry.workflow.lists import count_query

BUILDER: Final = aliased(Organisation)
_MOST_ON_STRUCTURE: Final = 10


@dataclass(frozen=True)
class NoticeNames:
    """The names of builder and commune of a notice, the code of its structure, the number of what it follows."""

    builder: str
    unit: str | None
    structure_code: str | None
    #: Number of the announcement of joint building that it follows.
    build_number: str | None


def get_notice(ctx: Ctx, case_id: int) -> BuildingNotice:
    """A notice that the actor may see; NotFound otherwise."""
    message = _("Không có thông báo xây dựng này, hoặc không có quyền xem.")
    notice: BuildingNotice = get_visible(
        ctx, BuildingNotice, P.BUILDING_NOTICE_READ, BuildingNotice.id == case_id, message=message
    )
    return notice


def names_of(ctx: Ctx, case: BuildingNotice) -> NoticeNames:
    code = None
    if case.structure_id is not None:
        code = ctx.session.scalar(
            select(Structure.code).where(Structure.id == case.structure_id, visible(ctx, Structure, P.STRUCTURE_READ))
        )
    build = None if case.joint_build_id is None else ctx.session.get_one(JointBuild, case.joint_build_id)
    return NoticeNames(
        short_name_of(ctx.session, case.organisation_id),
        unit_names(ctx.session, {case.unit_id}).get(case.unit_id),
        code,
        None if build is None else build.number,
    )


def verdict_of_notice(ctx: Ctx, case: BuildingNotice) -> ComputedVerdict:
    """What the plan of today says of the place and kind of a notice."""
    return verdict_at(ctx, case.kind, *lon_lat_of(ctx.session, case))


def notices_of_structure(ctx: Ctx, structure_id: int) -> Sequence[BuildingNotice]:
    """The visible notices of a structure, the newest first."""
    query = select(BuildingNotice).where(
        BuildingNotice.structure_id == structure_id, visible(ctx, BuildingNotice, P.BUILDING_NOTICE_READ)
    )
    return ctx.session.scalars(query.order_by(BuildingNotice.id.desc()).limit(_MOST_ON_STRUCTURE)).all()


def count_on_street(ctx: Ctx, corridor: StreetCorridor) -> Select[Any]:
    """The number of the visible notices of works within a corridor that are not built yet."""
    going_on = BuildingNotice.state.not_in((BuildingNoticeState.BUILT, BuildingNoticeState.WITHDRAWN))
    return count_query(ctx, BUILDING_NOTICE, going_on, corridor.holds(BuildingNotice.place_point))
