"""Closed lists of structures: kinds of status, sharing, condition, regimes (DOMAIN sections 3 and 6)."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class Status(Choice):
    """Stage in the life of a structure; a record is never deleted."""

    PLANNED = "planned", _l("Dự kiến")
    BUILDING = "building", _l("Đang xây dựng")
    ACTIVE = "active", _l("Đang khai thác")
    SUSPENDED = "suspended", _l("Tạm ngừng")
    DECOMMISSIONED = "decommissioned", _l("Ngừng khai thác")
    REMOVED = "removed", _l("Đã tháo dỡ")


#: In service: what every figure counts that says “đang khai thác”, “đang sử dụng” or has free room; no suspended one.
IN_SERVICE: Final = (Status.ACTIVE,)
#: Out of service for good.
ENDED: Final = (Status.DECOMMISSIONED, Status.REMOVED)


class SharingStatus(Choice):
    """Whether others can share it."""

    NOT_ASSESSED = "not_assessed", _l("Chưa đánh giá")
    AVAILABLE = "available", _l("Còn khả năng dùng chung")
    SHARED_AVAILABLE = "shared_available", _l("Đang dùng chung, còn chỗ")
    SHARED_FULL = "shared_full", _l("Đang dùng chung, hết chỗ")
    EXCLUSIVE_FULL = "exclusive_full", _l("Dùng riêng, hết khả năng")
    UPGRADABLE = "upgradable", _l("Dùng chung được nếu nâng cấp")
    NOT_SHAREABLE = "not_shareable", _l("Không đủ điều kiện")
    RESTRICTED = "restricted", _l("Hạn chế (quốc phòng, an ninh)")
    NOT_APPLICABLE = "not_applicable", _l("Không thuộc diện dùng chung")


#: Statuses of structures that others can use; a cable is none (Luật Viễn thông 24/2023 Đ3.22).
ASSESSED = tuple(status for status in SharingStatus if status is not SharingStatus.NOT_APPLICABLE)
#: Published as shareable: signed-in operators see these exactly.
PUBLISHED = (
    SharingStatus.AVAILABLE,
    SharingStatus.SHARED_AVAILABLE,
    SharingStatus.UPGRADABLE,
)
#: Statuses of what figures, ratios and papers count for readers beyond the owner and the two departments.
UNRESTRICTED = tuple(status for status in SharingStatus if status is not SharingStatus.RESTRICTED)


class NotShareableReason(Choice):
    """Grounds on which an owner may declare a structure not shareable (Luật Viễn thông 24/2023 Đ13.4.b)."""

    OFF_PLAN = "off_plan", _l("Không phù hợp quy hoạch")
    TECHNICAL = "technical", _l("Không khả thi về kỹ thuật")
    ECONOMIC = "economic", _l("Không khả thi về kinh tế")
    UNSAFE = "unsafe", _l("Công trình không đạt chuẩn, mất an toàn")
    SECURITY = "security", _l("Quốc phòng, an ninh")
    OTHER = "other", _l("Lý do khách quan khác")


class SharingKind(Choice):
    """The passive structure only, or active equipment too (R10)."""

    PASSIVE = "passive", _l("Thụ động")
    ACTIVE = "active", _l("Thụ động và tích cực")


class Condition(Choice):
    """State of repair."""

    GOOD = "good", _l("Tốt")
    FAIR = "fair", _l("Trung bình")
    DEGRADED = "degraded", _l("Xuống cấp")
    DANGEROUS = "dangerous", _l("Nguy hiểm")


class PositionMethod(Choice):
    """How the position was determined."""

    SURVEY = "survey", _l("Đo đạc bằng máy")
    GPS = "gps", _l("Thiết bị GPS cầm tay, điện thoại")
    MAP = "map", _l("Chỉ trên bản đồ")
    DRAWING = "drawing", _l("Lấy từ bản vẽ, hồ sơ")
    UNKNOWN = "unknown", _l("Không rõ")


class Provenance(Choice):
    """Source of the record."""

    DECLARED = "declared", _l("Chủ sở hữu kê khai")
    IMPORTED = "imported", _l("Nhập từ tệp của chủ sở hữu")
    SURVEYED = "surveyed", _l("Khảo sát thực địa")
    INFERRED = "inferred", _l("Suy ra từ nguồn khác")
    SAMPLE = "sample", _l("Dữ liệu mẫu")


class PlanConformity(Choice):
    """Conformity with the plan of passive telecom infrastructure."""

    UNKNOWN = "unknown", _l("Chưa đối chiếu quy hoạch")
    CONFORMS = "conforms", _l("Phù hợp quy hoạch")
    DEVIATES = "deviates", _l("Không phù hợp quy hoạch")
    NO_PLAN_IN_FORCE = "no_plan_in_force", _l("Chưa có quy hoạch áp dụng")


class PermitRegime(Choice):
    """What the law of its day required before building; exempt outright since 01/01/2026 (DOMAIN 2.6)."""

    PERMIT = "permit", _l("Giấy phép xây dựng")
    EXEMPT = "exempt", _l("Miễn giấy phép")
    NOTICE = "notice", _l("Thông báo khởi công")
    UNKNOWN = "unknown", _l("Chưa rõ")


class LandKind(Choice):
    """Ownership of the land."""

    OWN = "own", _l("Đất của chủ sở hữu")
    RENTED = "rented", _l("Đất thuê")
    PUBLIC = "public", _l("Đất công")
    ROAD = "road", _l("Đất hành lang đường bộ")
    UNKNOWN = "unknown", _l("Chưa rõ")
