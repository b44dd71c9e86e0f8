"""Dated settings of joint building."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import SettingDeclaration, SettingPart, single_number
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import DAY, M
from registry.structures.kinds import HOSTS

#: Which kinds are announced before they are built, how long others may register, how far from its place it may stand.
REQUIRED: Final = "joint_build.required"
WINDOW_DAYS: Final = "joint_build.window_days"
MOST_DISTANCE: Final = "joint_build.most_distance_m"
_SUBJECT: Final = _l("Xây dựng, sử dụng chung")

DECLARATIONS: Final = (
    SettingDeclaration(
        REQUIRED,
        _l("Loại công trình phải thông báo phương án xây dựng dùng chung"),
        _SUBJECT,
        tuple(
            SettingPart(Field(code, kind.label, required=True, python_type=bool), (code,))
            for code, kind in HOSTS.items()
        ),
        hint=_l("Theo ngày xây dựng; công trình xây từ ngày đó mà không có phương án đã kết thúc là một phát hiện."),
    ),
    single_number(WINDOW_DAYS, _l("Thời gian nhận đăng ký tham gia"), _SUBJECT, DAY, "1", "365"),
    single_number(MOST_DISTANCE, _l("Công trình cách vị trí đã thông báo nhiều nhất"), _SUBJECT, M, "1", "5000"),
)
