"""The list of who filed the plan of a year, and who did not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.operator_plans.models import OperatorPlan
from registry.operator_plans.queries import filings_query, is_late, last_day

#: Years that the filter offers.
_FIRST: Final = 2025


def _years(ctx: Ctx) -> dict[str, str]:
    return {str(year): str(year) for year in range(ctx.today.year + 1, _FIRST - 1, -1)}


def default_year(ctx: Ctx) -> str:
    return str(ctx.today.year + 1)


def _state(ctx: Ctx, row: Any) -> str:
    plan: OperatorPlan | None = row.OperatorPlan
    year = int(row.year)
    if plan is not None:
        return str(_("Nộp muộn") if is_late(ctx, year, plan) else _("Đã nộp"))
    return str(_("Quá hạn, chưa nộp") if is_late(ctx, year, None) else _("Chưa nộp"))


def _due(ctx: Ctx, row: Any) -> date:
    return last_day(ctx, int(row.year))


_TO_PLAN: Final = link("operator_plans.detail", "rows", plan_id="OperatorPlan.id")


def _open(ctx: Ctx, row: Any) -> Any:
    return None if row.OperatorPlan is None else _TO_PLAN(ctx, row)


FILINGS: Final = ListView(
    code="operator-plans",
    label=_l("Kế hoạch xây dựng hằng năm"),
    subtitle=_l("Kế hoạch năm của doanh nghiệp viễn thông theo tệp, lần nộp cuối của năm"),
    endpoint="operator_plans.index",
    permission=P.OPERATOR_PLAN_READ,
    select=lambda ctx, filter_values: filings_query(ctx, int(filter_values["year"])),
    columns=(
        Column("operator", _l("Doanh nghiệp"), "Organisation.short_name", main=True, sort=Organisation.short_name),
        Column("year", _l("Năm kế hoạch"), "year", int, on=On.FILES),
        Column("state", _l("Tình trạng nộp"), _state),
        Column("due_on", _l("Hạn nộp"), _due, date),
        Column(
            "filed_at",
            _l("Nộp lúc"),
            lambda _ctx, row: None if row.OperatorPlan is None else row.OperatorPlan.filed_at,
            datetime,
            sort=OperatorPlan.filed_at,
        ),
        Column(
            "rows",
            _l("Số công trình"),
            lambda _ctx, row: None if row.OperatorPlan is None else row.rows,
            int,
            show=_open,
        ),
    ),
    filters=(
        ChoiceFilter("year", _l("Năm kế hoạch"), options=_years, default=default_year, has_chip=False, sticky=True),
    ),
    order=(Organisation.short_name, Organisation.id),
    stem="ke-hoach-xay-dung-nam",
    count=_n_noop("%(count)s doanh nghiệp"),
    empty=Empty(_l("Chưa có doanh nghiệp nào"), _l("Doanh nghiệp viễn thông đang hoạt động sẽ hiển thị tại đây.")),
)
