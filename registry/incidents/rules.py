"""Rules of reports on values alone: codes, rough ages, and the term of a case."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.incidents.codes import HAZARD_TERM, KIND_FACTS, Severity
from registry.kernel import base32
from registry.kernel.i18n import _, _n

#: 26 characters of five bits: 130 bits are written, 128 of them random.
CODE_LENGTH: Final = 26
_CODE_BYTES: Final = 17
#: Random bytes of a draft, as hex; what is one character all through was typed, not drawn.
_DRAFT: Final = re.compile(r"(?!(.)\1{31})[0-9a-f]{32}")
_HOUR, _DAY = 3600, 86_400
#: Products of shares differ in the last digits.
_ROUNDING: Final = 1e-9


def new_draft() -> str:
    """The token of a report that is being written; the tracking code follows from it."""
    return secrets.token_hex(16)


def is_draft(text: str) -> bool:
    return _DRAFT.fullmatch(text) is not None


def tracking_code(secret: str, draft: str) -> str:
    """The tracking code of a draft: a form that is sent twice has one code, and the database none."""
    digest = hmac.digest(secret.encode(), b"incident-code:" + draft.encode(), "sha256")
    return base32.code_of(digest[:16] + bytes(_CODE_BYTES - 16), CODE_LENGTH)


def read_tracking_code(text: str) -> str | None:
    """A typed tracking code, with or without dashes; None for anything else."""
    return base32.read_code(text, CODE_LENGTH)


def digest_of(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def rough_age(seconds: float) -> str:
    """The age of a report in words."""
    if seconds < _HOUR:
        return _("trong một giờ qua")
    if seconds < _DAY:
        return _n("%(num)d giờ trước", int(seconds // _HOUR))
    return _n("%(num)d ngày trước", int(seconds // _DAY))


def time_reached_by(share: float, ended: Sequence[float], still_open: Sequence[float]) -> float | None:
    """The time by which a share of cases has ended, counting those that are still open (Kaplan-Meier estimate).

    `ended` are the times of those that ended, `still_open` the ages of the others. None where that share has not ended:
    then no time can be stated.
    """
    ends, ages = sorted(ended), sorted(still_open)
    left = 1.0
    for time, group in groupby(ends):
        count = len(list(group))
        at_risk = len(ends) - bisect_left(ends, time) + len(ages) - bisect_left(ages, time)
        left *= 1 - count / at_risk
        if left <= 1 - share + _ROUNDING:
            return time
    return None


def restore_term(_ctx: Ctx, case: Any) -> str:
    """That of the kind: hazard, mast, cable, station, pole or other; an urgent case of no such kind is a hazard."""
    facts = KIND_FACTS[case.kind]
    return HAZARD_TERM if case.severity is Severity.URGENT and not facts.is_hazard else facts.term


def triage_term(_ctx: Ctx, case: Any) -> str:
    """An urgent case is looked at within the term of hazards."""
    return "incident.triage_hazard" if case.severity is Severity.URGENT else "incident.triage"


def triaged_start(case: Any) -> datetime:
    """The day and hour that it began, if that is stated; else the triage, before it is known who is responsible."""
    start: datetime | None = case.began_at or case.triaged_at
    if start is None:
        message = f"incident {case.id} was not triaged, yet its term is asked for"
        raise RuntimeError(message)
    return start
