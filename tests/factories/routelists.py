"""Lists of streets and proposed streets, made by the services as their users make them."""

import json

from sqlalchemy import func, select

from registry.kernel.fields import parse_value
from registry.routelists.commands import OpenList, ProposeItem
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.service import open_list, propose_item
from registry.routelists.workflow import ITEM, LIST
from registry.structures.commands import GivenPosition
from registry.workflow.engine import fire
from tests.factories.structures import place_inside

TYPED = {
    "street_name": "Đường Trần Phú",
    "from_place": "Ngã tư Phú Sơn",
    "to_place": "Cầu Cốc",
    "work_kind": "underground",
    "reason": "Cáp treo sà thấp, mất mỹ quan",
    "is_urban": "true",
    "linked_project": "Nâng cấp vỉa hè 2027",
    "wanted_from_year": "2027",
    "wanted_to_year": "2028",
}
#: What the form of a street sends besides list, version and place.
FORM = TYPED | {"planned_kinds": "cable_duct", "system": "wgs84", "exception_reason": "Hai đoạn khác bên đường"}
YEAR = 2027
#: Degrees from one street of a list to the next, about 45 m: further than two lines of one street are apart.
APART = 0.0004


def typed_line(*points):
    """Points (longitude, latitude) as a person types them."""
    return "\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in points)


def line(*points):
    """A given line through points (longitude, latitude)."""
    geojson = {"type": "LineString", "coordinates": [list(point) for point in points]}
    return GivenPosition(json.dumps(geojson), typed_line(*points), 4326, "")


def street_at(lon, lat, step=0.002):
    """A line of about 300 m that begins at a place."""
    return line((lon, lat), (lon + step, lat + step))


def values(**texts):
    """Parsed values of a street; `texts` replace typed ones."""
    return {name: parse_value(field, (TYPED | texts).get(name)) for name, field in ITEM_FIELDS.items()}


def a_list(ctx_of, year=YEAR):
    """The id of the list of a year, opened by Sở Xây dựng."""
    with ctx_of("so.xaydung") as ctx:
        list_id = ctx.session.scalar(select(RouteList.id).where(RouteList.year == year))
        return list_id or open_list(ctx, OpenList(year)).id


def propose(ctx_of, *, year=YEAR, position=None, username="ubnd.xa", **texts):
    """The id of a street that a commune has written down."""
    list_id = a_list(ctx_of, year)
    with ctx_of(username) as ctx:
        if position is None:
            before = ctx.session.scalar(select(func.count(RouteItem.id)).where(RouteItem.route_list_id == list_id))
            lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
            position = street_at(lon, lat - APART * before)
            texts = ({"from_place": f"Số nhà {before}"} if before else {}) | texts
        return propose_item(ctx, ProposeItem(list_id, values(**texts), ("cable_duct",), position)).id


def move(ctx_of, username, item_id, name, *, now=None, workflow=ITEM, **data):
    """Make a move with the version as it stands; the id of the case."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.scalars(select(workflow.model.version).where(workflow.model.id == item_id)).one()
        return fire(ctx, workflow, item_id, name, data, version=version).id


def sent(ctx_of, *, now=None, **options):
    """The id of a street under review."""
    return move(ctx_of, "ubnd.xa", propose(ctx_of, **options), "submit", now=now)


def agreed(ctx_of, **options):
    """The id of a street that Sở Xây dựng has agreed to."""
    again = {"exception": options["exception_reason"]} if "exception_reason" in options else {}
    return move(ctx_of, "so.xaydung", sent(ctx_of, **options), "agree", **again)


def issue(ctx_of, list_id, day, number="12/QĐ-SXD"):
    """Issue a list by a decision of a day."""
    decision = {"decision_number": number, "decided_on": day, "files": ["quyet-dinh.pdf"]}
    return move(ctx_of, "so.xaydung", list_id, "issue", workflow=LIST, **decision)


def state_of(ctx_of, case_id, model=RouteItem):
    """The code of the state of a case."""
    with ctx_of("so.khcn") as ctx:
        return ctx.session.get_one(model, case_id).state.value
