"""How what was in use is taken down again, and what happens where it is not."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.agreements import moves
from registry.colocation.agreements.models import AgreementState
from registry.kernel.i18n import _l
from registry.workflow.definition import FilesNeed, Move, day_need, text_need

S = AgreementState
_REASON: Final = text_need("reason", _l("Lý do chấm dứt"))

MOVES: Final = (
    Move(
        "terminate",
        _l("Chấm dứt, tháo dỡ"),
        _l("Bên sử dụng chấm dứt hợp đồng"),
        (S.INSTALLING, S.ACTIVE),
        S.REMOVING,
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        effect=moves.drop_proposals,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "give_up",
        _l("Chấm dứt, chưa lắp đặt gì"),
        _l("Bên sử dụng chấm dứt hợp đồng khi chưa lắp đặt gì; chỗ được trả lại ngay"),
        (S.CONTRACTED, S.INSTALLING),
        S.TERMINATED,
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        obstacle=moves.nothing_reported,
        effect=moves.lapse,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "cancel",
        _l("Chấm dứt hợp đồng"),
        _l("Chủ sở hữu chấm dứt hợp đồng theo thỏa thuận"),
        (S.ACTIVE,),
        S.REMOVING,
        P.COLOCATION_DECIDE,
        needs=(_REASON, FilesNeed("files", _l("Căn cứ chấm dứt"), required=True)),
        effect=moves.drop_proposals,
        notifies=("requester", "lead"),
        tone="danger",
    ),
    Move(
        "start_removal",
        _l("Bắt đầu tháo dỡ"),
        _l("Bên sử dụng bắt đầu tháo dỡ"),
        (S.CONTRACTING,),
        S.REMOVING,
        P.COLOCATION_REQUEST,
        guard=moves.is_removal,
        notifies=("owner",),
    ),
    Move(
        "end_of_term",
        _l("Hết hạn hợp đồng"),
        _l("Hợp đồng hết hạn; bên sử dụng phải tháo dỡ"),
        (S.ACTIVE,),
        S.REMOVING,
        P.CLOCK,
        effect=moves.drop_proposals,
        notifies=("owner", "requester"),
    ),
    Move(
        "report_removed",
        _l("Báo tháo dỡ xong"),
        _l("Bên sử dụng báo tháo dỡ xong"),
        (S.REMOVING, S.REMOVAL_OVERDUE),
        S.REMOVAL_REPORTED,
        P.COLOCATION_REQUEST,
        needs=(day_need("removed_on", _l("Tháo xong ngày")), FilesNeed("files", _l("Ảnh sau khi tháo"), required=True)),
        guard=moves.may_report_removed,
        effect=moves.report_removed,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "object_removed",
        _l("Chưa tháo hết"),
        _l("Chủ sở hữu báo chưa tháo hết"),
        (S.REMOVAL_REPORTED,),
        S.REMOVING,
        P.COLOCATION_DECIDE,
        needs=(text_need("text", _l("Còn lại gì, ở đâu")), FilesNeed("files", _l("Ảnh"))),
        effect=moves.not_removed,
        notifies=("requester",),
    ),
    Move(
        "confirm_removed",
        _l("Xác nhận tháo dỡ"),
        _l("Chủ sở hữu xác nhận đã tháo dỡ; chỗ được trả lại"),
        (S.REMOVAL_REPORTED,),
        S.TERMINATED,
        P.COLOCATION_DECIDE,
        effect=moves.confirm_removed,
        notifies=("requester",),
        tone="primary",
    ),
    Move(
        "stand_removed",
        _l("Coi như xác nhận tháo dỡ"),
        _l("Chủ sở hữu không trả lời trong thời hạn; coi như đã xác nhận tháo dỡ"),
        (S.REMOVAL_REPORTED,),
        S.TERMINATED,
        P.CLOCK,
        effect=moves.confirm_removed,
        notifies=("owner", "requester"),
    ),
    Move(
        "miss_removal",
        _l("Quá hạn tháo dỡ"),
        _l("Quá hạn tháo dỡ; lập phát hiện cáp, thiết bị không thu hồi"),
        (S.REMOVING,),
        S.REMOVAL_OVERDUE,
        P.CLOCK,
        effect=moves.removal_missed,
        notifies=("owner", "requester", "lead"),
    ),
)
