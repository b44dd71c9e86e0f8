"""The settings of structures: positions, places in common, limits of fields."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.kernel.dated_settings import (
    Protects,
    SettingDeclaration,
    SettingPart,
    in_order,
    number_field,
    numbers,
    single_number,
)
from registry.kernel.days import REGULATED
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import DEGREE, PERCENT, M
from registry.structures.filtering.checks import SAME_PLACE
from registry.structures.kinds.value_rules import EXEMPT_FROM, PLAN_IN_FORCE

_POSITIONS: Final = _l("Vị trí và mức công khai")
_RECORDS: Final = _l("Hồ sơ công trình")
_INSTALLED: Final = _l("Giá trị này gắn với dữ liệu đã ghi nên chỉ đặt khi cài đặt, không sửa trên trang.")

DECLARATIONS: Final = (
    single_number(
        "position.coarse_grid_m",
        _l("Cạnh ô lưới công khai"),
        _POSITIONS,
        M,
        "100",
        "20000",
        fixed=_INSTALLED,
        protects=Protects.OWNERS,
    ),
    single_number(
        "position.questions_a_day",
        _l("Số lượt tra cứu công trình chưa công bố tối đa trong ngày của một đơn vị"),
        _POSITIONS,
        None,
        "1",
        "10000",
        protects=Protects.OWNERS,
    ),
    single_number(
        "position.questions_notified_from",
        _l("Thông báo cho chủ sở hữu khi số lượt tra cứu trong ngày của một đơn vị đạt"),
        _POSITIONS,
        None,
        "1",
        "10000",
        hint=_l("Số lượt tra cứu công trình của cùng một chủ sở hữu."),
        protects=Protects.OWNERS,
    ),
    SettingDeclaration(
        "province.code_prefix",
        _l("Tiền tố của mã công trình"),
        _RECORDS,
        (SettingPart(Field("value", _l("Tiền tố của mã công trình"), max_length=3, required=True)),),
        fixed=_INSTALLED,
    ),
    SettingDeclaration(
        "province.acceptance_box",
        _l("Phạm vi tọa độ được nhận khi chưa có ranh giới tỉnh"),
        _POSITIONS,
        numbers(
            number_field("west", _l("Kinh độ phía tây"), DEGREE, "100", "112", decimals=6),
            number_field("east", _l("Kinh độ phía đông"), DEGREE, "100", "112", decimals=6),
            number_field("south", _l("Vĩ độ phía nam"), DEGREE, "6", "24", decimals=6),
            number_field("north", _l("Vĩ độ phía bắc"), DEGREE, "6", "24", decimals=6),
        ),
        check=lambda ctx, value: {**in_order("west", "east")(ctx, value), **in_order("south", "north")(ctx, value)},
    ),
    single_number(SAME_PLACE, _l("Được coi là cùng vị trí khi cách nhau không quá"), _RECORDS, M, "1", "1000"),
    SettingDeclaration(
        "structure.stated_commune_tolerance_m",
        _l("Tọa độ được lệch ra ngoài xã, phường đã khai"),
        _RECORDS,
        numbers(
            number_field("official", _l("Khi có ranh giới chính thức"), M, "0", "20000"),
            number_field("approximate", _l("Khi ranh giới là gần đúng"), M, "0", "20000"),
        ),
        check=in_order("official", "approximate"),
    ),
    SettingDeclaration(
        "tower.non_bulky",
        _l("Cột ăng ten không cồng kềnh"),
        _RECORDS,
        numbers(
            number_field("max_height_m", _l("Cao nhất"), M, "0", "20", decimals=2),
            number_field("max_share_pct", _l("Tối đa so với chiều cao công trình đặt cột"), PERCENT, "1", "100"),
            number_field("max_half_width_m", _l("Khoảng cách tối đa tính từ tâm cột"), M, "0", "10", decimals=2),
        ),
    ),
    SettingDeclaration(
        "pole.clearance_m",
        _l("Độ cao tối thiểu của cáp tại chỗ thấp nhất"),
        _RECORDS,
        numbers(
            number_field("nothing", _l("Không vượt chướng ngại"), M, "0", "20", decimals=2),
            number_field("roof", _l("Trên mái nhà"), M, "0", "20", decimals=2),
            number_field("lane", _l("Ngõ, hẻm, đường nội bộ"), M, "0", "20", decimals=2),
            number_field("road", _l("Đường ô tô"), M, "0", "20", decimals=2),
            number_field("railway_line", _l("Đường sắt"), M, "0", "20", decimals=2),
            number_field("railway_station", _l("Đường sắt trong ga"), M, "0", "20", decimals=2),
        ),
    ),
    SettingDeclaration(
        PLAN_IN_FORCE,
        _l("Có quy hoạch hạ tầng viễn thông thụ động đang áp dụng"),
        _RECORDS,
        (
            SettingPart(
                Field(
                    "value",
                    _l("Có quy hoạch hạ tầng viễn thông thụ động đang áp dụng"),
                    required=True,
                    python_type=bool,
                )
            ),
        ),
        hint=_l("Khi không có, không từ chối dùng chung và không xử phạt vì “không phù hợp quy hoạch”."),
    ),
    SettingDeclaration(
        EXEMPT_FROM,
        _l("Miễn giấy phép xây dựng cho công trình khởi công từ"),
        _RECORDS,
        (
            SettingPart(
                Field(
                    "value",
                    _l("Miễn giấy phép xây dựng cho công trình khởi công từ"),
                    required=True,
                    python_type=date,
                    span=REGULATED,
                )
            ),
        ),
    ),
)
