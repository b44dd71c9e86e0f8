"""Steps in a structure's life: confirmed as still correct, suspended, resumed, decommissioned; never deleted."""

from __future__ import annotations

from datetime import timedelta

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.history import effective_from
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus
from registry.structures.models import Structure
from registry.structures.past.when import start_of
from registry.structures.queries import get_structure
from registry.structures.service.edit import check_version
from registry.structures.service.effect import first_moment

_STANDING = (Status.PLANNED, Status.BUILDING, Status.ACTIVE, Status.SUSPENDED)


def confirm(ctx: Ctx, command: ChangeStatus) -> Structure:
    """The owner says that the record is still correct today."""
    structure = _load(ctx, command, P.STRUCTURE_CONFIRM)
    _require_status(structure, _STANDING)
    structure.confirmed_on = ctx.today
    structure.confirmed_by_id = ctx.actor.id
    return _done(ctx, structure, "structure.confirm", command)


def suspend(ctx: Ctx, command: ChangeStatus) -> Structure:
    """Take an active structure out of use for a time; a reason is asked for."""
    structure = _load(ctx, command, P.STRUCTURE_SUSPEND)
    _require_status(structure, (Status.ACTIVE,))
    _require_reason(command)
    structure.status = Status.SUSPENDED
    return _done(ctx, structure, "structure.suspend", command)


def resume(ctx: Ctx, command: ChangeStatus) -> Structure:
    """Put a suspended structure back into use."""
    structure = _load(ctx, command, P.STRUCTURE_SUSPEND)
    _require_status(structure, (Status.SUSPENDED,))
    structure.status = Status.ACTIVE
    return _done(ctx, structure, "structure.resume", command)


def decommission(ctx: Ctx, command: ChangeStatus) -> Structure:
    """End a structure's service on a day; the record stays with its whole history."""
    structure = _load(ctx, command, P.STRUCTURE_DECOMMISSION)
    _require_status(structure, _STANDING)
    _require_reason(command)
    last = command.on or ctx.today
    if last > ctx.today or (structure.valid_from and last < structure.valid_from):
        raise Invalid({"on": _("Ngày ngừng khai thác phải là hôm nay hoặc một ngày đã qua, sau ngày bắt đầu.")})
    # The last day is one on which it still served.
    begins = max(start_of(last + timedelta(days=1)), first_moment(ctx, structure))
    with effective_from(ctx, begins):
        structure.status = Status.DECOMMISSIONED
        structure.valid_to = last
        structure.updated_at = ctx.now
        ctx.session.flush()
    return _done(ctx, structure, "structure.decommission", command)


def _load(ctx: Ctx, command: ChangeStatus, permission: P) -> Structure:
    structure = get_structure(ctx, command.code)
    require(ctx, permission, structure)
    check_version(structure, command.version)
    return structure


def _require_status(structure: Structure, wanted: tuple[Status, ...]) -> None:
    if structure.status not in wanted:
        raise Conflict(
            _(
                "Công trình %(code)s đang ở trạng thái «%(status)s» nên không làm được việc này.",
                code=structure.code,
                status=structure.status.label,
            )
        )


def _require_reason(command: ChangeStatus) -> None:
    if not command.reason.strip():
        raise Invalid({"reason": _("Lý do còn trống; hãy ghi ngắn gọn vì sao.")})


def _done(ctx: Ctx, structure: Structure, action: str, command: ChangeStatus) -> Structure:
    structure.updated_at = ctx.now
    ctx.session.flush()
    details = {"reason": command.reason} if command.reason else {}
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
