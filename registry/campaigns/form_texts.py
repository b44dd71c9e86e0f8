"""English of the first forms, whose items are stored in Vietnamese (settings.py)."""

from __future__ import annotations

from typing import Final

from registry.kernel.i18n import _l

TEXTS: Final = (
    _l("Cột ăng ten đang sử dụng"),
    _l("Cột ăng ten có từ hai đơn vị sử dụng"),
    _l("Trạm đặt trên cột ăng ten của doanh nghiệp"),
    _l("Cột treo cáp đang sử dụng"),
    _l("Tuyến cột treo cáp đang sử dụng"),
    _l("Cột điện có treo cáp viễn thông"),
    _l("Bể, hố cáp đang sử dụng"),
    _l("Tuyến cống cáp đang sử dụng"),
    _l("Hào kỹ thuật đang sử dụng"),
    _l("Tuy nen kỹ thuật đang sử dụng"),
    _l("Nhà trạm đang sử dụng"),
    _l("Công trình còn khả năng dùng chung"),
    _l("Công trình chưa đánh giá khả năng dùng chung"),
    _l("Vị trí đang thuê của đơn vị khác"),
    _l("Thuê bao băng rộng di động"),
    _l("Thuê bao dùng điện thoại thông minh"),
    _l("Hộ gia đình dùng cáp quang"),
    _l("Vốn đầu tư hạ tầng thụ động trong kỳ"),
    _l("Tất cả công trình đang sử dụng"),
    _l("Tổng thuê bao điện thoại di động"),
    _l("Trạm 4G"),
    _l("Trạm 5G"),
    _l("cột"),
    _l("trạm"),
    _l("tuyến"),
    _l("bể"),
    _l("nhà"),
    _l("công trình"),
    _l("vị trí"),
    _l("thuê bao"),
    _l("hộ"),
    _l("triệu đồng"),
)
