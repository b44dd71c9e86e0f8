"""The dated setting of areas that the plan puts first."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import SettingDeclaration, number_field, numbers
from registry.kernel.i18n import _l
from registry.kernel.units import M

#: How far a structure that can be shared may be, and what belongs to an area that is a point.
DISTANCES: Final = "priority_area.distances"

DECLARATIONS: Final = (
    SettingDeclaration(
        DISTANCES,
        _l("Khoảng cách của khu vực ưu tiên"),
        _l("Khu vực ưu tiên"),
        numbers(
            number_field("served_m", _l("Khoảng cách tối đa đến công trình dùng chung"), M, "1", "10000"),
            number_field("reach_m", _l("Phạm vi quanh khu vực nhập bằng một điểm"), M, "1", "2000"),
        ),
        hint=_l("Phạm vi quanh một điểm được áp dụng tại thời điểm nhập khu vực."),
    ),
)
