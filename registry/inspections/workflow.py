"""The workflow of an inspection plan."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, not_, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.inspections.codes import CODE, TONES, PlanState
from registry.inspections.models import InspectionItem, InspectionPlan
from registry.inspections.papers import freeze_plan_papers
from registry.kernel.days import RECENT
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_date
from registry.notices.events import Audience, Party
from registry.structures.models import Structure
from registry.workflow.definition import Assignee, Data, Move, Workflow, day_need, text_need

S = PlanState
_NUMBER: Final = 100


def _without_structures(ctx: Ctx, case: InspectionPlan) -> str | None:
    if ctx.session.scalar(select(InspectionItem.id).where(InspectionItem.plan_id == case.id).limit(1)) is not None:
        return None
    return _("Kế hoạch %(number)s chưa có công trình nào; hãy thêm công trình trước khi ban hành.", number=case.number)


def _open_items(ctx: Ctx, plan_id: Any) -> Select[Any]:
    """The structures of a plan without a result, of those that the actor may see."""
    return (
        select(InspectionItem.id)
        .join(Structure, Structure.id == InspectionItem.structure_id)
        .where(
            InspectionItem.plan_id == plan_id,
            InspectionItem.outcome.is_(None),
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
    )


def _has_open_items(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    return _open_items(ctx, model.id).exists()


def _has_open_items_here(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """A plan of the province waits for the inspectors of the communes in which structures are left."""
    return _open_items(ctx, model.id).where(Structure.commune_id.in_(sorted(ctx.actor.unit_ids))).exists()


def _with_open_items(ctx: Ctx, case: InspectionPlan) -> str | None:
    """Every structure of the plan that the actor may see has a result."""
    count = ctx.session.scalar(select(func.count()).select_from(_open_items(ctx, case.id).subquery()))
    if not count:
        return None
    return _n("Kế hoạch %(number)s còn %(num)d công trình chưa có kết quả.", count, number=case.number)


def may_issue(ctx: Ctx, case: InspectionPlan, data: Data) -> None:
    """The paper is not of the future, nor later than the end of the plan."""
    day = data["decided_on"]
    if day > ctx.today or day > case.ends_on:
        sentence = _(
            "Ngày ban hành %(day)s không dùng được; cần ngày không sau %(last)s.",
            day=format_date(day),
            last=format_date(min(ctx.today, case.ends_on)),
        )
        raise Invalid({"decided_on": sentence})


def issue(ctx: Ctx, case: InspectionPlan, data: Data) -> None:
    """The plan stores its paper."""
    del ctx
    case.decision_number, case.decided_on = data["decision_number"], data["decided_on"]


def _inspectors(ctx: Ctx, case: InspectionPlan) -> Audience:
    """The inspectors of the area, of every area for a plan of the province; before it is issued its own office."""
    if case.decision_number is None:
        return _planner(ctx, case)
    units = frozenset() if case.unit_id is None else frozenset({case.unit_id})
    return Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=units)


def _planner(ctx: Ctx, case: InspectionPlan) -> Audience:
    """The office that made the plan: of a commune those with this commune in their area, who alone may read it."""
    del ctx
    if case.unit_id is None:
        return Audience(organisation_ids=frozenset({case.organisation_id}))
    return Audience(roles=frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def _own_plans(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """A plan waits for the office that made it."""
    own: ColumnElement[bool] = model.organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return own


INSPECTION: Final = Workflow(
    code=CODE,
    label=_l("Kế hoạch kiểm tra công trình"),
    one=_l("Kế hoạch kiểm tra"),
    prefix="KT",
    model=InspectionPlan,
    states=PlanState,
    start=S.DRAFT,
    moves=(
        Move(
            "issue",
            _l("Ban hành kế hoạch"),
            _l("Đã ban hành kế hoạch kiểm tra"),
            (S.DRAFT,),
            S.ISSUED,
            P.INSPECTION_PLAN,
            needs=(
                Field("decision_number", _l("Số văn bản"), max_length=_NUMBER, required=True),
                day_need("decided_on", _l("Ngày ban hành"), RECENT),
            ),
            guard=may_issue,
            obstacle=_without_structures,
            effect=issue,
            notifies=("inspectors",),
            tone="primary",
        ),
        Move(
            "finish",
            _l("Kết thúc kế hoạch"),
            _l("Đã kết thúc kế hoạch kiểm tra"),
            (S.ISSUED,),
            S.DONE,
            P.INSPECTION_PLAN,
            needs=(text_need("text", _l("Nhận xét chung"), required=False),),
            obstacle=_with_open_items,
            notifies=("inspectors",),
            tone="primary",
        ),
        Move(
            "cancel",
            _l("Hủy kế hoạch"),
            _l("Đã hủy kế hoạch kiểm tra"),
            (S.DRAFT, S.ISSUED),
            S.CANCELLED,
            P.INSPECTION_PLAN,
            needs=(text_need("reason", _l("Lý do hủy")),),
            notifies=("inspectors",),
            tone="danger",
        ),
    ),
    papers=freeze_plan_papers,
    read=P.INSPECTION_READ,
    judged=(),
    page="inspections.detail",
    index="inspections.index",
    parties={
        "planner": Party(_l("Cơ quan lập kế hoạch"), _planner),
        "inspectors": Party(_l("Cán bộ kiểm tra"), _inspectors),
    },
    assignees={
        S.DRAFT: Assignee("planner", P.INSPECTION_PLAN, mine=_own_plans),
        S.ISSUED: Assignee(
            "planner",
            P.INSPECTION_PLAN,
            where=lambda ctx, model: not_(_has_open_items(ctx, model)),
            mine=_own_plans,
        ),
    },
    other_assignees={
        S.ISSUED: Assignee(
            "inspectors",
            P.INSPECTION_RECORD,
            roles=frozenset({Role.AREA_INSPECTOR}),
            act=_l("Kiểm tra các công trình còn lại"),
            where=_has_open_items,
            mine=_has_open_items_here,
        ),
    },
    main_path=(S.DRAFT, S.ISSUED, S.DONE),
    tones=TONES,
)
