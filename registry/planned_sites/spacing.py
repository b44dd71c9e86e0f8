"""How far a new mast must stand from those that are there: rules on values alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registry.territory.models import UnitKind

#: Units that count as urban where no figures of their own are set.
_URBAN = (UnitKind.PHUONG, UnitKind.THI_TRAN)


@dataclass(frozen=True)
class Spacing:
    """The distances in force for a unit, in metres; masts up to `exempt_height_m` need keep none."""

    different_m: int
    same_m: int
    exempt_height_m: Decimal
    is_urban: bool
    #: Whether the unit has figures of its own.
    is_own: bool

    @property
    def reach_m(self) -> int:
        """How far any mast can stand in the way."""
        return max(self.different_m, self.same_m)

    def required_m(self, *, is_same_operator: bool) -> int:
        """The least distance from a mast."""
        return self.same_m if is_same_operator else self.different_m

    def exempts(self, height_m: Decimal | None) -> bool:
        """Whether a mast of this height need keep no distance; one of unknown height must."""
        return height_m is not None and height_m <= self.exempt_height_m


def spacing_of(value: Mapping[str, Any], code: str, kind: UnitKind) -> Spacing:
    """The distances of a unit by the value of the setting."""
    is_urban = kind in _URBAN
    own = value["units"].get(code)
    metres = own or value["urban" if is_urban else "other"]
    return Spacing(
        int(metres["different"]), int(metres["same"]), Decimal(str(value["exempt_height_m"])), is_urban, own is not None
    )
