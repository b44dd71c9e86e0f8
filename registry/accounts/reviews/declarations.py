"""The dated settings of access reviews and of the alarm on unusual reading."""

from __future__ import annotations

from typing import Final

from registry.accounts.reviews.queries import REVIEW_DAYS, UNUSUAL_READING
from registry.kernel.dated_settings import Protects, single_number
from registry.kernel.i18n import _l
from registry.kernel.units import DAY

SETTINGS_OF_REVIEWS: Final = (
    single_number(
        REVIEW_DAYS,
        _l("Rà soát mỗi quyền truy cập ít nhất một lần trong"),
        _l("Tài khoản"),
        DAY,
        "30",
        "400",
        protects=Protects.OWNERS,
    ),
    single_number(
        UNUSUAL_READING,
        _l("Cảnh báo khi một người xem trong một giờ nhiều hơn số vị trí chính xác của đơn vị khác"),
        _l("Tài khoản"),
        None,
        "50",
        "100000",
        hint=_l("Chủ sở hữu các công trình đã xem và Sở chủ trì nhận cảnh báo."),
        protects=Protects.OWNERS,
    ),
)
