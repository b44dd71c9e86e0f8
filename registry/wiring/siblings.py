"""What features ask of others that they may not import: prices for contracts, acts and labels for incidents."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.colocation.agreements.service import ItemPrice
from registry.colocation.codes import PricePeriod
from registry.colocation.models import ColocationItem
from registry.incidents.workflow.referring import CatalogueAct
from registry.kernel.i18n.stored import stored_text
from registry.labels.queries import find_labelled
from registry.labels.rules import read_code
from registry.structures.kinds import KINDS
from registry.tariffs.models import TariffPeriod
from registry.tariffs.queries import Applying, tariffs_for
from registry.violations.queries import list_kinds

_HUNDRED = Decimal(100)


def tariff_prices_of_items(ctx: Ctx, items: Sequence[ColocationItem]) -> dict[int, ItemPrice]:
    """The rent of each item by the tariff of its structure in the unit of its capacity slot.

    Tariffs per metre are left out: a request does not state a length.
    """
    query = select(CapacityPlace.id, CapacityPlace.unit).where(CapacityPlace.id.in_([item.place_id for item in items]))
    units: dict[int, PlaceUnit] = {row.id: row.unit for row in ctx.session.execute(query)}
    applying = tariffs_for(ctx, {item.structure_id for item in items}, ctx.today)
    prices_of_items: dict[int, ItemPrice] = {}
    for item in items:
        unit = units.get(item.place_id or 0)
        fitting = (
            candidate
            for candidate in applying.get(item.structure_id, ())
            if unit and candidate.price.unit.value == unit.value
        )
        tariff = next((candidate for candidate in fitting if candidate.price.period is not TariffPeriod.ONCE), None)
        if tariff is not None:
            prices_of_items[item.id] = _price(tariff, item.quantity)
    return prices_of_items


def _price(tariff: Applying, quantity: int) -> ItemPrice:
    price = tariff.price
    share = _HUNDRED / (_HUNDRED + price.tax_rate) if price.tax_included else Decimal(1)
    whole = (price.price * share * quantity).quantize(Decimal(1), ROUND_HALF_UP)
    return ItemPrice(whole, PricePeriod(price.period.value))


def acts_in_force(ctx: Ctx) -> list[CatalogueAct]:
    """The acts of the catalogue that are forbidden today."""
    return [
        CatalogueAct(kind.id, kind.code, stored_text(kind.act))
        for kind in list_kinds(ctx.session, ctx.today, ctx.today)
    ]


def labelled_structure(ctx: Ctx, label: str) -> tuple[int, str] | None:
    """The structure of a valid label: its id, and what its public card says; never where it is."""
    row = find_labelled(ctx, read_code(label))
    if row is None:
        return None
    return row.id, f"{KINDS[row.kind].label} {row.code}" if not row.restricted else ""
