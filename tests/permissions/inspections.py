"""Inspection plans in every state: what the rows of the table name, and what their forms send."""

from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.inspections.codes import ITEM
from registry.inspections.models import InspectionPlan
from tests.factories.inspections import findings_of, inspect, item_of, plan, propose, shared_unit, tower
from tests.permissions.violations import PHOTO

#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "inspection issue": ("inspection draft", {"decision_number": "15/KH", "decided_on": "25/11/2026"}),
    "inspection finish": ("inspection inspected", {}),
    "inspection cancel": ("inspection draft", {"reason": "Trùng kế hoạch"}),
}
INSPECTION_FIELDS = {
    "inspections.create": {
        "purpose": "Kiểm tra cột ăng ten",
        "unit": "{area_id}",
        "starts_on": "01/11/2026",
        "ends_on": "31/12/2026",
    },
    "inspections.edit_post": {
        "version": "{case_version}",
        "purpose": "Kiểm tra cột ăng ten",
        "unit": "{area_id}",
        "starts_on": "01/11/2026",
        "ends_on": "15/12/2026",
    },
    "inspections.add": {"codes": "{free_code}"},
    "inspections.record": {"version": "{item_version}", "inspected_on": "25/11/2026", "reach": "no_access"},
    "inspections.correct": {"field": "height_m", "found": "33,5"},
    "inspection_findings.decide": {"act": "no_maintenance", "is_continuing": "y"},
    "inspection_findings.answer": {"accept": "yes"},
    "inspections.answer": {"version": "{version}", "accept": "no", "reason": "Đo sai"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def inspection_objects(app, ctx_of):
    """Object of the table -> what fills addresses and bodies; every structure of the plans is Viettel's."""
    code, seen_id = tower(ctx_of)
    free, _id = tower(ctx_of)
    hidden_code, hidden = tower(ctx_of, sharing_status="restricted")
    issued = plan(ctx_of, codes=[code], issued=True)
    inspected = plan(ctx_of, codes=[code], issued=True)
    inspect(ctx_of, inspected, *item_of(ctx_of, inspected, seen_id))
    plans = {
        "inspection draft": (plan(ctx_of, codes=[code]), seen_id),
        "inspection issued": (issued, seen_id),
        "inspection inspected": (inspected, seen_id),
        "inspection province": (plan(ctx_of, by="so.khcn", unit_id=None, codes=[code], issued=True), seen_id),
        "inspection hidden": (plan(ctx_of, by="so.khcn", unit_id=None, codes=[hidden_code], issued=True), hidden),
    }
    objects = {"inspection place": {"area_id": shared_unit(ctx_of)}}
    for name, (plan_id, structure_id) in plans.items():
        item_id, version = item_of(ctx_of, plan_id, structure_id)
        with ctx_of("so.khcn", read_only=True) as ctx:
            case_version = ctx.session.get_one(InspectionPlan, plan_id).version
        objects[name] = {
            "workflow": "inspection",
            "case_id": plan_id,
            "case_version": case_version,
            "item_id": item_id,
            "item_version": version,
            "free_code": free,
            "area_id": objects["inspection place"]["area_id"],
            "extension": "docx",
        }
    with ctx_of("kiemtra1") as ctx:
        photo = AddFile(
            subject_kind=ITEM,
            subject_id=objects["inspection issued"]["item_id"],
            file_name=PHOTO[0],
            content=PHOTO[1],
        )
        objects["inspection issued"]["attachment_id"] = add_file(ctx, STORE.of(app), photo).id
    # A field that the rows of the table do not name.
    asked = propose(ctx_of, issued, objects["inspection issued"]["item_id"], field="note", stated="Đã sơn lại")
    # The register took over the day of the inspection.
    objects["inspection correction"] = {"correction_id": asked, "version": 2}
    failed = item_of(ctx_of, inspected, seen_id)
    inspect(ctx_of, inspected, *failed, failing=("common_maintained",))
    objects["inspection finding"] = {"finding_id": findings_of(ctx_of, failed[0])[0].id}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}
