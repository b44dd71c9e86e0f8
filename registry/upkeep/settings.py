"""The settings of yearly confirmations."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.kernel.dated_settings import (
    PartShape,
    SettingDeclaration,
    SettingPart,
    number_field,
    numbers,
    single_number,
)
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import DAY, MONTH

_SUBJECT: Final = _l("Xác nhận dữ liệu hằng năm")

DECLARATIONS: Final = (
    single_number("upkeep.attestation_months", _l("Xác nhận dữ liệu có giá trị trong"), _SUBJECT, MONTH, "1", "120"),
    SettingDeclaration(
        "upkeep.attestation_day",
        _l("Ngày mở đợt xác nhận hằng năm"),
        _SUBJECT,
        numbers(
            number_field("day", _l("Ngày"), None, "1", "28"),
            number_field("month", _l("Tháng"), None, "1", "12"),
        ),
    ),
    single_number("upkeep.attestation_term_days", _l("Thời gian của một đợt xác nhận"), _SUBJECT, DAY, "1", "365"),
    SettingDeclaration(
        "upkeep.reminder_days",
        _l("Nhắc trước khi hết đợt"),
        _SUBJECT,
        (
            SettingPart(
                Field(
                    "value",
                    _l("Số ngày trước khi hết đợt"),
                    required=True,
                    max_length=100,
                    hint=_l("Các số cách nhau bằng dấu phẩy, ví dụ 14, 3, 0."),
                ),
                shape=PartShape.LIST,
                columns=(Field("days", _l("Số ngày"), DAY, Decimal(0), Decimal(365), required=True, python_type=int),),
            ),
        ),
    ),
)
