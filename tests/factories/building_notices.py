"""Notices before building of Viettel, taken along their way."""

from datetime import date

from registry.building_notices.codes import ChecklistAnswer, NoticeRegime
from registry.building_notices.commands import SendNotice
from registry.building_notices.models import BuildingNotice
from registry.building_notices.service import send_notice
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.kernel.geo.coordinates import parse_position
from registry.structures.codes import PlanConformity
from registry.workflow.engine import fire
from tests.factories.structures import place_inside
from tests.support.clock import NOW

FACTS = {
    "regime": NoticeRegime.TELECOM,
    "work": "Cột ăng ten trạm Hải Bình 2",
    "address": None,
    "starts_on": date(2026, 12, 15),
    "exemption": "Công trình hạ tầng kỹ thuật viễn thông thụ động",
    "conformity": PlanConformity.NO_PLAN_IN_FORCE,
    "plan_item": None,
    "parameters": "Cột A2a cao 42 m, móng 3 × 3 m",
}
CHECKED = dict.fromkeys(("exemption_check", "conformity_check", "parameters_check"), ChecklistAnswer.MET)


def parsed(lat, lon):
    return parse_position(f"{lat}, {lon}", "wgs84")


def spot(ctx_of):
    """A place in the area of ubnd.xa and kiemtra1."""
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def sent(
    ctx_of, *, by="viettel", now=NOW, kind="antenna_tower", position=None, structure=None, joint_build=None, **values
):
    """The id of a notice."""
    if position is None:
        lon, lat = spot(ctx_of)
        position = parsed(lat, lon)
    with ctx_of(by, now=now) as ctx:
        return send_notice(ctx, SendNotice(FACTS | values, kind, position, structure, joint_build)).id


def move(ctx_of, username, case_id, name, *, now=NOW, **data):
    """Make a move with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(BuildingNotice, case_id).version
        return fire(ctx, BUILDING_NOTICE, case_id, name, data, version=version).state
