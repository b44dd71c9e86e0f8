"""Agreements in every state, made by the moves that lead there."""

from datetime import timedelta
from decimal import Decimal

from registry.capacity.commands import AddEntry
from registry.capacity.service import add_entry
from registry.colocation.agreements.models import ColocationAgreement, EndingGround
from registry.colocation.agreements.queries import agreed_items, find_agreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.codes import RequestKind
from registry.colocation.commands import EditContract, EditItem, EditRequest
from registry.colocation.queries import entry_options
from registry.colocation.service import edit_item, edit_request
from registry.workflow.engine import fire
from tests.factories.colocation import (
    CONTENT,
    LABEL,
    ON_A_TOWER,
    accept,
    case,
    draft,
    filed,
    fill,
    items_of,
    tower,
)
from tests.factories.colocation import move as ask
from tests.support.clock import NOW

#: What a notice of one side states.
NOTICE = {"ground": EndingGround.BREACH, "reason": "Chậm trả tiền ba kỳ", "files": ["bien-ban.pdf"]}
PHOTOS = {"before": ["truoc.jpg"], "after": ["sau.jpg"]}


def terms(today, **other):
    """A whole contract that begins today."""
    return {
        "contract_number": "12/HĐ-2026",
        "signed_on": today,
        "starts_on": today,
        "ends_on": today + timedelta(days=400),
        "price_vnd": 3_000_000,
        "price_period": "month",
        "technical_conditions": "Theo bản vẽ đã duyệt",
        "duties": "Mỗi bên bảo trì thiết bị của mình",
        "termination": "Tháo dỡ trong 30 ngày",
    } | other


def agreed(ctx_of, *, total=3, quantity=1):
    """A request of VNPT to Viettel that was granted, and its agreement: (id of the agreement, code of the tower)."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=total).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code, quantity=quantity).id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, number))
        ask(ctx, case(ctx, number), "contract")
        return find_agreement(ctx, case(ctx, number)).id, code


def agreed_on(ctx_of, count, *, total=3, quantity=1):
    """A request of VNPT to Viettel for some towers that was granted: (id of the agreement, codes of the towers)."""
    with ctx_of("viettel") as ctx:
        codes = sorted(tower(ctx, name=f"Trạm {number}", total=total).code for number in range(count))
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, *codes, quantity=quantity).id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, number))
        ask(ctx, case(ctx, number), "contract")
        return find_agreement(ctx, case(ctx, number)).id, codes


def lines_of(ctx, number, *prices):
    """Prices of the items of an agreement by their ids; equal parts of the usual rent without any."""
    ids = [item.id for item, _row in agreed_items(ctx, get(ctx, number))]
    return dict(zip(ids, prices or [Decimal(3_000_000 // len(ids))] * len(ids), strict=True))


def take_down(ctx_of, code, *, now=NOW):
    """A confirmed removal of what VNPT has on a tower: (id of its agreement, what its confirmation showed)."""
    with ctx_of("vnpt", now=now) as ctx:
        request = fill(ctx, draft(ctx, code))
        content = CONTENT | {"kind": RequestKind.REMOVE, "wanted_from": ctx.today}
        edit_request(ctx, EditRequest(request.id, request.version, content))
        (item,) = items_of(ctx, request)
        ((entry, _words),) = entry_options(ctx, item.structure_id, request.requester_organisation_id)
        edit_item(ctx, EditItem(request.id, item.id, request.version, item.place_id, ON_A_TOWER, entry))
        number = ask(ctx, request, "submit").id
    with ctx_of("viettel", now=now) as ctx:
        accept(ctx, case(ctx, number))
        ask(ctx, case(ctx, number), "contract")
        removal_id = find_agreement(ctx, case(ctx, number)).id
    with ctx_of("vnpt", now=now) as ctx:
        move(ctx, removal_id, "start_removal")
        move(ctx, removal_id, "report_removed", removed_on=ctx.today, files=["thao.jpg"])
    with ctx_of("viettel", now=now) as ctx:
        shown = AGREEMENT.move("confirm_removed").current_values(ctx, get(ctx, removal_id))
        move(ctx, removal_id, "confirm_removed")
    return removal_id, shown


def get(ctx, number):
    """An agreement as it stands."""
    return ctx.session.get_one(ColocationAgreement, number)


def move(ctx, number, name, **data):
    """Make a move with the agreement's present version."""
    return fire(ctx, AGREEMENT, number, name, data, version=get(ctx, number).version)


def contracted(ctx_of, number, *, prices=None, **other):
    """Both sides have signed; `prices`: those of the items, none where only a total is agreed."""
    with ctx_of("viettel") as ctx:
        lines = {} if prices is None else lines_of(ctx, number, *prices)
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today, **other), lines))
        move(ctx, number, "propose")
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "sign")
    return number


def installed(ctx_of, number, **other):
    """The requester has installed and said so."""
    contracted(ctx_of, number, **other)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "install", text="Đội 3")
        move(ctx, number, "report_installed", installed_on=ctx.today, **PHOTOS)
    return number


def active(ctx_of, number, **other):
    """What was held is in use."""
    installed(ctx_of, number, **other)
    with ctx_of("viettel") as ctx:
        move(ctx, number, "confirm_installed")
    return number


def offered(ctx_of, number, username, name, **other):
    """In use, and one side proposes to renew it."""
    active(ctx_of, number)
    with ctx_of(username) as ctx:
        later = get(ctx, number).ends_on + timedelta(days=300)
        move(ctx, number, name, **{"annex_number": "PL1", "ends_on": later} | other)
    return number


def removing(ctx_of, number):
    """Both sides have agreed that it ends."""
    active(ctx_of, number)
    with ctx_of("vnpt") as ctx:
        move(ctx, number, "ask_ending", reason="Không còn nhu cầu")
    with ctx_of("viettel") as ctx:
        move(ctx, number, "confirm_asked_ending")
    return number


def removal(ctx_of):
    """A request of VNPT to take down what it has on a tower of Viettel, granted: the id of its agreement."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=3).code
        add_entry(ctx, AddEntry(code, LABEL, 1, "vnpt", "Trạm 4G cũ"))
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT | {"kind": RequestKind.REMOVE}))
        (item,) = items_of(ctx, request)
        ((entry, _words),) = entry_options(ctx, item.structure_id, request.requester_organisation_id)
        edit_item(ctx, EditItem(request.id, item.id, request.version, item.place_id, ON_A_TOWER, entry))
        number = ask(ctx, request, "submit").id
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, number))
        ask(ctx, case(ctx, number), "contract")
        return find_agreement(ctx, case(ctx, number)).id
