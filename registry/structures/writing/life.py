"""Steps in a structure's life: confirm, suspend, resume, decommission."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.history import effective_from
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, _n
from registry.kernel.text import register_code
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus
from registry.structures.models import Structure
from registry.structures.positions.moment import day_start
from registry.structures.queries import get_structure
from registry.structures.writing.create_edit import check_version, first_moment
from registry.structures.writing.occupants import Ledger, Occupancy, the_ledger

#: Most entries that a refusal lists.
_NAMED = 5
_STANDING = (Status.PLANNED, Status.BUILDING, Status.ACTIVE, Status.SUSPENDED)


def confirm(ctx: Ctx, command: ChangeStatus) -> Structure:
    """The owner confirms that the record is correct today."""
    structure = _load(ctx, command, P.STRUCTURE_CONFIRM)
    _require_status(structure, _STANDING)
    structure.confirmed_on = ctx.today
    structure.confirmed_by_id = ctx.actor.id
    return _done(ctx, structure, "structure.confirm", command)


def suspend(ctx: Ctx, command: ChangeStatus) -> Structure:
    """Take an active structure out of use for a time; needs a reason."""
    structure = _load(ctx, command, P.STRUCTURE_SUSPEND)
    _require_status(structure, (Status.ACTIVE,))
    _require_reason(command)
    structure.status = Status.SUSPENDED
    ledger = the_ledger()
    if ledger is not None:
        ledger.narrowed(ctx, [structure.id], "suspended")
    return _done(ctx, structure, "structure.suspend", command)


def resume(ctx: Ctx, command: ChangeStatus) -> Structure:
    """Put a suspended structure back into use."""
    structure = _load(ctx, command, P.STRUCTURE_SUSPEND)
    _require_status(structure, (Status.SUSPENDED,))
    structure.status = Status.ACTIVE
    return _done(ctx, structure, "structure.resume", command)


def decommission(ctx: Ctx, command: ChangeStatus) -> Structure:
    """End a structure's service on a day; the record stays with its whole history.

    Invalid (`occupants`) where it is in use and the command does not state what happens to the occupants; Conflict
    where a case holds a place there.
    """
    structure = _load(ctx, command, P.STRUCTURE_DECOMMISSION)
    _require_status(structure, _STANDING)
    _require_reason(command)
    last = command.on or ctx.today
    if last > ctx.today or (structure.valid_from and last < structure.valid_from):
        raise Invalid({"on": _("Ngày ngừng khai thác phải là hôm nay hoặc một ngày đã qua, sau ngày bắt đầu.")})
    ledger = the_ledger()
    occupancy = _require_decided(ctx, structure, command, ledger)
    # The last day is a day of service.
    begins = max(day_start(last + timedelta(days=1)), first_moment(ctx, structure))
    with effective_from(ctx, begins):
        structure.status = Status.DECOMMISSIONED
        structure.valid_to = last
        structure.updated_at = ctx.now
        ctx.session.flush()
    # After the status: cables hold no places on a structure that is out of service.
    left = _leave(ctx, structure, command, last, ledger, occupancy)
    return _done(ctx, structure, "structure.decommission", command, **left)


def _leave(
    ctx: Ctx, structure: Structure, command: ChangeStatus, last: date, ledger: Ledger | None, occupancy: Occupancy
) -> dict[str, Any]:
    """End or move the occupants; the details for the audit event."""
    if ledger is None or not occupancy.entries:
        return {}
    if command.occupants == "end":
        ledger.end(ctx, structure, last)
        return {"occupants": "end", "entries": len(occupancy.entries)}
    ledger.move(ctx, structure, command.move_to, last)
    return {"occupants": "move", "entries": len(occupancy.entries), "move_to": register_code(command.move_to)}


def _require_decided(ctx: Ctx, structure: Structure, command: ChangeStatus, ledger: Ledger | None) -> Occupancy:
    """What is on the structure; refused where a case holds a place, or where the command leaves the rest undecided."""
    occupancy = ledger.occupancy(ctx, structure) if ledger else Occupancy()
    if occupancy.cases:
        raise Conflict(
            _(
                "Hồ sơ %(cases)s còn giữ hoặc sử dụng vị trí trên công trình %(code)s; hãy kết thúc trong hồ sơ rồi "
                "ghi nhận ngừng khai thác.",
                cases=", ".join(occupancy.cases),
                code=structure.code,
            )
        )
    if command.occupants == "move" and occupancy.entries and not command.move_to.strip():
        raise Invalid({"move_to": _("Chưa nhập mã công trình nhận; cần mã của một công trình cùng chủ sở hữu.")})
    if not occupancy.entries or command.occupants in ("end", "move"):
        return occupancy
    sentence = _n(
        "Công trình %(code)s còn %(num)d mục sử dụng (%(entries)s); hãy chọn kết thúc hoặc chuyển các mục này.",
        len(occupancy.entries),
        code=structure.code,
        entries="; ".join(occupancy.entries[:_NAMED]) + ("; ..." if len(occupancy.entries) > _NAMED else ""),
    )
    raise Invalid({"occupants": sentence})


def _load(ctx: Ctx, command: ChangeStatus, permission: P) -> Structure:
    structure = get_structure(ctx, command.code)
    require(ctx, permission, structure)
    check_version(structure, command.version)
    return structure


def _require_status(structure: Structure, allowed: tuple[Status, ...]) -> None:
    if structure.status not in allowed:
        raise Conflict(
            _(
                "Công trình %(code)s đang ở trạng thái “%(status)s” nên không thực hiện được bước này.",
                code=structure.code,
                status=structure.status.label,
            )
        )


def _require_reason(command: ChangeStatus) -> None:
    if not command.reason.strip():
        raise Invalid({"reason": _("Chưa nhập lý do; hãy nêu ngắn gọn lý do.")})


def _done(ctx: Ctx, structure: Structure, action: str, command: ChangeStatus, **more: Any) -> Structure:
    structure.updated_at = ctx.now
    ctx.session.flush()
    details = more | ({"reason": command.reason} if command.reason else {})
    record(
        ctx,
        action,
        "structure",
        structure.id,
        on_behalf_of_id=structure.owner_organisation_id,
        code=structure.code,
        **details,
    )
    return structure
