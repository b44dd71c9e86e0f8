"""What computes an indicator from the register; the features that know the rows provide it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.feature import KeyedExtensionPoint


@dataclass(frozen=True)
class Parts:
    """Numerator and denominator of a ratio on a day.

    `endpoint`: the list of the rows behind it, for `day`; None where the reader may not see them.
    `is_partial`: what the reader may know was counted, not the province. `of_exact`: the ratio in percent where the
    parts are rounded for a reader, computed before they were.
    """

    numerator: Decimal
    denominator: Decimal
    endpoint: str | None = None
    day: str = ""
    is_partial: bool = False
    of_exact: Decimal | None = None

    @property
    def percent(self) -> Decimal | None:
        """The ratio in percent, to two digits; None where there is nothing to count."""
        if self.of_exact is not None:
            return self.of_exact
        return percent_of(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True)
class Computation:
    """A named computation; the reader's permissions decide what it counts.

    `parts_on` gets a day and the moment as of which the register is known (None: now); it returns None where it cannot
    tell what was known at a moment.
    """

    code: str
    label: Any
    parts_on: Callable[[Ctx, date, datetime | None], Parts | None]


COMPUTATIONS = KeyedExtensionPoint[Computation]("indicators.computations", key=lambda computation: computation.code)
_HUNDRED, _DIGITS = Decimal(100), Decimal("0.01")


def percent_of(numerator: Decimal, denominator: Decimal) -> Decimal:
    """100 x numerator / denominator, rounded half up to two digits; the denominator is not zero."""
    return rounded(_HUNDRED * numerator / denominator)


def rounded(value: Decimal) -> Decimal:
    """To two digits, half up, as values are stored."""
    return value.quantize(_DIGITS, rounding="ROUND_HALF_UP")
