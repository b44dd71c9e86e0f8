"""Reads of agreements: items, ledger entries, as-built reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.colocation.agreements.models import AgreementState, AsBuilt, ColocationAgreement
from registry.colocation.agreements.rules import date_problems
from registry.colocation.codes import ColocationState, ItemDecision, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items
from registry.kernel.clock import local_date
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _

#: Nothing is installed or reserved any more.
ENDED = (AgreementState.TERMINATED, AgreementState.EXPIRED)
#: Setting: longest term of a contract or renewal in years, against typing errors.
LONGEST_YEARS: Final = "agreement.longest_years"


def get_agreement(ctx: Ctx, agreement_id: int) -> ColocationAgreement:
    """An agreement that the actor may see; NotFound otherwise."""
    message = _("Không có hợp đồng dùng chung này, hoặc không có quyền xem.")
    agreement: ColocationAgreement = get_visible(
        ctx, ColocationAgreement, P.COLOCATION_READ, ColocationAgreement.id == agreement_id, message=message
    )
    return agreement


def find_agreement(ctx: Ctx, request: ColocationRequest) -> ColocationAgreement | None:
    """The agreement of a request, if the actor may see it."""
    query = select(ColocationAgreement).where(
        ColocationAgreement.request_id == request.id, visible(ctx, ColocationAgreement, P.COLOCATION_READ)
    )
    return ctx.session.scalars(query).one_or_none()


def open_agreements_on(ctx: Ctx, structure_id: int) -> list[ColocationAgreement]:
    """Visible agreements on a structure that have not ended, newest first."""
    on_it = select(ColocationItem.request_id).where(
        ColocationItem.structure_id == structure_id,
        ColocationItem.decision == ItemDecision.ACCEPTED,
        ColocationItem.returned_on.is_(None),
    )
    query = select(ColocationAgreement).where(
        ColocationAgreement.request_id.in_(on_it),
        ColocationAgreement.state.not_in(ENDED),
        visible(ctx, ColocationAgreement, P.COLOCATION_READ),
    )
    return list(ctx.session.scalars(query.order_by(ColocationAgreement.id.desc())))


def agreed(request: Any, agreement: Any) -> ColumnElement[bool]:
    """SQL over columns of requests and agreements (present or past): granted and not ended since."""
    living = exists().where(agreement.request_id == request.id, agreement.state.not_in(ENDED))
    contracted: ColumnElement[bool] = and_(request.state == ColocationState.CONTRACTED, living)
    return or_(request.state == ColocationState.ACCEPTED, contracted)


def request_of(ctx: Ctx, agreement: ColocationAgreement) -> ColocationRequest:
    """The request that an agreement follows from."""
    return ctx.session.get_one(ColocationRequest, agreement.request_id)


def granted_items(ctx: Ctx, agreement: ColocationAgreement) -> list[tuple[ColocationItem, Row[Any]]]:
    """The granted items with their structures, ordered by code; also those that have left the contract."""
    request = request_of(ctx, agreement)
    return list_items(ctx, request, ColocationItem.decision == ItemDecision.ACCEPTED)


def agreed_items(ctx: Ctx, agreement: ColocationAgreement) -> list[tuple[ColocationItem, Row[Any]]]:
    """The granted items that are still part of the contract, with their structures, ordered by code."""
    return [(item, row) for item, row in granted_items(ctx, agreement) if item.returned_on is None]


def entries_of(ctx: Ctx, agreement: ColocationAgreement) -> list[int]:
    """Ledger entries that an agreement reserves or uses, or that a removal takes down."""
    removal = request_of(ctx, agreement).kind is RequestKind.REMOVE
    ids = (item.replaces_entry_id if removal else item.entry_id for item, _row in agreed_items(ctx, agreement))
    return [number for number in ids if number is not None]


def as_built_of(ctx: Ctx, agreement: ColocationAgreement) -> list[AsBuilt]:
    query = select(AsBuilt).where(AsBuilt.agreement_id == agreement.id).order_by(AsBuilt.id)
    return list(ctx.session.scalars(query))


def contract_date_problems(ctx: Ctx, request: ColocationRequest, values: Mapping[str, Any]) -> dict[str, str]:
    """Errors of the contract's days today, by field."""
    asked_on = local_date(request.filed_at) if request.filed_at else ctx.today
    return date_problems(
        values, asked_on=asked_on, today=ctx.today, longest_years=int(setting(ctx.session, LONGEST_YEARS, ctx.today))
    )


def is_reported(ctx: Ctx, case: ColocationAgreement) -> bool:
    """Something was reported as installed, all or single equipment."""
    return case.installed_on is not None or bool(as_built_of(ctx, case))


def has_equipment(ctx: Ctx, case: ColocationAgreement) -> bool:
    """Whether anything would have to be taken down: what was reported, or what a request for a removal is about."""
    return request_of(ctx, case).kind is RequestKind.REMOVE or is_reported(ctx, case)
