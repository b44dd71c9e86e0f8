"""The workflows: a version of the plan is drafted, issued and ended; a conclusion stands until it is withdrawn."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import func, or_, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.infra_plans.codes import (
    CONCLUSION_CODE,
    CONCLUSION_TONES,
    PLAN_CODE,
    PLAN_TONES,
    ConclusionState,
    InfraPlanState,
)
from registry.infra_plans.models import InfraPlan, InfraPlanItem, PlanConclusion
from registry.kernel.dated_settings import rows_in_force
from registry.kernel.days import PAPER, REGULATED, later_problem
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import ROLE_PARTIES, Audience, Party, organisation_party
from registry.structures.kinds.value_rules import PLAN_IN_FORCE
from registry.workflow.definition import Assignee, Data, FilesNeed, Move, Workflow, day_need, text_need

S = InfraPlanState
#: Versions are issued one after the other, so that two of one moment see each other.
_ONE_AT_A_TIME: Final = select(func.pg_advisory_xact_lock(func.hashtext("infra_plan")))
#: Those who plan with the plan.
_AFFECTED: Final = (Role.OPERATOR.value, Role.INFRA_OWNER.value, Role.CONSTRUCTION_DEPARTMENT.value)


def overlap_problem(ctx: Ctx, plan: InfraPlan) -> str | None:
    """The sentence for another issued version that has days in common with this one."""
    query = select(InfraPlan).where(
        InfraPlan.id != plan.id,
        InfraPlan.state.in_((S.ISSUED, S.ENDED)),
        or_(InfraPlan.valid_to.is_(None), InfraPlan.valid_to >= plan.valid_from),
    )
    if plan.valid_to is not None:
        query = query.where(InfraPlan.valid_from <= plan.valid_to)
    other = ctx.session.scalars(query.order_by(InfraPlan.valid_from).limit(1)).first()
    if other is None:
        return None
    last = _("chưa định ngày hết") if other.valid_to is None else _("đến hết %(day)s", day=format_date(other.valid_to))
    return _(
        "Từ ngày %(since)s đã có %(number)s “%(name)s” có hiệu lực từ %(first)s, %(last)s; hai quy hoạch không được"
        " trùng ngày, hãy kết thúc quy hoạch kia hoặc sửa ngày.",
        since=format_date(plan.valid_from),
        number=other.number,
        name=other.name,
        first=format_date(other.valid_from),
        last=last,
    )


def may_issue(ctx: Ctx, case: InfraPlan, data: Data) -> None:
    """The version has items, a plan applies by law on its first day, and no other version has days in common."""
    if not ctx.session.scalar(select(func.count()).where(InfraPlanItem.plan_id == case.id)):
        raise MoveRefused(_("“%(name)s” chưa có mục nào; hãy nhập tệp quy hoạch trước.", name=case.name))
    signed_on: date = data["document_on"]
    if signed_on > ctx.today:
        sentence = _(
            "Ngày quyết định %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
            day=format_date(signed_on),
            today=format_date(ctx.today),
        )
        raise Invalid({"document_on": sentence})
    problem = later_problem((_("Ngày quyết định"), signed_on), (_("Có hiệu lực từ ngày"), case.valid_from))
    if problem is not None:
        raise Invalid({"document_on": problem})
    row = rows_in_force(ctx.session, [PLAN_IN_FORCE], case.valid_from).get(PLAN_IN_FORCE)
    if row is None or not row.value:
        raise MoveRefused(
            _(
                "Ngày %(day)s không có quy hoạch được áp dụng (%(source)s); hãy sửa quy định “%(setting)s” trước khi"
                " ban hành.",
                day=format_date(case.valid_from),
                source=row.citation if row is not None else _("chưa có quy định"),
                setting=_("Có quy hoạch hạ tầng viễn thông thụ động đang áp dụng"),
            )
        )
    ctx.session.execute(_ONE_AT_A_TIME)
    overlap = overlap_problem(ctx, case)
    if overlap is not None:
        raise MoveRefused(overlap)


def issue(ctx: Ctx, case: InfraPlan, data: Data) -> None:
    del ctx
    case.document_number, case.document_on, case.issuer = (
        data["document_number"],
        data["document_on"],
        data["issuer"],
    )


def may_end(ctx: Ctx, case: InfraPlan, data: Data) -> None:
    """The last day is not before the first, and not after the last day that the version has already."""
    last: date = data["valid_to"]
    problem = later_problem((_("Có hiệu lực từ ngày"), case.valid_from), (_("Đến hết ngày"), last))
    if problem is None and case.valid_to is not None and last > case.valid_to:
        problem = _("Quy hoạch hết hiệu lực sau ngày %(day)s; cần ngày không muộn hơn.", day=format_date(case.valid_to))
    if problem is not None:
        raise Invalid({"valid_to": problem})


def end(ctx: Ctx, case: InfraPlan, data: Data) -> None:
    del ctx
    case.valid_to = data["valid_to"]


def _office(_ctx: Ctx, case: InfraPlan | PlanConclusion) -> Audience:
    return Audience(organisation_ids=frozenset({case.organisation_id}))


PLAN: Final = Workflow(
    code=PLAN_CODE,
    label=_l("Quy hoạch hạ tầng viễn thông thụ động"),
    one=_l("Quy hoạch"),
    prefix="QH",
    model=InfraPlan,
    states=InfraPlanState,
    start=S.DRAFT,
    moves=(
        Move(
            "issue",
            _l("Ban hành"),
            _l("Đã ban hành quy hoạch"),
            (S.DRAFT,),
            S.ISSUED,
            P.INFRA_PLAN_WRITE,
            needs=(
                Field(
                    "document_number",
                    _l("Số quyết định"),
                    max_length=100,
                    required=True,
                    hint=_l("Ví dụ: 125/QĐ-UBND."),
                ),
                day_need("document_on", _l("Ngày quyết định"), PAPER),
                Field("issuer", _l("Cơ quan ban hành"), max_length=200, required=True),
                FilesNeed("files", _l("Văn bản ban hành"), required=True),
            ),
            guard=may_issue,
            effect=issue,
            presets=lambda ctx, _case: {"document_on": ctx.today, "issuer": _("UBND tỉnh")},
            notifies=_AFFECTED,
            tone="primary",
            gives_number=True,
        ),
        Move(
            "end",
            _l("Kết thúc hiệu lực"),
            _l("Đã định ngày kết thúc hiệu lực"),
            (S.ISSUED,),
            S.ENDED,
            P.INFRA_PLAN_WRITE,
            needs=(
                day_need("valid_to", _l("Đến hết ngày"), REGULATED),
                text_need("text", _l("Căn cứ, lý do")),
            ),
            guard=may_end,
            effect=end,
            notifies=_AFFECTED,
        ),
        Move(
            "cancel",
            _l("Hủy dự thảo"),
            _l("Đã hủy dự thảo"),
            (S.DRAFT,),
            S.CANCELLED,
            P.INFRA_PLAN_WRITE,
            needs=(text_need("text", _l("Lý do hủy")),),
            tone="danger",
        ),
    ),
    closing=frozenset({"end"}),
    read=P.INFRA_PLAN_READ,
    judged=(),
    page="infra_plans.detail",
    index="infra_plans.index",
    parties={
        "office": Party(_l("Cơ quan lập quy hoạch"), _office),
        **{name: ROLE_PARTIES[name] for name in _AFFECTED},
    },
    assignees={S.DRAFT: Assignee("office", P.INFRA_PLAN_WRITE)},
    main_path=(S.DRAFT, S.ISSUED, S.ENDED),
    tones=PLAN_TONES,
)

CONCLUSION: Final = Workflow(
    code=CONCLUSION_CODE,
    label=_l("Kết luận về quy hoạch, kiến trúc"),
    one=_l("Kết luận"),
    prefix="KL",
    model=PlanConclusion,
    states=ConclusionState,
    start=ConclusionState.STANDING,
    moves=(
        Move(
            "withdraw",
            _l("Rút kết luận"),
            _l("Đã rút kết luận"),
            (ConclusionState.STANDING,),
            ConclusionState.WITHDRAWN,
            P.PLAN_CONCLUDE,
            needs=(text_need("text", _l("Lý do rút")),),
            notifies=("owner",),
            tone="danger",
        ),
    ),
    closing=frozenset({"withdraw"}),
    read=P.PLAN_CONCLUSION_READ,
    judged=(),
    page="plan_conclusions.detail",
    index="plan_conclusions.index",
    parties={
        "office": Party(_l("Cơ quan kết luận"), _office),
        "owner": organisation_party(_l("Chủ sở hữu công trình"), lambda case: case.structure_owner_id),
    },
    main_path=(ConclusionState.STANDING,),
    opening=("owner",),
    tones=CONCLUSION_TONES,
)
