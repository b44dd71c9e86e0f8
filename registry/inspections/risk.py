"""Which structures to inspect first: a weighted sum of risks, by the settings of the day.

Only structures that the reader may see are rated, and owners by the results of such structures alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, and_, case, cast, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityPlace
from registry.inspections.codes import FindingState, Outcome, Risk
from registry.inspections.models import InspectionFinding, InspectionItem, InspectionPlan
from registry.inspections.settings import LIMITS, WEIGHTS
from registry.kernel.dated_settings import DatedSetting, setting_rows
from registry.structures.filtering.checks import months_before
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids

SHOWN: Final = 50
_MONTHS: Final = 12


@dataclass(frozen=True)
class RiskLaw:
    """The weights and limits in force."""

    weights: DatedSetting
    limits: DatedSetting


@dataclass(frozen=True)
class Rated:
    """A structure with its risks and their weighted sum."""

    id: int
    code: str
    name: str
    kind: str
    owner: str
    commune: str | None
    score: int
    risks: tuple[Risk, ...]


def risk_law(ctx: Ctx) -> RiskLaw:
    rows = setting_rows(ctx.session, (WEIGHTS, LIMITS), ctx.today)
    return RiskLaw(rows[WEIGHTS], rows[LIMITS])


def in_plan_area(ctx: Ctx, plan: InspectionPlan) -> list[ColumnElement[bool]]:
    """Conditions: the structures that stand, that the actor may see, in the area of a plan."""
    where = [Structure.is_live_rule(), visible(ctx, Structure, P.STRUCTURE_READ)]
    if plan.unit_id is not None:
        where.append(Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [plan.unit_id]))))
    return where


def suggest(ctx: Ctx, plan: InspectionPlan, kind: str | None = None) -> list[Rated]:
    """The SHOWN structures of the highest risk that are not in the plan yet."""
    planned_ids = select(InspectionItem.structure_id).where(InspectionItem.plan_id == plan.id)
    where: list[ColumnElement[bool]] = [Structure.id.not_in(planned_ids)]
    if kind is not None:
        where.append(Structure.kind == kind)
    return [rated for rated in _rated(ctx, plan, where, SHOWN) if rated.score > 0]


def rate(ctx: Ctx, plan: InspectionPlan, codes: Sequence[str]) -> list[Rated]:
    """These structures with their risks, as far as they may be in the plan."""
    # The database rejects parameters with such characters.
    printable_codes = [code for code in codes if code.isprintable()]
    return _rated(ctx, plan, [Structure.code.in_(printable_codes)], len(printable_codes))


def _rated(ctx: Ctx, plan: InspectionPlan, where: list[ColumnElement[bool]], size: int) -> list[Rated]:
    law = risk_law(ctx)
    flags = _flags(ctx, law.limits.value)
    poor = _poor_owners(ctx, law.limits.value)
    share = func.coalesce(poor.c.share, 0.0)
    # Rows of before some risks have no weight for them.
    weights: Mapping[str, int] = {risk.value: 0 for risk in Risk} | law.weights.value
    terms = [case((flag, weights[risk.value]), else_=0) for risk, flag in flags.items()]
    score = cast(func.round(sum(terms, start=share * weights[Risk.POOR_OWNER.value])), Integer).label("score")
    named = [flag.label(risk.value) for risk, flag in flags.items()]
    query = (
        select(
            Structure.id,
            Structure.code,
            Structure.name,
            Structure.kind,
            Organisation.short_name.label("owner_name"),
            AdminUnit.name.label("commune"),
            score,
            (share > 0).label(Risk.POOR_OWNER.value),
            *named,
        )
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == Structure.commune_id)
        .outerjoin(poor, poor.c.owner_id == Structure.owner_organisation_id)
        .where(*in_plan_area(ctx, plan), *where)
        .order_by(score.desc(), Structure.code)
        .limit(size)
    )
    rated_rows = []
    for row in ctx.session.execute(query):
        risks = tuple(risk for risk in Risk if getattr(row, risk.value) and weights[risk.value])
        names = row.id, row.code, row.name, row.kind, row.owner_name, row.commune
        rated_rows.append(Rated(*names, row.score, risks))
    return rated_rows


def _flags(ctx: Ctx, limits: Mapping[str, int]) -> dict[Risk, ColumnElement[bool]]:
    """The risks of a structure on its own."""
    inspected = (
        select(func.max(InspectionItem.inspected_on))
        .where(
            InspectionItem.structure_id == Structure.id,
            InspectionItem.outcome.in_((Outcome.PASSED, Outcome.FAILED)),
        )
        .correlate(Structure)
        .scalar_subquery()
    )
    # GREATEST ignores NULLs.
    last = func.greatest(Structure.last_inspected_on, inspected)
    due = months_before(ctx.today, int(limits["inspected_months"]))
    old = months_before(ctx.today, int(limits["old_years"]) * _MONTHS)
    full = (
        select(CapacityPlace.id)
        .where(
            CapacityPlace.structure_id == Structure.id,
            CapacityPlace.total > 0,
            (CapacityPlace.used + CapacityPlace.reserved) * 100 >= CapacityPlace.total * int(limits["full_pct"]),
        )
        .correlate(Structure)
        .exists()
    )
    findings = select(InspectionFinding.id).where(
        InspectionFinding.structure_id == Structure.id, InspectionFinding.state != FindingState.DROPPED
    )
    since = months_before(ctx.today, int(limits["owner_months"]))
    recent = findings.where(InspectionFinding.inspected_on >= since).correlate(Structure).exists()
    unchecked = (
        select(InspectionFinding.id)
        .where(
            InspectionFinding.structure_id == Structure.id,
            InspectionFinding.remedy_due_on < ctx.today,
            or_(last.is_(None), last <= InspectionFinding.remedy_due_on),
        )
        .correlate(Structure)
        .exists()
    )
    return {
        Risk.FINDINGS: recent,
        Risk.REINSPECT: unchecked,
        Risk.OVERDUE: or_(last.is_(None), last < due),
        Risk.OLD: and_(Structure.built_on.is_not(None), Structure.built_on < old),
        Risk.OVERLOADED: full,
        Risk.UNCONFIRMED: Structure.confirmed_on.is_(None),
    }


def _poor_owners(ctx: Ctx, limits: Mapping[str, int]) -> Any:
    """Owner -> share of failed results among the inspected structures that the actor may see."""
    since = months_before(ctx.today, int(limits["owner_months"]))
    failed = func.count().filter(InspectionItem.outcome == Outcome.FAILED)
    return (
        select(
            Structure.owner_organisation_id.label("owner_id"),
            (cast(failed, Float) / func.count()).label("share"),
        )
        .join(InspectionItem, InspectionItem.structure_id == Structure.id)
        .where(
            InspectionItem.outcome.in_((Outcome.PASSED, Outcome.FAILED)),
            InspectionItem.inspected_on >= since,
            visible(ctx, Structure, P.STRUCTURE_READ),
        )
        .group_by(Structure.owner_organisation_id)
        .subquery()
    )
