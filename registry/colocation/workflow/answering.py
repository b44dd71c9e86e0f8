"""What the owner does: answer each structure, survey, offer something else; and what its silence leads to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.permissions import P
from registry.colocation.codes import MOST_PRICE, ColocationState, OfferKind, RefusalGround
from registry.colocation.moves import answers, common, offers
from registry.colocation.workflow.parts import ANSWERABLE, ANSWERED, DESPITE_ROOM
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND
from registry.workflow.definition import Branch, FilesNeed, ItemsNeed, Move, same_state, text_need

S = ColocationState

MOVES: Final = (
    Move(
        "accept",
        _l("Chấp thuận"),
        _l("Chủ sở hữu chấp thuận"),
        (*ANSWERABLE, S.UPGRADING, S.ACCEPTED, S.REJECTED),
        ANSWERED,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed("items", _l("Công trình được chấp thuận"), answers.acceptable_items, names=common.item_codes),
            text_need("answer", _l("Điều kiện, lời nhắn"), required=False),
            text_need(
                "out_of_turn",
                _l("Lý do chấp thuận trước người nộp trước"),
                required=False,
                hint=_l("Chỉ cần khi chỗ còn lại không đủ cho cả người đã nộp trước; Sở và người đó đọc được lý do."),
            ),
        ),
        guard=answers.may_accept,
        effect=answers.accept,
        notifies=("requester", "lead"),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Từ chối"),
        _l("Chủ sở hữu từ chối"),
        (*ANSWERABLE, S.UPGRADING),
        ANSWERED,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed(
                "items", _l("Công trình bị từ chối"), answers.pending_items, names=common.item_codes, is_preset=False
            ),
            Field("ground", _l("Căn cứ từ chối"), choices=RefusalGround, required=True),
            text_need(
                "evidence",
                _l("Chứng cứ"),
                hint=_l("Số liệu, khảo sát, quy hoạch chứng minh căn cứ; từ chối không có căn cứ là hành vi vi phạm."),
            ),
            DESPITE_ROOM,
            text_need("answer", _l("Trả lời bên đề nghị")),
            FilesNeed("files", _l("Tài liệu chứng minh"), hint=_l("Bắt buộc khi căn cứ là hết dung lượng.")),
        ),
        guard=answers.may_reject,
        effect=answers.reject,
        notifies=("requester", "lead"),
        tone="danger",
    ),
    Move(
        "offer",
        _l("Đề xuất phương án khác"),
        _l("Chủ sở hữu đề xuất phương án khác"),
        ANSWERABLE,
        ANSWERED,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed("items", _l("Công trình có phương án khác"), offers.unanswered_items, names=common.item_codes),
            Field("offer", _l("Phương án"), choices=OfferKind, required=True),
            text_need(
                "answer", _l("Nội dung phương án"), hint=_l("Phạm vi nâng cấp, công trình thay thế, điều kiện khác.")
            ),
            Field("ground", _l("Vì sao chưa chấp thuận như đề nghị"), choices=RefusalGround, required=True),
            text_need("evidence", _l("Chứng cứ")),
            DESPITE_ROOM,
            Field("finish_on", _l("Nâng cấp xong ngày"), python_type=date, hint=_l("Khi đề xuất nâng cấp.")),
            Field(
                "cost_vnd",
                _l("Chi phí bên đề nghị chịu"),
                unit=VND,
                minimum=Decimal(0),
                maximum=MOST_PRICE,
                decimals=0,
                python_type=Decimal,
                hint=_l("Khi đề xuất nâng cấp; 0 nếu không có."),
            ),
            Field("code", _l("Mã công trình thay thế"), max_length=60, hint=_l("Khi đề xuất công trình thay thế.")),
            Field(
                "place",
                _l("Vị trí lắp đặt"),
                max_length=200,
                hint=_l("Tên vị trí trên công trình thay thế, hoặc vị trí khác."),
            ),
            Field(
                "quantity",
                _l("Số lượng"),
                minimum=Decimal(1),
                maximum=Decimal(1000),
                python_type=int,
                hint=_l("Khi khác với đề nghị."),
            ),
            FilesNeed("files", _l("Tài liệu"), hint=_l("Bắt buộc khi căn cứ là hết dung lượng.")),
        ),
        guard=offers.may_offer,
        effect=offers.offer,
        notifies=("requester", "lead"),
    ),
    Move(
        "survey",
        _l("Khảo sát kỹ thuật"),
        _l("Chủ sở hữu tổ chức khảo sát kỹ thuật"),
        (S.UNDER_REVIEW,),
        S.SURVEYING,
        P.COLOCATION_DECIDE,
        needs=(
            Field("survey_on", _l("Ngày khảo sát"), required=True, python_type=date),
            text_need("text", _l("Khảo sát gì, ai dự, liên hệ ai")),
        ),
        guard=answers.is_survey_day,
        notifies=("requester", "lead"),
    ),
    Move(
        "extend",
        _l("Gia hạn trả lời"),
        _l("Chủ sở hữu gia hạn trả lời"),
        (S.UNDER_REVIEW, S.SURVEYING),
        Branch((S.UNDER_REVIEW, S.SURVEYING), same_state),
        P.COLOCATION_DECIDE,
        needs=(
            Field("days", _l("Thêm bao nhiêu ngày"), minimum=Decimal(1), required=True, python_type=int),
            text_need(
                "reason", _l("Sự kiện bất khả kháng"), hint=_l("Chỉ gia hạn một lần, khi có sự kiện bất khả kháng.")
            ),
        ),
        guard=answers.may_extend,
        effect=answers.extend,
        notifies=("requester", "lead"),
    ),
    Move(
        "return",
        _l("Trả lại để bổ sung"),
        _l("Chủ sở hữu trả lại để bổ sung"),
        (S.UNDER_REVIEW, S.SURVEYING),
        S.RETURNED,
        P.COLOCATION_DECIDE,
        needs=(text_need("missing", _l("Cần bổ sung gì")),),
        notifies=("requester",),
    ),
    Move(
        "lapse",
        _l("Quá hạn trả lời"),
        _l("Chủ sở hữu không trả lời trong thời hạn; hồ sơ chuyển Sở Khoa học và Công nghệ"),
        (S.UNDER_REVIEW, S.SURVEYING),
        S.OVERDUE,
        P.CLOCK,
        notifies=("owner", "requester", "lead"),
    ),
    Move(
        "miss_upgrade",
        _l("Quá hạn nâng cấp"),
        _l("Chủ sở hữu không nâng cấp xong trong thời hạn; hồ sơ chuyển Sở Khoa học và Công nghệ"),
        (S.UPGRADING,),
        S.OVERDUE,
        P.CLOCK,
        effect=offers.upgrade_missed,
        notifies=("owner", "requester", "lead"),
    ),
)
