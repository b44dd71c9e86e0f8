"""What the published prices say of items: a feature of its own keeps them, and says so here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.colocation.codes import PricePeriod
from registry.colocation.models import ColocationItem


@dataclass(frozen=True)
class ItemPrice:
    """Đồng without tax for one item and period."""

    price_vnd: Decimal
    period: PricePeriod


#: Items -> their prices by id; an item that no price fits is left out.
PriceSource = Callable[[Ctx, Sequence[ColocationItem]], Mapping[int, ItemPrice]]
_SOURCES: Final[list[PriceSource]] = []


def register_prices(source: PriceSource) -> None:
    """Let contracts begin with the prices of a source; twice changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def tariff_prices(ctx: Ctx, items: Sequence[ColocationItem]) -> dict[int, ItemPrice]:
    """The published price of each item that has one, by the item's id."""
    return {item_id: price for source in _SOURCES for item_id, price in source(ctx, items).items()}
