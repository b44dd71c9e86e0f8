"""A yearly plan of Viettel for the table, and what its form sends."""

from registry.operator_plans.commands import FilePlan
from registry.operator_plans.service import file_rows

_HEADINGS = "Tên công trình;Loại công trình;Vĩ độ hoặc X (m);Kinh độ hoặc Y (m)\n"
OPERATOR_PLAN_FIELDS = {
    "operator_plans.create": {
        "year": "2027",
        "system": "wgs84",
        "file": ("ke-hoach.csv", (_HEADINGS + "Trạm 1;Cột ăng ten;19,9012;105,6103\n").encode()),
    },
}


def operator_plan_objects(ctx_of):
    """Object of the table -> what fills addresses."""
    with ctx_of("viettel") as ctx:
        cells = {"name": "Trạm 1", "kind": "antenna_tower", "first": "19.9032", "second": "105.6143"}
        plan = file_rows(ctx, [(2, cells)], FilePlan(2027, "wgs84", "ke-hoach.xlsx"))
        return {"viettel plan": {"plan_id": plan.id}}
