"""Requests of VNPT to Viettel in every state: what the rows of the table name, and what their forms send."""

from flask import current_app

from registry.colocation.models import ColocationRequest
from registry.colocation.workflow import COLOCATION
from registry.workflow.engine import fire_by_clock, lock_case
from registry.workflow.receipts import receipt_code
from tests.factories.colocation import accept, draft, filed, fill, items_of, move, offer, reject, tower

REQUEST = {
    "version": "{case_version}",
    "kind": "new",
    "contact_name": "Trần Thị Hoa",
    "contact_phone": "0912 345 678",
    "purpose": "Phủ sóng 5G",
    "wanted_from": "01/01/2030",
    "term_months": "60",
}
ITEM = {
    "version": "{case_version}",
    "place": "{place_id}",
    "quantity": "2",
    "equipment": "Trạm 5G",
    "technology": "5g",
    "antennas": "3",
    "attach_height_m": "32",
    "weight_kg": "180",
}
#: Move -> the state of the request that it is tried with, and what its form sends besides the version.
MOVES = {
    "submit": ("draft", {}),
    "discard": ("draft", {}),
    "accept": ("filed", {"items": "{item_id}"}),
    "reject": (
        "filed",
        {"items": "{item_id}", "ground": "unsafe", "evidence": "Quy hoạch", "answer": "Không thuộc quy hoạch"},
    ),
    "return": ("filed", {"missing": "Bản vẽ"}),
    "withdraw": ("filed", {}),
    "resubmit": ("returned", {}),
    "take_up": ("overdue", {"text": "Mời hai bên làm việc"}),
    "dispute": ("rejected", {"text": "Quy hoạch đã sửa"}),
    "close": ("rejected", {}),
    "survey": ("filed", {"survey_on": "{today}", "text": "Khảo sát tại chỗ"}),
    "extend": ("filed", {"days": "5", "reason": "Bão số 10"}),
    "offer": (
        "filed",
        {
            "items": "{item_id}",
            "offer": "terms",
            "answer": "Chỉ còn một vị trí thấp hơn",
            "ground": "not_technically_feasible",
            "evidence": "Bảng tính tải",
            "quantity": "1",
        },
    ),
    "take_offer": ("offered", {"items": "{item_id}"}),
    "decline_offer": ("offered", {"items": "{item_id}"}),
    "mediate": ("escalated", {"met_on": "{today}", "text": "Hai bên giữ ý kiến"}),
    "consult_price": ("escalated", {"met_on": "{today}", "text": "Nộp chi phí"}),
    "withdraw_dispute": ("escalated", {}),
    "contract": ("accepted", {}),
    "ask_contract": ("accepted", {}),
    "extend_reservation": ("accepted", {"reason": "Chờ cấp phép"}),
    "decide": ("escalated", {"decision_number": "12/QĐ", "decided_on": "{today}", "text": "Cho dùng chung"}),
}
#: States of requests that were sent, each with one of its own.
STATES = ("filed", "returned", "overdue", "offered", "accepted", "rejected", "escalated")
COLOCATION_FIELDS = {
    "basket.add": {"code": "{code}"},
    "basket.remove": {"draft": "{case_id}", "version": "{case_version}"},
    "basket.save": {"draft": "{case_id}:{case_version}", "send": ""}
    | {name: value for name, value in REQUEST.items() if name not in ("version", "kind")}
    | {f"antennas__{name}": value for name, value in ITEM.items() if name not in ("version", "place")},
    "colocation.create": {"code": "{code}"},
    "lookup.find": {"number": "{number}", "code": "{receipt}"},
    "colocation.edit_post": REQUEST,
    "colocation.item_post": ITEM,
    "colocation.remove": {"version": "{case_version}"},
    **{
        ("workflow.step_post", f"request {name}"): {"version": "{case_version}"} | sent
        for name, (_state, sent) in MOVES.items()
    },
}


def colocation_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=20).code
    with ctx_of("vnpt") as ctx:
        # The complete draft comes last: structures chosen later would join it.
        numbers = {state: filed(ctx, code).id for state in STATES}
        numbers["draft"] = fill(ctx, draft(ctx, code)).id
    with ctx_of("viettel") as ctx:
        move(ctx, case(ctx, numbers["returned"]), "return", missing="Bản vẽ")
        for state in ("rejected", "escalated"):
            reject(ctx, case(ctx, numbers[state]))
        accept(ctx, case(ctx, numbers["accepted"]), out_of_turn="Thử")
        offer(ctx, case(ctx, numbers["offered"]))
    with ctx_of("vnpt") as ctx:
        move(ctx, case(ctx, numbers["escalated"]), "dispute", text="Quy hoạch đã sửa")
    with ctx_of("so.khcn") as ctx:
        fire_by_clock(ctx, COLOCATION, lock_case(ctx, COLOCATION, numbers["overdue"]), "lapse")
    with ctx_of("vnpt") as ctx:
        objects = {f"request {state}": given(ctx, number) for state, number in numbers.items()}
    return objects | {
        f"request {name}": objects[f"request {state}"] | {"move": name} for name, (state, _) in MOVES.items()
    }


def case(ctx, number):
    return ctx.session.get_one(ColocationRequest, number)


def given(ctx, number):
    request = case(ctx, number)
    (item,) = items_of(ctx, request)
    return {
        "workflow": COLOCATION.code,
        "case_id": number,
        "case_version": request.version,
        "item_id": item.id,
        "place_id": item.place_id,
        "today": f"{ctx.today:%d/%m/%Y}",
        "number": request.number or "",
        "receipt": receipt_code(str(current_app.config["SECRET_KEY"]), request.number or ""),
    }
