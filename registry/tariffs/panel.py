"""Prices on a structure's page, in the comparison of structures, and in the decision digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from flask import url_for
from sqlalchemy import Row

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds
from registry.kernel.i18n import _, _l
from registry.structures.kinds import HOSTS
from registry.structures.map.card import CardPart
from registry.structures.models import Structure
from registry.structures.nearby.nearest import ComparisonCell, ComparisonColumn, ComparisonNeed
from registry.structures.pages.panels import Panel, Section
from registry.tariffs.queries import Applying, price_authority, tariff_for, tariffs_for
from registry.tariffs.rules import format_money, format_monthly, format_price, formula


def tariffs_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """Prices that apply to a structure today, and the button to publish one; None if there is nothing to show."""
    if structure.kind not in HOSTS or not holds(ctx.actor, P.TARIFF_READ):
        return None
    tariffs = tariffs_for(ctx, [structure.id], ctx.today).get(structure.id, ())
    may_publish = allowed(ctx, P.STRUCTURE_EDIT, structure) and holds(ctx.actor, P.TARIFF_PUBLISH)
    if not tariffs and not may_publish and not structure.is_public_asset:
        return None
    data = {
        "tariffs_applying": tariffs,
        "may_publish_tariff": may_publish,
        "tariff_money": format_money,
        "tariff_words": format_price,
        "tariff_formula": formula(),
        "price_authority": price_authority(ctx.session, ctx.today, is_public_asset=structure.is_public_asset),
    }
    return Panel("tariffs", "tariffs/panel.html", data, Section.CAPACITY, "tariffs/_head.html")


def price_cells(ctx: Ctx, structures: Collection[int], on: date) -> dict[int, ComparisonCell]:
    """The price of each structure that has one, with the URL of its history."""
    return {
        key: ComparisonCell(_in_short(tariff), url_for("tariffs.detail", tariff_id=tariff.id))
        for key, tariff in tariff_for(ctx, structures, on).items()
    }


def _in_short(tariff: Applying) -> str:
    if tariff.monthly is None:
        return format_price(tariff.price)
    text = _("%(price)s chưa thuế", price=format_monthly(tariff.monthly, tariff.price.unit))
    return _("%(price)s (chênh lệch lớn so với giá trung vị)", price=text) if tariff.unusual else text


def price_card(ctx: Ctx, row: Row[Any]) -> CardPart | None:
    """The price on the card of a structure that the reader sees exactly."""
    if not row.exact or row.kind not in HOSTS or not holds(ctx.actor, P.TARIFF_READ):
        return None
    cell = price_cells(ctx, [row.id], ctx.today).get(row.id)
    return CardPart("tariffs/_card.html", {"card_price": cell}) if cell is not None else None


def price_digest_lines(ctx: Ctx, structures: Sequence[int]) -> list[str]:
    """Lines for the decision digest that change with the applicable prices."""
    return [
        f"{key}:{tariff.id}:{tariff.price}" for key, tariff in sorted(tariff_for(ctx, structures, ctx.today).items())
    ]


def _cells(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    return price_cells(ctx, [row.id for row in rows], ctx.today)


PRICE: Final = ComparisonColumn("tariff", _l("Giá thuê"), _cells)
