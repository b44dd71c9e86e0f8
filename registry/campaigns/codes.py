"""Closed lists of campaigns and their reports."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Codes of the two workflows.
CAMPAIGN: Final = "campaign"
REPORT: Final = "operator_report"


class CampaignKind(Choice):
    """Why operators report (R29: every year, or when asked)."""

    YEARLY = "yearly", _l("Báo cáo hằng năm")
    HALF_YEARLY = "half_yearly", _l("Báo cáo 6 tháng")
    AD_HOC = "ad_hoc", _l("Báo cáo đột xuất")


class CampaignState(Choice):
    """The state of a campaign."""

    DRAFT = "draft", _l("Dự thảo")
    OPEN = "open", _l("Đang thu báo cáo")
    LOCKED = "locked", _l("Đã khóa tổng hợp")
    CANCELLED = "cancelled", _l("Đã hủy")


class ReportState(Choice):
    """The state of one operator's report."""

    ENTRY = "entry", _l("Đang lập")
    SUBMITTED = "submitted", _l("Đã gửi, chờ duyệt")
    RETURNED = "returned", _l("Bị trả lại")
    APPROVED = "approved", _l("Chuyên viên đã duyệt")
    ACCEPTED = "accepted", _l("Lãnh đạo đã chấp nhận")
    MISSING = "missing", _l("Không có báo cáo")


class ItemKind(Choice):
    """What the answer to an item of a report is."""

    WHOLE = "whole", _l("Số nguyên")
    NUMBER = "number", _l("Số có phần thập phân")
    TEXT = "text", _l("Văn bản")
    CHOICE = "choice", _l("Lựa chọn")
    TABLE = "table", _l("Bảng")
    FILE = "file", _l("Tệp đính kèm")


class RemarkKind(Choice):
    """What an operator attaches to its report."""

    #: R15.
    OBSTACLE = "obstacle", _l("Khó khăn, vướng mắc")
    #: R16.
    PROPOSAL = "proposal", _l("Đề nghị sửa đổi kế hoạch, quy hoạch")


class Closed(Choice):
    """Why nothing can be entered in a report now; each has its own sentence."""

    NOT_BEGUN = "not_begun", _l("Chưa đến ngày nhập")
    ENDED = "ended", _l("Đã hết hạn nhập")
    SENT = "sent", _l("Báo cáo đã gửi")
    LOCKED = "locked", _l("Đợt báo cáo đã khóa")


CAMPAIGN_TONES: Final[dict[Choice, str]] = {
    CampaignState.DRAFT: "neutral",
    CampaignState.OPEN: "info",
    CampaignState.LOCKED: "good",
    CampaignState.CANCELLED: "dark",
}
REPORT_TONES: Final[dict[Choice, str]] = {
    ReportState.ENTRY: "neutral",
    ReportState.SUBMITTED: "info",
    ReportState.RETURNED: "warn",
    ReportState.APPROVED: "info",
    ReportState.ACCEPTED: "good",
    ReportState.MISSING: "dark",
}
