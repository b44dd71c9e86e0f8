"""Moves before a decision is prepared: verify, make minutes, name the owner, dismiss."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.i18n.stored import stored_text
from registry.violations import known_facts
from registry.violations.codes import Offender, PaperKind, ViolationState
from registry.violations.evidence import list_originals
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper, number_problem
from registry.violations.rules import past_day_problem
from registry.violations.workflow.common import NUMBER, owner_problem, procedure_day
from registry.workflow.definition import Data, FilesNeed, Move, Need, text_need

S = ViolationState
#: States in which minutes can be made.
INVESTIGATED: Final = (S.VERIFYING, S.COMPLEX, S.MINUTES_OVERDUE)
_MINUTES: Final[tuple[Need, ...]] = (
    Field("minutes_number", _l("Số biên bản"), max_length=NUMBER),
    procedure_day("minutes_on", _l("Ngày lập biên bản")),
    Field("offender", _l("Bên vi phạm là"), choices=Offender, required=True),
    Field("offender_name", _l("Tên bên vi phạm"), max_length=200, required=True),
    text_need("text", _l("Nội dung biên bản")),
    Field(
        "is_electronic",
        _l("Bên vi phạm chấp nhận xử lý bằng phương thức điện tử"),
        required=True,
        python_type=bool,
        hint=_l("Khi đó biên bản được ký số và kiểm tra chữ ký; nếu không, lập biên bản giấy."),
    ),
    FilesNeed("files", _l("Bản chụp biên bản")),
)


def may_make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Minutes are made after the discovery, not in the future, against an owner who is known."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    on = data["minutes_on"]
    problems = {
        "minutes_on": past_day_problem(on, local_date(case.found_at), _("ngày phát hiện"), ctx.today),
        "minutes_number": number_problem(ctx, PaperKind.MINUTES, data["minutes_number"], on),
        "": owner_problem(case, kind),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise Invalid(errors)


def make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store number (the next of the agency, if none is typed), day and offender, and the SHA-256 of the evidence."""
    case.minutes_evidence = [sha256 for _name, sha256 in list_originals(ctx, case)]
    on = data["minutes_on"]
    case.minutes_number = issue_paper(ctx, case, PaperKind.MINUTES, on, data["minutes_number"])
    case.minutes_on, case.is_electronic = on, bool(data.get("is_electronic"))
    case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]


def may_hold_open(ctx: Ctx, case: Violation, data: Data) -> None:
    """The act is one without a known owner."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if not kind.owner_first or case.organisation_id is not None:
        raise Invalid(
            {
                "": _(
                    "Hành vi «%(act)s» có bên bị cho là vi phạm hoặc không thuộc loại chưa rõ chủ;"
                    " hãy sửa hồ sơ, chọn hành vi chưa rõ chủ sở hữu và để trống tổ chức.",
                    act=stored_text(kind.act),
                )
            }
        )


def may_name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """The facts name an organisation and the act that was proved."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if case.organisation_id is None or kind.owner_first:
        raise Invalid({"": _("Hồ sơ chưa ghi chủ sở hữu; hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh trước.")})


def name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """From today the term of the minutes runs."""
    del data
    case.owner_proved_on = ctx.today


MOVES: Final = (
    Move(
        "verify",
        _l("Bắt đầu xác minh"),
        _l("Bắt đầu xác minh"),
        (S.REPORTED,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Ghi chú xác minh"), required=False),
            FilesNeed("photos", _l("Ảnh, tài liệu bổ sung")),
        ),
        tone="primary",
    ),
    Move(
        "minutes",
        _l("Lập biên bản"),
        _l("Đã lập biên bản vi phạm"),
        INVESTIGATED,
        S.MINUTES_MADE,
        P.VIOLATION_HANDLE,
        needs=_MINUTES,
        guard=may_make_minutes,
        effect=make_minutes,
        notifies=("accused", "commune"),
        tone="primary",
        presets=known_facts.known_for_minutes,
        hints=known_facts.hints_for_minutes,
    ),
    Move(
        "complex",
        _l("Xác định vụ việc phức tạp"),
        _l("Vụ việc phức tạp, thời hạn lập biên bản dài hơn"),
        (S.REPORTED, S.VERIFYING),
        S.COMPLEX,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao vụ việc phức tạp")),),
        notifies=("commune",),
    ),
    Move(
        "hold_open",
        _l("Ghi nhận chưa rõ chủ sở hữu"),
        _l("Chưa rõ chủ sở hữu, hồ sơ để mở"),
        (S.REPORTED, *INVESTIGATED),
        S.OPEN_FINDING,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Đã làm gì để xác định chủ sở hữu")),),
        guard=may_hold_open,
    ),
    Move(
        "name_owner",
        _l("Xác định chủ sở hữu"),
        _l("Đã xác định chủ sở hữu"),
        (S.OPEN_FINDING,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Căn cứ xác định chủ sở hữu")),
            FilesNeed("files", _l("Ảnh, tài liệu chứng minh")),
        ),
        guard=may_name_owner,
        effect=name_owner,
        notifies=("commune",),
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Kết luận không vi phạm"),
        _l("Kết luận không vi phạm"),
        (*INVESTIGATED, S.OPEN_FINDING),
        S.NOT_VIOLATION,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Vì sao không vi phạm")),),
    ),
)
