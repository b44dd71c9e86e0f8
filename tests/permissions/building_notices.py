"""Notices of Viettel in the area of ubnd.xa: to the lead department, to the commune, to be completed, received."""

from registry.building_notices.codes import NoticeRegime
from registry.building_notices.models import BuildingNotice
from tests.factories.building_notices import CHECKED, move, sent, spot
from tests.factories.priority_areas import economic_zone
from tests.factories.structures import make

DOCUMENT = b"%PDF-1.4\n1 0 obj\n<</Drawing true>>\nendobj\n%%EOF\n"
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "building_notice acknowledge": ("building_notice telecom", dict.fromkeys(CHECKED, "met")),
    "building_notice ask_more": ("building_notice telecom", {"text": "Thiếu bản vẽ"}),
    "building_notice supplement": ("building_notice incomplete", {"text": "Gửi bản vẽ"}),
    "building_notice register_built": ("building_notice received", {"structure": "{tower_code}"}),
    "building_notice withdraw": ("building_notice telecom", {"text": "Thôi xây dựng"}),
}
BUILDING_NOTICE_FIELDS = {
    "building_notices.create": {
        "regime": "telecom",
        "kind": "technical_tunnel",
        "work": "Tuy nen kỹ thuật đường Lê Lợi",
        "position": "19,807; 105,776",
        "system": "auto",
        "starts_on": "15/12/2026",
        "exemption": "Công trình viễn thông thụ động",
        "conformity": "no_plan_in_force",
        "parameters": "Rộng 2 m, cao 2 m",
        "files": ("ban-ve.pdf", DOCUMENT),
    },
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def building_notice_objects(ctx_of, position):
    """Object of the table -> what fills addresses and bodies; each of another kind, for a work has one notice."""
    ids = {
        "building_notice telecom": sent(ctx_of, kind="site_house"),
        "building_notice commencement": sent(ctx_of, regime=NoticeRegime.COMMENCEMENT),
        "building_notice incomplete": sent(ctx_of, kind="cable_pole"),
        "building_notice received": sent(ctx_of),
    }
    economic_zone(ctx_of, spot(ctx_of))
    ids["building_notice in zone"] = sent(ctx_of, regime=NoticeRegime.COMMENCEMENT, kind="manhole")
    move(ctx_of, "so.khcn", ids["building_notice incomplete"], "ask_more", text="Thiếu bản vẽ")
    move(ctx_of, "so.khcn", ids["building_notice received"], "acknowledge", **CHECKED)
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=position).code
    objects = {}
    for name, case_id in ids.items():
        with ctx_of("so.khcn", read_only=True) as ctx:
            version = ctx.session.get_one(BuildingNotice, case_id).version
        objects[name] = {
            "workflow": "building_notice",
            "case_id": case_id,
            "case_version": version,
            "tower_code": code,
        }
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _fields) in MOVES.items()}
