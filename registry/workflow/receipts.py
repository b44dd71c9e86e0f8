"""The code on the receipt of a case, and what its holder may follow without an account.

The code is a signature of the number under the key of the installation, so nothing is stored and only the
receipt has it. A wrong number and a wrong code fail in the same comparison, before the database is asked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from itsdangerous import Signer
from itsdangerous.encoding import base64_decode
from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.db.row_access import across_organisations
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.time_left import TimeLeft, times_left
from registry.workflow.views import list_events, progress_steps, way_of

_SALT: Final = "case-receipt"
#: 160 bits: 32 characters of base 32, without 0, 1, 8 and 9.
_BYTES: Final = 20
_GROUP: Final = 4
_MOST_TYPED: Final = 80
#: Characters that are not in base 32, and what they are mistaken for.
_LOOKALIKES: Final = str.maketrans({"0": "O", "1": "I", "8": "B"})


@dataclass(frozen=True)
class ReceiptProgress:
    """A case as far as the holder of its receipt may follow it: no names, no contents, no structures."""

    workflow: Workflow
    number: str
    state: Any
    since: datetime
    steps: Sequence[dict[str, Any]]
    #: Label of the party that has to act, "" where none has.
    acting: str
    time_left: TimeLeft | None


def receipt_code(secret: str, number: str) -> str:
    """The code of a case by its number, in groups of four."""
    code = _code(secret, number)
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def find_progress(ctx: Ctx, secret: str, number: str, code: str) -> ReceiptProgress | None:
    """The case of a typed number and code; None alike for an unknown number and a wrong code."""
    wanted = re.sub(r"\s", "", number[:_MOST_TYPED]).upper()
    typed = re.sub(r"[\s-]", "", code[:_MOST_TYPED]).upper().translate(_LOOKALIKES)
    if not hmac.compare_digest(_code(secret, wanted).encode(), typed.encode("utf-8", "replace")):
        return None
    workflow = next((flow for flow in WORKFLOWS.values() if wanted.startswith(f"{flow.prefix}-")), None)
    if workflow is None:
        return None
    # The code is the right to follow this case, whichever organisation the reader is of.
    with across_organisations(ctx, workflow.model.__tablename__):
        case = ctx.session.scalars(select(workflow.model).where(workflow.model.number == wanted)).one_or_none()
        return _progress(ctx, workflow, case) if case is not None else None


def _code(secret: str, number: str) -> str:
    signer = Signer(secret, salt=_SALT, digest_method=hashlib.sha256)
    return b32encode(base64_decode(signer.get_signature(number.encode("utf-8", "replace")))[:_BYTES]).decode()


def _progress(ctx: Ctx, workflow: Workflow, case: Any) -> ReceiptProgress:
    events = list_events(ctx, workflow, case.id)
    assignee = workflow.assignees.get(case.state)
    party = workflow.parties.get(assignee.party) if assignee is not None else None
    return ReceiptProgress(
        workflow=workflow,
        number=case.number,
        state=case.state,
        since=case.state_since,
        steps=progress_steps(workflow, *way_of(workflow, case, events)),
        acting=str(party.label) if party is not None else "",
        time_left=times_left(ctx, workflow, [case]).get(case.id),
    )
