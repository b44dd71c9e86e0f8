"""The prices of a day as files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source, query_source
from registry.kernel.i18n import _, _l, format_date
from registry.structures.kinds import KINDS
from registry.structures.queries import owner_name
from registry.tariffs.filter_args import read_filter
from registry.tariffs.queries import figures_in, tariffs_query
from registry.tariffs.rules import formula, is_unusual, limits_of
from registry.tariffs.selectables import OUTLIER
from registry.territory.queries import get_unit


def _place(row: Any) -> str:
    if row.Tariff.structure_id is not None:
        return row.structure_code or _("một công trình chưa công bố")
    return row.place or _("Toàn tỉnh")


_CELLS: Final = (
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("kind", _l("Loại công trình"), lambda row: str(KINDS[row.Tariff.kind].label)),
    Cell("unit", _l("Đơn vị tính"), lambda row: row.Tariff.unit),
    Cell("period", _l("Kỳ tính giá"), lambda row: row.Tariff.period),
    Cell("price", _l("Đơn giá (đồng)"), lambda row: row.Tariff.price, Decimal),
    Cell("tax_included", _l("Đã gồm thuế"), lambda row: row.Tariff.tax_included, bool),
    Cell("tax_rate", _l("Thuế suất (%)"), lambda row: row.Tariff.tax_rate, Decimal),
    Cell("place", _l("Nơi áp dụng"), _place),
    Cell("valid_from", _l("Áp dụng từ ngày"), lambda row: row.Tariff.valid_from, date),
    Cell("valid_to", _l("Đến hết ngày"), lambda row: row.Tariff.valid_to, date),
    Cell("monthly", _l("Giá so sánh (đồng/đơn vị/tháng, chưa thuế)"), lambda row: row.Tariff.monthly, Decimal),
    Cell("median", _l("Trung vị giá cùng loại (đồng)"), lambda row: row.median, Decimal),
    Cell("likes", _l("Số giá cùng loại"), lambda row: row.likes, int),
    Cell("left_out", _l("Số giá lệch xa bỏ ra"), lambda row: row.left_out, int),
)
_LAST: Final = (
    Cell("legal_basis", _l("Căn cứ"), lambda row: row.Tariff.legal_basis),
    Cell("note", _l("Ghi chú"), lambda row: row.Tariff.note),
)


def open_tariffs(ctx: Ctx, args: Args) -> Source:
    """The prices that a filter of their page shows to the actor."""
    chosen = read_filter(args, ctx.today)
    on = chosen.on or ctx.today
    limits = limits_of(setting(ctx.session, OUTLIER, ctx.today))
    unusual = Cell(
        "unusual",
        _l("Lệch xa trung vị"),
        lambda row: is_unusual(row.Tariff.monthly, figures_in(row), limits),
        bool,
    )
    words = [(_("Tại ngày"), format_date(on))]
    if chosen.kind is not None:
        words.append((_("Loại công trình"), str(KINDS[chosen.kind].label)))
    if chosen.unit is not None:
        words.append((_("Đơn vị tính"), str(chosen.unit.label)))
    if chosen.owner_id is not None:
        words.append((_("Chủ sở hữu"), owner_name(ctx.session, chosen.owner_id) or str(chosen.owner_id)))
    if chosen.unit_id is not None:
        place = get_unit(ctx.session, chosen.unit_id)
        words.append((_("Nơi áp dụng"), place.name if place else str(chosen.unit_id)))
    return query_source(
        ctx,
        tariffs_query(ctx, chosen, on),
        (*_CELLS, unusual, *_LAST),
        chosen=tuple(words),
        notes=((_("Giá so sánh"), formula()),),
    )


TARIFFS: Final = ExportList("tariffs", _l("Giá thuê"), "gia-thue", P.TARIFF_READ, open_tariffs, TABLES)
