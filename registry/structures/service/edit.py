"""Change a structure's fields or position."""

from __future__ import annotations

from typing import Any, Final

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.history import effective_from
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.structures.codes import Status
from registry.structures.commands import EditStructure
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.service.create import check_own_code, position_columns, street_of
from registry.structures.service.effect import holds_from
from registry.structures.service.locate import commune_for
from registry.structures.service.values import check_values

#: A structure that serves no longer.
ENDED: Final = (Status.DECOMMISSIONED, Status.REMOVED)


def edit_structure(ctx: Ctx, command: EditStructure, *, announce: bool = True) -> Structure:
    """Change what `command` names; Conflict when the structure changed since the version that was read."""
    structure = get_structure(ctx, command.code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    check_version(structure, command.version)
    kind = KINDS[structure.kind]
    stands = current_values(structure)
    values = kind.settled(stands | dict(command.values))
    _require_button(structure, kind.settled(values | {"status": structure.status})["status"], values["status"])
    check_values(ctx.session, kind, values, ctx.today)
    check_own_code(ctx, structure.owner_organisation_id, values.get("own_code"), except_id=structure.id)
    changed = {name: value for name, value in values.items() if getattr(structure, name) != value}
    begins = holds_from(ctx, command.effective_on, structure)
    moved = _moved(ctx, structure, command)
    if not changed and not moved:
        return structure
    with effective_from(ctx, begins):
        for name, value in (changed | moved).items():
            setattr(structure, name, value)
        if structure.status not in ENDED and changed.get("status"):
            structure.valid_to = None
        if "road_name" in changed:
            structure.street_id = street_of(ctx.session, structure.road_name, structure.commune_id)
        structure.updated_at = ctx.now
        ctx.session.flush()
    if announce:
        said = {"effective_on": command.effective_on.isoformat()} if command.effective_on else {}
        record(
            ctx,
            "structure.edit",
            "structure",
            structure.id,
            on_behalf_of_id=structure.owner_organisation_id,
            fields=sorted(changed),
            moved=bool(moved),
            **said,
        )
    return structure


def _require_button(structure: Structure, implied: Status, wanted: Status) -> None:
    """Refuse a status that is taken with a reason, unless the days of the record imply it."""
    if wanted in (structure.status, implied) or wanted not in (Status.SUSPENDED, *ENDED):
        return
    if wanted is Status.REMOVED and structure.status is Status.DECOMMISSIONED:
        return
    sentence = _(
        "Chuyển trạng thái từ «%(before)s» sang «%(after)s» cần lý do nên không làm ở mẫu này; hãy dùng nút "
        "«%(button)s» ở trang công trình.",
        before=structure.status.label,
        after=wanted.label,
        button=_("Tạm ngừng") if wanted is Status.SUSPENDED else _("Ngừng khai thác"),
    )
    raise Invalid({"status": sentence})


def _moved(ctx: Ctx, structure: Structure, command: EditStructure) -> dict[str, Any]:
    """The columns that a new position changes; none where none is given."""
    position = command.position
    if position is None:
        return {}
    if command.outside_area and not structure.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    commune_id = commune_for(
        ctx,
        position,
        stated_id=command.stated_commune_id,
        outside_area=command.outside_area or structure.outside_area,
    )
    return position_columns(position) | {"commune_id": commune_id, "outside_area": commune_id is None}


def current_values(structure: Structure) -> dict[str, Any]:
    """The declared fields of a structure as they stand."""
    return {name: getattr(structure, name) for name in KINDS[structure.kind].fields()}


def check_version(structure: Structure, version: int) -> None:
    """Refuse to write over a change that the actor has not seen."""
    if structure.version == version:
        return
    if version > structure.version:
        raise Invalid({"version": _("Số phiên bản không đúng; hãy tải lại trang.")})
    raise Conflict(
        _("Công trình %(code)s đã được người khác sửa sau khi bạn mở trang.", code=structure.code),
        current=current_values(structure),
    )
