"""A draft of a plan, an issued version, and conclusions of both departments on a mast of Viettel in the area."""

from datetime import date

from registry.infra_plans.codes import ArchitectureVerdict, Aspect, PlanVerdict
from registry.infra_plans.models import InfraPlan, PlanConclusion
from tests.factories.infra_plans import apply_plans, concluded, drafted, feature, file_of, issued, square
from tests.factories.structures import make
from tests.permissions.violations import photo

_PAPER = ("quyet-dinh.jpg", photo())
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "infra_plan issue": (
        "infra_plan draft",
        {
            "document_number": "2/QĐ-UBND",
            "document_on": "20/11/2026",
            "issuer": "UBND tỉnh",
            "files": _PAPER,
        },
    ),
    "infra_plan end": ("infra_plan issued", {"valid_to": "30/11/2026", "text": "Thay thế"}),
    "infra_plan cancel": ("infra_plan draft", {"text": "Lập lại"}),
    "plan_conclusion withdraw": ("plan_conclusion of plan", {"text": "Đo lại"}),
}
_PLAN = {"name": "Quy hoạch đến năm 2035", "valid_from": "01/01/2030"}
_ZONE = feature(square(105.776, 19.807), "V-01", "tất cả")
INFRA_PLAN_FIELDS = {
    "infra_plans.create": _PLAN | {"file": ("quy-hoach.geojson", file_of(_ZONE).getvalue())},
    "infra_plans.save": _PLAN | {"version": "{case_version}"},
    "plan_conclusions.create": {"aspect": "plan", "verdict": "in_plan", "reason": "Đối chiếu bản đồ"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def infra_plan_objects(ctx_of, position):
    """Object of the table -> what fills addresses and bodies."""
    apply_plans(ctx_of)
    lon, lat = position
    with ctx_of("viettel") as ctx:
        code, other = (make(ctx, at=(lon + step, lat)).code for step in (0, 0.004))
    zone = feature(square(lon, lat), "V-01", "Cột ăng ten")
    plans = {
        "infra_plan draft": drafted(ctx_of, zone, valid_from=date(2027, 1, 1)),
        "infra_plan issued": issued(ctx_of, zone, valid_to=date(2026, 12, 31)),
    }
    conclusions = {
        "plan_conclusion of plan": concluded(ctx_of, code, aspect=Aspect.PLAN, verdict=PlanVerdict.IN_PLAN),
        "plan_conclusion of architecture": concluded(
            ctx_of,
            code,
            by="so.xaydung",
            papers=True,
            aspect=Aspect.ARCHITECTURE,
            architecture=ArchitectureVerdict.FITS,
        ),
    }
    objects = {}
    with ctx_of("so.khcn", read_only=True) as ctx:
        for model, workflow, ids in (
            (InfraPlan, "infra_plan", plans),
            (PlanConclusion, "plan_conclusion", conclusions),
        ):
            for name, case_id in ids.items():
                version = ctx.session.get_one(model, case_id).version
                objects[name] = {"workflow": workflow, "case_id": case_id, "case_version": version}
    objects["infra_plan tower"] = {"code": other}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _fields) in MOVES.items()}
