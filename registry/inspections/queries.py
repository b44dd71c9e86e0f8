"""Reads of inspections. A structure of a plan is shown only to who may read it in the register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, holds, scopes_of, visible
from registry.inspections.codes import CODE, CorrectionState, Outcome
from registry.inspections.models import InspectionCorrection, InspectionItem, InspectionPlan
from registry.inspections.rules import CheckItem, read_checklist
from registry.inspections.settings import COMMON_LIST, ORDER_LIST, kind_list
from registry.kernel.dated_settings import DatedSetting, rows_in_force
from registry.kernel.errors import NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import Field
from registry.kernel.i18n import _
from registry.kernel.units import with_symbol
from registry.structures.codes import PermitRegime
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import list_units
from registry.workflow.referrals import ReferralOutcome, referral_outcomes

#: The acts of a day of law that are no longer legal on a day of the act, each with `code` and `act`.
ACTS = ExtensionPoint[Callable[[Session, date, date], Sequence[Any]]]("inspections.acts")
_ON_STRUCTURE: Final = 5
#: Values that the owner changes by a step of their own, with a reason.
_BY_STEPS: Final = frozenset({"status"})


@dataclass(frozen=True)
class PlanView:
    """The names that the page of a plan shows."""

    area: str
    office: str
    author: str | None


@dataclass(frozen=True)
class ItemView:
    """A structure of a plan that the actor may see."""

    item: InspectionItem
    structure: Structure
    owner: str
    commune: str | None


@dataclass(frozen=True)
class CorrectionView:
    """A proposed change with the labels that its pages show."""

    correction: InspectionCorrection
    code: str
    structure_version: int
    label: str
    #: What was found, with the unit of the field.
    found: str
    plan_number: str
    inspected_on: date | None


def get_plan(ctx: Ctx, plan_id: int) -> InspectionPlan:
    """NotFound if the actor may not see it."""
    message = _("Không có kế hoạch kiểm tra này, hoặc không có quyền xem.")
    inspection_plan: InspectionPlan = get_visible(
        ctx, InspectionPlan, P.INSPECTION_READ, InspectionPlan.id == plan_id, message=message
    )
    return inspection_plan


def view_plan(ctx: Ctx, plan: InspectionPlan) -> PlanView:
    row = ctx.session.execute(
        select(Organisation.short_name, AdminUnit.name, UserAccount.full_name)
        .select_from(Organisation)
        .outerjoin(AdminUnit, AdminUnit.id == plan.unit_id)
        .outerjoin(UserAccount, UserAccount.id == plan.created_by_id)
        .where(Organisation.id == plan.organisation_id)
    ).one()
    return PlanView(row.name or _("toàn tỉnh"), row.short_name, row.full_name)


def may_plan_province(ctx: Ctx) -> bool:
    """Whether the actor may plan for the whole province."""
    return ALL in scopes_of(ctx.actor, P.INSPECTION_PLAN)


def list_plan_units(ctx: Ctx) -> list[AdminUnit]:
    """The communes of today that the actor may plan for."""
    units = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    return units if may_plan_province(ctx) else [unit for unit in units if unit.id in ctx.actor.unit_ids]


def list_items(ctx: Ctx, plan: InspectionPlan) -> list[ItemView]:
    """The structures of a plan that the actor may see: those without a result first, the highest risk first."""
    query = _items(ctx).where(InspectionItem.plan_id == plan.id)
    rows = ctx.session.execute(
        query.order_by(InspectionItem.outcome.is_not(None), InspectionItem.score.desc(), Structure.code)
    )
    return [ItemView(*row) for row in rows]


def get_item(ctx: Ctx, plan: InspectionPlan, item_id: int) -> ItemView:
    """NotFound also where the actor may not see the structure."""
    query = _items(ctx).where(InspectionItem.plan_id == plan.id, InspectionItem.id == item_id)
    row = ctx.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(_("Kế hoạch không có công trình này, hoặc không có quyền xem."))
    return ItemView(*row)


def find_item(ctx: Ctx, item_id: int) -> tuple[InspectionPlan, ItemView]:
    """A structure of a plan by its own id, with the plan; NotFound where the actor may not see both."""
    plan_id = ctx.session.scalar(select(InspectionItem.plan_id).where(InspectionItem.id == item_id))
    if plan_id is None:
        raise NotFound(_("Kế hoạch không có công trình này, hoặc không có quyền xem."))
    plan = get_plan(ctx, plan_id)
    return plan, get_item(ctx, plan, item_id)


def _items(ctx: Ctx) -> Any:
    commune = aliased(AdminUnit)
    return (
        select(InspectionItem, Structure, Organisation.short_name, commune.name)
        .join(Structure, Structure.id == InspectionItem.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(commune, commune.id == Structure.commune_id)
        .where(visible(ctx, Structure, P.STRUCTURE_READ))
    )


def count_outcomes(items: Sequence[ItemView]) -> dict[Outcome | None, int]:
    """Outcome (None: no result yet) -> number of structures."""
    counts: dict[Outcome | None, int] = {}
    for listed in items:
        counts[listed.item.outcome] = counts.get(listed.item.outcome, 0) + 1
    return counts


def checklist_rows(ctx: Ctx, structure: Structure, on: date) -> dict[str, DatedSetting]:
    """The checklists of a structure on a day, by key, in their order.

    That of order management is for structures without a building permit: exempt, notified, or of unknown regime.
    """
    keys = [COMMON_LIST, kind_list(structure.kind)]
    if structure.permit_regime is not PermitRegime.PERMIT:
        keys.insert(0, ORDER_LIST)
    rows = rows_in_force(ctx.session, keys, on)
    return {key: rows[key] for key in keys if key in rows}


def checklist_of(ctx: Ctx, structure: Structure, on: date) -> list[CheckItem]:
    """The items to check on a structure on a day."""
    rows = checklist_rows(ctx, structure, on)
    return [item for key, row in rows.items() for item in read_checklist(key.rpartition(".")[2], row.value)]


def acts_on(ctx: Ctx, law_day: date, occurred_on: date) -> dict[str, str]:
    """Code -> label of the acts of a day of law that were not legal on a day of the act."""
    return {row.code: row.act for source in ACTS for row in source(ctx.session, law_day, occurred_on)}


def list_referrals(ctx: Ctx, plan: InspectionPlan, items: Sequence[ItemView]) -> list[tuple[str, ReferralOutcome]]:
    """The violations that came from a plan, each with the code of its structure, as far as the actor may see that."""
    codes = {referral_outcome.structure.id: referral_outcome.structure.code for referral_outcome in items}
    outcomes = referral_outcomes(ctx, CODE, plan.id)
    return [
        (codes[referral_outcome.referral.structure_id], referral_outcome)
        for referral_outcome in outcomes
        if referral_outcome.referral.structure_id in codes
    ]


def correctable_fields(structure: Structure) -> dict[str, Field]:
    """The declared fields of a structure's kind that an inspection may find wrong; never its position."""
    return {name: field for name, field in KINDS[structure.kind].fields().items() if name not in _BY_STEPS}


def list_corrections(ctx: Ctx, view: ItemView) -> list[CorrectionView]:
    """The proposed changes of one structure of a plan that the actor has read."""
    return _corrections(ctx, InspectionCorrection.item_id == view.item.id)


def view_correction(ctx: Ctx, correction: InspectionCorrection) -> CorrectionView:
    (view,) = _corrections(ctx, InspectionCorrection.id == correction.id)
    return view


def _corrections(ctx: Ctx, *where: ColumnElement[bool]) -> list[CorrectionView]:
    query = (
        select(
            InspectionCorrection,
            Structure.code,
            Structure.version,
            Structure.kind,
            InspectionPlan.number,
            InspectionItem.inspected_on,
        )
        .join(Structure, Structure.id == InspectionCorrection.structure_id)
        .join(InspectionItem, InspectionItem.id == InspectionCorrection.item_id)
        .join(InspectionPlan, InspectionPlan.id == InspectionItem.plan_id)
        .where(*where)
        .order_by(InspectionCorrection.id)
    )
    return [
        CorrectionView(
            row.InspectionCorrection,
            row.code,
            row.version,
            _label(row.kind, row.InspectionCorrection.field),
            _with_unit(row.kind, row.InspectionCorrection),
            row.number,
            row.inspected_on,
        )
        for row in ctx.session.execute(query)
    ]


def _label(kind: str, name: str) -> str:
    field = KINDS[kind].fields().get(name)
    return str(field.label) if field is not None else name


def _with_unit(kind: str, correction: InspectionCorrection) -> str:
    field = KINDS[kind].fields().get(correction.field)
    is_bare = correction.found[-1:].isdigit()
    return with_symbol(correction.found, field.unit.symbol) if field and field.unit and is_bare else correction.found


def get_correction(ctx: Ctx, correction_id: int) -> InspectionCorrection:
    """One that the actor's organisation is asked; NotFound otherwise."""
    message = _("Không có đề nghị sửa số liệu này, hoặc không có quyền xem.")
    correction: InspectionCorrection = get_visible(
        ctx,
        InspectionCorrection,
        P.INSPECTION_ANSWER,
        InspectionCorrection.id == correction_id,
        message=message,
    )
    return correction


def list_of_structure(ctx: Ctx, structure: Structure) -> list[tuple[InspectionPlan, InspectionItem]]:
    """The latest results of a structure in plans that the actor may read."""
    if not holds(ctx.actor, P.INSPECTION_READ):
        return []
    query = (
        select(InspectionPlan, InspectionItem)
        .join(InspectionItem, InspectionItem.plan_id == InspectionPlan.id)
        .where(InspectionItem.structure_id == structure.id, visible(ctx, InspectionPlan, P.INSPECTION_READ))
        .order_by(InspectionItem.id.desc())
        .limit(_ON_STRUCTURE)
    )
    return [(row.InspectionPlan, row.InspectionItem) for row in ctx.session.execute(query)]


def list_waiting_corrections(ctx: Ctx, structure: Structure) -> list[CorrectionView]:
    """The proposed changes of a structure that its owner has to answer; only for the owner."""
    if not holds(ctx.actor, P.INSPECTION_ANSWER):
        return []
    return _corrections(
        ctx,
        InspectionCorrection.structure_id == structure.id,
        InspectionCorrection.state == CorrectionState.WAITING,
        visible(ctx, InspectionCorrection, P.INSPECTION_ANSWER),
    )
