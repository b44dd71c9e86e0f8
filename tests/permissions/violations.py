"""Violations in every state: what the rows of the table name, and what their forms send."""

import io
from datetime import UTC, datetime
from decimal import Decimal

from PIL import Image

from registry.documents.signatures import SIGNATURE_ROOTS
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.violations.acts import further_acts
from registry.violations.codes import Offender, PaperDelivery, Receiver
from registry.violations.delegations import AddDelegation, add_delegation
from registry.violations.electronic import prepare_minutes
from registry.violations.models import Violation
from registry.violations.queries import find_kind
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    COMPLAINT,
    DECISION,
    DELEGATION,
    MINUTES,
    NOW,
    PAYMENT,
    PROSECUTION,
    REMEDIED,
    allow_warnings,
    correct,
    inside,
    log,
    move,
)
from tests.support.signing import blank_pdf, issue, sign


def photo(colour="orange"):
    """A small picture, as a phone sends it."""
    target = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(target, "JPEG")
    return target.getvalue()


#: Long enough before that a fine is due.
EARLIER = datetime(2026, 11, 2, 3, tzinfo=UTC)
PHOTO = ("hiện trường.jpg", photo())
PHOTO_AFTER = ("sau.jpg", photo("navy"))
FACTS = {"kind": "bad_cabling", "description": "Cáp võng", "organisation": "0"}
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "violation verify": ("violation reported", {}),
    "violation minutes": (
        "violation verifying",
        {
            "minutes_number": "16/BB",
            "minutes_on": "24/11/2026",
            "offender": "organisation",
            "offender_name": "VNPT",
            "text": "Cáp không gắn thẻ",
        },
    ),
    "violation hold_hearing": (
        "violation explaining",
        {"heard_on": "24/11/2026", "facts": "Ảnh, sơ đồ tuyến", "text": "Đã gắn thẻ"},
    ),
    "violation grant_time": (
        "violation served",
        {"requested_on": "24/11/2026", "until": "08/12/2026", "text": "Chờ tài liệu"},
    ),
    "violation dismiss": ("violation verifying", {"text": "Đã có thẻ"}),
    "violation complex": ("violation reported", {"text": "Nhiều tuyến, nhiều bên"}),
    "violation hold_open": ("violation ownerless", {"text": "Đã hỏi các bên"}),
    "violation add_act": (
        "violation verifying",
        {"act": "{other_act}", "act_occurred_on": "23/11/2026", "act_continues": "false", "text": "Không có hợp đồng"},
    ),
    "violation drop_act": ("violation several", {"act": "{act}", "text": "Ghi nhầm"}),
    "violation add_violator": (
        "violation served",
        {"violator": "0", "violator_name": "Đội B", "text": "Cùng treo cáp"},
    ),
    "violation name_owner": ("violation owned", {"text": "Sơ đồ tuyến"}),
    "violation find_complex": ("violation served", {"text": "Nhiều bên"}),
    "violation explain": ("violation served", {"explained_on": "24/11/2026", "text": "Xin giảm nhẹ"}),
    "violation pay": (
        "violation decided",
        {"paid_on": "24/11/2026", "paid_vnd": "25.000.000", "receipt_number": "BL 0002"},
    ),
    "violation remedy_failed": (
        "violation remedying",
        {"remedy_due_on": "30/12/2026", "text": "Chưa gắn thẻ", "photos": PHOTO_AFTER},
    ),
    "violation transfer": ("violation served", {"receiver": "lead_director", "text": "Vượt thẩm quyền"}),
    "violation accept": ("violation passed", {}),
    "violation return_case": ("violation passed", {"returned_on": "24/11/2026", "text": "Thiếu hồ sơ"}),
    "violation prosecute": ("violation served", {"prosecuted_on": "24/11/2026", "text": "Dấu hiệu tội phạm"}),
    "violation deliver_minutes": ("violation served", {"delivered_on": "24/11/2026", "how": "by_hand"}),
    "violation order_remedies": (
        "violation served",
        {
            "authority": "commune_chair",
            "decision_on": "24/11/2026",
            "ground": "unknown",
            "remedies": "0",
            "remedy": "Gắn thẻ",
            "text": "Chưa rõ bên vi phạm",
        },
    ),
    "violation stop": ("violation served", {"text": "Không đủ căn cứ"}),
    "violation record_facts": (
        "violation served",
        {"verified_on": "24/11/2026", "act": "0", "organisation": "0", "text": "Đã xác minh"},
    ),
    "violation deliver_decision": ("violation decided", {"delivered_on": "24/11/2026", "how": "by_hand"}),
    "violation relieve": (
        "violation unpaid",
        {"relief": "deferral", "granted_on": "24/11/2026", "until": "24/12/2026", "text": "Khó khăn"},
    ),
    "violation enforce": (
        "violation unpaid",
        {"enforced_on": "24/11/2026", "enforcement_number": "1/QĐ-CC", "text": "Khấu trừ tiền"},
    ),
    "violation correct": ("violation decided", {"corrected_on": "24/11/2026", "text": "Sai tên đường"}),
    "violation amend": (
        "violation decided",
        {"amended_on": "24/11/2026", "fine_vnd": "20.000.000", "remedy": "Gắn thẻ", "text": "Giảm nhẹ"},
    ),
    "violation sue": ("violation decided", {"text": "Tòa án khu vực thụ lý"}),
    "violation merge": ("violation reported", {"other_number": "{other_number}", "text": "Cùng một sợi cáp"}),
    "violation decide": (
        "violation served",
        {
            "authority": "commune_chair",
            "decision_number": "89/QĐ",
            "decision_on": "24/11/2026",
            "fine_vnd": "25.000.000",
            "remedy": "Gắn thẻ",
        },
    ),
    "violation settle_elsewhere": ("violation transferred", {"text": "Đã khởi tố"}),
    "violation remedy": ("violation decided", {"remedy_due_on": "20/12/2026"}),
    "violation appeal": ("violation decided", {"complained_on": "24/11/2026", "text": "Không đồng ý"}),
    "violation uphold": ("violation appealed", {"settled_on": "24/11/2026", "text": "Giữ nguyên"}),
    "violation accept_complaint": ("violation appealed", {"accepted_on": "24/11/2026"}),
    "violation warn": (
        "violation served",
        {
            "authority": "commune_chair",
            "decision_on": "24/11/2026",
            "mitigating": "1",
            "remedy": "Gắn thẻ",
            "text": "Lần đầu",
        },
    ),
    "violation send_explanation": ("violation served", {"text": "Xin giảm nhẹ"}),
    "violation name_violator": (
        "violation served",
        {"offender": "individual", "offender_name": "Ông B", "text": "Hợp đồng thuê"},
    ),
    "violation send_proof": (
        "violation remedying",
        {"remedied_on": "24/11/2026", "text": "Đã gắn thẻ", "photos": PHOTO_AFTER},
    ),
    "violation report_payment": (
        "violation decided",
        {"paid_on": "24/11/2026", "paid_vnd": "25.000.000", "receipt_number": "BL 0003"},
    ),
    "violation send_complaint": ("violation decided", {"text": "Không đồng ý"}),
    "violation annul": ("violation appealed", {"annulled_on": "24/11/2026", "text": "Hủy"}),
    "violation remedied": (
        "violation remedying",
        {"remedied_on": "24/11/2026", "text": "Đã gắn thẻ", "photos": PHOTO_AFTER},
    ),
    "violation close": ("violation remedied", {}),
}
VIOLATION_FIELDS = {
    "violations.log_post": FACTS
    | {
        # Of the field of every office that logs.
        "kind": "no_maintenance",
        # Not one of a case: that would be asked about.
        "camera": ("mới.jpg", photo("teal")),
        "position": "{position}",
        "compared": "{position}",
        "system": "wgs84",
        "occurred_on": "23/11/2026",
    },
    "violation_photos.redact_post": {"boxes": "1 1 3 2"},
    "violation_papers.prepare": {"version": "{case_version}"},
    "violation_papers.signed": {"file": ("bien-ban.pdf", "signed_pdf")},
    "violation_papers.on_paper": {"version": "{case_version}", "reason": "Không ký số"},
    "violation_delegations.create": {
        "delegator_name": "Trần Thị Trưởng",
        "deputy_name": "Nguyễn Văn Phó",
        "deputy_post": "Phó Chủ tịch",
        "powers": "sanction",
        "sectors": "telecom",
        "number": "9/GQ",
        "signed_on": "02/11/2026",
        "valid_from": "02/11/2026",
        "valid_to": "31/12/2026",
    },
    "violation_delegations.end": {"ended_on": "30/11/2026", "end_reason": "Quyết định 20/QĐ"},
    "violations.edit_post": FACTS | {"version": "{case_version}"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}
#: Object -> the steps that lead to it: who makes which move, saying what.
WAYS = {
    "violation reported": [],
    "violation verifying": ["verify"],
    "violation several": ["verify", "add_act"],
    "violation served": ["verify", "minutes"],
    "violation electronic": ["verify", "minutes"],
    "violation explaining": ["verify", "minutes", "explain"],
    "violation transferred": ["verify", "minutes", "prosecute"],
    "violation passed": ["verify", "minutes", "transfer"],
    "violation before province": ["verify", "minutes", "to_province", "accept"],
    "violation decided": ["verify", "minutes", "decide"],
    "violation appealed": ["verify", "minutes", "decide", "appeal"],
    "violation remedying": ["verify", "minutes", "decide", "remedy"],
    "violation remedied": ["verify", "minutes", "decide", "pay", "remedy", "remedied"],
    "violation ownerless": ["verify"],
    "violation owned": ["hold_open", "edit"],
}
#: Objects that another office holds: who adds a file to them.
HOLDERS = dict.fromkeys(("violation transferred", "violation passed"), "so.khcn")
HOLDERS["violation before province"] = "ubnd.tinh"
OWNERLESS = ("violation ownerless", "violation owned")
SAID = {
    "add_act": {"act_occurred_on": NOW.date(), "act_continues": False, "text": "Không có hợp đồng"},
    "minutes": MINUTES,
    "explain": {"explained_on": NOW.date(), "text": "Xin giảm nhẹ"},
    "transfer": {"receiver": Receiver.LEAD_DIRECTOR, "text": "Vượt thẩm quyền"},
    "prosecute": PROSECUTION,
    "decide": DECISION,
    "pay": PAYMENT,
    "hold_open": {"text": "Đã hỏi các bên"},
    "appeal": COMPLAINT,
    "remedy": {"remedy_due_on": DECISION["decision_on"]},
    "remedied": REMEDIED,
}


def violation_objects(app, ctx_of, folder):
    """Object of the table -> what fills addresses and bodies; VNPT is named, and photos are kept, in each.

    The root of the certificate that signs minutes is written into the folder.
    """
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
        vnpt = organisation_id(ctx.session, "vnpt")
    allow_warnings(ctx_of)
    objects = {}
    for index, (name, steps) in enumerate(WAYS.items()):
        owner = {} if name in OWNERLESS else {"organisation_id": vnpt}
        # Fifty metres apart: one act is decided once.
        number = log(ctx_of, at=(lon, lat + index * 0.00045), **owner)
        if name in OWNERLESS:
            correct(ctx_of, number, kind="owner_unknown")
        for step in steps:
            if step == "add_act":
                SAID["add_act"]["act"] = [act_id(ctx_of, "share_without_contract")]
            if step == "to_province":
                receiver = SAID["transfer"] | {"receiver": Receiver.PROVINCE_CHAIR}
                move(ctx_of, "ubnd.xa", number, "transfer", **receiver)
                continue
            if step == "accept":
                move(ctx_of, "ubnd.tinh", number, "accept")
                continue
            if step == "edit":
                correct(ctx_of, number, organisation_id=vnpt)
                continue
            electronic = {"is_electronic": True} if (name, step) == ("violation electronic", "minutes") else {}
            move(ctx_of, "ubnd.xa", number, step, **(SAID.get(step, {}) | electronic))
        paper = {"kind": "notice" if name == "violation decided" else "minutes"}
        if name == "violation electronic":
            paper["signed_pdf"] = signed_minutes(app, ctx_of, number, folder)
        objects[name] = (
            {"workflow": "violation", "case_id": number}
            | paper
            | kept(app, ctx_of, number, HOLDERS.get(name, "kiemtra1"))
        )
    objects["violation unpaid"] = {"workflow": "violation", "case_id": unpaid(ctx_of, (lon, lat))} | paper
    objects["violation unpaid"] |= kept(app, ctx_of, objects["violation unpaid"]["case_id"], "kiemtra1")
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        other = ctx.session.get_one(Violation, objects["violation verifying"]["case_id"]).number
    objects["violation reported"]["other_number"] = other
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        several = ctx.session.get_one(Violation, objects["violation several"]["case_id"])
        objects["violation several"]["act"] = further_acts(ctx, several)[0].id
    objects["violation verifying"]["other_act"] = act_id(ctx_of, "share_without_contract")
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        delegation = AddDelegation(DELEGATION, ("sanction",), ("telecom",))
        objects["violation delegation"] = {"delegation_id": add_delegation(ctx, STORE.of(app), delegation).id}
    common = {"position": f"{lat:.6f}, {lon:.6f}"}
    objects = {"violation place": {}} | objects
    objects = {name: common | each for name, each in objects.items()}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


def act_id(ctx_of, code):
    """The row of an act in the catalogue of the day."""
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        return find_kind(ctx.session, code, NOW.date(), NOW.date()).id


def unpaid(ctx_of, at):
    """A fine of a person of VNPT that is long due."""
    with ctx_of("ubnd.xa", now=EARLIER, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    day, lat = EARLIER.date(), at[1] - 0.00045
    number = log(ctx_of, at=(at[0], lat), now=EARLIER, occurred_on=day, organisation_id=vnpt)
    person = {"offender": Offender.INDIVIDUAL, "offender_name": "Ông A", "minutes_on": day, "minutes_number": "1/BB-CN"}
    fine = {"decision_on": day, "decision_number": "1/QĐ-CN", "fine_vnd": Decimal(12_500_000)}
    move(ctx_of, "kiemtra1", number, "verify", now=EARLIER)
    move(ctx_of, "kiemtra1", number, "minutes", now=EARLIER, **(MINUTES | person))
    move(ctx_of, "ubnd.xa", number, "decide", now=EARLIER, **(DECISION | fine))
    move(ctx_of, "kiemtra1", number, "deliver_decision", now=EARLIER, delivered_on=day, how=PaperDelivery.BY_HAND)
    return number


def signed_minutes(app, ctx_of, number, folder):
    """The minutes that wait for it, signed by who made them, with a certificate that the program trusts."""
    root, pdf, path = issue("Cơ quan chứng thực thử"), blank_pdf(), folder / "roots.pem"
    path.write_bytes(root.pem)
    SIGNATURE_ROOTS.put(app, path)
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        version = ctx.session.get_one(Violation, number).version
        prepare_minutes(ctx, STORE.of(app), number, pdf, version)
        return sign(pdf, issue(ctx.actor.display_name, root), authority=root)


def kept(app, ctx_of, number, holder):
    """A photo of the case, and the version that it is in."""
    with ctx_of(holder, now=NOW) as ctx:
        command = AddFile(subject_kind="violation", subject_id=number, file_name=PHOTO[0], content=PHOTO[1])
        file = add_file(ctx, STORE.of(app), command)
        return {"attachment_id": file.id, "case_version": ctx.session.get_one(Violation, number).version}
