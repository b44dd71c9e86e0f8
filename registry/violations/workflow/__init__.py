"""The workflow of violations: reported, verified, minutes, decision by the competent authority, remedy, closed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.i18n import _l
from registry.notices.events import Audience, Party
from registry.violations.codes import CODE, LIMITATION, NUMBERED, ON_PAPER, PREPARED, SIGNED, ViolationState
from registry.violations.law import LIMITATION_TERM, LONG_LIMITATION_TERM, limitation_start
from registry.violations.models import Violation
from registry.violations.papers import freeze_papers
from registry.violations.workflow import deciding, ending, enforcing, investigating, terms
from registry.violations.workflow.deciding import EXPLAIN_TERM, minutes_start
from registry.violations.workflow.investigating import INVESTIGATED
from registry.violations.workflow.terms import (
    COMPLEX_TERM,
    PAY_TERM,
    decision_term_of,
    limitation_of,
    minutes_term_start,
    remedy_start,
)
from registry.workflow.definition import Assignee, Deadline, Workflow

S = ViolationState
#: Moves that the accused organisation sees, with their texts; the rest is internal.
SERVED: Final = frozenset(
    {
        *("minutes", "explain", "find_complex", "decide", "pay", "remedy", "remedied", "remedy_failed", "remedy_late"),
        *("appeal", "uphold", "annul", "close"),
    }
)
# A case has one open clock: first the term of the minutes, after its end the limitation, with the minutes the term of
# the decision. The limitation bounds the decision too: `may_decide` computes its end.
_LIMITATION: Final = Deadline(
    LIMITATION,
    LIMITATION_TERM,
    "time_bar",
    _l("Không còn xử phạt được; hồ sơ chuyển sang hết thời hiệu."),
    start=limitation_start,
    term_of=limitation_of,
)
_MINUTES_LATE: Final = _l("Hồ sơ mang dấu quá hạn lập biên bản; sau đó thời hiệu xử phạt vẫn tính.")
_LATE: Final = _l("Hồ sơ mang dấu quá hạn ra quyết định.")
#: The department decides too: the case may have been transferred before.
_DECIDED_BY_BOTH: Final = (S.EXPLAINING, S.DECISION_OVERDUE, S.APPEALED)


def _in_area(role: Role, case: Violation) -> Audience:
    return Audience(roles=frozenset({role}), unit_ids=frozenset({case.unit_id}))


def _inspector(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.AREA_INSPECTOR, case)


def _commune(ctx: Ctx, case: Violation) -> Audience:
    del ctx
    return _in_area(Role.COMMUNE_PC, case)


def _lead(ctx: Ctx, case: Violation) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _province(ctx: Ctx, case: Violation) -> Audience:
    """The committee of the province, of a case transferred to its chair that it may read."""
    readable = select(Violation.id).where(
        Violation.id == case.id, Violation.is_with_province_rule(), Violation.is_open_rule()
    )
    is_readable = ctx.session.scalar(readable) is not None
    return Audience(roles=frozenset({Role.PROVINCIAL_PC} if is_readable else set()))


def _accused(ctx: Ctx, case: Violation) -> Audience:
    """No organisation before the minutes name it: until then it is only suspected."""
    del ctx
    is_known = case.organisation_id is not None and case.minutes_number is not None
    return Audience(organisation_ids=frozenset({case.organisation_id} if is_known and case.organisation_id else set()))


def _minutes_term(term: str) -> Deadline:
    return Deadline("minutes", term, "minutes_late", _MINUTES_LATE, start=minutes_term_start)


def _decision_term(term: str) -> Deadline:
    return Deadline("decision", term, "lapse", _LATE, start=minutes_start, term_of=decision_term_of)


PARTIES: Final = {
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector, watches=True),
    "commune": Party(_l("UBND xã, phường"), _commune, watches=True),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    "province": Party(_l("UBND tỉnh"), _province, watches=True),
    "accused": Party(_l("Tổ chức bị cho là vi phạm"), _accused),
}


VIOLATION: Final = Workflow(
    code=CODE,
    label=_l("Vi phạm"),
    one=_l("Hồ sơ vi phạm"),
    prefix="VP",
    model=Violation,
    states=ViolationState,
    start=S.REPORTED,
    moves=(*investigating.MOVES, *deciding.MOVES, *enforcing.MOVES, *ending.MOVES, *terms.MOVES),
    closing=frozenset({"dismiss", "close"}),
    papers=freeze_papers,
    terms={
        LONG_LIMITATION_TERM: _l("Thời hiệu trong lĩnh vực xây dựng, giá"),
        EXPLAIN_TERM: _l("Yêu cầu giải trình"),
        PAY_TERM: _l("Nộp phạt"),
        COMPLEX_TERM: _l("Ra quyết định (vụ việc đặc biệt phức tạp)"),
    },
    read=P.VIOLATION_READ,
    judged=("accused",),
    opening=("inspector", "commune"),
    # Photos may show third persons, so the accused does not see them.
    files_permission=P.VIOLATION_EVIDENCE,
    page="violations.detail",
    index="violations.index",
    parties=PARTIES,
    assignees={
        **dict.fromkeys(
            (
                *(S.REPORTED, *INVESTIGATED, S.OPEN_FINDING, S.NOT_VIOLATION, S.TIME_BARRED),
                *(S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED),
            ),
            Assignee("inspector", P.VIOLATION_HANDLE),
        ),
        # The department decides what was passed to it; before that, the commune's decisions are no work of its own.
        **dict.fromkeys(
            (S.MINUTES_MADE, *_DECIDED_BY_BOTH), Assignee("commune", P.VIOLATION_DECIDE, frozenset({Role.COMMUNE_PC}))
        ),
        S.TRANSFERRED: Assignee("lead", P.VIOLATION_TAKE_OVER),
    },
    other_assignees=dict.fromkeys(
        _DECIDED_BY_BOTH, Assignee("lead", P.VIOLATION_DECIDE, frozenset({Role.LEAD_DEPARTMENT}))
    ),
    deadlines={
        S.REPORTED: _minutes_term("violation.minutes"),
        S.VERIFYING: _minutes_term("violation.minutes"),
        S.COMPLEX: _minutes_term("violation.minutes_complex"),
        S.MINUTES_OVERDUE: _LIMITATION,
        S.MINUTES_MADE: _decision_term("violation.decide"),
        S.EXPLAINING: _decision_term("violation.decide_explained"),
        S.TRANSFERRED: _decision_term("violation.decide_transferred"),
        S.REMEDYING: Deadline(
            "remedy",
            "violation.remedy_check",
            "remedy_late",
            _l("Hồ sơ mang dấu quá hạn khắc phục."),
            start=remedy_start,
        ),
    },
    event_labels={
        NUMBERED: _l("Cấp số văn bản của hồ sơ vi phạm"),
        PREPARED: _l("Tạo bản PDF biên bản để ký số"),
        SIGNED: _l("Nhận biên bản đã ký số"),
        ON_PAPER: _l("Chuyển biên bản điện tử sang bản giấy"),
    },
    event_facts={"number": _l("Số văn bản"), "signers": _l("Người ký"), "sha256": _l("SHA-256")},
    main_path=(S.REPORTED, S.VERIFYING, S.MINUTES_MADE, S.DECIDED, S.REMEDYING, S.REMEDIED, S.CLOSED),
    tones={
        S.REPORTED: "info",
        S.VERIFYING: "info",
        S.COMPLEX: "info",
        S.MINUTES_OVERDUE: "bad",
        S.OPEN_FINDING: "neutral",
        S.NOT_VIOLATION: "neutral",
        S.MINUTES_MADE: "warn",
        S.TRANSFERRED: "warn",
        S.EXPLAINING: "warn",
        S.DECISION_OVERDUE: "bad",
        S.DECIDED: "warn",
        S.APPEALED: "warn",
        S.REMEDYING: "info",
        S.REMEDY_OVERDUE: "bad",
        S.REMEDIED: "good",
        S.TIME_BARRED: "dark",
        S.CLOSED: "dark",
    },
)
