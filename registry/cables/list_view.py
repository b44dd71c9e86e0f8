"""The list of the cables in use on a day, with their lengths: what stands behind the share underground."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.cables.figures import UNDATED, UNKNOWN, CableFilter, cables_query
from registry.kernel.errors import Invalid
from registry.kernel.exports.lists import FETCH_ROWS
from registry.kernel.i18n import _, _l, _n_noop, format_date
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Day, Entity
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView, Reads
from registry.structures import positions
from registry.structures.kinds.cable_route import Laying
from registry.structures.positions.moment import AS_OF
from registry.structures.queries import owner_name
from registry.territory.queries import get_unit
from registry.territory.rules import unit_label

#: Parts of the cables in use, by argument of the address.
PART_LABELS: dict[str, Any] = {
    "": _l("Tất cả cáp đang dùng"),
    **{laying.value: laying.label for laying in Laying},
    UNKNOWN: _l("Chưa khai cách đi"),
    UNDATED: _l("Chưa rõ ngày lắp đặt"),
}


def filter_of(filter_values: Chosen) -> CableFilter:
    return CableFilter(
        filter_values["on"], filter_values["laying"], filter_values.get("owner"), filter_values.get("unit")
    )


def _check(ctx: Ctx, filter_values: Chosen) -> None:
    if filter_values["on"] > ctx.today:
        day = format_date(filter_values["on"])
        raise Invalid({"on": _("Chưa có số liệu của ngày %(day)s; hãy chọn hôm nay hoặc một ngày đã qua.", day=day)})


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return unit_label(unit, ctx.today) if unit else None


CABLES: Final = ListView(
    code="cables",
    label=_l("Cáp đang dùng"),
    endpoint="cables.index",
    permission=P.DASHBOARD_READ,
    select=lambda ctx, filter_values: cables_query(ctx, filter_of(filter_values)),
    columns=(
        Column("code", _l("Mã"), main=True, sort="code", show=link("structures.detail", "code", code="code")),
        Column("name", _l("Tên"), sort="name"),
        Column("owner", _l("Chủ sở hữu"), sort="owner"),
        Column("cable_kind", _l("Loại cáp")),
        Column(
            "laying", _l("Cách đi cáp"), show=lambda _ctx, row: str(row.laying.label) if row.laying else _("chưa khai")
        ),
        Column(
            "length_m",
            _l("Chiều dài (m)"),
            lambda _ctx, row: Decimal(round(row.length_m)),
            Decimal,
            sort="length_m",
            total="length_m",
        ),
        Column(
            "below_m",
            _l("Đi ngầm (m)"),
            lambda _ctx, row: Decimal(round(row.below_m)),
            Decimal,
            sort="below_m",
            total="below_m",
        ),
    ),
    filters=(
        Day("on", _l("Tại ngày"), alias=AS_OF, default=lambda ctx: ctx.today, has_chip=False, sticky=True),
        ChoiceFilter("laying", _l("Cách đi cáp"), options=PART_LABELS, default=lambda _ctx: "", has_chip=False),
        Entity("owner", _l("Chủ sở hữu"), named=lambda ctx, owner_id: owner_name(ctx.session, owner_id)),
        Entity("unit", _l("Địa bàn"), named=_unit_name),
    ),
    check=_check,
    order=("code", "id"),
    owner_id=lambda row: row.owner_organisation_id,
    reads=Reads(positions.run, lambda ctx, query: positions.stream(ctx, query, portion=FETCH_ROWS)),
    stem="cap-dang-dung",
    count=_n_noop("%(count)s tuyến cáp"),
    empty=Empty(
        _l("Không có tuyến cáp nào"),
        _l("Không có tuyến cáp đang dùng nào thuộc nhóm này mà tài khoản được phép xem vị trí chính xác."),
    ),
)
