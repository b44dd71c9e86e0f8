"""Sites of ubnd.xa, offered, asked for by Viettel, and taken."""

from tests.factories.offered_sites import REQUEST, SITE, OfferedSite, SiteRequest, move, offered, requested
from tests.permissions.infra_plans import infra_plan_objects
from tests.permissions.joint_builds import joint_build_objects
from tests.permissions.operator_plans import operator_plan_objects
from tests.permissions.priority_areas import priority_area_objects

_DOCUMENT = b"%PDF-1.4\n1 0 obj\n<</Site true>>\nendobj\n%%EOF\n"
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "offered_site fill": ("offered_site free", {}),
    "offered_site reopen": ("offered_site taken", {}),
    "offered_site withdraw": ("offered_site asked", {"text": "Sửa chữa nhà"}),
    "site_request grant": ("site_request sent", {"answer": "Đồng ý", "granted_until": "31/12/2027"}),
    "site_request refuse": ("site_request sent", {"answer": "Mái không chịu tải"}),
    "site_request withdraw": ("site_request sent", {"text": "Đổi vị trí"}),
}
OFFERED_SITE_FIELDS = {
    "offered_sites.create": {
        "kind": "land",
        "name": "Đất công khu phố 3",
        "position": "19,807; 105,776",
        "system": "auto",
        "room": "20 m²",
        "terms": "Ba năm",
        "decision_number": "15/QĐ-UBND",
        "files": ("quyet-dinh.pdf", _DOCUMENT),
    },
    "offered_sites.send": {"purpose": "Trạm 5G", "wanted_from": "15/12/2026"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def offered_site_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    sites = {name: offered(ctx_of) for name in ("offered_site free", "offered_site taken", "offered_site asked")}
    move(ctx_of, "ubnd.xa", SITE, sites["offered_site taken"], "fill")
    requests = {"site_request sent": requested(ctx_of, sites["offered_site asked"])}
    objects = {}
    with ctx_of("so.khcn", read_only=True) as ctx:
        for model, workflow, ids in ((OfferedSite, SITE, sites), (SiteRequest, REQUEST, requests)):
            for name, case_id in ids.items():
                version = ctx.session.get_one(model, case_id).version
                objects[name] = {"workflow": workflow.code, "case_id": case_id, "case_version": version}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _fields) in MOVES.items()}


def planning_objects(build):
    """The objects of plans, of areas that they put first and of offered sites."""
    plans = infra_plan_objects(build.ctx_of, build.inside) | operator_plan_objects(build.ctx_of)
    sites = offered_site_objects(build.ctx_of) | joint_build_objects(build.ctx_of, build.inside)
    return plans | sites | priority_area_objects(build.ctx_of, build.inside)
