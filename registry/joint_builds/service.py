"""Writes of joint building other than moves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation, OrganisationKind
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.joint_builds.codes import ENDED, UNDECIDED, JointBuildState
from registry.joint_builds.commands import AnnounceBuild
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.rules import announcement_problems, month_problem
from registry.joint_builds.settings import WINDOW_DAYS
from registry.joint_builds.workflow import BUILD, structure_problem
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.kernel.fields import fields_of
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, format_date
from registry.structures.filtering.checks import SAME_PLACE
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.models import Structure
from registry.structures.positions.points import stands_within
from registry.territory.models import UnitLevel
from registry.territory.queries import point, unit_at
from registry.workflow.engine import lock_case, open_case, touch

#: Who is asked by each announcement.
_ASKED: Final = (OrganisationKind.OPERATOR, OrganisationKind.TOWER_COMPANY)
#: Two announcements of one structure at one instant come one after the other.
_ONE_AT_A_TIME: Final = select(func.pg_advisory_xact_lock(func.hashtext("joint_build")))


def default_last_day(ctx: Ctx) -> date:
    """The last day to register of an announcement of today."""
    return ctx.today + timedelta(days=int(setting(ctx.session, WINDOW_DAYS, ctx.today)))


def announce_build(ctx: Ctx, command: AnnounceBuild) -> JointBuild:
    """Announce a structure and ask the other operators; Invalid names every wrong field.

    Refused: a last day that has passed or comes after the start, sizes that do not fit the kind, a place outside of all
    communes, a work that the organisation has announced already.
    """
    require(ctx, P.JOINT_BUILD_ANNOUNCE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    unit = unit_at(ctx.session, command.position.lon, command.position.lat, UnitLevel.COMMUNE, ctx.today)
    problems = _problems(ctx, command)
    if unit is None:
        problems["position"] = _("Vị trí không thuộc xã, phường nào của tỉnh; cần kiểm tra lại tọa độ.")
    if problems or unit is None:
        raise Invalid(problems)
    ctx.session.execute(_ONE_AT_A_TIME)
    _refuse_second(ctx, command.kind, command.position)
    build = JointBuild(
        organisation_id=ctx.actor.organisation_id,
        unit_id=unit.id,
        kind=command.kind,
        starts_in=command.starts_in,
        place_point=point(command.position.lon, command.position.lat),
        given_position=command.position.original_text,
        title=command.values["work"],
        version=1,
        **command.values,
    )
    announced: JointBuild = open_case(ctx, BUILD, build, numbered=True)
    query = select(Organisation.id).where(
        may_own(ctx.today), Organisation.kind.in_(_ASKED), Organisation.id.not_in(sorted(ctx.actor.organisation_ids))
    )
    for organisation_id in ctx.session.scalars(query.order_by(Organisation.id)).all():
        _ask(ctx, announced, organisation_id)
    return announced


def _ask(ctx: Ctx, build: JointBuild, organisation_id: int) -> JointInterest:
    interest = JointInterest(
        organisation_id=organisation_id,
        build_id=build.id,
        announcer_id=build.organisation_id,
        closes_on=build.closes_on,
        title=build.work,
        is_late=False,
        version=1,
    )
    asked: JointInterest = open_case(ctx, INTEREST, interest, numbered=True)
    return asked


def _problems(ctx: Ctx, command: AnnounceBuild) -> dict[str, str]:
    labels = {name: field.label for name, field in fields_of(JointBuild).items()}
    kind, closes_on, starts_in = HOSTS.get(command.kind), command.values["closes_on"], command.starts_in
    if kind is None:
        problems = {"kind": _("Không có loại công trình đã chọn; hãy chọn trong danh sách.")}
    else:
        problems = announcement_problems(kind, labels, command.values)
    if closes_on < ctx.today:
        problems["closes_on"] = _(
            "Ngày %(day)s đã qua; cần từ hôm nay (%(today)s) trở đi.",
            day=format_date(closes_on),
            today=format_date(ctx.today),
        )
    span = fields_of(JointBuild)["starts_in"].span
    if starts_in is None or span is None:
        problems["starts_in"] = _("Chưa chọn tháng khởi công; hãy chọn trong danh sách.")
    elif (problem := span.problem(labels["starts_in"], starts_in, ctx.today)) is not None:
        problems["starts_in"] = problem
    elif (order := month_problem(starts_in, closes_on)) is not None:
        problems.setdefault("starts_in", order)
    return problems


def _refuse_second(ctx: Ctx, kind: str, position: ParsedPosition) -> None:
    """One work has one announcement: another of this organisation, kind and place is refused with its number."""
    metres = float(setting(ctx.session, SAME_PLACE, ctx.today))
    query = select(JointBuild.number).where(
        JointBuild.organisation_id.in_(sorted(ctx.actor.organisation_ids)),
        JointBuild.kind == kind,
        JointBuild.state != JointBuildState.WITHDRAWN,
        JointBuild.structure_id.is_(None),
        stands_within(JointBuild, position.lon, position.lat, metres),
    )
    number = ctx.session.scalars(query.limit(1)).first()
    if number is not None:
        problem = _(
            "Đơn vị đã có phương án %(number)s cho %(kind)s ở vị trí này.", number=number, kind=KINDS[kind].label
        )
        raise Invalid({"position": problem})


def note_structure(ctx: Ctx, build_id: int, structure: Structure) -> None:
    """Note what was built by an announcement, where its own step would take it; else its owner does so there."""
    build = lock_case(ctx, BUILD, build_id)
    if build.state in ENDED and build.structure_id is None and structure_problem(ctx, build, structure) is None:
        build.structure_id = structure.id
        touch(ctx, BUILD, build, "as_built")


def take_part(ctx: Ctx, build_id: int) -> JointInterest:
    """Open a registration of the actor's organisation, which was not asked, such as one founded since."""
    require(ctx, P.JOINT_INTEREST_STATE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    query = select(JointBuild).where(JointBuild.id == build_id, visible(ctx, JointBuild, P.JOINT_BUILD_READ))
    # Two posts of one instant come one after the other, and an end of this moment is seen.
    build = ctx.session.scalars(query.with_for_update()).one_or_none()
    if build is None:
        raise NotFound
    own = ctx.actor.organisation_ids
    if build.organisation_id in own:
        raise MoveRefused(_("Đơn vị đã thông báo phương án này."))
    asked = select(JointInterest).where(
        JointInterest.build_id == build.id, JointInterest.organisation_id.in_(sorted(own))
    )
    interest = ctx.session.scalars(asked.order_by(JointInterest.id)).first()
    if interest is not None:
        raise MoveRefused(_("Đơn vị đã có đăng ký %(number)s trong phương án này.", number=interest.number))
    if build.state not in UNDECIDED:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s” nên không nhận đăng ký nữa.",
                number=build.number,
                state=build.state.label,
            )
        )
    return _ask(ctx, build, ctx.actor.organisation_id)
