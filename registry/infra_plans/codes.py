"""Closed lists of plans of passive infrastructure and of conclusions on structures."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Codes of the workflows.
PLAN_CODE: Final = "infra_plan"
CONCLUSION_CODE: Final = "plan_conclusion"


class InfraPlanState(Choice):
    """State of a version of the plan."""

    DRAFT = "draft", _l("Dự thảo")
    ISSUED = "issued", _l("Đã ban hành")
    ENDED = "ended", _l("Đã kết thúc")
    CANCELLED = "cancelled", _l("Đã hủy dự thảo")


class PlanItemKind(Choice):
    """What an item of a plan is."""

    ZONE = "zone", _l("Khu vực")
    STREET = "street", _l("Tuyến đường")
    SITE = "site", _l("Vị trí")


class PlanVerdict(Choice):
    """Whether something is in the plan of a day."""

    IN_PLAN = "in_plan", _l("Trong quy hoạch")
    NOT_IN_PLAN = "not_in_plan", _l("Không có trong quy hoạch")
    NO_PLAN_IN_FORCE = "no_plan_in_force", _l("Chưa có quy hoạch áp dụng")


class Aspect(Choice):
    """What a conclusion is about; each aspect has one competent office."""

    PLAN = "plan", _l("Quy hoạch hạ tầng viễn thông thụ động")
    ARCHITECTURE = "architecture", _l("Kiến trúc, cảnh quan của cột ăng ten")


class ArchitectureVerdict(Choice):
    """What the department of construction concludes on a visible mast."""

    FITS = "fits", _l("Phù hợp kiến trúc, cảnh quan")
    CHANGES = "changes", _l("Phù hợp nếu điều chỉnh")
    UNFIT = "unfit", _l("Không phù hợp kiến trúc, cảnh quan")


class ConclusionState(Choice):
    """State of a conclusion."""

    STANDING = "standing", _l("Đang có giá trị")
    WITHDRAWN = "withdrawn", _l("Đã rút")


PLAN_TONES: Final[dict[Choice, str]] = {
    InfraPlanState.DRAFT: "neutral",
    InfraPlanState.ISSUED: "good",
    InfraPlanState.ENDED: "dark",
    InfraPlanState.CANCELLED: "dark",
}
VERDICT_TONES: Final[dict[Choice, str]] = {
    PlanVerdict.IN_PLAN: "good",
    PlanVerdict.NOT_IN_PLAN: "bad",
    PlanVerdict.NO_PLAN_IN_FORCE: "neutral",
    ArchitectureVerdict.FITS: "good",
    ArchitectureVerdict.CHANGES: "warn",
    ArchitectureVerdict.UNFIT: "bad",
}
CONCLUSION_TONES: Final[dict[Choice, str]] = {
    ConclusionState.STANDING: "good",
    ConclusionState.WITHDRAWN: "dark",
}
