"""Agreements of VNPT with Viettel in every state: what the rows of the table name, and what their forms send."""

from datetime import timedelta

from registry.colocation.agreements.models import ColocationAgreement, EndingGround
from registry.colocation.agreements.queries import agreed_items
from registry.colocation.agreements.service import edit_contract
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.commands import EditContract
from tests.factories.agreements import active, agreed, contracted, get, installed, move, offered, removing, terms
from tests.factories.agreements import removal as to_take_down
from tests.permissions.violations import photo

PHOTO = ("tram.jpg", photo())
CONTRACT = {
    "version": "{case_version}",
    "contract_number": "12/HĐ",
    "signed_on": "{today}",
    "starts_on": "{today}",
    "ends_on": "{in_two_years}",
    "price_vnd": "3000000",
    "price_period": "month",
    "technical_conditions": "Theo bản vẽ",
    "duties": "Mỗi bên bảo trì thiết bị của mình",
    "termination": "Tháo dỡ trong 30 ngày",
}
DECISION = {"decision_number": "9/QĐ", "decided_on": "{today}", "text": "Giữ hợp đồng"}
RENEWAL = {"annex_number": "PL1", "ends_on": "{in_two_years}"}
NOTICE = {"ground": "breach", "reason": "Chậm trả tiền ba kỳ", "files": PHOTO}
#: Move -> the state of the agreement that it is tried with, and what its form sends besides the version.
CORRECTION = {"contract_number": "21/HĐ", "reason": "Ghi nhầm số"}
MOVES = {
    "propose": ("written", {}),
    "amend": ("proposed", {"text": "Sửa kỳ trả tiền"}),
    "sign": ("proposed", {}),
    "install": ("contracted", {"text": "Đội 3"}),
    "report_installed": ("installing", {"installed_on": "{today}", "before": PHOTO, "after": PHOTO}),
    "object_installed": ("installed", {"text": "Sai cao độ"}),
    "confirm_installed": ("installed", {}),
    "renew": ("active", RENEWAL),
    "ask_renewal": ("active", RENEWAL),
    "withdraw_renewal": ("offered", {}),
    "confirm_renewal": ("offered", {}),
    "decline_renewal": ("offered", {"text": "Giá quá cao"}),
    "withdraw_asked_renewal": ("asked", {}),
    "confirm_asked_renewal": ("asked", {}),
    "decline_asked_renewal": ("asked", {"text": "Cột sắp dời"}),
    "propose_correction": ("active", CORRECTION),
    "withdraw_correction": ("correcting", {}),
    "confirm_correction": ("correcting", {}),
    "decline_correction": ("correcting", {"text": "Hợp đồng ghi đúng"}),
    "ask_correction": ("active", CORRECTION),
    "withdraw_asked_correction": ("correction_asked", {}),
    "confirm_asked_correction": ("correction_asked", {}),
    "decline_asked_correction": ("correction_asked", {"text": "Hợp đồng ghi đúng"}),
    "withdraw_dispute": ("disputed", {}),
    "withdraw_owner_dispute": ("owner_disputed", {}),
    "give_up": ("contracted", {"reason": "Không còn nhu cầu"}),
    "terminate": ("partly_installed", {"reason": "Không còn nhu cầu"}),
    "propose_ending": ("active", {"reason": "Cột sắp dời"}),
    "withdraw_ending": ("ending_proposed", {}),
    "confirm_ending": ("ending_proposed", {}),
    "decline_ending": ("ending_proposed", {"text": "Chưa có chỗ khác"}),
    "ask_ending": ("active", {"reason": "Không còn nhu cầu"}),
    "withdraw_asked_ending": ("ending_asked", {}),
    "confirm_asked_ending": ("ending_asked", {}),
    "decline_asked_ending": ("ending_asked", {"text": "Còn nợ tiền thuê"}),
    "end_alone": ("active", NOTICE),
    "leave": ("active", NOTICE),
    "withdraw_end_alone": ("noticed", {}),
    "withdraw_leave": ("leaving", {}),
    "start_removal": ("removal", {}),
    "report_removed": ("removing", {"removed_on": "{today}", "files": PHOTO}),
    "object_removed": ("reported", {"text": "Còn dây nhảy"}),
    "confirm_removed": ("reported", {}),
    "dispute": ("active", {"text": "Giá tăng"}),
    "dispute_by_owner": ("active", {"text": "Không trả tiền"}),
    "mediate": ("disputed", {"met_on": "{today}", "text": "Hai bên giữ ý kiến"}),
    "consult_price": ("disputed", {"met_on": "{today}", "text": "Nộp chi phí"}),
    "decide_to_go_on": ("disputed", DECISION),
    "decide_to_remove": ("disputed", DECISION),
}
AGREEMENT_FIELDS = {
    "agreements.contract_post": CONTRACT,
    "agreements.item_post": {"version": "{case_version}", "equipment": "AAU 64T64R"},
    "workflow.say": {"text": "Hẹn khảo sát sáng thứ hai"},
    **{
        ("workflow.step_post", f"agreement {name}"): {"version": "{case_version}"} | sent
        for name, (_state, sent) in MOVES.items()
    },
}


#: States of agreements, each of a request of its own.
STATES = (
    *("contracting", "written", "proposed", "contracted", "installing", "installed", "active", "removing", "removal"),
    *("offered", "asked", "correcting", "correction_asked", "reported", "disputed", "owner_disputed"),
    *("partly_installed", "ending_proposed", "ending_asked", "noticed", "leaving"),
)


def states_of(wanted):
    """The states of the agreements that the rows with these objects name."""
    named = {name.removeprefix("agreement ") for name in wanted if name.startswith("agreement ")}
    states = {MOVES[name][0] if name in MOVES else name for name in named}
    return tuple(state for state in STATES if state in states)


#: What leads a new agreement to a state, or to where its last step is made.
LEADS = {
    "contracted": contracted,
    "installing": contracted,
    "installed": installed,
    **dict.fromkeys(("active", "disputed", "correcting", "correction_asked", "owner_disputed"), active),
    **dict.fromkeys(("ending_proposed", "ending_asked", "noticed", "leaving"), active),
    "partly_installed": installed,
    "removing": removing,
    "reported": removing,
    "offered": lambda ctx_of, number: offered(ctx_of, number, "viettel", "renew"),
    "asked": lambda ctx_of, number: offered(ctx_of, number, "vnpt", "ask_renewal"),
}
#: Who makes the last step, which one, and what is said there.
LAST = {
    "proposed": ("viettel", "propose", {}),
    "installing": ("vnpt", "install", {"text": "Đội 3"}),
    "correcting": ("viettel", "propose_correction", CORRECTION),
    "correction_asked": ("vnpt", "ask_correction", CORRECTION),
    "reported": ("vnpt", "report_removed", {"removed_on": None, "files": ["thao.jpg"]}),
    "partly_installed": ("viettel", "object_installed", {"text": "Sai cao độ"}),
    "ending_proposed": ("viettel", "propose_ending", {"reason": "Cột sắp dời"}),
    "ending_asked": ("vnpt", "ask_ending", {"reason": "Không còn nhu cầu"}),
    "noticed": ("viettel", "end_alone", NOTICE | {"ground": EndingGround.BREACH, "files": ["bien-ban.pdf"]}),
    "leaving": ("vnpt", "leave", NOTICE | {"ground": EndingGround.CLAUSE, "files": ["bien-ban.pdf"]}),
    "disputed": ("vnpt", "dispute", {"text": "Giá tăng"}),
    "owner_disputed": ("viettel", "dispute_by_owner", {"text": "Không trả tiền"}),
}


def agreement_objects(ctx_of, states=STATES):
    """Object of the table -> what fills addresses and bodies; `states`: those that agreements are wanted in."""
    numbers = {state: to_take_down(ctx_of) if state == "removal" else agreed(ctx_of)[0] for state in states}
    for state, number in numbers.items():
        _lead_on(ctx_of, state, number)
    with ctx_of("vnpt") as ctx:
        objects = {f"agreement {state}": _given(ctx, number) for state, number in numbers.items()}
    return objects | {
        f"agreement {name}": objects[f"agreement {state}"] | {"move": name}
        for name, (state, _sent) in MOVES.items()
        if state in numbers
    }


def _lead_on(ctx_of, state, number):
    """An agreement to the state that it is called after."""
    if state in LEADS:
        LEADS[state](ctx_of, number)
    if state in ("written", "proposed"):
        with ctx_of("viettel") as ctx:
            edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))
    if state in LAST:
        username, step, data = LAST[state]
        with ctx_of(username) as ctx:
            move(ctx, number, step, **{name: ctx.today if value is None else value for name, value in data.items()})


def _given(ctx, number):
    agreement = ctx.session.get_one(ColocationAgreement, number)
    ((item, _row),) = agreed_items(ctx, agreement)
    return {
        "workflow": AGREEMENT.code,
        "case_id": number,
        "case_version": agreement.version,
        "item_id": item.id,
        "today": f"{ctx.today:%d/%m/%Y}",
        "in_two_years": f"{ctx.today + timedelta(days=730):%d/%m/%Y}",
    }
