"""Settings of planned routes, with their legal sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import DatedSetting, setting_rows
from registry.kernel.i18n import format_number

#: Ways to dig: along a street, and where no street is known.
STREET: Final = "street"
ELSEWHERE: Final = "elsewhere"


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
    rows: Mapping[str, DatedSetting]

    @property
    def sources(self) -> list[str]:
        """The distinct sources of the settings."""
        return list(dict.fromkeys(row.source for row in self.rows.values()))

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
