"""Prices on a structure's page, in the comparison of structures, and in the decision digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from flask import url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds
from registry.kernel.i18n import _, _l
from registry.structures.comparison import Column, Told, Wish
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.structures.panels import Panel
from registry.tariffs.queries import Applying, tariff_for, tariffs_for
from registry.tariffs.rules import formula, money, monthly_words, price_words


def tariffs_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """Prices that apply to a structure today, and the button to publish one; None if there is nothing to show."""
    if structure.kind not in HOSTS or not holds(ctx.actor, P.TARIFF_READ):
        return None
    found = tariffs_for(ctx, [structure.id], ctx.today).get(structure.id, ())
    may_publish = allowed(ctx, P.STRUCTURE_EDIT, structure) and holds(ctx.actor, P.TARIFF_PUBLISH)
    if not found and not may_publish:
        return None
    data = {
        "tariffs_applying": found,
        "may_publish_tariff": may_publish,
        "tariff_money": money,
        "tariff_words": price_words,
        "tariff_formula": formula(),
    }
    return Panel("tariffs", "tariffs/panel.html", data)


def told_of(ctx: Ctx, structures: Collection[int], on: date) -> dict[int, Told]:
    """The price of each structure that has one, with the URL of its history."""
    return {
        key: Told(_in_short(found), url_for("tariffs.detail", tariff_id=found.id))
        for key, found in tariff_for(ctx, structures, on).items()
    }


def _in_short(found: Applying) -> str:
    if found.monthly is None:
        return price_words(found.price)
    words = _("%(price)s chưa thuế", price=monthly_words(found.monthly, found.price.unit))
    return _("%(price)s (lệch xa trung vị)", price=words) if found.unusual else words


def prices_weighed(ctx: Ctx, structures: Sequence[int]) -> list[str]:
    """Lines for the decision digest that change with the applicable prices."""
    return [f"{key}:{found.id}:{found.price}" for key, found in sorted(tariff_for(ctx, structures, ctx.today).items())]


def _cells(ctx: Ctx, _wish: Wish, rows: Sequence[Any]) -> dict[int, Told]:
    return told_of(ctx, [row.id for row in rows], ctx.today)


PRICE: Final = Column("tariff", _l("Giá thuê"), _cells)
