"""The settings of requests and of their screening."""

from __future__ import annotations

from typing import Final

from registry.colocation.agreements.queries import LONGEST_YEARS
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
from registry.kernel.units import KV, MM, MPS2, PASCAL, PERCENT, YEAR, M

_CONTRACTS: Final = _l("Hợp đồng dùng chung")
_SCREENING: Final = _l("Tính sơ bộ khi đề nghị dùng chung")

DECLARATIONS: Final = (
    single_number(LONGEST_YEARS, _l("Thời hạn tối đa của hợp đồng, chiếm dụng"), _CONTRACTS, YEAR, "1", "100"),
    SettingDeclaration(
        "screening.duct",
        _l("Ống cáp"),
        _SCREENING,
        numbers(
            number_field("fill_pct", _l("Tỷ lệ tiết diện cáp tối đa trong ống"), PERCENT, "1", "100", decimals=1),
            number_field("wall_mm", _l("Bề dày thành ống"), MM, "0", "50", decimals=1),
        ),
        per_owner=True,
    ),
    SettingDeclaration(
        "screening.pole",
        _l("Cột treo cáp"),
        _SCREENING,
        numbers(
            number_field("wind_pa", _l("Áp lực gió"), PASCAL, "1", "10000"),
            number_field("drag", _l("Hệ số cản của dây"), None, "0", "5", decimals=3),
            number_field("gravity_mps2", _l("Gia tốc trọng trường"), MPS2, "9", "10", decimals=4),
            number_field("top_offset_m", _l("Lực đầu cột đặt cách đỉnh"), M, "0", "5", decimals=2),
            number_field("fits_pct", _l("Đạt khi tỷ lệ không quá"), PERCENT, "1", "100"),
            number_field("most_pct", _l("Không đạt khi tỷ lệ vượt"), PERCENT, "1", "200"),
        ),
        per_owner=True,
    ),
    SettingDeclaration(
        "pole.power_distance_m",
        _l("Khoảng cách dưới đường dây điện"),
        _SCREENING,
        (
            SettingPart(
                Field(
                    "steps",
                    _l("Theo điện áp"),
                    multiline=True,
                    max_length=2000,
                    required=True,
                    hint=_l("Mỗi dòng: điện áp đến (kV); khoảng cách (m). Ví dụ 35; 3."),
                ),
                ("steps",),
                PartShape.ROWS,
                (
                    number_field("up_to_kv", _l("Điện áp đến"), KV, "0", "1000", decimals=2),
                    number_field("m", _l("Khoảng cách"), M, "0", "20", decimals=2),
                ),
            ),
        ),
        per_owner=True,
    ),
    SettingDeclaration(
        "screening.tower",
        _l("Cột ăng ten"),
        _SCREENING,
        numbers(
            number_field("area_pct", _l("Tỷ lệ diện tích chắn gió tối đa"), PERCENT, "1", "200"),
            number_field("separation_m", _l("Khoảng cách theo chiều cao đến thiết bị khác"), M, "0", "20", decimals=2),
        ),
        per_owner=True,
    ),
    SettingDeclaration(
        "screening.tray",
        _l("Hào, tuy nen kỹ thuật"),
        _SCREENING,
        numbers(
            number_field("load_pct", _l("Tỷ lệ tải trọng tối đa"), PERCENT, "1", "200"),
            number_field("width_pct", _l("Tỷ lệ chiều rộng giá cáp tối đa"), PERCENT, "1", "200"),
        ),
        per_owner=True,
    ),
)
