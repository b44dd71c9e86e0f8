"""A new rent of a signed contract, split over the structures that have prices of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import agreed_items
from registry.colocation.agreements.rules import price_field_name, split_rent
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _
from registry.kernel.units import VND
from registry.workflow.definition import Change, Data

PRICE_FIELD: Final = fields_of(ColocationAgreement)["price_vnd"]


@dataclass(frozen=True)
class Rent:
    """The rent of a contract, and the part of each item by its id; no parts where only a total was agreed."""

    total: Decimal
    lines: Mapping[int, Decimal]

    @property
    def stored_lines(self) -> dict[str, str] | None:
        """The parts as JSON, None without any."""
        return {str(item_id): str(price) for item_id, price in self.lines.items()} or None


def present_lines(ctx: Ctx, case: ColocationAgreement) -> dict[int, Decimal]:
    """The price of each item of the contract that has one of its own."""
    items = (item for item, _row in agreed_items(ctx, case))
    return {item.id: item.agreed_price_vnd for item in items if item.agreed_price_vnd is not None}


def line_fields(ctx: Ctx, case: ColocationAgreement) -> Sequence[Field]:
    """A field for the new price of each item that has one."""
    return [
        replace(
            PRICE_FIELD,
            name=price_field_name(item.id),
            label=_("Giá thuê %(code)s, chưa gồm thuế", code=row.code),
            hint=_(
                "Hiện nay %(now)s. Để trống mọi dòng: giá mới được chia theo tỷ lệ hiện nay.",
                now=VND.display(item.agreed_price_vnd),
            ),
            required=False,
        )
        for item, row in agreed_items(ctx, case)
        if item.agreed_price_vnd is not None
    ]


def new_rent(ctx: Ctx, case: ColocationAgreement, data: Data) -> Rent | None:
    """The rent that a form asks for, None if it changes nothing; Invalid unless the total is the sum of the parts."""
    present = present_lines(ctx, case)
    typed = {item_id: data.get(price_field_name(item_id)) for item_id in present}
    total, lines = split_rent(data.get("price_vnd"), typed, present)
    if total is None or (total == case.price_vnd and lines == present):
        return None
    return Rent(total, lines)


def stored_rent(total: Decimal | None, lines: Mapping[str, Any] | None) -> Rent | None:
    """A rent as a proposal stores it."""
    if total is None:
        return None
    return Rent(total, {int(item_id): Decimal(price) for item_id, price in (lines or {}).items()})


def still_fits(ctx: Ctx, case: ColocationAgreement, rent: Rent | None) -> bool:
    """Whether a stored rent has a part for each item that has a price, and for no other one."""
    return rent is None or set(rent.lines) == set(present_lines(ctx, case))


def set_rent(ctx: Ctx, case: ColocationAgreement, rent: Rent | None) -> None:
    """The contract gets its new rent and the price of each item."""
    if rent is None:
        return
    case.price_vnd = rent.total
    for item, _row in agreed_items(ctx, case):
        if item.id in rent.lines:
            item.agreed_price_vnd = rent.lines[item.id]


def rent_changes(ctx: Ctx, case: ColocationAgreement, rent: Rent | None) -> list[Change]:
    """The rent and the prices of items before and after."""
    if rent is None:
        return []
    fields = {field.name: field for field in line_fields(ctx, case)}
    present = present_lines(ctx, case)
    changes: list[Change] = []
    if rent.total != case.price_vnd:
        changes.append((PRICE_FIELD, case.price_vnd, rent.total))
    changes += [
        (fields[price_field_name(item_id)], present[item_id], price)
        for item_id, price in rent.lines.items()
        if item_id in present and price != present[item_id]
    ]
    return changes
