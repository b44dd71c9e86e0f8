"""Dated settings of plans."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import SettingDeclaration, number_field, numbers
from registry.kernel.i18n import _l
from registry.kernel.units import M

#: How far around a street and a site of a plan its structures stand, where the file does not say.
REACH: Final = "infra_plan.reach"

DECLARATIONS: Final = (
    SettingDeclaration(
        REACH,
        _l("Phạm vi của tuyến đường, vị trí trong quy hoạch"),
        _l("Quy hoạch hạ tầng viễn thông thụ động"),
        numbers(
            number_field("street", _l("Quanh tim tuyến đường"), M, "1", "200"),
            number_field("site", _l("Quanh vị trí"), M, "1", "2000"),
        ),
        hint=_l("Dùng khi tệp quy hoạch không ghi phạm vi; áp dụng tại thời điểm nhập tệp."),
    ),
)
