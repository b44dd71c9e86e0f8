"""Reads of yearly plans, and what the register and the plans of others say of each planned structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation, OrganisationKind, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, require, scopes_of, visible
from registry.kernel.clock import local_date
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _
from registry.operator_plans.models import OperatorPlan, OperatorPlanItem
from registry.operator_plans.settings import FILING
from registry.planned_sites.mast_spacing import Mast, PlannedMast, visible_masts_too_near
from registry.planned_sites.queries import RADIUS, SiteMatch, rank_near
from registry.planned_sites.rules import Fit, Need
from registry.structures.filtering.filter import Near
from registry.structures.positions.mast_spacing import MASTS
from registry.territory.models import AdminUnit

#: Planned structures on a page: each is looked at in the register.
PAGE: Final = 25
_CANDIDATES: Final = 10
_Item: Final = aliased(OperatorPlanItem)
#: SQL: metres of a planned line; NULL of a point.
LENGTH_M: Final = case((OperatorPlanItem.line.is_not(None), func.ST_Length(OperatorPlanItem.shape_m)))


@dataclass(frozen=True)
class JointPlan:
    """A structure that another organisation plans at the same place in the same year."""

    plan_id: int
    operator: str
    name: str
    metres: int


@dataclass(frozen=True)
class PlannedItem:
    """A row of a plan with its place, and what stands against it; `joint` is for departments alone."""

    item: OperatorPlanItem
    unit: AdminUnit
    lon: float
    lat: float
    #: Of a planned line.
    length_m: int | None
    too_near: Sequence[Mast]
    shareable: SiteMatch | None
    joint: Sequence[JointPlan]


def last_day(ctx: Ctx, year: int) -> date:
    """The last day to file the plan of a year, by the rule of that day."""
    rule = setting(ctx.session, FILING, date(year - 1, 12, 31))
    return date(year - 1, int(rule["month"]), int(rule["day"]))


def sees_all_plans(ctx: Ctx) -> bool:
    """Whether the reader compares the plans of all organisations."""
    return ALL in scopes_of(ctx.actor, P.OPERATOR_PLAN_READ)


def last_filings(year: Any) -> Any:
    """SQL: the plans in force of a year, the last filing of each organisation."""
    return select(func.max(OperatorPlan.id)).where(OperatorPlan.year == year).group_by(OperatorPlan.organisation_id)


def filings_query(ctx: Ctx, year: int) -> Select[Any]:
    """The operators of today, and others that filed for the year, each with its last filing of the year, if any."""
    require(ctx, P.OPERATOR_PLAN_READ)
    rows = select(func.count()).where(OperatorPlanItem.plan_id == OperatorPlan.id)
    query = (
        select(Organisation, OperatorPlan, rows.scalar_subquery().label("rows"), literal(year).label("year"))
        .outerjoin(
            OperatorPlan,
            and_(OperatorPlan.organisation_id == Organisation.id, OperatorPlan.id.in_(last_filings(year))),
        )
        .where(
            or_(
                OperatorPlan.id.is_not(None),
                and_(
                    Organisation.kind == OrganisationKind.OPERATOR,
                    Organisation.owns_only.is_not(True),
                    Organisation.valid_from <= ctx.today,
                    or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
                ),
            )
        )
    )
    return query if sees_all_plans(ctx) else query.where(Organisation.id.in_(ctx.actor.organisation_ids))


def planned_query(ctx: Ctx, year: int) -> Select[Any]:
    """The planned structures of the plans in force of a year: the own ones, or of all operators for departments."""
    query: Any = (
        select(
            OperatorPlanItem,
            Organisation.short_name.label("operator"),
            AdminUnit.name.label("commune"),
            LENGTH_M.label("length_m"),
        )
        .join(OperatorPlan, OperatorPlan.id == OperatorPlanItem.plan_id)
        .join(Organisation, Organisation.id == OperatorPlan.organisation_id)
        .join(AdminUnit, AdminUnit.id == OperatorPlanItem.unit_id)
        .where(visible(ctx, OperatorPlan, P.OPERATOR_PLAN_READ), OperatorPlan.id.in_(last_filings(year)))
    )
    selected: Select[Any] = query
    return selected


def is_late(ctx: Ctx, year: int, plan: OperatorPlan | None) -> bool:
    """Whether a plan was filed after the last day, or is missing after it."""
    day = ctx.today if plan is None else local_date(plan.filed_at)
    return day > last_day(ctx, year)


def get_plan(ctx: Ctx, plan_id: int) -> OperatorPlan:
    """A filing that the actor may read; NotFound otherwise."""
    message = _("Không có kế hoạch này, hoặc không có quyền xem.")
    plan: OperatorPlan = get_visible(
        ctx, OperatorPlan, P.OPERATOR_PLAN_READ, OperatorPlan.id == plan_id, message=message
    )
    return plan


def names_of(ctx: Ctx, plan: OperatorPlan) -> tuple[str, str]:
    """The organisation of a filing and the person who filed it."""
    names = (
        select(Organisation.short_name, UserAccount.full_name)
        .select_from(OperatorPlan)
        .join(Organisation, Organisation.id == OperatorPlan.organisation_id)
        .join(UserAccount, UserAccount.id == OperatorPlan.filed_by_id)
        .where(OperatorPlan.id == plan.id)
    )
    operator, person = ctx.session.execute(names).one()
    return operator, person


def filings_of(ctx: Ctx, plan: OperatorPlan) -> Sequence[OperatorPlan]:
    """All filings of the organisation for the year, the last first."""
    query = select(OperatorPlan).where(
        OperatorPlan.organisation_id == plan.organisation_id,
        OperatorPlan.year == plan.year,
        visible(ctx, OperatorPlan, P.OPERATOR_PLAN_READ),
    )
    return ctx.session.scalars(query.order_by(OperatorPlan.id.desc())).all()


def count_items(ctx: Ctx, plan: OperatorPlan) -> int:
    return ctx.session.scalar(select(func.count()).where(OperatorPlanItem.plan_id == plan.id)) or 0


def items_of(ctx: Ctx, plan: OperatorPlan, page: int) -> list[PlannedItem]:
    """A page of the rows of a filing, in the order of its file, each compared with the register and other plans."""
    query = (
        select(
            OperatorPlanItem,
            AdminUnit,
            func.ST_X(OperatorPlanItem.place_point).label("lon"),
            func.ST_Y(OperatorPlanItem.place_point).label("lat"),
            LENGTH_M.label("length_m"),
        )
        .join(AdminUnit, AdminUnit.id == OperatorPlanItem.unit_id)
        .where(OperatorPlanItem.plan_id == plan.id)
        .order_by(OperatorPlanItem.row_number)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    rows = ctx.session.execute(query).all()
    joint = _joint_plans(ctx, plan, [row.OperatorPlanItem.id for row in rows]) if sees_all_plans(ctx) else {}
    metres = int(setting(ctx.session, RADIUS, ctx.today)["usual"])
    return [
        PlannedItem(
            item=row.OperatorPlanItem,
            unit=row.AdminUnit,
            lon=row.lon,
            lat=row.lat,
            length_m=None if row.length_m is None else round(row.length_m),
            too_near=_too_near(ctx, plan, row),
            shareable=_shareable(ctx, plan, row, metres),
            joint=joint.get(row.OperatorPlanItem.id, []),
        )
        for row in rows
    ]


def _too_near(ctx: Ctx, plan: OperatorPlan, row: Any) -> Sequence[Mast]:
    item: OperatorPlanItem = row.OperatorPlanItem
    if item.kind not in MASTS:
        return []
    planned = PlannedMast(row.lon, row.lat, ctx.today, item.height_m, plan.organisation_id)
    return visible_masts_too_near(ctx, planned, row.AdminUnit)


def _shareable(ctx: Ctx, plan: OperatorPlan, row: Any, metres: int) -> SiteMatch | None:
    """The nearest structure of another owner that the reader sees and that has room."""
    item: OperatorPlanItem = row.OperatorPlanItem
    ranked, _is_cut = rank_near(ctx, Near(row.lon, row.lat, metres), Need(item.kind), _CANDIDATES)
    fitting = (
        match
        for match in ranked
        if match.verdict.fit is Fit.FITS and match.structure.owner_organisation_id != plan.organisation_id
    )
    return min(fitting, key=lambda match: match.metres, default=None)


def _joint_plans(ctx: Ctx, plan: OperatorPlan, item_ids: Sequence[int]) -> Mapping[int, list[JointPlan]]:
    """What others plan near rows of a plan in its year, by the id of the row."""
    metres = float(setting(ctx.session, FILING, ctx.today)["joint_m"])
    distance = func.ST_Distance(OperatorPlanItem.shape_m, _Item.shape_m)
    query = (
        select(OperatorPlanItem.id, _Item.plan_id, _Item.name, Organisation.short_name, distance.label("metres"))
        .join(_Item, func.ST_DWithin(OperatorPlanItem.shape_m, _Item.shape_m, metres))
        .join(OperatorPlan, OperatorPlan.id == _Item.plan_id)
        .join(Organisation, Organisation.id == OperatorPlan.organisation_id)
        .where(
            OperatorPlanItem.id.in_(item_ids),
            OperatorPlan.id.in_(last_filings(plan.year)),
            OperatorPlan.organisation_id != plan.organisation_id,
            _Item.kind == OperatorPlanItem.kind,
        )
        .order_by("metres", _Item.id)
    )
    joint: dict[int, list[JointPlan]] = {}
    for row in ctx.session.execute(query):
        joint.setdefault(row.id, []).append(JointPlan(row.plan_id, row.short_name, row.name, round(row.metres)))
    return joint
