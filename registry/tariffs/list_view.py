"""The lists of tariffs: those that apply on a day, and all that the reader's organisation published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Day, Entity, Flag
from registry.kernel.lists.markup import badge, hint, link, macro
from registry.kernel.lists.view import Empty, ListView
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.queries import owner_name
from registry.tariffs.models import Tariff, TariffUnit
from registry.tariffs.queries import (
    OUTLIER,
    TariffFilter,
    figures_from_row,
    list_order,
    list_publishers,
    price_of,
    tariffs_query,
)
from registry.tariffs.rules import OutlierLimits, format_money, format_price, formula, is_unusual, limits_of, state_of
from registry.territory.queries import commune_choices, get_unit

#: Key of `ctx.memo`: the limits of an outlier today.
LIMITS: Final = "tariffs.limits"
_UNUSUAL: Final = Markup("<span>%s %s</span>")
_MEDIAN: Final = Markup("%s %s")
_PARTS: Final = "tariffs/_parts.html"


def filter_of(filter_values: Chosen) -> TariffFilter:
    return TariffFilter(
        filter_values.get("on"),
        filter_values.get("kind"),
        filter_values.get("unit"),
        filter_values.get("owner"),
        filter_values.get("place"),
        is_public=bool(filter_values.get("public")),
    )


def _kinds(_ctx: Ctx) -> Mapping[str, Any]:
    return {code: kind.label for code, kind in HOSTS.items()}


def _place_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return unit.name if unit else None


def _place(_ctx: Ctx, row: Any) -> str:
    if row.Tariff.structure_id is not None:
        return row.structure_code or _("một công trình chưa công bố")
    return row.place or _("Toàn tỉnh")


def _unusual(ctx: Ctx, row: Any) -> bool:
    if LIMITS not in ctx.memo:
        ctx.memo[LIMITS] = limits_of(setting(ctx.session, OUTLIER, ctx.today))
    limits: OutlierLimits = ctx.memo[LIMITS]
    return is_unusual(row.Tariff.monthly, figures_from_row(row), limits)


def _state(ctx: Ctx, row: Any) -> str:
    return state_of(row.Tariff.valid_from, row.Tariff.valid_to, ctx.today)


def _monthly(marked: Callable[[Ctx, Any], bool]) -> Callable[[Ctx, Any], Any]:
    """The price for comparison, with a badge where it is `marked` as unusual."""

    def show(ctx: Ctx, row: Any) -> Any:
        if row.Tariff.monthly is None:
            return None
        mark = badge(_("Chênh lệch lớn"), "warn") if marked(ctx, row) else ""
        return _UNUSUAL % (format_money(row.Tariff.monthly), mark)

    return show


def _median(ctx: Ctx, row: Any) -> Any:
    if row.Tariff.monthly is None or row.median is None:
        return None
    return _MEDIAN % (format_money(row.median), hint(_LIKES(ctx, row)))


_LIKES: Final = macro(_PARTS, "likes_of_row")
_OWNER: Final = Column("owner", _l("Chủ sở hữu"), sort="owner")
_KIND: Final = Column(
    "kind",
    _l("Loại công trình"),
    lambda _ctx, row: str(KINDS[row.Tariff.kind].label),
    main=True,
    show=link("tariffs.detail", lambda _ctx, row: str(KINDS[row.Tariff.kind].label), tariff_id="Tariff.id"),
)
_OFFER: Final = Column("offer", _l("Giá đã công bố"), lambda _ctx, row: format_price(price_of(row.Tariff)), on=On.PAGE)
_APPLIES_AT: Final = Column("place", _l("Nơi áp dụng"), _place, show=macro(_PARTS, "place"))
_DAYS: Final = Column(
    "days",
    _l("Áp dụng"),
    "Tariff.valid_from",
    is_code=True,
    show=macro(_PARTS, "days", "Tariff"),
    sort=Tariff.valid_from,
    on=On.PAGE,
)
_MONTHLY: Final = Column(
    "monthly",
    _l("Giá so sánh (đồng/đơn vị/tháng, chưa thuế)"),
    "Tariff.monthly",
    Decimal,
    heading=_l("Giá so sánh"),
    sort=Tariff.monthly,
    show=_monthly(_unusual),
)
_MEDIAN_PRICE: Final = Column(
    "median", _l("Trung vị giá cùng loại (đồng)"), kind=Decimal, heading=_l("Trung vị"), show=_median
)
TARIFFS: Final = ListView(
    code="tariffs",
    label=_l("Giá thuê"),
    endpoint="tariffs.index",
    permission=P.TARIFF_READ,
    select=lambda ctx, filter_values: tariffs_query(ctx, filter_of(filter_values), filter_values["on"]),
    columns=(
        _OWNER,
        _KIND,
        *declared_columns(Tariff, "unit", "period", "price", "tax_included", "tax_rate", row="Tariff", on=On.FILES),
        _OFFER,
        _APPLIES_AT,
        _DAYS,
        *declared_columns(Tariff, "valid_from", "valid_to", row="Tariff", on=On.FILES),
        _MONTHLY,
        _MEDIAN_PRICE,
        Column("likes", _l("Số giá cùng loại"), kind=int, on=On.FILES),
        Column("owners", _l("Số chủ sở hữu có giá cùng loại"), kind=int, on=On.FILES),
        Column("left_out", _l("Số giá chênh lệch lớn không tính"), kind=int, on=On.FILES),
        Column("unusual", _l("Chênh lệch lớn so với giá trung vị"), _unusual, bool, on=On.FILES),
        *declared_columns(Tariff, "legal_basis", "note", row="Tariff", on=On.FILES),
    ),
    filters=(
        ChoiceFilter("kind", _l("Loại công trình"), options=_kinds),
        ChoiceFilter("unit", fields_of(Tariff)["unit"].label, options=TariffUnit),
        Entity(
            "owner",
            _l("Chủ sở hữu"),
            named=lambda ctx, owner_id: owner_name(ctx.session, owner_id),
            options=lambda ctx: [(row.id, row.short_name) for row in list_publishers(ctx)],
        ),
        Entity(
            "place",
            _l("Áp dụng tại"),
            chip=_l("Nơi áp dụng"),
            named=_place_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Toàn tỉnh"),
        ),
        Flag("public", _l("Của tài sản công"), chip=_l("Chủ sở hữu"), text=_l("có tài sản công cùng loại")),
        Day(
            "on",
            _l("Tại ngày"),
            hint=_l("Ngày/tháng/năm; để trống là hôm nay."),
            default=lambda ctx: ctx.today,
        ),
    ),
    order=list_order(),
    stem="gia-thue",
    notes=lambda _ctx: ((_("Giá so sánh"), formula()),),
    count=_n_noop("%(count)s giá"),
    empty=Empty(_l("Chưa có giá nào"), _l("Chưa có chủ sở hữu nào công bố giá thuê mà tài khoản được phép xem.")),
    no_match=Empty(_l("Không có giá nào"), _l("Không có giá thuê nào khớp bộ lọc này mà tài khoản được phép xem.")),
)
OWN_TARIFFS: Final = ListView(
    code="own-tariffs",
    label=_l("Giá của đơn vị"),
    subtitle=_l("Mọi giá đơn vị đã công bố, kể cả giá đã hết và sắp áp dụng"),
    endpoint="tariffs.own",
    permission=P.TARIFF_PUBLISH,
    select=lambda ctx, _chosen: tariffs_query(
        ctx, TariffFilter(None, owner_ids=frozenset(ctx.actor.organisation_ids)), ctx.today
    ),
    columns=(
        _KIND,
        Column("state", _l("Trạng thái"), _state, show=macro(_PARTS, "state_badge", _state)),
        _OFFER,
        _APPLIES_AT,
        replace(_DAYS, show=lambda ctx, row: None if _state(ctx, row) == "withdrawn" else _DAYS.on_page(ctx, row)),
        replace(_MONTHLY, show=_monthly(lambda ctx, row: _state(ctx, row) in ("now", "later") and _unusual(ctx, row))),
        replace(_MEDIAN_PRICE, heading=_l("Trung vị hôm nay")),
    ),
    order=list_order(),
    count=_n_noop("%(count)s giá"),
    empty=Empty(
        _l("Đơn vị chưa công bố giá nào"),
        _l("Bên có nhu cầu dùng chung so sánh giá trước khi đề nghị; hãy công bố giá cho từng loại công trình."),
        ((_l("Công bố giá"), "tariffs.new"),),
    ),
)
