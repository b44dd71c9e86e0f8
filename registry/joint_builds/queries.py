"""Reads of announcements of joint building and of registrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, visible
from registry.joint_builds.codes import ENDED, UNDECIDED, JointBuildState
from registry.joint_builds.models import JointBuild, JointInterest
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.positions.points import nearest_rows
from registry.territory.queries import unit_names

ANNOUNCER: Final = aliased(Organisation)
ASKED: Final = aliased(Organisation)
_MOST_ON_STRUCTURE: Final = 10


@dataclass(frozen=True)
class BuildNames:
    """The names of announcer and commune of an announcement, and the code of its structure."""

    announcer: str
    unit: str | None
    structure_code: str | None


def get_build(ctx: Ctx, case_id: int) -> JointBuild:
    """An announcement that the actor may see; NotFound otherwise."""
    message = _("Không có phương án xây dựng này, hoặc không có quyền xem.")
    build: JointBuild = get_visible(ctx, JointBuild, P.JOINT_BUILD_READ, JointBuild.id == case_id, message=message)
    return build


def get_interest(ctx: Ctx, case_id: int) -> JointInterest:
    """A registration that the actor may see; NotFound otherwise."""
    message = _("Không có đăng ký tham gia này, hoặc không có quyền xem.")
    interest: JointInterest = get_visible(
        ctx, JointInterest, P.JOINT_INTEREST_READ, JointInterest.id == case_id, message=message
    )
    return interest


def names_of(ctx: Ctx, build: JointBuild) -> BuildNames:
    code = None
    if build.structure_id is not None:
        code = ctx.session.scalar(
            select(Structure.code).where(Structure.id == build.structure_id, visible(ctx, Structure, P.STRUCTURE_READ))
        )
    return BuildNames(
        short_name_of(ctx.session, build.organisation_id),
        unit_names(ctx.session, {build.unit_id}).get(build.unit_id),
        code,
    )


def interests_in(ctx: Ctx, build: JointBuild) -> Sequence[Row[Any]]:
    """The visible registrations of an announcement with who was asked, by name."""
    query: Any = (
        select(JointInterest, ASKED.short_name.label("asked"))
        .join(ASKED, ASKED.id == JointInterest.organisation_id)
        .where(JointInterest.build_id == build.id, visible(ctx, JointInterest, P.JOINT_INTEREST_READ))
        .order_by(ASKED.short_name, JointInterest.id)
    )
    rows: Sequence[Row[Any]] = ctx.session.execute(query).all()
    return rows


def builds_near(ctx: Ctx, lon: Any, lat: Any, metres: float) -> list[tuple[JointBuild, int]]:
    """The announcements that are not built within so many metres of a point, the nearest first, with their distance."""
    if not holds(ctx.actor, P.JOINT_BUILD_READ):
        return []
    return nearest_rows(
        ctx.session,
        JointBuild,
        lon,
        lat,
        metres,
        visible(ctx, JointBuild, P.JOINT_BUILD_READ),
        JointBuild.state.in_((*UNDECIDED, JointBuildState.JOINT)),
        JointBuild.structure_id.is_(None),
    )


def builds_of_structure(ctx: Ctx, structure_id: int) -> Sequence[JointBuild]:
    """The visible announcements that a structure was built by."""
    query = select(JointBuild).where(
        JointBuild.structure_id == structure_id, visible(ctx, JointBuild, P.JOINT_BUILD_READ)
    )
    return ctx.session.scalars(query.order_by(JointBuild.id.desc()).limit(_MOST_ON_STRUCTURE)).all()


def ended_builds(ctx: Ctx) -> Sequence[JointBuild]:
    """The own announcements that have ended and have no structure yet, the newest first."""
    query = select(JointBuild).where(
        visible(ctx, JointBuild, P.JOINT_BUILD_ANNOUNCE),
        JointBuild.state.in_(ENDED),
        JointBuild.structure_id.is_(None),
    )
    return ctx.session.scalars(query.order_by(JointBuild.id.desc())).all()
