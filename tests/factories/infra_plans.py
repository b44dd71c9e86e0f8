"""Versions of the plan, made by the services as their users make them, around a point."""

import io
import json
from datetime import date

from registry.infra_plans.commands import Conclude, WritePlan
from registry.infra_plans.models import InfraPlan
from registry.infra_plans.service import conclude, write_plan
from registry.infra_plans.workflow import PLAN
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from registry.workflow.engine import fire
from tests.support.clock import NOW

VALUES = {"name": "Quy hoạch thử", "valid_from": date(2026, 1, 1), "valid_to": None, "note": None}
ISSUED = {"document_number": "1/QĐ-UBND", "document_on": date(2025, 12, 20), "issuer": "UBND tỉnh"}
#: A paper as moves take files: its name and content.
PAPER = [("quyet-dinh.pdf", b"%PDF-1.4\n1 0 obj\n<</Plan true>>\nendobj\n%%EOF\n")]


def apply_plans(ctx_of):
    """Let the law of the days of the tests apply plans."""
    with ctx_of("so.khcn", now=NOW) as ctx:
        add_setting(ctx, AddSetting("plan.in_force", date(2026, 1, 1), True, "Quyết định thử", True, "Đổi"))


def feature(shape, code, allows, **more):
    return {"type": "Feature", "geometry": shape, "properties": {"ma": code, "loai cong trinh": allows} | more}


def square(lon, lat, half=0.002):
    """A square around a point."""
    west, east, south, north = lon - half, lon + half, lat - half, lat + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def file_of(*features):
    content = json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()
    return io.BytesIO(content)


def drafted(ctx_of, *features, by="so.khcn", plan_id=None, version=None, **values):
    """The id of a draft; without features it keeps those that it has."""
    stream = file_of(*features) if features else None
    with ctx_of(by, now=NOW) as ctx:
        return write_plan(ctx, WritePlan(VALUES | values, plan_id, version), stream).id


def move(ctx_of, plan_id, name, *, by="so.khcn", **data):
    """Make a move with the version as it stands; the state after it."""
    with ctx_of(by, now=NOW) as ctx:
        version = ctx.session.get_one(InfraPlan, plan_id).version
        return fire(ctx, PLAN, plan_id, name, data, version=version).state


def issued(ctx_of, *features, **values):
    """The id of an issued version."""
    plan_id = drafted(ctx_of, *features, **values)
    move(ctx_of, plan_id, "issue", **ISSUED | {"files": [1]})
    return plan_id


def concluded(ctx_of, code, *, by="so.khcn", papers=False, **values):
    """The id of a conclusion."""
    defaults = {"aspect": None, "verdict": None, "architecture": None, "reason": "Đối chiếu bản vẽ"}
    with ctx_of(by, now=NOW) as ctx:
        return conclude(ctx, Conclude(code, defaults | values, papers, papers)).id
