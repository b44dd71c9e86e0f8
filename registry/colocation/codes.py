"""Closed lists of co-location."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Upper bound of rents and costs in đồng.
MAX_PRICE: Final = Decimal(10**12)


class RequestKind(Choice):
    """What a request is for (DOMAIN 6; PEERS D3, application type)."""

    NEW = "new", _l("Dùng mới")
    ADD = "add", _l("Lắp thêm vào công trình đang dùng")
    MODIFY = "modify", _l("Thay đổi thiết bị đang lắp")
    REMOVE = "remove", _l("Tháo dỡ thiết bị đang lắp")


class ColocationState(Choice):
    """State of a request (DOMAIN 6, request_state)."""

    DRAFT = "draft", _l("Bản nháp")
    UNDER_REVIEW = "under_review", _l("Chủ sở hữu đang xem xét")
    SURVEYING = "surveying", _l("Đang khảo sát kỹ thuật")
    RETURNED = "returned", _l("Đã trả lại để bổ sung")
    OVERDUE = "overdue", _l("Quá hạn trả lời")
    OFFERED = "offered", _l("Chờ trả lời phương án của chủ sở hữu")
    UPGRADING = "upgrading", _l("Đang nâng cấp công trình")
    ESCALATED = "escalated", _l("Đang đề nghị giải quyết")
    PRICE_CONSULTATION = "price_consultation", _l("Hiệp thương giá")
    SETTLEMENT_OVERDUE = "settlement_overdue", _l("Quá hạn giải quyết")
    ACCEPTED = "accepted", _l("Đã chấp thuận")
    REJECTED = "rejected", _l("Đã từ chối")
    DECIDED = "decided", _l("Đã có quyết định")
    CONTRACTED = "contracted", _l("Đã lập hợp đồng")
    WITHDRAWN = "withdrawn", _l("Đã rút")
    EXPIRED = "expired", _l("Hết hạn giữ chỗ")
    CLOSED = "closed", _l("Đã khép lại")


class ItemDecision(Choice):
    """The owner's answer about one structure."""

    PENDING = "pending", _l("Chưa trả lời")
    OFFERED = "offered", _l("Có phương án khác")
    UPGRADING = "upgrading", _l("Chờ nâng cấp")
    ACCEPTED = "accepted", _l("Đã chấp thuận")
    REJECTED = "rejected", _l("Đã từ chối")


#: Badge tones.
DECISION_TONES = {
    ItemDecision.PENDING: "neutral",
    ItemDecision.OFFERED: "warn",
    ItemDecision.UPGRADING: "info",
    ItemDecision.ACCEPTED: "good",
    ItemDecision.REJECTED: "bad",
}


class OfferKind(Choice):
    """What an owner offers instead of what was requested (QĐ 72/2025/QĐ-UBND Bắc Ninh Đ15.4.c for upgrades)."""

    UPGRADE = "upgrade", _l("Nâng cấp công trình (phạm vi, thời gian, chi phí)")
    ALTERNATIVE = "alternative", _l("Công trình khác thay thế")
    TERMS = "terms", _l("Điều kiện khác (số lượng, vị trí)")


class OfferAnswer(Choice):
    """What the requester, the clock or a decision made of an offer."""

    OPEN = "open", _l("Chờ bên đề nghị")
    TAKEN = "taken", _l("Bên đề nghị đồng ý")
    DECLINED = "declined", _l("Bên đề nghị không đồng ý")
    LAPSED = "lapsed", _l("Hết hạn trả lời")
    SUPERSEDED = "superseded", _l("Không còn hiệu lực")


class RefusalGround(Choice):
    """Grounds on which an owner may refuse (Luật Viễn thông 2023 Đ13.4.b; QĐ 72/2025/QĐ-UBND Bắc Ninh Đ11.3, Đ15.4)."""

    OFF_PLAN = "off_plan", _l("Không phù hợp quy hoạch")
    NOT_TECHNICALLY_FEASIBLE = (
        "not_technically_feasible",
        _l("Không khả thi về kỹ thuật (tải trọng, không gian, can nhiễu, an toàn cháy, điện)"),
    )
    NOT_ECONOMICALLY_FEASIBLE = "not_economically_feasible", _l("Không khả thi về kinh tế")
    UNSAFE = "unsafe", _l("Công trình không bảo đảm tiêu chuẩn, an toàn")
    NO_CAPACITY = "no_capacity", _l("Hết dung lượng (phải kèm tài liệu chứng minh)")
    SECURITY = "security", _l("Lý do quốc phòng, an ninh")
    OTHER = "other", _l("Lý do khách quan khác")


class PricePeriod(Choice):
    """The time that a price covers."""

    MONTH = "month", _l("mỗi tháng")
    QUARTER = "quarter", _l("mỗi quý")
    YEAR = "year", _l("mỗi năm")
    ONCE = "once", _l("một lần")
