"""Take back the change that one has just saved, of one structure, its places or its carriers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm.attributes import flag_modified

from registry.audit.chain import record
from registry.audit.models import AuditEvent
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing.revert import revert_change

#: Hours within which a saved change can be taken back by who saved it.
UNDO_HOURS: Final = 24
#: Actions of the forms that offer it, and beginnings of such.
_UNDOABLE: Final = ("structure.edit", "cable.members", "capacity.")
_STRUCTURES: Final = text("SELECT DISTINCT structure_id FROM structures_of_change(:change)")


def undo_save(ctx: Ctx, code: str, change_id: int) -> Structure:
    """Give a structure the values from before a change of the actor; Conflict says why it cannot be.

    Whether a structure is restricted or published is not taken back: that has consequences and rules of its own.
    """
    structure = get_structure(ctx, code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    _require_own(ctx, structure, change_id)
    shown = _shown(structure)
    reverted = revert_change(ctx, change_id, reason=_("Hoàn tác ngay sau khi lưu"))
    ctx.session.refresh(structure)
    if _shown(structure) != shown:
        raise Conflict(
            _("Thay đổi này có sửa tình trạng dùng chung hoặc việc công bố nên không hoàn tác được; hãy sửa hồ sơ.")
        )
    structure.updated_at = ctx.now
    # The database has written the rest; this is a row of the request itself, also at the instant of the save.
    flag_modified(structure, "updated_at")
    ctx.session.flush()
    record(
        ctx,
        "structure.undo",
        "structure",
        structure.id,
        on_behalf_of_id=structure.owner_organisation_id,
        code=structure.code,
        **reverted.details,
    )
    return structure


def _require_own(ctx: Ctx, structure: Structure, change_id: int) -> None:
    event = ctx.session.execute(
        select(AuditEvent.actor_id, AuditEvent.action, AuditEvent.occurred_at).where(AuditEvent.change_id == change_id)
    ).one_or_none()
    is_own = (
        event is not None
        and event.actor_id == ctx.actor.id
        and event.action.startswith(_UNDOABLE)
        and event.occurred_at > ctx.now - timedelta(hours=UNDO_HOURS)
        and set(ctx.session.scalars(_STRUCTURES, {"change": change_id})) == {structure.id}
    )
    if not is_own:
        raise Conflict(
            _(
                "Chỉ hoàn tác được lần lưu của chính mình trên công trình này trong vòng %(hours)d giờ; lần lưu này"
                " không còn hoàn tác được.",
                hours=UNDO_HOURS,
            )
        )


def _shown(structure: Structure) -> tuple[Any, ...]:
    return structure.sharing_status, structure.is_published, structure.status
