"""From the contract to the installed equipment in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.models import CapacityEntry
from registry.capacity.reservations import Reservation, occupy, prolong, replace
from registry.colocation.agreements.models import AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import (
    agreed_items,
    as_built_of,
    contract_date_problems,
    entries_of,
    is_reported,
    request_of,
)
from registry.colocation.agreements.rules import REQUIRED_FIELDS, check_past_day, price_problem
from registry.colocation.agreements.workflow.proposals import drop_proposals, proposed_by_owner
from registry.colocation.agreements.workflow.returns import return_equipment
from registry.colocation.codes import RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queue import CODE, release_reservations
from registry.colocation.rules import missing_fields
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.i18n import _, _l, format_date
from registry.structures.commands import EditStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.positions.disclosures import end_disclosures
from registry.structures.positions.input import read_position
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.locate import acceptance_bounds
from registry.workflow.definition import Branch, Data, FilesNeed, ItemsNeed, Move, day_need, text_need

_ONE_DAY = timedelta(days=1)
S = AgreementState
_NOT_BEGUN: Final = (S.CONTRACTING, S.PROPOSED, S.CONTRACTED)


def is_complete(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Every required field is filled, and the price is the decided one if there is a decision; all errors at once."""
    request = request_of(ctx, case)
    if request.kind is RequestKind.REMOVE:
        raise MoveRefused(_("Đề nghị tháo dỡ không cần hợp đồng; hãy chọn “Bắt đầu tháo dỡ”."))
    problems = [problem.sentence for problem in missing_fields(case, REQUIRED_FIELDS)]
    refused = price_problem(case.price_vnd, case.price_period, request)
    if refused:
        problems.append(refused)
    problems += contract_date_problems(ctx, request, _days_of(case)).values()
    if problems:
        raise Invalid({"": problems})


def dates_still_valid(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract's days are still possible on the day of signing."""
    problems = contract_date_problems(ctx, request_of(ctx, case), _days_of(case))
    if problems:
        raise Invalid({"": list(problems.values())})


def _days_of(case: ColocationAgreement) -> dict[str, Any]:
    return {"signed_on": case.signed_on, "starts_on": case.starts_on, "ends_on": case.ends_on}


def has_begun(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """The contract is in force."""
    if case.starts_on is None or case.starts_on <= ctx.today:
        return None
    return _("Hợp đồng có hiệu lực từ ngày %(day)s; chỉ được lắp đặt từ ngày đó.", day=format_date(case.starts_on))


def may_install(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: the contract is in force, or a proposal waits for an answer."""
    return or_(model.starts_on <= ctx.today, proposed_by_owner(ctx, model))


def reserved_from(case: ColocationAgreement) -> datetime:
    """The start of the reservation, whatever is written about it meanwhile."""
    return case.reserved_at


def move_reservations(ctx: Ctx, case: ColocationAgreement) -> None:
    """Reservations end with the term of their case, also after it was recalculated."""
    if case.due_at is not None:
        prolong(ctx, entries_of(ctx, case), case.due_at)


def lapse(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Nothing was installed: reservations are released at once, and the queue is notified."""
    drop_proposals(ctx, case, data)
    release_reservations(ctx, entries_of(ctx, case))
    end_disclosures(ctx, CODE, case.request_id)


def after_installing(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """To removal if something was reported as installed, otherwise to the end."""
    return AgreementState.REMOVING if is_reported(ctx, case) else AgreementState.EXPIRED


def lapse_installing(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Reservations are released, unless something was reported as installed."""
    if is_reported(ctx, case):
        drop_proposals(ctx, case, data)
    else:
        lapse(ctx, case, data)


def may_report_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day is between the start of the contract and today."""
    check_past_day(ctx, "installed_on", data["installed_on"], case.starts_on)


def report_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day of installation is recorded."""
    case.installed_on = data["installed_on"]


def renew_reservation(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The reservation starts again for a whole term."""
    case.reserved_at = ctx.now


def installed_positions(ctx: Ctx, case: ColocationAgreement) -> Sequence[tuple[int, str]]:
    """Reported positions that differ from the register and wait for confirmation."""
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    return [
        (built.id, _("%(code)s đến %(position)s", code=codes[built.item_id], position=built.position))
        for built in as_built_of(ctx, case)
        if built.position and built.confirmed_at is None
    ]


def position_codes(ctx: Ctx, case: ColocationAgreement) -> Mapping[int, str]:
    """Structure codes by id of their as-built report."""
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    return {built.id: codes[built.item_id] for built in as_built_of(ctx, case)}


def confirm_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Reservations become entries in use; confirmed positions are written to the register."""
    positions = set(data.get("positions") or ())
    if not positions <= {number for number, _label in installed_positions(ctx, case)}:
        raise Invalid({"positions": _("Có vị trí không còn chờ xác nhận; hãy tải lại trang.")})
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    for built in as_built_of(ctx, case):
        if built.id in positions:
            _move_structure(ctx, codes[built.item_id], built.position or "")
        built.confirmed_at = ctx.now
    activate(ctx, case, {})


def activate(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Reservations become entries in use."""
    since = case.installed_on or ctx.today
    request = request_of(ctx, case)
    built = {built_item.item_id: built_item for built_item in as_built_of(ctx, case)}
    items = [item for item, _row in agreed_items(ctx, case)]
    if request.kind is RequestKind.MODIFY:
        # What is replaced leaves its contract for this one.
        replaced = [item.replaces_entry_id for item in items if item.replaces_entry_id is not None]
        return_equipment(ctx, replaced, since, case.number or "")
    occupy(ctx, [item.entry_id for item in items if item.entry_id and item.replaces_entry_id is None], since)
    for item in items:
        if item.replaces_entry_id is not None and request.kind is RequestKind.MODIFY:
            item.entry_id = _replaced(ctx, request, item, since)
        entry = ctx.session.get(CapacityEntry, item.entry_id) if item.entry_id else None
        report = built.get(item.id)
        if entry is not None and report is not None and report.equipment:
            entry.equipment = report.equipment
    ctx.session.flush()


def _move_structure(ctx: Ctx, code: str, text: str) -> None:
    structure = get_structure(ctx, code)
    if KINDS[structure.kind].shape is not Shape.POINT:
        raise Invalid(
            {"positions": _("%(code)s là công trình dạng tuyến; hãy sửa tuyến ở trang công trình.", code=code)}
        )
    position = position_of(ctx, text, "positions")
    edit_structure(ctx, EditStructure(code, structure.version, {}, position))


def position_of(ctx: Ctx, text: str, field: str) -> GivenPosition:
    """A typed point as a position; Invalid names the field."""
    try:
        return read_position(text, "auto", Shape.POINT, acceptance_bounds(ctx.session, ctx.today))
    except PositionRefused as refused:
        raise Invalid({field: str(refused)}) from refused


def _replaced(ctx: Ctx, request: ColocationRequest, item: ColocationItem, since: date) -> int:
    former = item.replaces_entry_id
    if former is None or item.place_id is None:
        raise LookupError("nothing is replaced")
    reservation = Reservation(
        place_id=item.place_id,
        quantity=item.quantity,
        holder_id=request.requester_organisation_id,
        case_number=request.number or "",
        expires_at=ctx.now + _ONE_DAY,
        equipment=item.equipment,
        technology=item.technology,
    )
    return replace(ctx, former, since, reservation, item.entry_id).id


MOVES: Final = (
    Move(
        "propose",
        _l("Gửi bên sử dụng xác nhận"),
        _l("Chủ sở hữu gửi hợp đồng để xác nhận"),
        (S.CONTRACTING,),
        S.PROPOSED,
        P.COLOCATION_DECIDE,
        needs=(FilesNeed("files", _l("Bản hợp đồng")),),
        guard=is_complete,
        notifies=("requester",),
        tone="primary",
    ),
    Move(
        "amend",
        _l("Đề nghị sửa hợp đồng"),
        _l("Bên sử dụng đề nghị sửa hợp đồng"),
        (S.PROPOSED,),
        S.CONTRACTING,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Nội dung cần sửa")),),
        notifies=("owner",),
    ),
    Move(
        "sign",
        _l("Xác nhận hợp đồng"),
        _l("Hai bên đã ký hợp đồng"),
        (S.PROPOSED,),
        S.CONTRACTED,
        P.COLOCATION_REQUEST,
        guard=dates_still_valid,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "install",
        _l("Bắt đầu lắp đặt"),
        _l("Bên sử dụng bắt đầu lắp đặt"),
        (S.CONTRACTED,),
        S.INSTALLING,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Đơn vị thi công, biện pháp an toàn, thời gian")),),
        obstacle=has_begun,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "report_installed",
        _l("Báo lắp đặt xong"),
        _l("Bên sử dụng báo lắp đặt xong"),
        (S.INSTALLING,),
        S.INSTALLED,
        P.COLOCATION_REQUEST,
        needs=(
            day_need("installed_on", ColocationAgreement.DAY_LABELS["installed_on"], PAPER),
            FilesNeed("before", _l("Ảnh trước khi lắp"), required=True),
            FilesNeed("after", _l("Ảnh sau khi lắp"), required=True),
            text_need("text", _l("Nội dung khác với đề nghị"), required=False),
        ),
        guard=may_report_installed,
        effect=report_installed,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "object_installed",
        _l("Yêu cầu lắp lại"),
        _l("Chủ sở hữu yêu cầu lắp lại"),
        (S.INSTALLED,),
        S.INSTALLING,
        P.COLOCATION_DECIDE,
        needs=(text_need("text", _l("Nội dung chưa đúng")), FilesNeed("files", _l("Ảnh, tài liệu"))),
        effect=renew_reservation,
        notifies=("requester",),
    ),
    Move(
        "confirm_installed",
        _l("Xác nhận lắp đặt"),
        _l("Chủ sở hữu xác nhận lắp đặt; chỗ giữ thành đang dùng"),
        (S.INSTALLED,),
        S.ACTIVE,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed(
                "positions",
                _l("Ghi vị trí thực tế vào hệ thống"),
                installed_positions,
                required=False,
                names=position_codes,
            ),
        ),
        effect=confirm_installed,
        notifies=("requester", "lead"),
        tone="primary",
    ),
    Move(
        "stand_installed",
        _l("Được coi là đã xác nhận lắp đặt"),
        _l("Chủ sở hữu không trả lời trong thời hạn; được coi là đã xác nhận lắp đặt"),
        (S.INSTALLED,),
        S.ACTIVE,
        P.CLOCK,
        effect=activate,
        notifies=("owner", "requester", "lead"),
    ),
    Move(
        "lapse",
        _l("Hết hạn giữ chỗ"),
        _l("Hết hạn giữ chỗ mà chưa lắp đặt xong; chỗ được trả lại"),
        _NOT_BEGUN,
        S.EXPIRED,
        P.CLOCK,
        effect=lapse,
        notifies=("owner", "requester"),
    ),
    Move(
        "lapse_installing",
        _l("Hết hạn giữ chỗ khi đang lắp đặt"),
        _l("Hết hạn giữ chỗ khi đang lắp đặt; chưa lắp gì thì chỗ được trả lại, đã lắp thì phải tháo dỡ"),
        (S.INSTALLING,),
        Branch((S.EXPIRED, S.REMOVING), after_installing),
        P.CLOCK,
        effect=lapse_installing,
        notifies=("owner", "requester"),
    ),
)
