"""The workflow of violations: reported, verified, minutes, decision by the competent authority, remedy, closed."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, not_, or_, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.i18n import _l
from registry.notices.events import Audience, Party
from registry.violations.codes import (
    CODE,
    LIMITATION,
    NUMBERED,
    ON_PAPER,
    PREPARED,
    SECOND,
    SIGNED,
    Receiver,
    ViolationState,
)
from registry.violations.evidence import used_photos
from registry.violations.law import LIMITATION_TERM, LONG_LIMITATION_TERM, limitation_start
from registry.violations.models import Violation
from registry.violations.papers import freeze_papers
from registry.violations.queries import paper_clauses
from registry.violations.workflow import (
    answering,
    correcting,
    deciding,
    ending,
    enforcing,
    explaining,
    investigating,
    joining,
    terms,
    transferring,
)
from registry.violations.workflow.answering import ANSWERS
from registry.violations.workflow.common import COMPLAINED
from registry.violations.workflow.correcting import CHANGE_TERM
from registry.violations.workflow.ending import COMPLAIN_AGAIN_TERM, COMPLAIN_TERM
from registry.violations.workflow.investigating import INVESTIGATED
from registry.violations.workflow.terms import (
    CLEAN_TERM,
    CLEAN_WARNING_TERM,
    COMPLEX_TERM,
    DEEM_ELECTRONIC_TERM,
    DEEM_POSTED_TERM,
    DEEM_RETURNED_TERM,
    DEFER_TERM,
    DELIVER_TERM,
    EXECUTE_TERM,
    EXPLAIN_MORE_TERM,
    EXPLAIN_ORAL_TERM,
    EXPLAIN_TERM,
    INSTALMENTS_TERM,
    PAY_TERM,
    SETTLE_SECOND_TERM,
    SETTLE_TERM,
    complaint_start,
    complaint_term_of,
    decision_start,
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
        *("minutes", "deliver_minutes", "explain", "grant_time", "hold_hearing", "find_complex"),
        *("record_facts", "decide", "order_remedies", "stop"),
        *("deliver_decision", "pay", "relieve", "enforce", "remedy", "remedied", "remedy_failed", "remedy_late"),
        *("correct", "amend", "annul", "appeal", "uphold", "sue", "merge", "close", "warn"),
        *("accept_complaint", "settle_late"),
        *ANSWERS,
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
_MINUTES_LATE: Final = _l("Hồ sơ được đánh dấu quá hạn lập biên bản; sau đó thời hiệu xử phạt vẫn tính.")
_LATE: Final = _l("Hồ sơ được đánh dấu quá hạn ra quyết định.")
#: The holder of the case decides: the commune, or where it was transferred to.
_DECIDED_BY_HOLDER: Final = (S.MINUTES_MADE, S.EXPLAINING, S.DECISION_OVERDUE)
_EXECUTED: Final = (S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED)
_SUPERIORS: Final = frozenset({Role.LEAD_DEPARTMENT, Role.PROVINCIAL_PC})


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
        Violation.id == case.id, Violation.is_before_province_rule(), Violation.is_open_rule()
    )
    is_readable = ctx.session.scalar(readable) is not None
    return Audience(roles=frozenset({Role.PROVINCIAL_PC} if is_readable else set()))


def _superior(ctx: Ctx, case: Violation) -> Audience:
    """The office that a case was transferred to."""
    return _province(ctx, case) if case.transferred_to is Receiver.PROVINCE_CHAIR else _lead(ctx, case)


def _holder(ctx: Ctx, case: Violation) -> Audience:
    """The office that acts: the commune, or where the case was transferred to."""
    return _commune(ctx, case) if case.transferred_to is None else _superior(ctx, case)


def _reviewer(ctx: Ctx, case: Violation) -> Audience:
    """Who settles a complaint: the issuer, of a second one the committee of the province."""
    return _province(ctx, case) if case.complaint_level == SECOND else _holder(ctx, case)


def _accused(ctx: Ctx, case: Violation) -> Audience:
    """No organisation before the minutes name it: until then it is only suspected."""
    del ctx
    is_known = case.organisation_id is not None and case.minutes_number is not None
    return Audience(organisation_ids=frozenset({case.organisation_id} if is_known and case.organisation_id else set()))


def _with_commune(_ctx: Ctx, model: Any) -> ColumnElement[bool]:
    held: ColumnElement[bool] = model.is_with_commune_rule()
    return held


def _with_superior(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    return not_(_with_commune(ctx, model))


def _with_lead(_ctx: Ctx, model: Any) -> ColumnElement[bool]:
    held: ColumnElement[bool] = model.is_with_lead_rule()
    return held


def _with_province(_ctx: Ctx, model: Any) -> ColumnElement[bool]:
    held: ColumnElement[bool] = model.is_with_province_rule()
    return held


def _settles(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """A first complaint is the work of who holds the case, a second one that of the committee of the province."""
    is_second: ColumnElement[bool] = model.complaint_level == SECOND
    if Role.PROVINCIAL_PC in ctx.actor.roles:
        return or_(is_second, model.is_with_province_rule())
    return not_(is_second)


def _minutes_term(term: str) -> Deadline:
    return Deadline("minutes", term, "minutes_late", _MINUTES_LATE, start=minutes_term_start)


def _decision_term(term: str) -> Deadline:
    return Deadline("decision", term, "lapse", _LATE, start=decision_start, term_of=decision_term_of)


PARTIES: Final = {
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector, watches=True),
    "commune": Party(_l("UBND xã, phường"), _commune, watches=True),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    "province": Party(_l("UBND tỉnh"), _province, watches=True),
    "superior": Party(_l("Cơ quan được chuyển vụ việc"), _superior),
    "holder": Party(_l("Cơ quan đang giữ vụ việc"), _holder),
    "reviewer": Party(_l("Người giải quyết khiếu nại"), _reviewer),
    "accused": Party(_l("Tổ chức nghi vi phạm"), _accused),
}


VIOLATION: Final = Workflow(
    code=CODE,
    label=_l("Vi phạm"),
    one=_l("Hồ sơ vi phạm"),
    prefix="VP",
    model=Violation,
    states=ViolationState,
    start=S.REPORTED,
    moves=(
        *investigating.MOVES,
        *joining.MOVES,
        *explaining.MOVES,
        *deciding.MOVES,
        *transferring.MOVES,
        *enforcing.MOVES,
        *correcting.MOVES,
        *ending.MOVES,
        *answering.MOVES,
        *terms.MOVES,
    ),
    closing=frozenset({"dismiss", "close"}),
    papers=freeze_papers,
    file_questions=used_photos,
    terms={
        LONG_LIMITATION_TERM: _l("Thời hiệu trong lĩnh vực xây dựng, giá"),
        EXPLAIN_TERM: _l("Yêu cầu giải trình"),
        EXPLAIN_MORE_TERM: _l("Gia hạn giải trình tối đa"),
        EXPLAIN_ORAL_TERM: _l("Yêu cầu giải trình trực tiếp"),
        PAY_TERM: _l("Nộp phạt"),
        COMPLEX_TERM: _l("Ra quyết định (vụ việc đặc biệt phức tạp)"),
        DELIVER_TERM: _l("Giao quyết định"),
        EXECUTE_TERM: _l("Thời hiệu thi hành quyết định xử phạt"),
        COMPLAIN_TERM: _l("Khiếu nại lần đầu"),
        COMPLAIN_AGAIN_TERM: _l("Khiếu nại lần hai"),
        DEEM_RETURNED_TERM: _l("Được coi là đã giao (thư trả lại lần thứ ba)"),
        DEEM_ELECTRONIC_TERM: _l("Được coi là đã giao (gửi điện tử)"),
        DEEM_POSTED_TERM: _l("Được coi là đã giao (niêm yết)"),
        SETTLE_SECOND_TERM: _l("Giải quyết khiếu nại lần hai"),
        CHANGE_TERM: _l("Đính chính, sửa đổi quyết định"),
        DEFER_TERM: _l("Hoãn thi hành tiền phạt"),
        INSTALMENTS_TERM: _l("Nộp phạt nhiều lần"),
        CLEAN_WARNING_TERM: _l("Được coi là chưa bị xử phạt (sau cảnh cáo)"),
        CLEAN_TERM: _l("Được coi là chưa bị xử phạt (sau hình thức khác)"),
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
            (*(S.REPORTED, *INVESTIGATED, S.OPEN_FINDING, S.NOT_VIOLATION, S.TIME_BARRED), *_EXECUTED),
            Assignee(
                "inspector",
                P.VIOLATION_HANDLE,
                frozenset({Role.AREA_INSPECTOR, Role.COMMUNE_PC}),
                where=_with_commune,
            ),
        ),
        **dict.fromkeys(
            (*_DECIDED_BY_HOLDER, S.ANNULLED),
            Assignee("commune", P.VIOLATION_DECIDE, frozenset({Role.COMMUNE_PC}), where=_with_commune),
        ),
        S.TRANSFERRED: Assignee("lead", P.VIOLATION_TAKE_OVER, frozenset({Role.LEAD_DEPARTMENT}), where=_with_lead),
        # The department records what they settle, or that they return it; no term of ours runs meanwhile.
        S.PROSECUTING: Assignee("lead", P.VIOLATION_TAKE_OVER, frozenset({Role.LEAD_DEPARTMENT})),
        **dict.fromkeys(COMPLAINED, Assignee("reviewer", P.VIOLATION_REVIEW, mine=_settles)),
    },
    part_numbered=paper_clauses,
    # A case that was transferred is the work of who holds it.
    other_assignees={
        **dict.fromkeys(
            (*_DECIDED_BY_HOLDER, S.ANNULLED),
            Assignee("superior", P.VIOLATION_DECIDE, _SUPERIORS, where=_with_superior),
        ),
        **dict.fromkeys(
            (*_EXECUTED, S.NOT_VIOLATION),
            Assignee("superior", P.VIOLATION_HANDLE, _SUPERIORS, where=_with_superior),
        ),
        S.TRANSFERRED: Assignee(
            "province", P.VIOLATION_TAKE_OVER, frozenset({Role.PROVINCIAL_PC}), where=_with_province
        ),
    },
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
            _l("Hồ sơ được đánh dấu quá hạn khắc phục."),
            start=remedy_start,
        ),
        S.APPEALED: Deadline(
            "complaint",
            SETTLE_TERM,
            "settle_late",
            _l("Hồ sơ được đánh dấu quá hạn giải quyết khiếu nại."),
            start=complaint_start,
            term_of=complaint_term_of,
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
        S.PROSECUTING: "warn",
        S.EXPLAINING: "warn",
        S.DECISION_OVERDUE: "bad",
        S.DECIDED: "warn",
        S.APPEALED: "warn",
        S.COMPLAINT_OVERDUE: "bad",
        S.REMEDYING: "info",
        S.REMEDY_OVERDUE: "bad",
        S.REMEDIED: "good",
        S.ANNULLED: "neutral",
        S.TIME_BARRED: "dark",
        S.CLOSED: "dark",
    },
)
