"""The settings of the search for a site and of the spacing of masts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import (
    PartShape,
    Protects,
    SettingDeclaration,
    SettingPart,
    in_order,
    number_field,
    numbers,
)
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.units import M
from registry.planned_sites.queries import RADIUS
from registry.structures.positions.mast_spacing import SPACING
from registry.territory.queries import unknown_codes

_SUBJECT: Final = _l("Tìm vị trí dùng chung, cột mới")
_SAME: Final = _l("Cùng doanh nghiệp")
_DIFFERENT: Final = _l("Khác doanh nghiệp")


def _known_units(ctx: Ctx, value: Any) -> Mapping[str, str]:
    """Sentences for codes of units that the province does not have."""
    unknown = unknown_codes(ctx.session, ctx.today, value.get("units", {}))
    if not unknown:
        return {}
    return {"units": _("Không có xã, phường nào mang mã “%(code)s”.", code=unknown[0][:20])}


DECLARATIONS: Final = (
    SettingDeclaration(
        RADIUS,
        _l("Bán kính tìm chỗ dùng chung"),
        _SUBJECT,
        numbers(
            number_field("usual", _l("Thường dùng"), M, "50", "20000"),
            number_field("most", _l("Tối đa"), M, "50", "20000"),
        ),
        check=in_order("usual", "most"),
        protects=Protects.OWNERS,
    ),
    SettingDeclaration(
        SPACING,
        _l("Khoảng cách tối thiểu giữa các cột ăng ten"),
        _SUBJECT,
        (
            SettingPart(number_field("urban_same", _l("Đô thị, cùng doanh nghiệp"), M, "0", "5000"), ("urban", "same")),
            SettingPart(
                number_field("urban_different", _l("Đô thị, khác doanh nghiệp"), M, "0", "5000"), ("urban", "different")
            ),
            SettingPart(
                number_field("other_same", _l("Nơi khác, cùng doanh nghiệp"), M, "0", "5000"), ("other", "same")
            ),
            SettingPart(
                number_field("other_different", _l("Nơi khác, khác doanh nghiệp"), M, "0", "5000"),
                ("other", "different"),
            ),
            SettingPart(
                number_field("exempt_height_m", _l("Không áp dụng cho cột cao đến"), M, "0", "100", decimals=2),
                ("exempt_height_m",),
            ),
            SettingPart(
                Field(
                    "units",
                    _l("Riêng từng xã, phường"),
                    multiline=True,
                    max_length=4000,
                    hint=_l(
                        "Mỗi dòng: mã xã, phường; cùng doanh nghiệp (m); khác doanh nghiệp (m). Ví dụ 14758; 300; 120."
                    ),
                ),
                ("units",),
                PartShape.KEYED,
                (
                    Field("code", _l("Mã xã, phường"), max_length=20, required=True),
                    number_field("same", _SAME, M, "0", "5000"),
                    number_field("different", _DIFFERENT, M, "0", "5000"),
                ),
            ),
        ),
        check=_known_units,
    ),
)
