"""What the published prices say of items: a feature of its own keeps them, and says so here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from registry.authz.actors import Ctx
from registry.colocation.codes import PricePeriod
from registry.colocation.models import ColocationItem
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class ItemPrice:
    """Đồng without tax for one item and period."""

    price_vnd: Decimal
    period: PricePeriod


#: Items -> their prices by id; an item that no price fits is left out.
PriceSource = Callable[[Ctx, Sequence[ColocationItem]], Mapping[int, ItemPrice]]
ITEM_PRICES = ExtensionPoint[PriceSource]("colocation.item_prices")


def tariff_prices(ctx: Ctx, items: Sequence[ColocationItem]) -> dict[int, ItemPrice]:
    """The published price of each item that has one, by the item's id."""
    return {item_id: price for source in ITEM_PRICES for item_id, price in source(ctx, items).items()}
