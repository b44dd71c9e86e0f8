"""Dated settings of notices before building."""

from __future__ import annotations

from typing import Final

from registry.building_notices.codes import NoticeRegime
from registry.kernel.dated_settings import SettingDeclaration, SettingPart, single_number
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import WORKING_DAY

#: Which notices the law of a day asks for, who receives that of commencement, how long before the start it is sent.
REQUIRED: Final = "building_notice.required"
TO_COMMUNE: Final = "building_notice.to_commune"
TO_ZONE_BOARD: Final = "building_notice.to_zone_board"
DAYS_BEFORE: Final = "building_notice.days_before"
_SUBJECT: Final = _l("Thông báo trước khi xây dựng")

DECLARATIONS: Final = (
    SettingDeclaration(
        REQUIRED,
        _l("Thông báo phải gửi"),
        _SUBJECT,
        tuple(
            SettingPart(Field(regime.value, regime.label, required=True, python_type=bool), (regime.value,))
            for regime in NoticeRegime
        ),
        hint=_l("Theo ngày xây dựng của công trình; công trình xây từ ngày đó mà không có thông báo là một phát hiện."),
    ),
    SettingDeclaration(
        TO_COMMUNE,
        _l("UBND xã, phường tiếp nhận thông báo khởi công"),
        _SUBJECT,
        (
            SettingPart(
                Field("value", _l("UBND xã, phường tiếp nhận thông báo khởi công"), required=True, python_type=bool)
            ),
        ),
        hint=_l("Nếu không, Sở Xây dựng tiếp nhận."),
    ),
    SettingDeclaration(
        TO_ZONE_BOARD,
        _l("Ban Quản lý khu kinh tế tiếp nhận thông báo khởi công trong khu kinh tế"),
        _SUBJECT,
        (SettingPart(Field("value", _l("Ban Quản lý khu kinh tế tiếp nhận"), required=True, python_type=bool)),),
        hint=_l("Ranh giới và ngày áp dụng của khu kinh tế được ghi ở “Khu vực ưu tiên”."),
    ),
    single_number(DAYS_BEFORE, _l("Gửi trước ngày khởi công ít nhất"), _SUBJECT, WORKING_DAY, "0", "60"),
)
