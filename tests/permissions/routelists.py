"""Lists and streets in every state: what the rows of the table name, and what their forms send."""

from datetime import date

from registry.routelists.content import list_digest
from registry.routelists.models import RouteItem, RouteList
from registry.territory.models import UnitLevel
from registry.territory.queries import get_unit
from tests.factories.routelists import FORM, a_list, agreed, issue, move, propose, sent, street_at
from tests.factories.structures import place_inside
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
    "route withdraw": ("route sent", {}),
    "route resubmit": ("route returned", {}),
    "route review_again": ("route agreed", {"reason": "Sai chiều dài"}),
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
    "routelists.decide": {"item": "{case_id}", "version": "{case_version}", "act": "agree"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def routelist_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        year, street_position = ctx.today.year, street_at(*place_inside(ctx.session, ctx.actor.unit_ids))
        communes = (get_unit(ctx.session, number) for number in sorted(ctx.actor.unit_ids))
        commune = next(
            unit.code for unit in communes if unit.level is UnitLevel.COMMUNE and unit.is_in_force(ctx.today)
        )
    returned = sent(ctx_of, year=year)
    move(ctx_of, "so.xaydung", returned, "return", text="Thiếu ảnh")
    streets = {
        "route draft": propose(ctx_of, year=year),
        "route sent": sent(ctx_of, year=year),
        "route returned": returned,
        "route agreed": agreed(ctx_of, year=year),
    }
    for later in (year + 1, year + 2):
        agreed(ctx_of, year=later)
    lists = {
        "route list": a_list(ctx_of, year),
        "route list settled": a_list(ctx_of, year + 1),
        "route list issued": issue(ctx_of, a_list(ctx_of, year + 2), date(2026, 10, 1)),
    }
    with ctx_of("so.xaydung", read_only=True) as ctx:
        objects = {name: case(ctx, RouteItem, "routeitem", number) for name, number in streets.items()}
        digest = list_digest(ctx, ctx.session.get_one(RouteList, lists["route list settled"]))
        objects |= {name: case(ctx, RouteList, "routelist", number) for name, number in lists.items()}
    workbook = f"Xã, phường;Tên đường;Từ;Đến\n{commune};Phố Mới;A;B\n".encode()
    common = {
        "workbook": workbook,
        "position": street_position.text,
        "list_id": lists["route list"],
        "digest": digest,
        "free_year": year + 3,
    }
    objects = {name: common | each for name, each in objects.items()}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def case(ctx, model, workflow, number):
    case_row = ctx.session.get_one(model, number)
    year = {"year": case_row.year} if model is RouteList else {}
    return year | {"workflow": workflow, "case_id": number, "case_version": case_row.version}
