"""The list of the villages of a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import func, not_

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.db.matching import contains_all
from registry.kernel.errors import Invalid
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, _l, _n_noop, format_date
from registry.kernel.lists.columns import Column, declared_columns
from registry.kernel.lists.filters import Chosen, Day, Entity, Flag, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.territory.queries import commune_choices, get_unit
from registry.territory.rules import unit_label
from registry.villages.forms import title_of
from registry.villages.models import COVERAGE, Village
from registry.villages.queries import covered_too_early, has_ftth, has_mobile, villages_query


def _title(_ctx: Ctx, row: Any) -> str:
    return title_of(row.Village)


def check_day(ctx: Ctx, filter_values: Chosen) -> None:
    if filter_values["on"] > ctx.today:
        day = format_date(filter_values["on"])
        raise Invalid({"on": _("Chưa có số liệu của ngày %(day)s; hãy chọn hôm nay hoặc một ngày đã qua.", day=day)})


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return unit_label(unit, ctx.today) if unit else None


def _rows(ctx: Ctx, filter_values: Chosen) -> Any:
    query = villages_query(ctx, filter_values["on"], filter_values.get("unit"))
    if filter_values.get("no_mobile"):
        query = query.where(not_(has_mobile(filter_values["on"])))
    if filter_values.get("no_ftth"):
        query = query.where(not_(has_ftth(filter_values["on"])))
    if filter_values.get("too_early"):
        query = query.where(covered_too_early())
    return query


def _plain(*names: str, optional: bool = False) -> Iterator[Column]:
    for name in names:
        yield from declared_columns(Village, name, row="Village", optional=optional, sort=getattr(Village, name))


VILLAGES: Final = ListView(
    code="villages",
    label=_l("Thôn, bản, khu phố"),
    subtitle=_l("Danh mục theo ngày, do UBND xã, phường cập nhật; chỉ tiêu phủ sóng và cáp quang tính từ đây"),
    endpoint="villages.index",
    permission=P.VILLAGE_READ,
    select=_rows,
    columns=(
        Column(
            "village",
            fields_of(Village)["name"].label,
            _title,
            main=True,
            sort=Village.name,
            show=link("villages.detail", _title, village_id="Village.id"),
        ),
        Column("commune", _l("Xã, phường"), sort="commune"),
        *_plain(*COVERAGE),
        *_plain("valid_from", "valid_to", "legal_basis", optional=True),
    ),
    filters=(
        Day("on", _l("Tại ngày"), default=lambda ctx: ctx.today, has_chip=False, sticky=True),
        Entity(
            "unit",
            _l("Địa bàn"),
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Toàn tỉnh"),
        ),
        Flag("no_mobile", _l("Chưa phủ sóng"), chip=_l("Băng rộng di động"), text=_l("chưa phủ sóng")),
        Flag("no_ftth", _l("Chưa có cáp quang"), chip=_l("Cáp quang"), text=_l("chưa có")),
        Flag(
            "too_early",
            _l("Có sóng, có cáp quang trước khi hình thành"),
            chip=_l("Ngày phủ sóng, cáp quang"),
            text=_l("trước ngày hình thành"),
        ),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(func.fold(Village.name), text.split())),
    ),
    check=check_day,
    order=(Village.commune_id, Village.name, Village.id),
    stem="thon-ban",
    count=_n_noop("%(count)s thôn, bản, khu phố"),
    empty=Empty(_l("Chưa có thôn, bản nào"), _l("UBND xã, phường hoặc Sở thêm thôn, bản, khu phố của địa bàn.")),
    no_match=Empty(_l("Không có thôn, bản nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
