"""The workflow of an occupation: found, notified, answered by contract, request or removal, otherwise referred."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.notices.events import Audience, Party
from registry.occupations import moves
from registry.occupations.codes import CODE, TONES, Act, OccupationState
from registry.occupations.models import Occupation
from registry.structures.models import Structure
from registry.workflow.definition import Assignee, Branch, Deadline, FilesNeed, Move, Workflow, text_need

S = OccupationState
_NUMBER = 100
#: States in which the occupant may answer: late answers count until the referral.
_ANSWERABLE = (S.NOTIFIED, S.OVERDUE)
_PROMISED = (S.REGULARISING, S.REMOVING)
_OPEN = (S.NOTIFIED, S.UNCLAIMED, S.CONTRACT_SHOWN, S.DISPUTED, *_PROMISED, S.OVERDUE)
_LATE: Final = _l("Hồ sơ mang dấu quá hạn, được chuyển cơ quan quản lý nếu vẫn không có trả lời.")


def _organisation(organisation_id: int | None) -> Audience:
    return Audience(organisation_ids=frozenset() if organisation_id is None else frozenset({organisation_id}))


def _candidates(ctx: Ctx, case: Occupation) -> Audience:
    """All operators while the owner is unknown; none for a restricted structure, of which they may not know."""
    open_one = select(Structure.id).where(Structure.id == case.structure_id, Structure.is_open_rule())
    if case.occupant_organisation_id is not None or ctx.session.scalar(open_one) is None:
        return Audience()
    return Audience(roles=frozenset({Role.OPERATOR}))


def _inspector(_ctx: Ctx, case: Occupation) -> Audience:
    return Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


PARTIES: Final = {
    "owner": Party(_l("Chủ sở hữu công trình"), lambda _ctx, case: _organisation(case.owner_organisation_id)),
    "opener": Party(_l("Đơn vị ghi nhận"), lambda _ctx, case: _organisation(case.opener_organisation_id)),
    "occupant": Party(
        _l("Bên bị cho là sử dụng không hợp đồng"), lambda _ctx, case: _organisation(case.occupant_organisation_id)
    ),
    "candidates": Party(_l("Các doanh nghiệp viễn thông"), _candidates),
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector, watches=True),
    "lead": Party(
        _l("Sở Khoa học và Công nghệ"),
        lambda _ctx, _case: Audience(roles=frozenset({Role.LEAD_DEPARTMENT})),
        watches=True,
    ),
}


def _text(label: object, *, required: bool = True, hint: object = "") -> Field:
    return text_need("text", label, required=required, hint=hint)


MOVES: Final = (
    Move(
        "notify",
        _l("Thông báo bên sử dụng"),
        _l("Đã thông báo có cáp, thiết bị sử dụng không hợp đồng"),
        (S.NOTED,),
        Branch((S.NOTIFIED, S.UNCLAIMED), moves.after_notice),
        P.OCCUPATION_WRITE,
        guard=moves.may_notify,
        effect=moves.notify_occupant,
        notifies=("occupant", "candidates", "owner"),
        tone="primary",
        gives_number=True,
    ),
    Move(
        "discard",
        _l("Bỏ bản ghi"),
        _l("Đã bỏ bản ghi"),
        (S.NOTED,),
        S.WITHDRAWN,
        P.OCCUPATION_WRITE,
        tone="danger",
    ),
    Move(
        "claim",
        _l("Là của chúng tôi"),
        _l("Nhận cáp, thiết bị là của mình"),
        (S.UNCLAIMED, S.NOTIFIED),
        Branch((S.NOTIFIED, S.UNCLAIMED), moves.after_notice),
        P.OCCUPATION_CLAIM,
        needs=(
            _text(_l("Căn cứ nhận"), required=False, hint=_l("Ví dụ: mã tuyến cáp, hồ sơ hoàn công, đầu mối quản lý.")),
            FilesNeed("files", _l("Tài liệu, ảnh chứng minh")),
        ),
        obstacle=moves.not_claimed_yet,
        effect=moves.claim,
        notifies=("owner", "opener"),
        tone="primary",
    ),
    Move(
        "deny",
        _l("Không phải của chúng tôi"),
        _l("Cho biết cáp, thiết bị không phải của mình"),
        (S.UNCLAIMED,),
        S.UNCLAIMED,
        P.OCCUPATION_CLAIM,
        needs=(_text(_l("Căn cứ"), required=False),),
        guard=moves.may_deny,
        effect=moves.deny,
        notifies=("owner",),
    ),
    Move(
        "name",
        _l("Ghi bên sử dụng"),
        _l("Đã xác định bên sử dụng"),
        (S.UNCLAIMED, S.OVERDUE),
        S.NOTIFIED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field("organisation", _l("Bên sử dụng"), max_length=200, required=True, hint=_l("Ví dụ: VNPT Thanh Hóa.")),
            _text(_l("Căn cứ xác định")),
        ),
        guard=moves.may_name,
        effect=moves.name,
        notifies=("occupant",),
        tone="primary",
    ),
    Move(
        "show_contract",
        _l("Xuất trình hợp đồng"),
        _l("Bên sử dụng xuất trình hợp đồng"),
        (*_ANSWERABLE, *_PROMISED),
        S.CONTRACT_SHOWN,
        P.OCCUPATION_ANSWER,
        needs=(
            Field("contract_number", _l("Số hợp đồng"), max_length=_NUMBER, required=True),
            Field("contract_on", _l("Ngày ký"), required=True, python_type=date, span=DaySpan(back=30, ahead=1)),
            FilesNeed("files", _l("Bản chụp hợp đồng"), required=True),
            _text(_l("Giải thích"), required=False),
        ),
        guard=moves.may_show_contract,
        effect=moves.show_contract,
        notifies=("owner", "opener"),
        tone="primary",
    ),
    Move(
        "promise_request",
        _l("Cam kết đề nghị dùng chung"),
        _l("Bên sử dụng cam kết gửi đề nghị dùng chung"),
        _ANSWERABLE,
        S.REGULARISING,
        P.OCCUPATION_ANSWER,
        needs=(_text(_l("Lời nhắn"), required=False),),
        guard=moves.may_undertake,
        effect=moves.undertake_request,
        notifies=("owner", "opener"),
    ),
    Move(
        "promise_removal",
        _l("Cam kết tháo dỡ"),
        _l("Bên sử dụng cam kết tháo dỡ"),
        _ANSWERABLE,
        S.REMOVING,
        P.OCCUPATION_ANSWER,
        needs=(
            Field(
                "remove_by",
                _l("Tháo dỡ xong trước hết ngày"),
                required=True,
                python_type=date,
                span=DaySpan(back=1, ahead=5),
            ),
            _text(_l("Lời nhắn"), required=False),
        ),
        guard=moves.may_undertake_removal,
        effect=moves.undertake_removal,
        notifies=("owner", "opener"),
    ),
    Move(
        "disown",
        _l("Không phải của chúng tôi"),
        _l("Bên được thông báo cho biết không phải của mình"),
        (S.NOTIFIED,),
        S.UNCLAIMED,
        P.OCCUPATION_ANSWER,
        needs=(_text(_l("Căn cứ")),),
        guard=moves.may_disown,
        effect=moves.disown,
        notifies=("owner", "opener"),
    ),
    Move(
        "accept_contract",
        _l("Công nhận hợp đồng"),
        _l("Chủ sở hữu công nhận hợp đồng"),
        (S.CONTRACT_SHOWN, S.DISPUTED, S.REFERRED),
        S.CLOSED_CONTRACT,
        P.OCCUPATION_HANDLE,
        needs=(_text(_l("Ghi chú"), required=False),),
        guard=moves.may_accept,
        effect=moves.end,
        notifies=("occupant", "opener"),
        tone="primary",
    ),
    Move(
        "dispute",
        _l("Không công nhận hợp đồng"),
        _l("Chủ sở hữu không công nhận hợp đồng"),
        (S.CONTRACT_SHOWN,),
        S.DISPUTED,
        P.OCCUPATION_HANDLE,
        needs=(_text(_l("Vì sao không công nhận"), hint=_l("Trong lúc tranh chấp không bên nào được tự tháo dỡ.")),),
        notifies=("occupant", "lead"),
    ),
    Move(
        "recognise",
        _l("Công nhận hợp đồng"),
        _l("Sở Khoa học và Công nghệ kết luận hợp đồng có giá trị"),
        (S.DISPUTED,),
        S.CLOSED_CONTRACT,
        P.OCCUPATION_SETTLE,
        needs=(_text(_l("Căn cứ kết luận")), FilesNeed("files", _l("Tài liệu"))),
        effect=moves.end,
        notifies=("owner", "occupant", "opener"),
        tone="primary",
    ),
    Move(
        "record_request",
        _l("Ghi số đề nghị dùng chung"),
        _l("Bên sử dụng đã gửi đề nghị dùng chung"),
        (S.REGULARISING, S.OVERDUE, S.REFERRED),
        S.CLOSED_REGULARISED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field(
                "request_number",
                _l("Số đề nghị dùng chung"),
                max_length=_NUMBER,
                required=True,
                hint=_l("Ví dụ: DC-2026-000123."),
            ),
        ),
        guard=moves.may_record_request,
        effect=moves.record_request,
        notifies=("occupant", "opener"),
        tone="primary",
    ),
    Move(
        "removed",
        _l("Xác nhận đã tháo dỡ"),
        _l("Đã tháo dỡ"),
        (S.NOTIFIED, S.UNCLAIMED, *_PROMISED, S.OVERDUE, S.REFERRED),
        S.CLOSED_REMOVED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field("removed_on", _l("Ngày tháo dỡ"), required=True, python_type=date, span=DaySpan(back=10, ahead=1)),
            _text(_l("Ghi chú"), required=False),
            FilesNeed("photos", _l("Ảnh sau khi tháo dỡ")),
        ),
        guard=moves.may_confirm_removal,
        effect=moves.confirm_removal,
        notifies=("occupant", "opener"),
    ),
    Move(
        "refer",
        _l("Chuyển cơ quan quản lý"),
        _l("Đã chuyển cơ quan quản lý"),
        (S.OVERDUE, S.DISPUTED),
        S.REFERRED,
        P.OCCUPATION_REFER,
        needs=(
            Field("act", _l("Hành vi"), choices=Act, hint=_l("Để trống thì theo những gì hồ sơ đã ghi.")),
            _text(_l("Nội dung chuyển"), required=False),
        ),
        obstacle=moves.may_refer_now,
        guard=moves.may_refer,
        effect=moves.refer,
        notifies=("owner", "occupant", "inspector", "lead"),
        tone="primary",
    ),
    Move(
        "withdraw",
        _l("Rút hồ sơ"),
        _l("Đã rút hồ sơ"),
        _OPEN,
        S.WITHDRAWN,
        P.OCCUPATION_WRITE,
        needs=(_text(_l("Lý do rút")),),
        effect=moves.end,
        notifies=("occupant", "owner"),
        tone="danger",
    ),
    Move(
        "lapse",
        _l("Quá hạn"),
        _l("Hết thời hạn mà chưa được giải quyết"),
        (S.NOTIFIED, S.UNCLAIMED, S.DISPUTED, *_PROMISED),
        S.OVERDUE,
        P.CLOCK,
        notifies=("owner", "occupant", "opener", "inspector"),
    ),
    Move(
        "report",
        _l("Tự động chuyển cơ quan quản lý"),
        _l("Quá hạn; hồ sơ được chuyển cơ quan quản lý"),
        (S.OVERDUE,),
        S.REFERRED,
        P.CLOCK,
        effect=moves.refer,
        notifies=("owner", "occupant", "inspector", "lead"),
    ),
)

OCCUPATION: Final = Workflow(
    code=CODE,
    label=_l("Chiếm dụng không hợp đồng"),
    prefix="CD",
    model=Occupation,
    states=OccupationState,
    start=S.NOTED,
    moves=MOVES,
    closing=frozenset({"discard", "withdraw", "removed"}),
    read=P.OCCUPATION_READ,
    judged=("owner", "occupant"),
    page="occupations.detail",
    index="occupations.index",
    parties=PARTIES,
    assignees={
        S.NOTED: Assignee("opener", P.OCCUPATION_WRITE),
        **dict.fromkeys((S.NOTIFIED, *_PROMISED), Assignee("occupant", P.OCCUPATION_ANSWER)),
        **dict.fromkeys((S.UNCLAIMED, S.CONTRACT_SHOWN, S.OVERDUE), Assignee("owner", P.OCCUPATION_HANDLE)),
        # The owner may still accept the contract; the department settles the dispute.
        S.DISPUTED: Assignee("lead", P.OCCUPATION_SETTLE, act=_l("Kết luận về hợp đồng")),
    },
    deadlines={
        S.NOTIFIED: Deadline("answer", "occupation.answer", "lapse", _LATE),
        S.UNCLAIMED: Deadline("claim", "occupation.claim", "lapse", _LATE),
        S.REGULARISING: Deadline("regularise", "occupation.regularise", "lapse", _LATE),
        S.DISPUTED: Deadline(
            "settlement",
            "occupation.settlement",
            "lapse",
            _l("Hồ sơ mang dấu quá hạn; chủ sở hữu được chuyển cơ quan quản lý."),
        ),
        S.REMOVING: Deadline("removal", "occupation.removal", "lapse", _LATE, start=moves.promised_day),
        S.OVERDUE: Deadline(
            "referral", "occupation.referral", "report", _l("Hồ sơ tự chuyển cơ quan quản lý, thành hồ sơ vi phạm.")
        ),
    },
    main_path=(S.NOTED, S.NOTIFIED, S.REGULARISING, S.CLOSED_REGULARISED),
    tones=TONES,
)
