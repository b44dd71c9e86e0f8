"""The list of the towers behind the sharing ratio."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.sharing_ratio import UNDATED, towers_query
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n_noop, format_date
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import ChoiceFilter, Day
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView

#: Targets exist from this day on (first row of the setting).
_FIRST_DAY: Final = date(2000, 1, 1)
USE_LABELS: Final[dict[str, Any]] = {
    "": _l("Tất cả cột ăng ten đang khai thác"),
    "shared": _l("Cột có từ hai đơn vị sử dụng"),
    "single": _l("Cột có một đơn vị sử dụng"),
    "unknown": _l("Cột chưa khai đơn vị sử dụng"),
    UNDATED: _l("Cột chưa rõ ngày xây dựng"),
}


def check_day(ctx: Ctx, day: date) -> None:
    """Invalid for a day without figures."""
    if not _FIRST_DAY <= day <= ctx.today:
        sentence = _(
            "Không có số liệu của ngày %(day)s; hãy chọn từ %(first)s đến hôm nay %(today)s.",
            day=format_date(day),
            first=format_date(_FIRST_DAY),
            today=format_date(ctx.today),
        )
        raise Invalid({"on": sentence})


TOWERS: Final = ListView(
    code="towers",
    label=_l("Cột ăng ten theo số đơn vị sử dụng"),
    endpoint="home.towers",
    permission=P.DASHBOARD_READ,
    select=lambda ctx, filter_values: towers_query(ctx, filter_values["on"], filter_values["use"]),
    columns=(
        Column(
            "code",
            _l("Mã"),
            main=True,
            sort="code",
            show=link("structures.detail", "code", fragment="capacity", code="code"),
        ),
        Column("name", _l("Tên"), sort="name"),
        Column("owner", _l("Chủ sở hữu"), sort="owner"),
        Column("users", _l("Số đơn vị sử dụng"), kind=int, sort="users"),
    ),
    filters=(
        Day("on", _l("Tại ngày"), default=lambda ctx: ctx.today, has_chip=False, sticky=True),
        ChoiceFilter("use", _l("Nhóm cột"), options=USE_LABELS, default=lambda _ctx: "", has_chip=False),
    ),
    check=lambda ctx, filter_values: check_day(ctx, filter_values["on"]),
    order=("code", "id"),
    stem="cot-ang-ten",
    count=_n_noop("%(count)s cột"),
    empty=Empty(
        _l("Không có cột nào"), _l("Không có cột ăng ten nào thuộc nhóm này mà tài khoản được xem đơn vị sử dụng.")
    ),
)
