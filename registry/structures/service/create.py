"""Register a new structure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.kernel.db.history import effective_from
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.i18n import _
from registry.streets.queries import find_streets
from registry.structures import positions
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.models import WGS84, Structure
from registry.structures.numbers import beginning_of, code_of, draw_numbers
from registry.structures.service.effect import holds_from
from registry.structures.service.locate import commune_for
from registry.structures.service.values import check_values


def create_structure(ctx: Ctx, command: CreateStructure, *, announce: bool = True) -> Structure:
    """Register a structure with a new provincial code; Invalid names every field that is wrong.

    `announce` False leaves the audit record to the caller, who writes one for a whole batch.
    """
    require(ctx, P.STRUCTURE_CREATE)
    owner = require_owner(ctx, command.owner_id)
    if command.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    kind = KINDS[command.kind]
    values = kind.settled(command.values)
    check_values(ctx.session, kind, values, ctx.today)
    check_own_code(ctx, command.owner_id, values.get("own_code"))
    commune_id = commune_for(
        ctx, command.position, stated_id=command.stated_commune_id, outside_area=command.outside_area
    )
    (number,) = draw_numbers(ctx.session, 1)
    structure = kind.model(
        **values,
        id=number,
        code=code_of(beginning_of(ctx.session, kind.prefix, ctx.today), number),
        owner_organisation_id=command.owner_id,
        owner_category=owner.owner_category,
        manager_organisation_id=command.manager_id,
        commune_id=commune_id,
        outside_area=commune_id is None,
        street_id=street_of(ctx.session, values.get("road_name"), commune_id),
        provenance=command.provenance,
        is_sample=command.is_sample,
        created_at=ctx.now,
        created_by_id=ctx.actor.id,
        updated_at=ctx.now,
        **position_columns(command.position),
    )
    with effective_from(ctx, holds_from(ctx, command.effective_on)):
        ctx.session.add(structure)
        ctx.session.flush()
    if announce:
        said = {"effective_on": command.effective_on.isoformat()} if command.effective_on else {}
        record(
            ctx, "structure.create", "structure", structure.id, on_behalf_of_id=owner.id, code=structure.code, **said
        )
    return structure


def position_columns(position: GivenPosition) -> dict[str, Any]:
    """The columns that a given position fills."""
    return {
        "geom": func.ST_SetSRID(func.ST_GeomFromGeoJSON(position.geojson), WGS84),
        "given_position": position.text,
        "given_srid": position.srid,
        "position_operation": position.operation,
    }


def require_owner(ctx: Ctx, owner_id: int) -> Organisation:
    """The organisation that is to own the record: the actor's own, unless it may write for all."""
    own = owner_id in ctx.actor.organisation_ids
    if not own and ALL not in scopes_of(ctx.actor, P.STRUCTURE_CREATE):
        raise Forbidden(_("Bạn chỉ được đăng ký công trình của đơn vị mình."))
    owner = ctx.session.get(Organisation, owner_id)
    if owner is None or (owner.valid_to is not None and owner.valid_to < ctx.today):
        raise Invalid({"owner": _("Chủ sở hữu đã chọn không có hoặc không còn hoạt động; hãy chọn đơn vị khác.")})
    return owner


def check_own_code(ctx: Ctx, owner_id: int, own_code: str | None, *, except_id: int | None = None) -> None:
    """An owner's own code is unique among its structures; other owners' codes are none of its business."""
    if not own_code:
        return
    query = select(Structure.code, positions.sees_exactly(ctx).label("exact")).where(
        Structure.owner_organisation_id == owner_id, Structure.own_code == own_code, Structure.id != (except_id or 0)
    )
    taken = ctx.session.execute(query).one_or_none()
    if taken is None:
        return
    if taken.exact:
        sentence = _(
            "Mã «%(own)s» đã dùng cho công trình %(code)s của đơn vị; cần một mã khác.", own=own_code, code=taken.code
        )
    else:
        # Who registers for another owner need not know which of its structures it is.
        sentence = _("Mã «%(own)s» đã dùng cho một công trình khác của đơn vị; cần một mã khác.", own=own_code)
    raise Invalid({"own_code": sentence})


def street_of(session: Session, road_name: str | None, commune_id: int | None) -> int | None:
    """The registered street that a road name means, where exactly one does."""
    if not road_name:
        return None
    found = find_streets(session, road_name, unit_id=commune_id)
    return found[0].id if len(found) == 1 else None
