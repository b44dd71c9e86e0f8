"""Reads of plans: the version of a day, its items, and the computed verdict on structures and points."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, and_, any_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.infra_plans.codes import ConclusionState, InfraPlanState, PlanVerdict
from registry.infra_plans.models import InfraPlan, InfraPlanItem, PlanConclusion
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, format_date
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.kinds.value_rules import PLAN_IN_FORCE
from registry.structures.models import Structure
from registry.structures.positions.areas import is_within, labels_met
from registry.structures.positions.points import grid_point
from registry.structures.positions.selectable import sees_exactly

MOST_ITEMS_SHOWN: Final = 200
_MOST_CONCLUSIONS: Final = 10
_DECIMALS: Final = 6


@dataclass(frozen=True)
class ComputedVerdict:
    """What the plan of a day says of a place, and the rule in words."""

    verdict: PlanVerdict
    basis: str
    plan: InfraPlan | None = None


def plan_on(session: Session, day: date) -> InfraPlan | None:
    """The version in force on a day; None where the dated setting says that no plan applies, or none was issued."""
    if not bool(setting(session, PLAN_IN_FORCE, day)):
        return None
    query = select(InfraPlan).where(
        InfraPlan.state.in_((InfraPlanState.ISSUED, InfraPlanState.ENDED)),
        InfraPlan.valid_from <= day,
        or_(InfraPlan.valid_to.is_(None), InfraPlan.valid_to >= day),
    )
    return session.scalars(query).one_or_none()


def citation_of(plan: InfraPlan) -> str:
    """A version as papers cite it."""
    if plan.document_number is None or plan.document_on is None:
        return plan.name
    return _(
        "%(name)s (%(number)s ngày %(day)s)",
        name=plan.name,
        number=plan.document_number,
        day=format_date(plan.document_on),
    )


def _no_plan(day: date) -> ComputedVerdict:
    basis = _("Ngày %(day)s không có quy hoạch hạ tầng viễn thông thụ động đang áp dụng.", day=format_date(day))
    return ComputedVerdict(PlanVerdict.NO_PLAN_IN_FORCE, basis)


def _allows(kind: Any) -> ColumnElement[bool]:
    """SQL: an item allows a kind, a code or a column."""
    code = literal(kind, Text) if isinstance(kind, str) else kind
    allowing: ColumnElement[bool] = code == any_(InfraPlanItem.allows.expression)
    return allowing


def _columns(plan: InfraPlan, kind: Any, geometry_m: Any = None) -> list[ColumnElement[Any]]:
    """SQL: whether the items that allow a kind cover a position, the codes of those that meet it, and of all."""
    area, code, of_plan = InfraPlanItem.area_m.expression, InfraPlanItem.code, InfraPlanItem.plan_id == plan.id
    return [
        is_within(area, of_plan, _allows(kind), geometry_m=geometry_m).label("is_in"),
        labels_met(area, code, of_plan, _allows(kind), geometry_m=geometry_m).label("allowing"),
        labels_met(area, code, of_plan, geometry_m=geometry_m).label("all_here"),
    ]


def not_in_plan(ctx: Ctx) -> ColumnElement[bool]:
    """SQL over `structure`: the plan of today does not have it; false while none is in force."""
    plan = plan_on(ctx.session, ctx.today)
    if plan is None:
        return false()
    return ~is_within(InfraPlanItem.area_m.expression, InfraPlanItem.plan_id == plan.id, _allows(Structure.kind))


def verdicts_of(ctx: Ctx, structure_ids: Collection[int]) -> Mapping[int, ComputedVerdict]:
    """The verdict of today on each of these structures that the actor sees exactly; without a plan on all of them."""
    if not structure_ids:
        return {}
    plan = plan_on(ctx.session, ctx.today)
    if plan is None:
        # It says nothing of the structures.
        return dict.fromkeys(structure_ids, _no_plan(ctx.today))
    shown = and_(Structure.id.in_(sorted(structure_ids)), sees_exactly(ctx))
    query = select(Structure.id, Structure.kind, *_columns(plan, Structure.kind)).where(shown)
    return {row.id: _computed(plan, row.kind, row) for row in positions.run(ctx, query)}


def verdict_at(ctx: Ctx, kind: str, lon: Any, lat: Any) -> ComputedVerdict:
    """The verdict of today on a structure of a kind at a point (WGS 84)."""
    plan = plan_on(ctx.session, ctx.today)
    if plan is None:
        return _no_plan(ctx.today)
    here = grid_point(lon, lat)
    query = select(*_columns(plan, kind, here))
    return _computed(plan, kind, ctx.session.execute(query).one())


def _computed(plan: InfraPlan, kind: str, row: Row[Any]) -> ComputedVerdict:
    label, cited = str(KINDS[kind].label).lower(), citation_of(plan)
    if row.is_in:
        codes = ", ".join(row.allowing)
        basis = _("%(plan)s, mục %(codes)s cho phép %(kind)s.", plan=cited, codes=codes, kind=label)
        return ComputedVerdict(PlanVerdict.IN_PLAN, basis, plan)
    if row.allowing:
        codes = ", ".join(row.allowing)
        basis = _("%(plan)s: chỉ một phần nằm trong mục %(codes)s.", plan=cited, codes=codes)
    elif row.all_here:
        codes = ", ".join(row.all_here)
        basis = _("%(plan)s, mục %(codes)s không cho phép %(kind)s.", plan=cited, codes=codes, kind=label)
    else:
        basis = _("%(plan)s không có mục nào ở vị trí này.", plan=cited)
    return ComputedVerdict(PlanVerdict.NOT_IN_PLAN, basis, plan)


# --- pages ---------------------------------------------------------------------------------------------------------
def get_plan(ctx: Ctx, case_id: int) -> InfraPlan:
    """A version that the actor may read; NotFound otherwise."""
    message = _("Không có quy hoạch này, hoặc không có quyền xem.")
    plan: InfraPlan = get_visible(ctx, InfraPlan, P.INFRA_PLAN_READ, InfraPlan.id == case_id, message=message)
    return plan


def items_of(ctx: Ctx, plan: InfraPlan) -> Sequence[InfraPlanItem]:
    """The first items of a version, by code."""
    query = select(InfraPlanItem).where(InfraPlanItem.plan_id == plan.id).order_by(InfraPlanItem.code)
    return ctx.session.scalars(query.limit(MOST_ITEMS_SHOWN)).all()


def count_items(ctx: Ctx, plan: InfraPlan) -> int:
    """The number of its items."""
    return ctx.session.scalar(select(func.count()).where(InfraPlanItem.plan_id == plan.id)) or 0


def outline_of(ctx: Ctx, plan: InfraPlan) -> str | None:
    """The borders of its first items as one GeoJSON of lines; None without an item."""
    first = select(InfraPlanItem.area_m).where(InfraPlanItem.plan_id == plan.id).order_by(InfraPlanItem.code)
    areas = first.limit(MOST_ITEMS_SHOWN).subquery()
    lines = func.ST_Multi(func.ST_Collect(func.ST_Boundary(areas.c.area_m)))
    outline: str | None = ctx.session.scalar(
        select(func.ST_AsGeoJSON(func.ST_Transform(func.ST_CollectionExtract(lines, 2), 4326), _DECIMALS))
    )
    return outline


def get_conclusion(ctx: Ctx, case_id: int) -> PlanConclusion:
    """A conclusion that the actor may read; NotFound otherwise."""
    message = _("Không có kết luận này, hoặc không có quyền xem.")
    conclusion: PlanConclusion = get_visible(
        ctx, PlanConclusion, P.PLAN_CONCLUSION_READ, PlanConclusion.id == case_id, message=message
    )
    return conclusion


def conclusions_of_structure(ctx: Ctx, structure_id: int) -> Sequence[Row[Any]]:
    """The visible conclusions on a structure with their offices, those that stand first, then the newest."""
    query: Any = (
        select(PlanConclusion, Organisation.short_name.label("office"))
        .join(Organisation, Organisation.id == PlanConclusion.organisation_id)
        .where(PlanConclusion.structure_id == structure_id, visible(ctx, PlanConclusion, P.PLAN_CONCLUSION_READ))
        .order_by((PlanConclusion.state == ConclusionState.STANDING).desc(), PlanConclusion.id.desc())
    )
    rows: Sequence[Row[Any]] = ctx.session.execute(query.limit(_MOST_CONCLUSIONS)).all()
    return rows


def structure_named(ctx: Ctx, code: str) -> Structure:
    """A structure that the actor sees exactly, by its code; NotFound otherwise. Its position is not read."""
    message = _("Không có công trình “%(code)s”, hoặc không có quyền xem.", code=code)
    structure: Structure = get_visible(ctx, Structure, P.STRUCTURE_READ, Structure.code == code, message=message)
    return structure


def code_of_structure(ctx: Ctx, structure_id: int) -> str | None:
    """The code of a structure that the actor may see."""
    code: str | None = ctx.session.scalar(
        select(Structure.code).where(Structure.id == structure_id, visible(ctx, Structure, P.STRUCTURE_READ))
    )
    return code
