"""Filter and export of the list of tariffs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source, query_source
from registry.kernel.i18n import _, _l, format_date
from registry.structures.filtering.url import read_day
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.queries import owner_name
from registry.tariffs.models import TariffUnit
from registry.tariffs.queries import OUTLIER, TariffFilter, figures_from_row, tariffs_query
from registry.tariffs.rules import formula, is_unusual, limits_of
from registry.territory.queries import get_unit

_LARGEST_ID: Final = 2**63 - 1
_SHOWN: Final = 60
_LAST: Final = (
    Cell("legal_basis", _l("Căn cứ"), lambda row: row.Tariff.legal_basis),
    Cell("note", _l("Ghi chú"), lambda row: row.Tariff.note),
)


def read_filter(args: Args, today: date) -> TariffFilter:
    """The filter of URL parameters on a day (default: today, may be in the future); Invalid for unknown values."""
    unit = _code(args, "unit", [member.value for member in TariffUnit])
    return TariffFilter(
        on=read_day(args, "on") or today,
        kind=_code(args, "kind", list(HOSTS)),
        unit=TariffUnit(unit) if unit else None,
        owner_id=_whole(args, "owner"),
        unit_id=_whole(args, "place"),
    )


def as_arguments(chosen: TariffFilter, today: date) -> dict[str, Any]:
    """The URL parameters of a filter."""
    return {
        "on": format_date(chosen.on) if chosen.on not in (None, today) else None,
        "kind": chosen.kind,
        "unit": chosen.unit.value if chosen.unit else None,
        "owner": chosen.owner_id,
        "place": chosen.unit_id,
    }


def _code(args: Args, name: str, known: list[str]) -> str | None:
    code = args.get(name, "")
    if code and code not in known:
        raise Invalid({name: _("Bộ lọc %(name)s không có giá trị «%(code)s».", name=name, code=code[:_SHOWN])})
    return code or None


def _whole(args: Args, name: str) -> int | None:
    text = args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > _LARGEST_ID:
        sentence = _("Bộ lọc %(name)s cần một số nguyên, không phải «%(text)s».", name=name, text=text[:_SHOWN])
        raise Invalid({name: sentence})
    return int(text)


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


def open_tariffs(ctx: Ctx, args: Args) -> Source:
    chosen = read_filter(args, ctx.today)
    on = chosen.on or ctx.today
    limits = limits_of(setting(ctx.session, OUTLIER, ctx.today))
    unusual = Cell(
        "unusual",
        _l("Lệch xa trung vị"),
        lambda row: is_unusual(row.Tariff.monthly, figures_from_row(row), limits),
        bool,
    )
    conditions = [(_("Tại ngày"), format_date(on))]
    if chosen.kind is not None:
        conditions.append((_("Loại công trình"), str(KINDS[chosen.kind].label)))
    if chosen.unit is not None:
        conditions.append((_("Đơn vị tính"), str(chosen.unit.label)))
    if chosen.owner_id is not None:
        conditions.append((_("Chủ sở hữu"), owner_name(ctx.session, chosen.owner_id) or str(chosen.owner_id)))
    if chosen.unit_id is not None:
        place = get_unit(ctx.session, chosen.unit_id)
        conditions.append((_("Nơi áp dụng"), place.name if place else str(chosen.unit_id)))
    return query_source(
        ctx,
        tariffs_query(ctx, chosen, on),
        (*_CELLS, unusual, *_LAST),
        chosen=tuple(conditions),
        notes=((_("Giá so sánh"), formula()),),
    )


TARIFFS: Final = ExportList("tariffs", _l("Giá thuê"), "gia-thue", P.TARIFF_READ, open_tariffs, TABLES)
