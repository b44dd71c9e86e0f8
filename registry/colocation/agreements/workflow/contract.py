"""From the contract to what is installed and in use."""

from __future__ import annotations

from typing import Final

from registry.authz.permissions import P
from registry.colocation.agreements import moves
from registry.colocation.agreements.models import AgreementState
from registry.kernel.i18n import _l
from registry.workflow.definition import Branch, FilesNeed, ItemsNeed, Move, day_need, text_need

S = AgreementState
_NOT_BEGUN: Final = (S.CONTRACTING, S.PROPOSED, S.CONTRACTED)

MOVES: Final = (
    Move(
        "propose",
        _l("Gửi bên sử dụng xác nhận"),
        _l("Chủ sở hữu gửi hợp đồng để xác nhận"),
        (S.CONTRACTING,),
        S.PROPOSED,
        P.COLOCATION_DECIDE,
        needs=(FilesNeed("files", _l("Bản hợp đồng")),),
        guard=moves.is_complete,
        notifies=("requester",),
        tone="primary",
    ),
    Move(
        "amend",
        _l("Đề nghị sửa hợp đồng"),
        _l("Bên sử dụng đề nghị sửa hợp đồng"),
        (S.PROPOSED,),
        S.CONTRACTING,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Cần sửa gì")),),
        notifies=("owner",),
    ),
    Move(
        "sign",
        _l("Xác nhận hợp đồng"),
        _l("Hai bên đã ký hợp đồng"),
        (S.PROPOSED,),
        S.CONTRACTED,
        P.COLOCATION_REQUEST,
        guard=moves.still_stands,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "install",
        _l("Bắt đầu lắp đặt"),
        _l("Bên sử dụng bắt đầu lắp đặt"),
        (S.CONTRACTED,),
        S.INSTALLING,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Đơn vị thi công, biện pháp an toàn, thời gian")),),
        obstacle=moves.has_begun,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "report_installed",
        _l("Báo lắp đặt xong"),
        _l("Bên sử dụng báo lắp đặt xong"),
        (S.INSTALLING,),
        S.INSTALLED,
        P.COLOCATION_REQUEST,
        needs=(
            day_need("installed_on", _l("Lắp xong ngày")),
            FilesNeed("before", _l("Ảnh trước khi lắp"), required=True),
            FilesNeed("after", _l("Ảnh sau khi lắp"), required=True),
            text_need("text", _l("Khác với đề nghị ở điểm nào"), required=False),
        ),
        guard=moves.may_report_installed,
        effect=moves.report_installed,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "object_installed",
        _l("Yêu cầu lắp lại"),
        _l("Chủ sở hữu yêu cầu lắp lại"),
        (S.INSTALLED,),
        S.INSTALLING,
        P.COLOCATION_DECIDE,
        needs=(text_need("text", _l("Chỗ chưa đúng")), FilesNeed("files", _l("Ảnh, tài liệu"))),
        effect=moves.hold_anew,
        notifies=("requester",),
    ),
    Move(
        "confirm_installed",
        _l("Xác nhận lắp đặt"),
        _l("Chủ sở hữu xác nhận lắp đặt; chỗ giữ thành đang dùng"),
        (S.INSTALLED,),
        S.ACTIVE,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed(
                "positions",
                _l("Ghi vị trí thực tế vào hệ thống"),
                moves.installed_positions,
                required=False,
                names=moves.position_codes,
            ),
        ),
        effect=moves.confirm_installed,
        notifies=("requester", "lead"),
        tone="primary",
    ),
    Move(
        "stand_installed",
        _l("Coi như xác nhận lắp đặt"),
        _l("Chủ sở hữu không trả lời trong thời hạn; coi như đã xác nhận lắp đặt"),
        (S.INSTALLED,),
        S.ACTIVE,
        P.CLOCK,
        effect=moves.activate,
        notifies=("owner", "requester", "lead"),
    ),
    Move(
        "lapse",
        _l("Hết hạn giữ chỗ"),
        _l("Hết hạn giữ chỗ mà chưa lắp đặt xong; chỗ được trả lại"),
        _NOT_BEGUN,
        S.EXPIRED,
        P.CLOCK,
        effect=moves.lapse,
        notifies=("owner", "requester"),
    ),
    Move(
        "lapse_installing",
        _l("Hết hạn giữ chỗ khi đang lắp đặt"),
        _l("Hết hạn giữ chỗ khi đang lắp đặt; chưa lắp gì thì chỗ được trả lại, đã lắp thì phải tháo dỡ"),
        (S.INSTALLING,),
        Branch((S.EXPIRED, S.REMOVING), moves.after_installing),
        P.CLOCK,
        effect=moves.lapse_installing,
        notifies=("owner", "requester"),
    ),
)
