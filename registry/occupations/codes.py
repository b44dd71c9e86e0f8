"""Closed lists of occupations."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow.
CODE: Final = "occupation"


class OccupationState(Choice):
    """State of an occupation."""

    NOTED = "noted", _l("Mới ghi nhận")
    NOTIFIED = "notified", _l("Chờ bên sử dụng trả lời")
    UNCLAIMED = "unclaimed", _l("Đang xác định chủ sở hữu cáp, thiết bị")
    CONTRACT_SHOWN = "contract_shown", _l("Đã xuất trình hợp đồng")
    DISPUTED = "disputed", _l("Tranh chấp về hợp đồng")
    REGULARISING = "regularising", _l("Đã cam kết đề nghị dùng chung")
    REMOVING = "removing", _l("Đã cam kết tháo dỡ")
    OVERDUE = "overdue", _l("Quá hạn")
    REFERRED = "referred", _l("Đã chuyển cơ quan quản lý")
    CLOSED_CONTRACT = "closed_contract", _l("Khép lại: có hợp đồng")
    CLOSED_REGULARISED = "closed_regularised", _l("Khép lại: đã đề nghị dùng chung")
    CLOSED_REMOVED = "closed_removed", _l("Khép lại: đã tháo dỡ")
    WITHDRAWN = "withdrawn", _l("Đã rút")


class Undertaking(Choice):
    """What the occupant committed itself to."""

    REGULARISE = "regularise", _l("Đề nghị dùng chung")
    REMOVE = "remove", _l("Tháo dỡ")


class OwnershipStance(Choice):
    """An organisation's statement about the ownership of found cables or equipment."""

    CLAIMED = "claimed", _l("Nhận là của đơn vị")
    DENIED = "denied", _l("Xác nhận không thuộc đơn vị")
    NAMED = "named", _l("Được chủ công trình xác định")


class Act(Choice):
    """Act reported by a referral: codes of the violation catalogue."""

    SHARE_WITHOUT_CONTRACT = "share_without_contract", _l("Dùng chung không có hợp đồng")
    OWNER_UNKNOWN = "owner_unknown", _l("Cáp, thiết bị chưa rõ chủ sở hữu")
    DEAD_CABLE_LEFT = "dead_cable_left", _l("Không thu hồi cáp chết")


S = OccupationState
#: No one has to act in these states.
ENDED: Final = (S.CLOSED_CONTRACT, S.CLOSED_REGULARISED, S.CLOSED_REMOVED, S.WITHDRAWN)
TONES: Final[dict[Choice, str]] = {
    S.NOTED: "neutral",
    S.NOTIFIED: "info",
    S.UNCLAIMED: "warn",
    S.CONTRACT_SHOWN: "info",
    S.DISPUTED: "warn",
    S.REGULARISING: "info",
    S.REMOVING: "info",
    S.OVERDUE: "bad",
    S.REFERRED: "warn",
    S.CLOSED_CONTRACT: "good",
    S.CLOSED_REGULARISED: "good",
    S.CLOSED_REMOVED: "good",
    S.WITHDRAWN: "dark",
}
