"""Occupations of a tower of Viettel in every state: what the rows of the table name, and what their forms send."""

from sqlalchemy import select

from registry.capacity.models import CapacityPlace
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.occupations.commands import OpenOccupation
from registry.occupations.models import Occupation
from registry.occupations.service import open_occupation
from registry.occupations.workflow import OCCUPATION
from registry.workflow.engine import fire, fire_by_clock, lock_case
from tests.factories.colocation import filed, tower
from tests.factories.occupations import CONTRACT, FOUND
from tests.factories.structures import organisation_id
from tests.permissions.violations import PHOTO

PAPER = ("hợp đồng.pdf", b"%PDF-1.4\n1 0 obj\n<</Length 1>>\nendobj\n%%EOF\n")
FORM = {
    "equipment": "Cáp quang 24 sợi",
    "quantity": "2",
    "marks": "VNPT",
    "found_on": "20/11/2026",
    "is_dead": "false",
    "evidence": "Không có trong hợp đồng nào",
    "place": "0",
    "occupant": "0",
}
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "occupation notify": ("occupation noted", {}),
    "occupation discard": ("occupation noted", {}),
    "occupation claim": ("occupation unclaimed", {}),
    "occupation deny": ("occupation unclaimed", {}),
    "occupation name": ("occupation unclaimed", {"organisation": "vnpt", "text": "Thẻ cáp"}),
    "occupation show_contract": (
        "occupation told",
        {"contract_number": "15/HĐ", "contract_on": "06/05/2024", "files": PAPER},
    ),
    "occupation promise_request": ("occupation told", {}),
    "occupation promise_removal": ("occupation told", {"remove_by": "{today}"}),
    "occupation disown": ("occupation told", {"text": "Thẻ của đơn vị khác"}),
    "occupation withdraw": ("occupation told", {"text": "Nhầm"}),
    "occupation accept_contract": ("occupation shown", {}),
    "occupation recognise": ("occupation disputed", {"text": "Phụ lục còn hiệu lực"}),
    "occupation dispute": ("occupation shown", {"text": "Hợp đồng đã hết hạn"}),
    "occupation record_request": ("occupation regularising", {"request_number": "{request_number}"}),
    "occupation removed": ("occupation removing", {"removed_on": "{today}"}),
    "occupation refer": ("occupation overdue", {}),
}
OCCUPATION_FIELDS = {
    "occupations.new_post": FORM | {"photos": PHOTO},
    "occupations.edit_post": FORM | {"version": "{case_version}"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}
SAID = {"show_contract": CONTRACT, "dispute": {"text": "Hợp đồng đã hết hạn"}}
#: Object -> the steps that lead to it, each by one of the cast.
WAYS = {
    "occupation noted": [],
    "occupation told": [("viettel", "notify")],
    "occupation unclaimed": [("viettel", "notify")],
    "occupation shown": [("viettel", "notify"), ("vnpt", "show_contract")],
    "occupation disputed": [("viettel", "notify"), ("vnpt", "show_contract"), ("viettel", "dispute")],
    "occupation regularising": [("viettel", "notify"), ("vnpt", "promise_request")],
    "occupation removing": [("viettel", "notify"), ("vnpt", "promise_removal")],
    "occupation overdue": [("viettel", "notify")],
}


def occupation_objects(app, ctx_of, position):
    """Object of the table -> what fills addresses and bodies; VNPT is named in all but the unclaimed one."""
    with ctx_of("viettel") as ctx:
        structure = tower(ctx, at=position)
        code, vnpt = structure.code, organisation_id(ctx.session, "vnpt")
        assert ctx.session.scalar(select(CapacityPlace.id).where(CapacityPlace.structure_id == structure.id))
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).number
    objects = {"occupation tower": {"code": code}}
    for name, steps in WAYS.items():
        with ctx_of("viettel") as ctx:
            occupant = None if name == "occupation unclaimed" else vnpt
            case_id = open_occupation(ctx, OpenOccupation(code, FOUND, None, occupant)).id
        for username, step in steps:
            with ctx_of(username) as ctx:
                data = SAID.get(step) or {"remove_by": ctx.today}
                fire(ctx, OCCUPATION, case_id, step, data, version=ctx.session.get_one(Occupation, case_id).version)
        if name == "occupation overdue":
            with ctx_of("so.khcn") as ctx:
                fire_by_clock(ctx, OCCUPATION, lock_case(ctx, OCCUPATION, case_id), "lapse")
        objects[name] = kept(app, ctx_of, case_id) | {"request_number": number}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def kept(app, ctx_of, case_id):
    """A photo of the case, and the version that it is in."""
    with ctx_of("viettel") as ctx:
        command = AddFile(subject_kind="occupation", subject_id=case_id, file_name=PHOTO[0], content=PHOTO[1])
        file = add_file(ctx, STORE.of(app), command)
        version = ctx.session.get_one(Occupation, case_id).version
        return {
            "workflow": "occupation",
            "case_id": case_id,
            "attachment_id": file.id,
            "case_version": version,
            "today": f"{ctx.today:%d/%m/%Y}",
        }
