"""The settings of imports."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import single_number
from registry.kernel.i18n import _l
from registry.kernel.units import DAY, M

_SUBJECT: Final = _l("Nhập từ tệp")

DECLARATIONS: Final = (
    single_number(
        "imports.duplicate_m", _l("Hai dòng cùng loại trùng nhau khi cách không quá"), _SUBJECT, M, "0", "1000"
    ),
    single_number(
        "imports.moved_m", _l("Yêu cầu xác nhận khi công trình thay đổi vị trí hơn"), _SUBJECT, M, "1", "100000"
    ),
    single_number("imports.undo_days", _l("Hoàn tác được trong"), _SUBJECT, DAY, "1", "365"),
)
