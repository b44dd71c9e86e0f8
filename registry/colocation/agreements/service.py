"""Writes of agreements besides their moves: begin one, write its contract, report what was installed."""

from __future__ import annotations

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.colocation.agreements.commands import EditContract, ReportItem
from registry.colocation.agreements.models import AgreementState, AsBuilt, ColocationAgreement
from registry.colocation.agreements.moves import dates_of, position_of
from registry.colocation.agreements.queries import agreed_items, request_of
from registry.colocation.agreements.rules import contract_problems
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.models import ColocationRequest
from registry.kernel.errors import Invalid, MoveRefused, NotFound
from registry.kernel.i18n import _
from registry.kernel.units import M
from registry.structures.models import Structure
from registry.workflow.clocks import follow, lengthen, open_clock
from registry.workflow.engine import check_version, lock_case, open_case, touch


def open_agreement(ctx: Ctx, request: ColocationRequest) -> ColocationAgreement:
    """Begin the agreement on what a request was granted; it is held on as long as the request held it."""
    clock = open_clock(ctx.session, "colocation", request.id)
    agreement = ColocationAgreement(
        title=request.title,
        version=1,
        request_id=request.id,
        requester_organisation_id=request.requester_organisation_id,
        owner_organisation_id=request.owner_organisation_id,
        is_defence=request.is_defence,
        reserved_at=clock.started_at if clock else ctx.now,
        price_vnd=0 if request.is_defence else request.decided_price_vnd,
        price_period=request.decided_price_period,
    )
    open_case(ctx, AGREEMENT, agreement, numbered=True)
    if clock is not None and clock.extra:
        lengthen(ctx, AGREEMENT.code, agreement.id, clock.extra)
        follow(ctx, AGREEMENT, agreement)
    return agreement


def edit_contract(ctx: Ctx, command: EditContract) -> ColocationAgreement:
    """Write the contract, while it is being made."""
    agreement = _locked(ctx, command.agreement_id, P.COLOCATION_DECIDE, command.version, AgreementState.CONTRACTING)
    problems = dates_of(ctx, request_of(ctx, agreement), command.values)
    problems |= contract_problems(dict(command.values), is_defence=agreement.is_defence)
    if problems:
        raise Invalid(problems)
    for name, value in command.values.items():
        setattr(agreement, name, value)
    touch(ctx, AGREEMENT, agreement, "edit")
    return agreement


def report_item(ctx: Ctx, command: ReportItem) -> AsBuilt:
    """Say what was really installed on one structure: a change of the register that its owner confirms."""
    agreement = _locked(ctx, command.agreement_id, P.COLOCATION_REQUEST, command.version, AgreementState.INSTALLING)
    codes = {item.id: row.code for item, row in agreed_items(ctx, agreement)}
    if command.item_id not in codes:
        raise NotFound(_("Hợp đồng này không có công trình đó."))
    _check_height(ctx, agreement, command)
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


def _check_height(ctx: Ctx, agreement: ColocationAgreement, command: ReportItem) -> None:
    """Invalid where something is said to hang above the top of its structure."""
    height = command.values.get("attach_height_m")
    (structure,) = [
        ctx.session.get_one(Structure, item.structure_id)
        for item, _row in agreed_items(ctx, agreement)
        if item.id == command.item_id
    ]
    top = getattr(structure, "height_m", None)
    if height is not None and top is not None and height > top:
        sentence = _(
            "Cao độ lắp %(height)s cao hơn công trình %(code)s, cao %(top)s; hãy kiểm tra lại.",
            height=M.display(height),
            code=structure.code,
            top=M.display(top),
        )
        raise Invalid({"attach_height_m": sentence})


def check_state(agreement: ColocationAgreement, state: AgreementState) -> None:
    """MoveRefused in another state."""
    if agreement.state is not state:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái «%(state)s»; việc này chỉ làm được ở «%(wanted)s».",
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
