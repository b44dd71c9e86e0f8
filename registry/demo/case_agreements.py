"""Sample agreements: one whose contract is being written, one that is being installed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import find_agreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.commands import EditContract
from registry.colocation.models import ColocationRequest
from registry.colocation.workflow import COLOCATION
from registry.demo import case_words as words
from registry.demo.cases import POLES, Stage, filed_request, items_of_request, shareable
from registry.workflow.messages import write_message

ASKER: Final = "viettel"
OWNER: Final = ("dienluc", "pc_thanhhoa")
_TERM: Final = timedelta(days=5 * 365)


def play_agreements(stage: Stage) -> None:
    """Two requests for poles that were granted; what is held is counted from now on."""
    poles = shareable(stage, ASKER, OWNER[1], POLES)[::-1]
    _begun(stage, poles[0])
    number = _begun(stage, poles[1])
    with stage.acting(OWNER[0], 0) as ctx:
        agreement = ctx.session.get_one(ColocationAgreement, number)
        dates = {"signed_on": ctx.today, "starts_on": ctx.today, "ends_on": ctx.today + _TERM}
        edit_contract(ctx, EditContract(number, agreement.version, words.CONTRACT | dates))
    stage.move(OWNER[0], 0, AGREEMENT, number, "propose", files=[])
    stage.move(ASKER, 0, AGREEMENT, number, "sign")
    stage.move(ASKER, 0, AGREEMENT, number, "install", text=words.INSTALLERS)
    with stage.acting(ASKER, 0) as ctx:
        write_message(ctx, AGREEMENT, number, words.MESSAGE)


def _begun(stage: Stage, code: str) -> int:
    """The agreement on one pole, just begun."""
    request_id = filed_request(stage, ASKER, 6, code)
    items = items_of_request(stage, request_id)
    stage.move(OWNER[0], 0, COLOCATION, request_id, "accept", items=items, answer=None)
    stage.move(OWNER[0], 0, COLOCATION, request_id, "contract")
    with stage.acting(OWNER[0], 0) as ctx:
        agreement = find_agreement(ctx, ctx.session.get_one(ColocationRequest, request_id))
    if agreement is None:
        raise RuntimeError("the agreement is not there")
    return agreement.id
