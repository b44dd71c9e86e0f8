"""The list of who filed the plan of a year, and who did not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.exports.dataset import EVERY
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Entity, MultiChoice
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.operator_plans.models import OperatorPlan, OperatorPlanItem
from registry.operator_plans.queries import filings_query, is_late, last_day, planned_query
from registry.structures.kinds import HOSTS, KINDS
from registry.territory.queries import commune_choices, get_unit

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
        return str(_("Nộp muộn") if is_late(ctx, year, plan) else _("Đã nộp đúng hạn"))
    return str(_("Quá hạn, chưa nộp") if is_late(ctx, year, None) else _("Chưa nộp"))


def _due(ctx: Ctx, row: Any) -> date:
    return last_day(ctx, int(row.year))


_TO_PLAN: Final = link("operator_plans.detail", "rows", plan_id="OperatorPlan.id")


def _open(ctx: Ctx, row: Any) -> Any:
    return None if row.OperatorPlan is None else _TO_PLAN(ctx, row)


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return None if unit is None else unit.name


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


def _kind(_ctx: Ctx, row: Any) -> str:
    kind = KINDS.get(row.OperatorPlanItem.kind)
    return row.OperatorPlanItem.kind if kind is None else str(kind.label)


def _metres(_ctx: Ctx, row: Any) -> Decimal | None:
    return None if row.length_m is None else Decimal(round(row.length_m))


def _operators(ctx: Ctx) -> list[tuple[int, str]]:
    """The operators with a plan that the reader may read."""
    query = (
        select(Organisation.id, Organisation.short_name)
        .where(
            Organisation.id.in_(
                select(OperatorPlan.organisation_id).where(visible(ctx, OperatorPlan, P.OPERATOR_PLAN_READ))
            )
        )
        .order_by(Organisation.short_name)
    )
    return [(row.id, row.short_name) for row in ctx.session.execute(query)]


def _operator_name(ctx: Ctx, organisation_id: int) -> str | None:
    return dict(_operators(ctx)).get(organisation_id)


PLANNED: Final = ListView(
    code="planned-structures",
    label=_l("Công trình trong kế hoạch năm"),
    subtitle=_l("Công trình, tuyến dự kiến xây dựng theo lần nộp cuối của mỗi doanh nghiệp"),
    endpoint="operator_plans.planned",
    parent=(_l("Kế hoạch xây dựng hằng năm"), "operator_plans.index"),
    permission=P.OPERATOR_PLAN_READ,
    select=lambda ctx, filter_values: planned_query(ctx, int(filter_values["year"])),
    for_files=lambda _ctx, _chosen, query: query.add_columns(
        func.ST_AsBinary(func.coalesce(OperatorPlanItem.line, OperatorPlanItem.place_point), "NDR").label("wkb")
    ),
    geometry=lambda row: bytes(row.wkb),
    columns=(
        Column(
            "name",
            _l("Tên công trình"),
            "OperatorPlanItem.name",
            main=True,
            wraps=True,
            sort=OperatorPlanItem.name,
            show=link("operator_plans.detail", "OperatorPlanItem.name", plan_id="OperatorPlanItem.plan_id"),
        ),
        Column("kind", _l("Loại công trình"), _kind),
        Column("operator", _l("Doanh nghiệp"), sort="operator"),
        Column("commune", _l("Xã, phường"), sort="commune"),
        Column("height_m", _l("Chiều cao (m)"), "OperatorPlanItem.height_m", Decimal, sort=OperatorPlanItem.height_m),
        Column("length_m", _l("Chiều dài (m)"), _metres, Decimal),
        Column("note", _l("Ghi chú"), "OperatorPlanItem.note", on=On.FILES),
    ),
    filters=(
        ChoiceFilter("year", _l("Năm kế hoạch"), options=_years, default=default_year, has_chip=False, sticky=True),
        MultiChoice(
            "kind",
            _l("Loại công trình"),
            options={code: kind.label for code, kind in HOSTS.items()},
            where=lambda _ctx, codes: OperatorPlanItem.kind.in_(codes),
        ),
        Entity(
            "operator",
            _l("Doanh nghiệp"),
            lambda _ctx, organisation_id: OperatorPlan.organisation_id == organisation_id,
            named=_operator_name,
            options=_operators,
            everything=_l("Tất cả"),
        ),
        Entity(
            "unit",
            _l("Xã, phường"),
            lambda _ctx, unit_id: OperatorPlanItem.unit_id == unit_id,
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Tất cả"),
        ),
    ),
    order=(OperatorPlanItem.id,),
    stem="cong-trinh-trong-ke-hoach-nam",
    formats=EVERY,
    count=_n_noop("%(count)s công trình"),
    empty=Empty(_l("Chưa có công trình nào"), _l("Công trình của kế hoạch đã nộp cho năm này sẽ hiển thị tại đây.")),
    no_match=Empty(_l("Không có công trình nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
