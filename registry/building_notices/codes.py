"""Closed lists of notices before building."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow.
CODE: Final = "building_notice"


class NoticeRegime(Choice):
    """Which law asks for the notice."""

    TELECOM = "telecom", _l("Thông báo xây dựng công trình viễn thông")
    COMMENCEMENT = "commencement", _l("Thông báo khởi công xây dựng")


class NoticeReceiver(Choice):
    """The office that receives a notice."""

    LEAD = "lead", _l("Sở Khoa học và Công nghệ")
    COMMUNE = "commune", _l("UBND xã, phường")
    CONSTRUCTION = "construction", _l("Sở Xây dựng")
    ZONE_BOARD = "zone_board", _l("Ban Quản lý khu kinh tế")


class BuildingNoticeState(Choice):
    """State of a notice before building."""

    SENT = "sent", _l("Đã gửi, chờ tiếp nhận")
    SUPPLEMENT = "supplement", _l("Chờ bổ sung")
    OVERDUE = "overdue", _l("Quá hạn tiếp nhận")
    ACKNOWLEDGED = "acknowledged", _l("Đã tiếp nhận")
    BUILT = "built", _l("Đã xây dựng, đã đăng ký")
    WITHDRAWN = "withdrawn", _l("Đã rút")


class ChecklistAnswer(Choice):
    """What the receiver finds of one point of the checklist of works without a permit."""

    MET = "met", _l("Đáp ứng")
    NOT_MET = "not_met", _l("Không đáp ứng")
    UNCLEAR = "unclear", _l("Chưa đủ căn cứ")


S = BuildingNoticeState
TONES: Final[dict[Choice, str]] = {
    S.SENT: "info",
    S.SUPPLEMENT: "warn",
    S.OVERDUE: "bad",
    S.ACKNOWLEDGED: "good",
    S.BUILT: "good",
    S.WITHDRAWN: "dark",
}
