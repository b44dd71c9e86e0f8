"""Writes of occupations other than moves."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import OWNING_KINDS, Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.capacity.models import CapacityPlace
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _
from registry.occupations.codes import OccupationState
from registry.occupations.commands import EditOccupation, OpenOccupation
from registry.occupations.models import Occupation
from registry.occupations.queries import get_structure
from registry.occupations.regularity import check_no_agreement
from registry.occupations.rules import found_day_problem
from registry.occupations.workflow import OCCUPATION
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import before_start
from registry.structures.models import Structure
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case


def open_occupation(ctx: Ctx, command: OpenOccupation) -> Occupation:
    """Record what was found on a structure; no one else is notified yet.

    Needs OCCUPATION_OPEN for the structure. Invalid names every wrong field; MoveRefused if the structure is in no
    commune, so that no authority is competent.
    """
    structure = get_structure(ctx, command.structure_code)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    if structure.commune_id is None:
        raise MoveRefused(
            _("Công trình %(code)s nằm ngoài các xã, phường của tỉnh nên không lập hồ sơ ở đây.", code=structure.code)
        )
    occupation = Occupation(
        structure_id=structure.id,
        owner_organisation_id=structure.owner_organisation_id,
        unit_id=structure.commune_id,
        opener_organisation_id=ctx.actor.organisation_id,
        version=1,
    )
    _apply(ctx, occupation, structure.code, command)
    opened: Occupation = open_case(ctx, OCCUPATION, occupation)
    return opened


def edit_occupation(ctx: Ctx, command: EditOccupation) -> Occupation:
    """Correct the record; needs OCCUPATION_WRITE. Conflict if it changed meanwhile."""
    occupation: Occupation = lock_case(ctx, OCCUPATION, command.occupation_id)
    require(ctx, P.OCCUPATION_WRITE, occupation)
    check_version(occupation, command.version)
    check_editable(occupation)
    code = ctx.session.scalars(select(Structure.code).where(Structure.id == occupation.structure_id)).one()
    _apply(ctx, occupation, code, command)
    touch(ctx, OCCUPATION, occupation, "edit")
    return occupation


def check_editable(occupation: Occupation) -> None:
    """MoveRefused once the occupant was notified."""
    if occupation.state is not OccupationState.NOTED:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không sửa được nữa; sai sót thì ghi ở bước tiếp theo.",
                title=occupation.number or occupation.title,
                state=occupation.state.label,
            )
        )


def _apply(ctx: Ctx, occupation: Occupation, code: str, command: OpenOccupation | EditOccupation) -> None:
    errors: dict[str, Any] = {}
    late = found_day_problem(command.values["found_on"], ctx.today)
    if late:
        errors["found_on"] = late
    structure = ctx.session.get_one(Structure, occupation.structure_id)
    early = before_start(
        labels_of(Occupation)["found_on"], command.values["found_on"], structure, KINDS[structure.kind]
    )
    if early:
        errors["found_on"] = early
    if command.place_id is not None and not _has_place(ctx, occupation.structure_id, command.place_id):
        errors["place"] = _("Công trình không có vị trí đã chọn (nữa); hãy chọn vị trí khác hoặc để trống.")
    problem = _occupant_problem(ctx, occupation, command.occupant_id)
    if problem:
        errors["occupant"] = problem
    if errors:
        raise Invalid(errors)
    check_no_agreement(ctx, command.place_id, command.occupant_id)
    for name, value in command.values.items():
        setattr(occupation, name, value)
    occupation.place_id, occupation.occupant_organisation_id = command.place_id, command.occupant_id
    occupation.title = f"{occupation.equipment} – {code}"


def _has_place(ctx: Ctx, structure_id: int, place_id: int) -> bool:
    query = select(CapacityPlace.id).where(CapacityPlace.id == place_id, CapacityPlace.structure_id == structure_id)
    return ctx.session.scalar(query) is not None


def _occupant_problem(ctx: Ctx, occupation: Occupation, occupant_id: int | None) -> str | None:
    if occupant_id is None:
        return None
    if occupant_id == occupation.owner_organisation_id:
        return _("Bên được chọn là chủ sở hữu công trình; hãy chọn đơn vị khác hoặc “Chưa rõ”.")
    organisation = ctx.session.get(Organisation, occupant_id)
    if organisation is None or organisation.kind not in OWNING_KINDS:
        return _("Không có đơn vị đã chọn; hãy chọn đơn vị khác hoặc “Chưa rõ”.")
    return None


UNDO: Final = undo_of_case(OCCUPATION, P.OCCUPATION_WRITE, lambda _ctx, occupation: check_editable(occupation))
