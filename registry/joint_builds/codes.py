"""Closed lists of announcements of joint building and of what others register in them."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Codes of the workflows.
BUILD_CODE: Final = "joint_build"
INTEREST_CODE: Final = "joint_interest"


class JointBuildState(Choice):
    """State of an announcement."""

    OPEN = "open", _l("Đang nhận đăng ký")
    ANSWERING = "answering", _l("Hết hạn đăng ký, chờ trả lời")
    OVERDUE = "overdue", _l("Quá hạn trả lời các đơn vị")
    JOINT = "joint", _l("Xây dựng, sử dụng chung")
    ALONE = "alone", _l("Xây dựng riêng")
    WITHDRAWN = "withdrawn", _l("Đã rút")


class JointInterestState(Choice):
    """State of what one organisation was asked."""

    ASKED = "asked", _l("Chờ đăng ký")
    STATED = "stated", _l("Đã đăng ký, chờ trả lời")
    NO_NEED = "no_need", _l("Đã báo không có nhu cầu")
    SILENT = "silent", _l("Không trả lời")
    AGREED = "agreed", _l("Được thống nhất")
    REFUSED = "refused", _l("Không được thống nhất")
    WITHDRAWN = "withdrawn", _l("Đã rút đăng ký")
    BUILD_GONE = "build_gone", _l("Phương án đã rút")


B, N = JointBuildState, JointInterestState
#: Who stated a need may still be answered.
UNDECIDED: Final = (B.OPEN, B.ANSWERING, B.OVERDUE)
#: The window ended, and what is to be built is known.
ENDED: Final = (B.JOINT, B.ALONE)
BUILD_TONES: Final[dict[Choice, str]] = {
    B.OPEN: "info",
    B.ANSWERING: "warn",
    B.OVERDUE: "bad",
    B.JOINT: "good",
    B.ALONE: "neutral",
    B.WITHDRAWN: "dark",
}
INTEREST_TONES: Final[dict[Choice, str]] = {
    N.ASKED: "info",
    N.STATED: "warn",
    N.NO_NEED: "neutral",
    N.SILENT: "bad",
    N.AGREED: "good",
    N.REFUSED: "bad",
    N.WITHDRAWN: "dark",
    N.BUILD_GONE: "dark",
}
