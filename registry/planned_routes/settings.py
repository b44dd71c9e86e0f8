"""The figures of a plan, from the dated settings, with the papers that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import DatedSetting, setting_rows
from registry.kernel.i18n import format_number

#: How a cable is dug in: along a street, and where no street is known.
STREET: Final = "street"
ELSEWHERE: Final = "elsewhere"


@dataclass(frozen=True)
class Figures:
    """Today's figures; `rows` holds the settings that they were read from, by name."""

    corridor_m: int
    parallel_deg: int
    span_m: int
    join_m: int
    least_stretch_m: int
    most_line_m: int
    most_distance_m: int
    most_nodes: int
    detour: Mapping[str, float]
    #: Dong a metre, by how a cable is led (the code of the hosting) or dug in.
    price_vnd_m: Mapping[str, int]
    rows: Mapping[str, DatedSetting]

    @property
    def sources(self) -> list[str]:
        """The papers that they come from, each once."""
        return list(dict.fromkeys(row.source for row in self.rows.values()))

    @property
    def unconfirmed(self) -> bool:
        """Whether nobody has confirmed some of them."""
        return any(row.needs_verification for row in self.rows.values())

    def search_m(self, distance: float) -> float:
        """How far beside the straight line of a distance a path is looked for."""
        return max(self.detour["least_m"], self.detour["share"] * distance)


def km(metres: float, decimals: int = 1) -> str:
    """Metres as kilometres, without the unit."""
    return format_number(Decimal(metres) / 1000, decimals)


def figures(ctx: Ctx) -> Figures:
    """The figures of the day."""
    names = {f"planned_route.{field.name}": field.name for field in fields(Figures) if field.name != "rows"}
    rows = {names[key]: row for key, row in setting_rows(ctx.session, names, ctx.today).items()}
    return Figures(**{name: row.value for name, row in rows.items()}, rows=rows)
