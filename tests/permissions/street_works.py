"""Announced works in every state: what the rows of the table name, and what their forms send."""

from datetime import date

from registry.streets.work_models import StreetWork
from tests.factories.planned_routes import typed
from tests.factories.street_works import move, work
from tests.permissions.money import project_objects
from tests.permissions.street_rules import street_rule_objects

_AT = ((0, 5000), (300, 5000))
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "work start": ("work announced", {"started_on": "25/11/2026"}),
    "work postpone": ("work announced", {"starts_on": "05/01/2027", "ends_on": "05/02/2027", "text": "Mưa lớn"}),
    "work finish": ("work going on", {"finished_on": "25/11/2026"}),
    "work cancel": ("work announced", {"text": "Chưa bố trí được vốn"}),
}
_SAID = {
    "kind": "water",
    "work": "Thay ống cấp nước khu phố 3",
    "is_dug": "true",
    "depth_m": "1,2",
    "contact_name": "Lê Thị Hoa",
    "contact_phone": "0237 3852 111",
}
STREET_WORK_FIELDS = {
    "street_works.create": _SAID
    | {
        "starts_on": "10/12/2026",
        "ends_on": "20/01/2027",
        "position": typed(*_AT),
        "system": "wgs84",
        "commune": "0",
    },
    "street_works.save": _SAID | {"version": "{case_version}"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def street_work_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    works = {
        "work announced": work(ctx_of, *_AT),
        "work going on": work(ctx_of, *_AT, work="Thay cột điện", starts_on=date(2026, 11, 20)),
    }
    move(ctx_of, works["work going on"], "start", started_on=date(2026, 11, 24))
    with ctx_of("so.xaydung", read_only=True) as ctx:
        objects = {
            name: {
                "workflow": "street_work",
                "case_id": number,
                "case_version": ctx.session.get_one(StreetWork, number).version,
            }
            for name, number in works.items()
        }
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def street_objects(ctx_of):
    """Rules of streets, works in them, and a project that pays for such."""
    return street_rule_objects(ctx_of) | street_work_objects(ctx_of) | project_objects(ctx_of)
