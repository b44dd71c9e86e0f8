"""The list of the structures of issued plans, with their results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.inspections.codes import OUTCOME_TONES, Outcome, PlanState
from registry.inspections.models import InspectionItem, InspectionPlan
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Day, Entity, Flag, Search
from registry.kernel.lists.markup import badge, link
from registry.kernel.lists.view import Empty, ListView
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit

#: States of plans whose structures are counted: their paper is issued.
_COUNTED: Final = (PlanState.ISSUED, PlanState.DONE)


def item_query(ctx: Ctx, query: Select[Any]) -> Select[Any]:
    """The structures of issued plans, both as far as the reader may see them, with plan, owner and commune."""
    return (
        query.select_from(InspectionItem)
        .join(InspectionPlan, InspectionPlan.id == InspectionItem.plan_id)
        .join(Structure, Structure.id == InspectionItem.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == Structure.commune_id)
        .where(
            InspectionPlan.state.in_(_COUNTED),
            visible(ctx, InspectionPlan, P.INSPECTION_READ),
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
    )


def late_clause(ctx: Ctx) -> ColumnElement[bool]:
    """Without a result after the last day of its plan."""
    return and_(InspectionItem.outcome.is_(None), InspectionPlan.ends_on < ctx.today)


def planned_from(day: date) -> ColumnElement[bool]:
    """Plans that go on on a day or later."""
    return InspectionPlan.ends_on >= day


def planned_to(day: date) -> ColumnElement[bool]:
    """Plans that begin on a day or earlier."""
    return InspectionPlan.starts_on <= day


def _rows(ctx: Ctx, _chosen: Chosen) -> Select[Any]:
    columns: tuple[Any, ...] = (
        InspectionItem,
        InspectionPlan.number.label("plan_number"),
        InspectionPlan.starts_on,
        InspectionPlan.ends_on,
        Structure.code,
        Structure.name,
        Structure.kind,
        Organisation.short_name.label("owner"),
        AdminUnit.name.label("commune"),
    )
    return item_query(ctx, select(*columns))


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    return ctx.session.scalar(select(AdminUnit.name).where(AdminUnit.id == unit_id))


def _owner_name(ctx: Ctx, organisation_id: int) -> str | None:
    return ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == organisation_id))


def _kind(_ctx: Ctx, row: Any) -> str:
    return str(KINDS[row.kind].label)


def _result(_ctx: Ctx, row: Any) -> Any:
    outcome = row.InspectionItem.outcome
    return badge(_("Chưa kiểm tra"), "neutral") if outcome is None else badge(outcome.label, OUTCOME_TONES[outcome])


ITEMS: Final = ListView(
    code="inspection-items",
    label=_l("Kết quả kiểm tra công trình"),
    endpoint="inspection_board.items",
    parent=(_l("Kiểm tra"), "inspections.index"),
    permission=P.INSPECTION_READ,
    stem="ket-qua-kiem-tra",
    select=_rows,
    order=(InspectionItem.id,),
    descending=True,
    row_id=lambda row: row.InspectionItem.structure_id,
    name_column="code",
    columns=(
        Column(
            "code",
            _l("Mã"),
            main=True,
            sort=Structure.code,
            show=link("inspections.item_by_id", "code", item_id="InspectionItem.id"),
        ),
        Column("name", _l("Tên"), sort=Structure.name),
        Column("kind", _l("Loại"), _kind),
        Column("owner", _l("Chủ sở hữu"), sort="owner"),
        Column("commune", _l("Xã, phường trong hồ sơ"), sort="commune"),
        Column(
            "plan_number",
            _l("Kế hoạch kiểm tra"),
            show=link("inspections.detail", "plan_number", case_id="InspectionItem.plan_id"),
        ),
        Column("ends_on", _l("Đến hết ngày"), kind=date, optional=True, sort=InspectionPlan.ends_on),
        Column("outcome", _l("Kết quả"), "InspectionItem.outcome", show=_result),
        Column(
            "inspected_on", _l("Ngày kiểm tra"), "InspectionItem.inspected_on", date, sort=InspectionItem.inspected_on
        ),
        Column(
            "recorded_at",
            _l("Ghi lúc"),
            "InspectionItem.recorded_at",
            datetime,
            optional=True,
            sort=InspectionItem.recorded_at,
        ),
        Column(
            "score", _l("Điểm rủi ro khi chọn"), "InspectionItem.score", int, optional=True, sort=InspectionItem.score
        ),
        Column("note", _l("Nhận xét"), "InspectionItem.note", optional=True),
    ),
    filters=(
        ChoiceFilter(
            "outcome", _l("Kết quả"), options=Outcome, where=lambda _ctx, code: InspectionItem.outcome == code
        ),
        Flag(
            "waiting",
            _l("Chưa kiểm tra"),
            chip=_l("Kết quả"),
            text=_l("chưa có"),
            where=lambda _ctx, _on: InspectionItem.outcome.is_(None),
        ),
        Flag(
            "unreached",
            _l("Không kiểm tra được"),
            chip=_l("Kết quả"),
            text=_l("không tìm thấy hoặc không tiếp cận được"),
            where=lambda _ctx, _on: InspectionItem.outcome.in_((Outcome.NOT_FOUND, Outcome.NO_ACCESS)),
        ),
        Flag(
            "late",
            _l("Quá hạn kế hoạch"),
            chip=_l("Thời hạn"),
            text=_l("quá hạn"),
            where=lambda ctx, _on: late_clause(ctx),
        ),
        ChoiceFilter(
            "kind",
            _l("Loại công trình"),
            options=lambda _ctx: {code: kind.label for code, kind in KINDS.items()},
            where=lambda _ctx, code: Structure.kind == code,
        ),
        Entity(
            "unit",
            _l("Xã, phường"),
            hidden=True,
            named=_unit_name,
            must_exist=True,
            where=lambda _ctx, unit_id: Structure.commune_id == unit_id,
        ),
        Entity(
            "owner",
            _l("Chủ sở hữu"),
            hidden=True,
            named=_owner_name,
            must_exist=True,
            where=lambda _ctx, owner_id: Structure.owner_organisation_id == owner_id,
        ),
        Day("from", _l("Kế hoạch từ ngày"), where=lambda _ctx, day: planned_from(day)),
        Day("to", _l("Kế hoạch đến ngày"), where=lambda _ctx, day: planned_to(day)),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(Structure.search_text, text.split())),
    ),
    count=_n_noop("%(count)s công trình"),
    empty=Empty(
        _l("Chưa có công trình nào"),
        _l("Công trình của các kế hoạch đã ban hành hiển thị tại đây cùng kết quả kiểm tra."),
    ),
    no_match=Empty(_l("Không có công trình nào khớp"), _l("Bộ lọc đang quá hẹp; hãy bỏ bớt điều kiện.")),
)
