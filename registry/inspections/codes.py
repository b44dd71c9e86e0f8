"""Closed lists of inspections."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow, and the kinds of a correction and of a structure of a plan in notices, files and the audit log.
CODE: Final = "inspection"
ITEM: Final = "inspection_item"
CORRECTION: Final = "inspection_correction"
FINDING: Final = "inspection_finding"
#: Event of a finding for its owner.
RAISED: Final = "raised"


class PlanState(Choice):
    """The state of an inspection plan."""

    DRAFT = "draft", _l("Dự thảo")
    ISSUED = "issued", _l("Đang thực hiện")
    DONE = "done", _l("Đã kết thúc")
    CANCELLED = "cancelled", _l("Đã hủy")


class Outcome(Choice):
    """The result of the inspection of one structure."""

    PASSED = "passed", _l("Đạt")
    FAILED = "failed", _l("Không đạt")
    NOT_FOUND = "not_found", _l("Không tìm thấy công trình")
    NO_ACCESS = "no_access", _l("Không tiếp cận được")


class Answer(Choice):
    """The answer to one item of a checklist."""

    YES = "yes", _l("Đạt")
    NO = "no", _l("Không đạt")
    NOT_APPLICABLE = "not_applicable", _l("Không áp dụng")


class Reach(Choice):
    """Whether the structure could be inspected."""

    INSPECTED = "inspected", _l("Đã kiểm tra tại chỗ")
    NOT_FOUND = "not_found", _l("Không tìm thấy công trình")
    NO_ACCESS = "no_access", _l("Không tiếp cận được")


class Risk(Choice):
    """Why a structure is suggested; each has a weight in the settings."""

    OVERDUE = "overdue", _l("Quá hạn kiểm tra")
    OLD = "old", _l("Công trình đã cũ")
    OVERLOADED = "overloaded", _l("Gần hết hoặc hết sức chứa")
    UNCONFIRMED = "unconfirmed", _l("Chưa từng được xác nhận")
    POOR_OWNER = "poor_owner", _l("Chủ sở hữu có kết quả kiểm tra kém")
    FINDINGS = "findings", _l("Đã có phát hiện khi kiểm tra")
    REINSPECT = "reinspect", _l("Quá hạn khắc phục, chưa kiểm tra lại")


class CorrectionState(Choice):
    """The state of a proposed change of the register."""

    WAITING = "waiting", _l("Chờ chủ sở hữu trả lời")
    ACCEPTED = "accepted", _l("Đã cập nhật vào cơ sở dữ liệu")
    DECLINED = "declined", _l("Chủ sở hữu không đồng ý")


class FindingState(Choice):
    """What became of a failed item."""

    WAITING = "waiting", _l("Chờ cán bộ xử lý")
    CASE = "case", _l("Đã chuyển lập hồ sơ vi phạm")
    DROPPED = "dropped", _l("Không lập hồ sơ")


class OwnerStatement(Choice):
    """What the owner of the structure says of a finding."""

    ACCEPTED = "accepted", _l("Chủ sở hữu thừa nhận")
    DISPUTED = "disputed", _l("Chủ sở hữu không đồng ý")


FINDING_TONES: Final[dict[Choice, str]] = {
    FindingState.WAITING: "warn",
    FindingState.CASE: "bad",
    FindingState.DROPPED: "neutral",
}
TONES: Final[dict[Choice, str]] = {
    PlanState.DRAFT: "neutral",
    PlanState.ISSUED: "info",
    PlanState.DONE: "good",
    PlanState.CANCELLED: "dark",
}
OUTCOME_TONES: Final[dict[Choice, str]] = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.NOT_FOUND: "warn",
    Outcome.NO_ACCESS: "warn",
}
CORRECTION_TONES: Final[dict[Choice, str]] = {
    CorrectionState.WAITING: "warn",
    CorrectionState.ACCEPTED: "good",
    CorrectionState.DECLINED: "bad",
}
