"""Announcements of joint building and registrations, made by the services as their users make them."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from registry.joint_builds.commands import AnnounceBuild
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.service import announce_build
from registry.joint_builds.workflow import BUILD
from registry.workflow.engine import fire, fire_by_clock, lock_case
from tests.factories.building_notices import parsed, spot
from tests.support.clock import NOW

TODAY = date(2026, 11, 25)
VALUES = {
    "work": "Cột ăng ten trạm Hải Bình 2",
    "address": None,
    "height_m": Decimal(42),
    "length_m": None,
    "bores": None,
    "closes_on": date(2026, 12, 20),
    "offered_places": 2,
    "offered_bores": None,
    "cost_share": "Chia chi phí theo số vị trí",
}
DUCT = {"height_m": None, "length_m": Decimal(800), "bores": 6, "offered_places": None, "offered_bores": 3}
NEED = {"places": 1, "at_height_m": Decimal(30), "bores": None, "metres": None, "remark": "Trạm 5G"}
#: The window of these ended three days before now.
BEFORE = {"now": NOW - timedelta(days=10), "closes_on": TODAY - timedelta(days=3)}
ANSWER = {"answer": "Đồng ý, chia một phần ba chi phí"}


def announced(ctx_of, *, by="viettel", now=NOW, kind="antenna_tower", at=None, starts_in=date(2027, 2, 1), **values):
    """The id of an announcement."""
    lon, lat = at or spot(ctx_of)
    with ctx_of(by, now=now) as ctx:
        return announce_build(ctx, AnnounceBuild(VALUES | values, kind, starts_in, parsed(lat, lon))).id


def interest_of(ctx_of, build_id, by="vnpt"):
    """The id of the registration of an organisation in an announcement."""
    with ctx_of(by, now=NOW, read_only=True) as ctx:
        own = JointInterest.organisation_id.in_(ctx.actor.organisation_ids)
        return ctx.session.scalars(select(JointInterest.id).where(JointInterest.build_id == build_id, own)).one()


def move(ctx_of, username, workflow, case_id, name, *, now=NOW, **data):
    """Make a move with the version as it stands; the state after it."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(workflow.model, case_id).version
        return fire(ctx, workflow, case_id, name, data, version=version).state


def stated(ctx_of, build_id, *, by="vnpt", now=NOW, **values):
    """The id of a registration that states a need."""
    interest_id = interest_of(ctx_of, build_id, by)
    move(ctx_of, by, INTEREST, interest_id, "state", now=now, **(NEED | values))
    return interest_id


def closed(ctx_of, build_id, *, now=NOW):
    """End the window as the job does."""
    with ctx_of("so.khcn", now=now) as ctx:
        fire_by_clock(ctx, BUILD, lock_case(ctx, BUILD, build_id), "close")
    return build_id


__all__ = [
    "ANSWER",
    "BEFORE",
    "BUILD",
    "DUCT",
    "INTEREST",
    "NEED",
    "TODAY",
    "JointBuild",
    "JointInterest",
    "announced",
    "closed",
    "interest_of",
    "move",
    "stated",
]
