"""Charts that only some agencies work with: public assets with leases and prices, and power poles."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.dashboard.board import Part, View
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape, ChartTone
from registry.dashboard.figures import count_groups
from registry.dashboard.parts_register import filter_of, list_cell
from registry.kernel.i18n import _, _l, format_date
from registry.structures.kinds import HOSTS
from registry.structures.models import energy_sector_kinds
from registry.tariffs.models import Tariff
from registry.tariffs.queries import price_authority

#: Of the first columns of both charts: all, those with room, those in use.
_TONES: Final = (ChartTone.ALL, ChartTone.FREE, ChartTone.FULL)
_PUBLIC: Final = {"is_public_asset": "true"}


def _public_assets(ctx: Ctx, view: View) -> Chart | None:
    """By kind: public assets, those with room and with users; at the present also the prices that apply to them."""
    asked: tuple[dict[str, Any], ...] = (_PUBLIC, _PUBLIC | {"room": "1"}, _PUBLIC | {"used": "1"})
    counts = [count_groups(ctx, filter_of(args, view.when), "kind") for args in asked]
    priced = _prices(ctx, view) if view.when is None else {}
    rows = []
    for code, kind in HOSTS.items():
        if not (counts[0].get((code,)) or priced.get(code)):
            continue
        cells = [
            list_cell(ctx, view, slot_counts.get((code,), 0), kind=code, **args)
            for slot_counts, args in zip(counts, asked, strict=True)
        ]
        if view.when is None:
            on = format_date(ctx.today)
            cells.append(ChartCell(priced.get(code, 0), url_for("tariffs.index", kind=code, on=on)))
        rows.append(ChartRow(str(kind.label), tuple(cells)))
    if not rows:
        return None
    authority = price_authority(ctx.session, view.on, is_public_asset=True)
    note = _("Thẩm quyền định giá thuê tài sản công: %(authority)s.", authority=authority.text)
    if authority.needs_verification:
        note = " ".join((note, _("Cần kiểm chứng.")))
    labels = [_("Là tài sản công"), _("Còn chỗ trống"), _("Đang có đơn vị sử dụng"), _("Giá thuê đang áp dụng")]
    return Chart(
        "public-assets",
        _("Tài sản công: sử dụng và giá thuê"),
        ChartShape.BARS,
        _("Loại công trình"),
        tuple(
            ChartColumn(label, tone=tone)
            for label, tone in zip(labels[: len(rows[0].cells)], (*_TONES, None), strict=False)
        ),
        tuple(rows),
        note=note,
        icon="building-2",
    )


def _prices(ctx: Ctx, view: View) -> dict[str, int]:
    """The prices in force that the reader may see, by kind."""
    where = (visible(ctx, Tariff, P.TARIFF_READ), Tariff.in_force(view.on))
    query = select(Tariff.kind, func.count().label("number")).where(*where).group_by(Tariff.kind)
    return {row.kind: row.number for row in ctx.session.execute(query)}


def _power_poles(ctx: Ctx, view: View) -> Chart | None:
    """By owner: shared power poles, those with room and with users, and those in a dangerous state."""
    pole = {"kind": energy_sector_kinds()}
    asked: tuple[dict[str, Any], ...] = (
        pole,
        pole | {"room": "1"},
        pole | {"used": "1"},
        pole | {"condition": "dangerous"},
    )
    counts = [count_groups(ctx, filter_of(args, view.when), "owner_organisation_id") for args in asked]
    ids = [owner for (owner,) in counts[0] if owner is not None]
    names = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(ids)))
    rows = [
        ChartRow(
            row.short_name,
            tuple(
                list_cell(ctx, view, owner_counts.get((row.id,), 0), owner=row.id, **args)
                for owner_counts, args in zip(counts, asked, strict=True)
            ),
        )
        for row in names
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.cells[0].value or 0), row.label))
    labels = (_("Cột điện dùng chung"), _("Còn chỗ trống"), _("Đang có đơn vị sử dụng"), _("Ở tình trạng nguy hiểm"))
    return Chart(
        "power-poles",
        _("Cột điện dùng chung theo chủ sở hữu"),
        ChartShape.BARS,
        _("Chủ sở hữu"),
        tuple(ChartColumn(label, tone=tone) for label, tone in zip(labels, (*_TONES, ChartTone.DANGER), strict=True)),
        tuple(rows),
        icon="utility-pole",
    )


AGENCY_PARTS: Final = (
    Part(
        "public-assets",
        _l("Tài sản công: sử dụng và giá thuê"),
        _public_assets,
        lambda ctx: Role.FINANCE_DEPARTMENT in ctx.actor.roles,
        past=True,
        tab="summary",
    ),
    Part(
        "power-poles",
        _l("Cột điện dùng chung theo chủ sở hữu"),
        _power_poles,
        lambda ctx: Role.INDUSTRY_TRADE_DEPARTMENT in ctx.actor.roles,
        past=True,
        tab="summary",
    ),
)
