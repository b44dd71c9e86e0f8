"""Settings of planned routes: their declarations, and the values of a day with their legal sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import (
    DatedSetting,
    Protects,
    SettingDeclaration,
    number_field,
    numbers,
    setting_rows,
    single_number,
)
from registry.kernel.i18n import _l, format_number
from registry.kernel.units import DEGREE, VND, M

#: Ways to dig: along a street, and where no street is known.
STREET: Final = "street"
ELSEWHERE: Final = "elsewhere"
_SUBJECT: Final = _l("Tìm theo tuyến, đường đào ngắn nhất")
_MOST_VND: Final = "100000000"

DECLARATIONS: Final = (
    single_number("planned_route.corridor_m", _l("Công trình thuộc tuyến khi cách không quá"), _SUBJECT, M, "1", "200"),
    single_number("planned_route.parallel_deg", _l("Và lệch hướng không quá"), _SUBJECT, DEGREE, "0", "90"),
    single_number("planned_route.span_m", _l("Khoảng cách tối đa giữa hai cột liền kề"), _SUBJECT, M, "5", "500"),
    single_number("planned_route.join_m", _l("Nối hai đoạn khi cách không quá"), _SUBJECT, M, "0", "200"),
    single_number("planned_route.least_stretch_m", _l("Đoạn dùng chung ngắn nhất"), _SUBJECT, M, "0", "1000"),
    single_number(
        "planned_route.most_line_m",
        _l("Chiều dài tuyến tối đa"),
        _SUBJECT,
        M,
        "100",
        "200000",
        protects=Protects.OWNERS,
    ),
    single_number(
        "planned_route.most_distance_m", _l("Khoảng cách tối đa giữa hai điểm"), _SUBJECT, M, "100", "100000"
    ),
    single_number("planned_route.most_nodes", _l("Số nút tối đa khi tìm tuyến"), _SUBJECT, None, "100", "100000"),
    SettingDeclaration(
        "planned_route.detour",
        _l("Khoảng đi vòng tối đa mỗi bên"),
        _SUBJECT,
        numbers(
            number_field("least_m", _l("Ít nhất"), M, "0", "20000"),
            number_field("share", _l("Theo phần của khoảng cách"), None, "0", "2", decimals=3),
        ),
    ),
    SettingDeclaration(
        "planned_route.price_vnd_m",
        _l("Chi phí ước tính cho một mét"),
        _SUBJECT,
        numbers(
            number_field("street", _l("Đào theo đường phố"), VND, "0", _MOST_VND),
            number_field("elsewhere", _l("Đào nơi khác"), VND, "0", _MOST_VND),
            number_field("hung_cables", _l("Treo cáp trên cột có sẵn"), VND, "0", _MOST_VND),
            number_field("laid_cables", _l("Đặt cáp trong hào, tuy nen có sẵn"), VND, "0", _MOST_VND),
            number_field("pulled_cables", _l("Kéo cáp trong ống có sẵn"), VND, "0", _MOST_VND),
        ),
    ),
    SettingDeclaration(
        "planned_route.rule_factor",
        _l("Một mét trái quy định của tuyến phố được tính như"),
        _SUBJECT,
        numbers(
            number_field("dig", _l("Đào nơi hạn chế đào (số mét)"), None, "1", "1000", decimals=1),
            number_field("hang", _l("Treo cáp nơi cấm treo (số mét)"), None, "1", "1000", decimals=1),
        ),
    ),
)


@dataclass(frozen=True)
class RouteSettings:
    """The settings of a day; `rows` holds the dated settings by field name."""

    corridor_m: int
    parallel_deg: int
    span_m: int
    join_m: int
    least_stretch_m: int
    most_line_m: int
    most_distance_m: int
    most_nodes: int
    detour: Mapping[str, float]
    #: VND per metre, by way: the code of a hosting, or one of digging.
    price_vnd_m: Mapping[str, int]
    #: How often a metre counts where a rule of a street forbids it, by act ("dig", "hang").
    rule_factor: Mapping[str, float]
    rows: Mapping[str, DatedSetting]

    @property
    def sources(self) -> list[str]:
        """The distinct sources of the settings."""
        return list(dict.fromkeys(row.citation for row in self.rows.values()))

    @property
    def unconfirmed(self) -> bool:
        """Whether some still need verification."""
        return any(row.needs_verification for row in self.rows.values())

    def search_m(self, distance: float) -> float:
        """The width in metres searched on each side of the straight line between two points."""
        return max(self.detour["least_m"], self.detour["share"] * distance)


def km(metres: float, decimals: int = 1) -> str:
    """Metres as kilometres without the unit."""
    return format_number(Decimal(metres) / 1000, decimals)


def route_settings(ctx: Ctx) -> RouteSettings:
    names = {f"planned_route.{field.name}": field.name for field in fields(RouteSettings) if field.name != "rows"}
    rows = {names[key]: row for key, row in setting_rows(ctx.session, names, ctx.today).items()}
    return RouteSettings(**{name: row.value for name, row in rows.items()}, rows=rows)
