"""Take back the change that one has just saved, of one structure, its places or its carriers."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm.attributes import flag_modified

from registry.audit.undo import Undoable, rows_of_change
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import Conflict, NotFound
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.writing.revert import revert_change

_STRUCTURES: Final = text("SELECT DISTINCT structure_id FROM structures_of_change(:change)")
#: Has consequences and rules of its own: what is shared, published and in use.
_SHOWN: Final = frozenset({"sharing_status", "is_published", "status"})


def _editable(ctx: Ctx, structure_id: int) -> Structure:
    query = select(Structure).where(Structure.id == structure_id, visible(ctx, Structure, P.STRUCTURE_READ))
    structure = ctx.session.scalars(query).one_or_none()
    if structure is None:
        raise NotFound
    require(ctx, P.STRUCTURE_EDIT, structure)
    return structure


def _is_offered(ctx: Ctx, _structure_id: int, change_id: int) -> bool:
    return not any(row.changed & _SHOWN for row in rows_of_change(ctx, Structure, change_id))


def _take_back(ctx: Ctx, structure: Structure, change_id: int) -> dict[str, Any]:
    if set(ctx.session.scalars(_STRUCTURES, {"change": change_id})) != {structure.id}:
        raise Conflict(
            _("Lần lưu này có sửa công trình khác nên không hoàn tác được ở đây; hãy sửa lại từng công trình.")
        )
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
    return {"on_behalf_of_id": structure.owner_organisation_id, "code": structure.code, **reverted.details}


def _shown(structure: Structure) -> tuple[Any, ...]:
    return tuple(getattr(structure, name) for name in sorted(_SHOWN))


#: Whether a structure is restricted or published is not taken back.
UNDO: Final = Undoable(
    "structure",
    _editable,
    _take_back,
    _is_offered,
    lambda _ctx, structure: ("structures.detail", {"code": structure.code}),
)
#: The actions of the forms of a structure that it holds for.
UNDO_ACTIONS: Final = ("edit", "cable.members", "capacity.set_place", "capacity.add_entry", "capacity.end_entry")
