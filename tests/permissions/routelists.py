"""Lists and streets in every state: what the rows of the table name, and what their forms send."""

import io
from datetime import date, timedelta
from decimal import Decimal

from registry.routelists.comments import comment
from registry.routelists.content import list_digest
from registry.routelists.linked_structures import link_structure
from registry.routelists.linked_works import link_work
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.progress_models import StructureRole
from registry.routelists.proposal import request_proposal
from registry.routelists.queries import geojson_of
from registry.routelists.road_answer_models import RoadManager
from registry.routelists.road_answers import send
from registry.routelists.workbook_service import upload_workbook
from registry.routelists.workflow import LIST
from registry.streets.work_models import StreetWork
from registry.territory.models import UnitLevel
from registry.territory.queries import get_unit
from tests.factories.routelists import FORM, a_list, agreed, issue, line, move, propose, sent, street_at
from tests.factories.street_works import work
from tests.factories.structures import make, organisation_id, place_inside
from tests.permissions.violations import photo

#: Any file that is accepted.
DECISION = ("quyet-dinh.jpg", photo())
STREET = FORM | {"position": "{position}", "echoed": "{position}", "version": "{case_version}"}
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "route submit": ("route draft", {}),
    "route agree": ("route sent", {}),
    "route return": ("route sent", {"text": "Thiếu hiện trạng"}),
    "route reject": ("route sent", {"reason": "Ngoài đô thị"}),
    "route merge": ("route to merge", {"into": "{merge_number}"}),
    "route unmerge": ("route merged", {}),
    "route withdraw": ("route sent", {}),
    "route resubmit": ("route returned", {}),
    "route review_again": ("route agreed", {"reason": "Sai chiều dài"}),
    "route open_joining": ("route listed", {"closes_on": "01/06/2027"}),
    "route start_work": (
        "route listed",
        {"started_on": "01/10/2026", "due_on": "01/10/2027", "photos": ("truoc.jpg", photo())},
    ),
    "route report_work": ("route in work", {"due_on": "01/10/2027"}),
    "route finish_work": (
        "route in work",
        {"ended_on": "01/11/2026", "removed_m": "300", "laid_m": "300", "photos": ("sau.jpg", photo())},
    ),
    "route drop_work": ("route in work", {"ended_on": "01/11/2026", "reason": "Thiếu vốn"}),
    "route list call": ("route list", {"due_on": "{later_day}"}),
    "route list consult": ("route list settled", {"due_on": "{later_day}"}),
    "route list remind": ("route list asked", {}),
    "route list issue": (
        "route list settled",
        {"decision_number": "1/QĐ", "decided_on": "01/10/2026", "files": DECISION, "decision_digest": "{digest}"},
    ),
    "route list reopen": ("route list issued", {"reason": "Bổ sung tuyến"}),
}
ROUTELIST_FIELDS = {
    "routelists.open_year": {"year": "{free_year}"},
    "routelists.create": STREET | {"route_list": "{list_id}"},
    "routelists.save": STREET,
    "routelists.import_file_post": {
        "file": ("danh-muc.csv", "workbook"),
        "is_urban": "true",
        "work_kind": "tidy",
        "reason": "Cáp sà thấp",
    },
    "routelists.read_workbook_post": {"version": "1", "heading_street_name": "1"},
    "routelists.save_board": {"organisation": "{operator}", "entry_version": "", "present_on": "01/10/2026"},
    "routelists.save_need": {"bores": "2", "metres": "200", "need_version": "1"},
    "routelists.ask_road": {"stretch": "Km 1", "manager": "commune", "sent_on": "24/11/2026"},
    "routelists.answer_road": {
        "answer": "{answer_id}",
        "answer_version": "1",
        "result": "agreed",
        "answered_on": "25/11/2026",
    },
    "routelists.save_as_built": {"code": "{built}", "version": "{case_version}"},
    "routelists.remove_as_built": {"code": "{linked_built}", "version": "{case_version}"},
    "routelists.save_planned": {"code": "{planned}", "version": "{case_version}"},
    "routelists.remove_planned": {"code": "{linked_planned}", "version": "{case_version}"},
    "routelists.save_work": {"code": "{street_work}", "version": "{case_version}"},
    "routelists.remove_work": {"code": "{linked_work}", "version": "{case_version}"},
    "routelists.answer_round": {"text": "Không có tuyến nào"},
    "routelists.comment_on": {"text": "Nên làm cùng đường điện"},
    "routelists.reply_to": {"text": "Đã rõ"},
    "routelists.send_proposal": {"budget_1": "1000000000"},
    "routelists.take_proposal": {
        "row": "1",
        "item_1": "{taken_id}",
        "version_1": "{taken_version}",
        "year_1": "{taken_year}",
    },
    "routelists.decide": {"item": "{case_id}", "version": "{case_version}", "act": "agree"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def routelist_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        today, year = ctx.today, ctx.today.year
        street_position = street_at(*place_inside(ctx.session, ctx.actor.unit_ids))
        communes = (get_unit(ctx.session, number) for number in sorted(ctx.actor.unit_ids))
        commune = next(
            unit.code for unit in communes if unit.level is UnitLevel.COMMUNE and unit.is_in_force(ctx.today)
        )
    # The first of its list, as is the one of `route listed`: they begin where the structures stand.
    draft = propose(ctx_of, year=year)
    returned = sent(ctx_of, year=year)
    move(ctx_of, "so.xaydung", returned, "return", text="Thiếu ảnh")
    streets = {
        "route draft": draft,
        "route sent": sent(ctx_of, year=year),
        "route returned": returned,
        "route agreed": agreed(ctx_of, year=year),
    }
    lon, lat = map(float, reversed(street_position.text.splitlines()[0].split(", ")))
    parts = [
        sent(ctx_of, year=year + 5, position=line((lon + at, lat), (lon + at + 0.001, lat)), to_place=f"Ngã tư {at}")
        for at in (0, 0.001, 0.002)
    ]
    with ctx_of("so.xaydung", read_only=True) as ctx:
        merge_number = ctx.session.get_one(RouteItem, parts[1]).number
    move(ctx_of, "so.xaydung", parts[2], "merge", into=merge_number)
    streets |= {"route to merge": parts[0], "route merged": parts[2]}
    agreed(ctx_of, year=year + 1)
    later_day = today + timedelta(days=20)
    listed = [agreed(ctx_of, year=year + 2) for _number in range(3)]
    lists = {
        "route list": a_list(ctx_of, year),
        "route list settled": a_list(ctx_of, year + 1),
        "route list asked": move(
            ctx_of, "so.xaydung", a_list(ctx_of, year + 4), "call", workflow=LIST, due_on=later_day
        ),
        "route list issued": issue(ctx_of, a_list(ctx_of, year + 2), date(2026, 10, 1)),
    }
    streets |= {"route listed": listed[0], "route in work": listed[1], "route asked": listed[2]}
    move(ctx_of, "so.xaydung", listed[2], "open_joining", closes_on=date(2027, 6, 1))
    started = {"started_on": date(2026, 10, 1), "due_on": date(2027, 10, 1), "photos": ["truoc.jpg"]}
    move(ctx_of, "so.xaydung", listed[1], "start_work", **started)
    structures = structures_of_streets(ctx_of, streets) | works_of_street(ctx_of, streets["route listed"])
    with ctx_of("so.xaydung") as ctx:
        street = ctx.session.get_one(RouteItem, listed[2])
        stated = {"stretch": "Km 1", "manager": RoadManager.COMMUNE, "sent_on": date(2026, 11, 24)}
        answer_id = send(ctx, street, stated).id
        comment_id = comment(ctx, streets["route agreed"], "Thiếu ảnh", None).id
        open_run_id = request_proposal(ctx, lists["route list settled"], {year + 1: Decimal(10**9)}).id
        run = request_proposal(ctx, lists["route list"], {year: Decimal(10**9)})
        taken = ctx.session.get_one(RouteItem, streets["route agreed"])
        row = {"id": taken.id, "year": year, "points": 0, "parts": {}}
        sums = {"points": 0, "bound": 0, "citation": "", "needs_verification": True, "years": []}
        run.result, run.finished_at = sums | {"selected": [row], "others": []}, ctx.now
        run_id, taken_version = run.id, taken.version
        table = io.BytesIO(b"Duong;Ten duong;Tu;Den\n1;Pho Moi;A;B\n")
        workbook_id = upload_workbook(ctx, lists["route list"], "danh-muc.csv", table, {}).id
    with ctx_of("so.xaydung", read_only=True) as ctx:
        operator = organisation_id(ctx.session, "viettel")
        objects = {name: case(ctx, RouteItem, "routeitem", number) for name, number in streets.items()}
        digest = list_digest(ctx, ctx.session.get_one(RouteList, lists["route list settled"]))
        objects |= {name: case(ctx, RouteList, "routelist", number) for name, number in lists.items()}
        objects["route list asked"]["list_id"] = lists["route list asked"]
    workbook = f"Xã, phường;Tên đường;Từ;Đến\n{commune};Phố Mới;A;B\n".encode()
    common = {
        "workbook": workbook,
        "position": street_position.text,
        "merge_number": merge_number,
        "list_id": lists["route list"],
        "digest": digest,
        "operator": operator,
        "run_id": run_id,
        "answer_id": answer_id,
        "taken_id": streets["route agreed"],
        "taken_version": taken_version,
        "taken_year": year,
        **structures,
        "kind": "call",
        "paper": "danh-muc",
        "extension": "docx",
        "later_day": f"{later_day:%d/%m/%Y}",
        "free_year": year + 3,
    }
    objects = {name: common | each for name, each in objects.items()}
    objects["route list settled"]["run_id"] = open_run_id
    objects |= {"route comment": {"comment_id": comment_id}, "route list workbook": {"workbook_id": workbook_id}}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def structures_of_streets(ctx_of, streets):
    """Codes of manholes in the streets: built and planned, one of each linked already."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        start = place_inside(ctx.session, ctx.actor.unit_ids)
    statuses = {"built": "active", "linked_built": "active", "planned": "planned", "linked_planned": "planned"}
    with ctx_of("viettel") as ctx:
        codes = {name: make(ctx, kind="manhole", at=start, status=status).code for name, status in statuses.items()}
    for username, street, role in (
        ("so.xaydung", "route listed", StructureRole.BUILT),
        ("ubnd.xa", "route draft", StructureRole.PLANNED),
    ):
        with ctx_of(username) as ctx:
            item = ctx.session.get_one(RouteItem, streets[street])
            link_structure(ctx, item.id, item.version, role, codes[f"linked_{role.value}"])
    return codes


def works_of_street(ctx_of, item_id):
    """Numbers of announced works along a street, one of them linked already."""
    with ctx_of("so.xaydung", read_only=True) as ctx:
        along = geojson_of(ctx, ctx.session.get_one(RouteItem, item_id))
    ids = [work(ctx_of, line=along, work=f"Thay cáp điện {number}") for number in (1, 2)]
    with ctx_of("so.xaydung") as ctx:
        free, linked = (ctx.session.get_one(StreetWork, number).number for number in ids)
        link_work(ctx, item_id, ctx.session.get_one(RouteItem, item_id).version, linked)
    return {"street_work": free, "linked_work": linked}


def case(ctx, model, workflow, number):
    case_row = ctx.session.get_one(model, number)
    year = {"year": case_row.year} if model is RouteList else {}
    return year | {"workflow": workflow, "case_id": number, "case_version": case_row.version}
