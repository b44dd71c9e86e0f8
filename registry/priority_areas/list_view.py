"""The list of areas that the plan puts first."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Text, cast, func

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _l, _n_noop
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Chosen, Day, Flag, MultiChoice, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.priority_areas.models import AreaKind, PriorityArea
from registry.priority_areas.queries import areas_query, unserved_ids

#: The argument of the areas that the figure counts.
UNSERVED: Final = "unserved"


def _check(ctx: Ctx, filter_values: Chosen) -> None:
    """The areas without a structure are for those who see all structures that can be shared."""
    if UNSERVED in filter_values:
        require(ctx, P.PRIORITY_AREA_FIGURES)


def _today(ctx: Ctx) -> date:
    return ctx.today


AREAS: Final = ListView(
    code="priority-areas",
    label=_l("Khu vực ưu tiên"),
    subtitle=_l(
        "Khu công nghiệp, khu đô thị, cơ quan, trường học, bệnh viện, khu du lịch được ưu tiên phát triển hạ tầng"
    ),
    endpoint="priority_areas.index",
    permission=P.PRIORITY_AREA_READ,
    select=lambda ctx, _chosen: areas_query(ctx),
    columns=(
        Column(
            "name",
            _l("Tên khu vực"),
            "PriorityArea.name",
            main=True,
            wraps=True,
            sort=PriorityArea.name,
            show=link("priority_areas.detail", "PriorityArea.name", area_id="PriorityArea.id"),
        ),
        *declared_columns(PriorityArea, "kind", row="PriorityArea", sort=cast(PriorityArea.kind, Text)),
        *declared_columns(PriorityArea, "valid_from", row="PriorityArea", sort=PriorityArea.valid_from),
        *declared_columns(PriorityArea, "valid_to", row="PriorityArea", sort=PriorityArea.valid_to),
        *declared_columns(PriorityArea, "source", row="PriorityArea", on=On.FILES),
        *declared_columns(PriorityArea, "needs_verification", row="PriorityArea"),
    ),
    filters=(
        MultiChoice(
            "kind", _l("Loại khu vực"), options=AreaKind, where=lambda _ctx, codes: PriorityArea.kind.in_(codes)
        ),
        Day(
            "on",
            _l("Áp dụng vào ngày"),
            where=lambda _ctx, day: PriorityArea.in_force(day),
            default=_today,
        ),
        Flag(
            UNSERVED,
            _l("Chưa có công trình dùng chung"),
            chip=_l("Công trình dùng chung"),
            text=_l("chưa có trong khoảng cách quy định"),
            hidden=True,
            where=lambda ctx, _on: PriorityArea.id.in_(unserved_ids(ctx)),
        ),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(func.fold(PriorityArea.name), text.split())),
    ),
    check=_check,
    order=(PriorityArea.name, PriorityArea.id),
    stem="khu-vuc-uu-tien",
    count=_n_noop("%(count)s khu vực"),
    empty=Empty(
        _l("Chưa có khu vực nào"), _l("Sở Khoa học và Công nghệ, Sở Xây dựng ghi các khu vực ưu tiên tại đây.")
    ),
    no_match=Empty(_l("Không có khu vực nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
