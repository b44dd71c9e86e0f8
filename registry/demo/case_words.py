"""Words and figures of the sample cases: made up, but as the province would write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from registry.capacity.models import Technology
from registry.colocation.codes import PricePeriod
from registry.colocation.screening.models import SpanOver
from registry.routelists.models import WorkKind

#: What a request says; the wished day is added.
REQUEST: Final[dict[str, Any]] = {
    "contact_phone": "0237 3 852 001",
    "purpose": "Phủ sóng 5G khu dân cư và tuyến đường chính trong phường (dữ liệu mẫu).",
    "term_months": 60,
}
CONTACTS: Final = {"vnpt": "Trần Thị Hoa", "viettel": "Nguyễn Văn Hùng"}
ON_A_MAST: Final[dict[str, Any]] = {
    "quantity": 1,
    "equipment": "Trạm 5G, 3 ăng ten",
    "technology": Technology.G5,
    "antennas": 3,
    "attach_height_m": Decimal(24),
    "weight_kg": Decimal(180),
    "exposed_area_m2": Decimal("1.8"),
}
ON_A_POLE: Final[dict[str, Any]] = {
    "quantity": 1,
    "equipment": "Cáp quang 48 sợi",
    "cables": 1,
    "cable_diameter_mm": Decimal(12),
    "attach_height_m": Decimal("5.5"),
    "span_m": Decimal(40),
    "cable_mass_kg_m": Decimal("0.12"),
    "tension_n": Decimal(1500),
    "crosses": SpanOver.LANE,
}
MISSING: Final = "Bản vẽ vị trí treo cáp trên từng cột."
REFUSAL: Final = {
    "evidence": "Quy hoạch hạ tầng viễn thông thụ động của tỉnh: vị trí này sẽ di dời.",
    "answer": "Đề nghị chọn trạm khác trong cùng phường; đơn vị sẵn sàng khảo sát chung.",
}

#: Name, from, to, work, reason, linked project of each street.
STREETS: Final = (
    (
        "Đường Lê Lợi",
        "Ngã tư Bưu điện",
        "Cầu Cốc",
        WorkKind.UNDERGROUND,
        "Cáp treo sà thấp, nhiều bó cáp không rõ chủ.",
        "Chỉnh trang vỉa hè, chủ đầu tư UBND phường",
    ),
    ("Đường Trần Phú", "Ngã ba Voi", "Trường Thi", WorkKind.TIDY, "Bó gọn cáp trên 14 cột, thay hai cột nghiêng.", ""),
    (
        "Đường Quang Trung",
        "Quốc lộ 1",
        "Hồ Đồng Chiệc",
        WorkKind.NEW_BUILD,
        "Chưa có cống bể; ba doanh nghiệp cùng muốn kéo cáp.",
        "Mở rộng mặt đường 2027",
    ),
    ("Đường Nguyễn Trãi", "Bến xe phía Tây", "Cầu Cao", WorkKind.REPAIR, "Nắp bể vỡ, cống lún sau mưa.", ""),
)
BACK: Final = "Nêu rõ số cột, đơn vị sở hữu cáp và ảnh hiện trạng."

DEAD_CABLE: Final = "Bó cáp đứt, bỏ lại trên cột, đầu cáp chạm vỉa hè."
NO_CONSENT: Final = "Cáp mới treo trên cột chưa có thỏa thuận với chủ cột."
NO_TAGS: Final = "Bó cáp võng dưới 4,5 m, không gắn thẻ nhận biết."
BROKEN: Final = "Tủ cáp và thang cáp tại chân cột bị phá, mất nguồn."

#: What hangs on poles without a contract.
CABLE: Final[dict[str, Any]] = {"is_dead": False}
KNOWN_CABLE: Final[dict[str, Any]] = {
    "equipment": "Cáp quang 24 sợi",
    "quantity": 2,
    "marks": "VNPT THA 0912",
    "evidence": "Hai sợi cáp treo chung gông với cáp có hợp đồng, không có trong phụ lục nào (dữ liệu mẫu).",
}
UNKNOWN_CABLE: Final[dict[str, Any]] = {
    "equipment": "Bó cáp đồng trục",
    "quantity": 5,
    "marks": None,
    "evidence": "Năm sợi không thẻ, không nhãn, vắt qua xà thấp nhất (dữ liệu mẫu).",
}
NOT_OURS: Final = "Đơn vị không có tuyến đồng trục trên tuyến cột này."
CONTRACT: Final[dict[str, Any]] = {
    "contract_number": "27/HĐ-2026 (mẫu)",
    "price_vnd": Decimal(45_000),
    "price_period": PricePeriod.MONTH,
    "payment": "Chuyển khoản mỗi quý, trong 15 ngày đầu quý.",
    "technical_conditions": "Cáp bó gọn, gắn thẻ chủ sở hữu trên mỗi cột, cách dây hạ áp ít nhất 1,25 m.",
    "duties": "Bên sử dụng bảo trì cáp của mình; chủ sở hữu bảo trì cột và báo trước 5 ngày khi thay cột.",
    "termination": "Báo trước 60 ngày; tháo dỡ trong 30 ngày sau ngày chấm dứt.",
}
INSTALLERS: Final = "Đội kéo cáp số 3, cắt điện theo phiếu công tác, cảnh giới hai đầu (dữ liệu mẫu)."
MESSAGE: Final = "Chúng tôi kéo cáp từ 8 giờ sáng thứ hai, nhờ đơn vị cử người giám sát (dữ liệu mẫu)."
