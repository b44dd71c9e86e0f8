"""Incidents in every state: what the rows of the table name, and what their forms send."""

from registry.incidents.codes import Agency, Basis, Cause, IncidentKind
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport, StormFile
from registry.incidents.photos import SentPhoto, add_photos
from registry.incidents.public_pages import STORE
from registry.incidents.reporting import as_system
from registry.incidents.rules import new_draft
from registry.incidents.storms import open_storm
from registry.incidents.workflow.referring import ACTS
from registry.kernel.clock import LOCAL_ZONE, local_date
from tests.factories.incidents import TRIAGE, inside, move, report
from tests.factories.structures import make, organisation_id
from tests.permissions.violations import PHOTO
from tests.support.clock import NOW

DAY = f"{NOW.astimezone(LOCAL_ZONE):%d/%m/%Y}"
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "incident triage": (
        "incident reported",
        {"kind": "cable_sagging", "severity": "urgent", "summary": "Cáp võng", "publish": "true"},
    ),
    "incident reject": ("incident reported", {"text": "Không phải hạ tầng viễn thông"}),
    "incident merge": ("incident reported", {"main_number": "{main_number}"}),
    "incident assign": (
        "incident verified",
        {
            "organisation": "{viettel_id}",
            "basis": "mark",
            "proof": "Thẻ ghi VIETTEL",
            "no_photos_reason": "Ảnh có mặt người",
        },
    ),
    "incident acknowledge": ("incident assigned", {"text": "Cử đội"}),
    "incident deny": ("incident assigned", {"text": "Không phải cáp của đơn vị"}),
    "incident make_safe": ("incident assigned", {"text": "Rào chắn"}),
    "incident secure": ("incident assigned", {"text": "Rào chắn"}),
    "incident fix": ("incident safe", {"cause": "traffic", "scope": "Không", "text": "Nâng cáp", "photos": PHOTO}),
    "incident confirm": ("incident fixed", {"text": "Đạt"}),
    "incident send_back": ("incident fixed", {"text": "Còn võng"}),
    "incident hand_over": ("incident verified", {"agency": "construction", "text": "Công trình xây dựng"}),
    "incident accept_handover": ("incident asked", {}),
    "incident decline_handover": ("incident asked", {"text": "Không thuộc thẩm quyền"}),
    "incident refer_police": (
        "incident verified",
        {"police_letter": "12/CV", "police_referred_on": DAY, "text": "Cắt trộm"},
    ),
    "incident police_receipt": ("incident referred", {"police_receipt": "7/BN", "police_received_on": DAY}),
    "incident open_violation": ("incident verified", {"act": "{act_id}", "text": "Cáp không có thẻ"}),
}
_REPORT = {"draft": "{draft}", "at": "{position}", "kind": "cable_cut", "danger": "no", "text": "Cáp đứt"}
INCIDENT_FIELDS = {
    "report.photo_post": {"draft": "{draft}", "photos": PHOTO},
    "report.send": _REPORT,
    "report.look_up_post": {"code": "{code}"},
    "report.reopen": {"draft": "{draft}", "photos": PHOTO},
    "report.reopen_published": {"draft": "{draft}", "photos": PHOTO},
    "report.rate": {"draft": "{draft}", "satisfaction": "4"},
    "report.me_too": {
        "draft": "{draft}",
        "text": "Dây vẫn võng",
        "name": "Lê An",
        "phone": "0912345678",
        "consent": "y",
    },
    "incidents.clear_post": {"decision": "clear"},
    "storms.open_post": {"name": "Lũ quét"},
    "storms.file_post": {"file": ("mat-lien-lac.csv", "Mã trạm, công trình;Đơn vị\nBAO-01;VNPT\n".encode())},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}
_LETTER = {"police_letter": "12/CV", "police_referred_on": local_date(NOW), "text": "Cắt trộm"}
_FIXED = {"cause": Cause.TRAFFIC, "scope": "Không", "text": "Nâng cáp", "photos": ["sau.jpg"]}
_ASKED = {"agency": Agency.CONSTRUCTION, "text": "Công trình xây dựng"}
#: Object -> the steps that lead to it: who makes which move, saying what.
WAYS = {
    "incident reported": [],
    "incident verified": ["triage"],
    "incident asked": ["triage", "hand_over"],
    "incident referred": ["triage", "refer_police"],
    "incident assigned": ["triage", "assign"],
    "incident safe": ["triage", "assign", "make_safe"],
    "incident fixed": ["triage", "assign", "make_safe", "fix"],
    "incident closed": ["triage", "assign", "make_safe", "fix", "confirm"],
}
SAID = {
    "triage": TRIAGE,
    "hand_over": _ASKED,
    "refer_police": _LETTER,
    "make_safe": {"text": "Rào chắn"},
    "fix": _FIXED,
    "confirm": {"text": "Đạt"},
}
#: Moves of the responsible organisation; all others are the commune's.
_OF_OWNER = ("make_safe", "fix")


def incident_objects(app, ctx_of):
    """Object of the table -> what fills addresses and bodies; Viettel is responsible, from `assign` on."""
    at = inside(ctx_of, NOW)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    data = SAID | {"assign": {"organisation": [viettel], "basis": Basis.MARK, "proof": "Thẻ ghi VIETTEL"}}
    data["assign"]["no_photos_reason"] = "Ảnh có mặt người"
    main, _code = report(ctx_of, at=at, now=NOW, kind=IncidentKind.CABLE_CUT)
    objects = {}
    for name, steps in WAYS.items():
        draft = new_draft()
        with ctx_of(None, now=NOW) as ctx:
            add_photos(as_system(ctx), STORE.of(app), draft, [SentPhoto(*PHOTO)])
        number, code = report(ctx_of, at=at, now=NOW, draft=draft)
        for step in steps:
            move(ctx_of, "viettel" if step in _OF_OWNER else "ubnd.xa", number, step, now=NOW, **data[step])
        objects[name] = {"workflow": "incident", "case_id": number, "code": code} | _facts(ctx_of, number, main)
    common = {
        "position": f"{at[1]:.6f}, {at[0]:.6f}",
        "viettel_id": viettel,
        "draft": new_draft(),
        "act_id": _act(ctx_of),
    }
    objects = {name: common | each for name, each in objects.items()}
    objects["incident draft"] = common
    objects["incident of citizen"] = {"report_id": _report_of_citizen(ctx_of, at)}
    objects |= _storm_objects(ctx_of, at, viettel)
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def _report_of_citizen(ctx_of, at):
    number, _code = report(ctx_of, at=at, now=NOW, by="nguoidan")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return ctx.session.query(IncidentReport.id).filter_by(incident_id=number).one().id


def _storm_objects(ctx_of, at, viettel):
    """A storm, the station that a file names, and a file of Viettel's."""
    # Of VNPT: a round of Viettel is to be confirmed in another test.
    with ctx_of("vnpt", now=NOW) as ctx:
        make(ctx, owner="vnpt", at=at, own_code="BAO-01")
    with ctx_of("so.khcn", now=NOW) as ctx:
        storm = open_storm(ctx, "Bão số 10")
        file = StormFile(
            storm_id=storm.id,
            organisation_id=viettel,
            sent_at=ctx.now,
            file_name="mat-lien-lac.csv",
            sha256="0" * 64,
            rows=[],
            problems=[["2", "Mã trạm, công trình", "X", "Không có công trình này"]],
            **dict.fromkeys(("refused", "done", "opened", "restored", "unchanged"), 0),
        )
        ctx.session.add(file)
        ctx.session.flush()
        return {"incident storm": {"storm_id": storm.id}, "viettel storm file": {"file_id": file.id}}


def _facts(ctx_of, number, main):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        case = ctx.session.get_one(Incident, number)
        photos = ctx.session.query(IncidentPhoto.id).join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
        return {
            "case_version": case.version,
            "number": case.number,
            "photo_id": photos.filter(IncidentReport.incident_id == number).one().id,
            "main_number": ctx.session.get_one(Incident, main).number,
        }


def _act(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return next(act.id for act in ACTS.only()(ctx) if act.code == "bad_cabling")
