"""Writes of agreements other than moves: open, write the contract, report what was installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.colocation.agreements.models import AgreementState, AsBuilt, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, contract_date_problems, request_of
from registry.colocation.agreements.rules import contract_problems, line_problems, term_of_request
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.agreements.workflow.contract import position_of
from registry.colocation.codes import ItemDecision, PricePeriod, RequestKind
from registry.colocation.commands import EditContract, ReportItem
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items
from registry.colocation.rules import item_fields, request_title
from registry.kernel.errors import Invalid, MoveRefused, NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _
from registry.structures.heights import height_problem
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.workflow.clocks import extend_clock, open_clock, sync_clock
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case


@dataclass(frozen=True)
class ItemPrice:
    """Đồng without tax for one item and period."""

    price_vnd: Decimal
    period: PricePeriod


#: Items -> prices by item id; items without a price are left out.
PriceSource = Callable[[Ctx, Sequence[ColocationItem]], Mapping[int, ItemPrice]]
ITEM_PRICES = ExtensionPoint[PriceSource]("colocation.item_prices")


def tariff_prices(ctx: Ctx, items: Sequence[ColocationItem]) -> dict[int, ItemPrice]:
    """The published price of each item that has one, by item id."""
    return {item_id: price for source in ITEM_PRICES for item_id, price in source(ctx, items).items()}


def open_agreement(ctx: Ctx, request: ColocationRequest) -> ColocationAgreement:
    """Open the agreement on the granted items; their reservation keeps its end.

    Title, days and prices come from the request, the decision and the published tariff.
    """
    clock = open_clock(ctx.session, "colocation", request.id)
    granted = list_items(ctx, request, ColocationItem.decision == ItemDecision.ACCEPTED)
    price, period = _first_price(ctx, request, [item for item, _row in granted])
    starts_on = ends_on = None
    if request.kind is not RequestKind.REMOVE and request.wanted_from is not None and request.term_months is not None:
        starts_on, ends_on = term_of_request(request.wanted_from, request.term_months, ctx.today)
    owner = ctx.session.get_one(Organisation, request.owner_organisation_id)
    agreement = ColocationAgreement(
        title=request_title(
            [row.code for _item, row in granted], [row.name for _item, row in granted], owner.short_name
        ),
        version=1,
        request_id=request.id,
        requester_organisation_id=request.requester_organisation_id,
        owner_organisation_id=request.owner_organisation_id,
        is_defence=request.is_defence,
        reserved_at=clock.started_at if clock else ctx.now,
        starts_on=starts_on,
        ends_on=ends_on,
        price_vnd=price,
        price_period=period,
    )
    open_case(ctx, AGREEMENT, agreement, numbered=True)
    if clock is not None and clock.extra:
        extend_clock(ctx, AGREEMENT.code, agreement.id, clock.extra)
        sync_clock(ctx, AGREEMENT, agreement)
    return agreement


def _first_price(
    ctx: Ctx, request: ColocationRequest, items: Sequence[ColocationItem]
) -> tuple[Decimal | None, PricePeriod | None]:
    """Initial rent and period: as decided, free for defence, otherwise the sum of the tariff prices of the items."""
    if request.is_defence or request.decided_price_vnd is not None or request.kind is RequestKind.REMOVE:
        return Decimal(0) if request.is_defence else request.decided_price_vnd, request.decided_price_period
    first_prices = tariff_prices(ctx, items)
    periods = {first_prices[item.id].period for item in items if item.id in first_prices}
    for item in items:
        # One contract cannot mix prices of different periods.
        item.agreed_price_vnd = (
            first_prices[item.id].price_vnd if item.id in first_prices and len(periods) == 1 else None
        )
    prices = [item.agreed_price_vnd for item in items if item.agreed_price_vnd is not None]
    total = sum(prices, Decimal(0)) if len(prices) == len(items) else None
    return total, periods.pop() if len(periods) == 1 else None


def edit_contract(ctx: Ctx, command: EditContract) -> ColocationAgreement:
    agreement = _locked(ctx, command.agreement_id, P.COLOCATION_DECIDE, command.version, AgreementState.CONTRACTING)
    problems = contract_date_problems(ctx, request_of(ctx, agreement), command.values)
    problems |= contract_problems(dict(command.values), is_defence=agreement.is_defence)
    items = {item.id: item for item, _row in agreed_items(ctx, agreement)}
    lines = {item_id: command.lines.get(item_id) for item_id in items}
    problems |= line_problems(command.values.get("price_vnd"), lines)
    if problems:
        raise Invalid(problems)
    for name, value in command.values.items():
        setattr(agreement, name, value)
    for item_id, item in items.items():
        item.agreed_price_vnd = lines[item_id]
    stated_prices = [price for price in lines.values() if price is not None]
    if agreement.price_vnd is None and stated_prices:
        agreement.price_vnd = sum(stated_prices, Decimal(0))
    touch(ctx, AGREEMENT, agreement, "edit")
    return agreement


def report_item(ctx: Ctx, command: ReportItem) -> AsBuilt:
    """Report what was installed on one structure; the owner confirms it."""
    agreement = _locked(ctx, command.agreement_id, P.COLOCATION_REQUEST, command.version, AgreementState.INSTALLING)
    codes = {item.id: row.code for item, row in agreed_items(ctx, agreement)}
    if command.item_id not in codes:
        raise NotFound(_("Hợp đồng này không có công trình đó."))
    _check_height(ctx, command)
    if command.values.get("position"):
        position_of(ctx, command.values["position"], "position")
    query = select(AsBuilt).where(AsBuilt.agreement_id == agreement.id, AsBuilt.item_id == command.item_id)
    built = ctx.session.scalars(query).one_or_none()
    if built is None:
        built = AsBuilt(agreement_id=agreement.id, item_id=command.item_id)
        ctx.session.add(built)
    for name, value in command.values.items():
        setattr(built, name, value)
    built.reported_at, built.reported_by_id, built.confirmed_at = ctx.now, ctx.actor.id, None
    touch(ctx, AGREEMENT, agreement, "report_item", structure=codes[command.item_id])
    return built


def _check_height(ctx: Ctx, command: ReportItem) -> None:
    """Invalid if the height is above the top of the structure, or its kind has no height of installation."""
    height = command.values.get("attach_height_m")
    if height is None:
        return
    item = ctx.session.get_one(ColocationItem, command.item_id)
    structure = ctx.session.get_one(Structure, item.structure_id)
    problem = height_problem(structure, height)
    if "attach_height_m" not in item_fields(structure.kind):
        problem = _(
            "“%(kind)s” không có cao độ lắp đặt; mục này của %(code)s cần để trống.",
            kind=KINDS[structure.kind].label,
            code=structure.code,
        )
    if problem:
        raise Invalid({"attach_height_m": problem})


def check_state(agreement: ColocationAgreement, state: AgreementState) -> None:
    """MoveRefused in any other state."""
    if agreement.state is not state:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s”; bước này chỉ thực hiện được ở “%(wanted)s”.",
                number=agreement.number,
                state=agreement.state.label,
                wanted=state.label,
            )
        )


def _locked(
    ctx: Ctx, agreement_id: int, permission: P, version: int | None, state: AgreementState
) -> ColocationAgreement:
    agreement: ColocationAgreement = lock_case(ctx, AGREEMENT, agreement_id)
    require(ctx, permission, agreement)
    check_state(agreement, state)
    check_version(agreement, version)
    return agreement


UNDO: Final = undo_of_case(
    AGREEMENT,
    P.COLOCATION_DECIDE,
    lambda _ctx, agreement: check_state(agreement, AgreementState.CONTRACTING),
    parts=(ColocationItem,),
)
