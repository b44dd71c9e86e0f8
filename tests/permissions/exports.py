"""A file of Viettel's that can be fetched, and lists that not everybody may see."""

from registry.exports.jobs import STORE
from registry.exports.service import RequestExport, finish, request_export
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.exports.lists import list_of
from tests.support.public_files import make_all

LISTS = {
    "list of structures": "structures",
    "list of violations": "violations",
    "list of sanctions": "sanctions",
    "list of inspections": "inspections",
    "list of campaigns": "campaigns",
    "list of operator reports": "operator_reports",
    "list of villages": "villages",
    "list of village coverage": "village-coverage",
    "list of guidance": "guidance",
    "list of yearly plans": "operator-plans",
    "list of planned structures": "planned-structures",
    "list of priority areas": "priority-areas",
    "list of inspection results": "inspection-items",
    "list of occupations": "occupations",
    "list of obstacles": "obstacles",
    "list of building notices": "building-notices",
    "list of sites": "offered-sites",
    "list of site requests": "site-requests",
    "list of joint builds": "joint-builds",
    "list of joint interests": "joint-interests",
    "list of plans": "infra-plans",
    "list of conclusions": "plan-conclusions",
    "list of street works": "street-works",
    "list of fines": "fines",
    "list of projects": "ppp-projects",
    "list of looks": "looks",
    "list of requests": "colocation",
    "list of figures": "colocation-figures",
    "list of agreements": "agreements",
    "list of streets": "route-items",
    "list of route progress": "route-progress",
    "list of towers": "towers",
    "list of cables": "cables",
    "list of charts": "dashboard",
    "list of published figures": "published-figures",
    "list of procedures": "procedures",
    "list of networks": "ofds",
    "list of public networks": "ofds-public",
    "list of incidents": "incidents",
    "list of indicators": "indicators",
    "list of indicator values": "indicator-series",
    "list of population": "population",
    "list of plan tasks": "plan-tasks",
    "list of route lists": "route-lists",
    "list of street rules": "street-rules",
    "list of tariffs": "tariffs",
    "list of findings": "quality-findings",
}


def export_objects(app, ctx_of):
    """Object of the table -> what its addresses are filled with."""
    formats = {name: list_of(code).formats for name, code in LISTS.items()}
    objects = {
        name: {"list_code": LISTS[name], "file_format": "csv" if ExportFormat.CSV in of_list else of_list[0].value}
        for name, of_list in formats.items()
    }
    # What visitors download whole is made by the worker.
    make_all(app)
    return objects | {"viettel export": {"export_id": finished(app, ctx_of)}}


def finished(app, ctx_of):
    """The id of a file that Viettel asked for and that is there."""
    with ctx_of("viettel") as ctx:
        job, _is_new = request_export(ctx, RequestExport("structures", ExportFormat.CSV, (), "vi"))
    store = STORE.of(app)
    with store.writing() as folder:
        (folder / "made").write_bytes(b"Danh s\xc3\xa1ch")
        size = store.save(folder / "made", job.id)
    with ctx_of("quantri") as ctx:
        finish(ctx, job.id, "cong-trinh.csv", 1, size)
    return job.id
