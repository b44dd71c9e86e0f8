"""Register a structure, and change its fields or its position."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Column, LargeBinary, SmallInteger, Table, func, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.kernel.clock import local_date
from registry.kernel.dated_settings import setting
from registry.kernel.db.base import Base
from registry.kernel.db.history import effective_from, history_of
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.i18n import _, format_date
from registry.streets.queries import find_streets
from registry.structures import positions
from registry.structures.codes import ENDED, Status
from registry.structures.commands import CreateStructure, EditStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.value_checks import check_values
from registry.structures.models import WGS84, Structure
from registry.structures.positions.along_route import drawn_length
from registry.structures.positions.moment import day_start
from registry.structures.queries import get_structure
from registry.structures.relations import RELATION_WATCHES
from registry.structures.writing.locate import commune_for
from registry.structures.writing.restricting import CLOSED, announce_closed, require_basis
from registry.structures.writing.shown_nodes import require_agreed

#: The key of the order of numbers (ADR 0016), in one row that neither application role may read. The order is secret,
#: so that a missing or the next number reveals nothing about structures that a reader must not know of.
structure_number_key = Table(
    "structure_number_key",
    Base.metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)


#: Fields with which a line may begin to show nodes, or a node to be shown.
_ASKED: Final = frozenset({"sharing_status", "status", "shows_nodes"})


def draw_numbers(session: Session, count: int) -> list[int]:
    """New numbers, each issued once; those of a failed change are lost."""
    drawn = select(func.draw_structure_number()).select_from(func.generate_series(1, count).alias("each"))
    return list(session.scalars(drawn))


def code_prefix(session: Session, kind_prefix: str, on: date) -> str:
    """The prefix of the codes of a kind in the province, such as `THA-CAT-`."""
    return f"{setting(session, 'province.code_prefix', on)}-{kind_prefix}-"


def format_code(beginning: str, number: int) -> str:
    """The provincial code of a number, such as THA-CAT-000123."""
    return f"{beginning}{number:06d}"


def effective_moment(ctx: Ctx, day: date | None, structure: Structure | None = None) -> datetime | None:
    """The first moment of a day on which a write takes effect; None: now.

    Invalid for a future day, and for a day before the first record of the structure.
    """
    if day is None:
        return None
    if day > ctx.today:
        sentence = _("Ngày có hiệu lực %(day)s chưa đến; cần hôm nay hoặc một ngày đã qua.", day=format_date(day))
        raise Invalid({"effective_on": sentence})
    moment = day_start(day)
    if structure is None:
        return moment
    first = first_moment(ctx, structure)
    if moment >= first:
        return moment
    if day < local_date(first):
        sentence = _(
            "Ngày có hiệu lực %(day)s sớm hơn ngày công trình bắt đầu có trong hệ thống (%(first)s).",
            day=format_date(day),
            first=format_date(first),
        )
        raise Invalid({"effective_on": sentence})
    return first


def first_moment(ctx: Ctx, structure: Structure) -> datetime:
    """The start of the first version of a structure."""
    version = history_of(Structure)
    moment: datetime = ctx.session.execute(
        select(func.min(version.c.effective_from)).where(version.c.id == structure.id)
    ).scalar_one()
    return moment


def create_structure(ctx: Ctx, command: CreateStructure, *, announce: bool = True) -> Structure:
    """Register a structure with a new provincial code; Invalid names every field that is wrong.

    With `announce` False the caller writes the audit record, one for a whole batch.
    """
    require(ctx, P.STRUCTURE_CREATE)
    owner = require_owner(ctx, command.owner_id)
    if command.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    kind = KINDS[command.kind]
    values = kind.settled(command.values)
    check_values(ctx.session, kind, values | drawn_length(ctx, kind, values, command.position), ctx.today)
    require_basis(values, None)
    check_own_code(ctx, command.owner_id, values.get("own_code"))
    commune_id = commune_for(
        ctx, command.position, stated_id=command.stated_commune_id, outside_area=command.outside_area
    )
    require_agreed(ctx, kind, command.owner_id, values, command.position)
    (number,) = draw_numbers(ctx.session, 1)
    structure = kind.model(
        **values,
        id=number,
        code=format_code(code_prefix(ctx.session, kind.prefix, ctx.today), number),
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
    watches = [watch(ctx, structure, values.keys(), True) for watch in RELATION_WATCHES]
    with effective_from(ctx, effective_moment(ctx, command.effective_on)):
        ctx.session.add(structure)
        ctx.session.flush()
    for check in filter(None, watches):
        check()
    if structure.sharing_status in CLOSED:
        announce_closed(ctx, [structure.id])
    if announce:
        details = {"effective_on": command.effective_on.isoformat()} if command.effective_on else {}
        record(
            ctx, "structure.create", "structure", structure.id, on_behalf_of_id=owner.id, code=structure.code, **details
        )
    return structure


def position_columns(position: GivenPosition) -> dict[str, Any]:
    """The columns of a given position."""
    return {
        "geom": func.ST_SetSRID(func.ST_GeomFromGeoJSON(position.geojson), WGS84),
        "given_position": position.text,
        "given_srid": position.srid,
        "position_operation": position.operation,
    }


def require_owner(ctx: Ctx, owner_id: int) -> Organisation:
    """The organisation that will own the record: the actor's own, unless it may write for all."""
    own = owner_id in ctx.actor.organisation_ids
    if not own and ALL not in scopes_of(ctx.actor, P.STRUCTURE_CREATE):
        raise Forbidden(_("Tài khoản chỉ được đăng ký công trình của đơn vị."))
    owner = ctx.session.get(Organisation, owner_id)
    if owner is None or (owner.valid_to is not None and owner.valid_to < ctx.today):
        raise Invalid({"owner": _("Chủ sở hữu đã chọn không có hoặc không còn hoạt động; hãy chọn đơn vị khác.")})
    return owner


#: One lock for each owner: two spellings of one code are not registered at one instant.
_CODES_LOCK: Final = 7_204_013


def lock_codes(session: Session, owner_id: int) -> None:
    """Keep others from registering codes of an owner until the end of the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(_CODES_LOCK, owner_id)))


def check_own_code(ctx: Ctx, owner_id: int, own_code: str | None, *, except_id: int | None = None) -> None:
    """Invalid where another structure of the owner has this own code, in any spelling (SQL `code_key`)."""
    if not own_code:
        return
    lock_codes(ctx.session, owner_id)
    of_code = (
        Structure.owner_organisation_id == owner_id,
        func.code_key(Structure.own_code) == func.code_key(own_code),
        Structure.id != (except_id or 0),
    )
    same_spelling = Structure.own_code == own_code
    query = select(Structure.code).where(*of_code).order_by(same_spelling.desc(), Structure.id)
    taken = ctx.session.scalar(query)
    if taken is None:
        return
    if ctx.session.scalar(select(positions.sees_exactly(ctx)).where(Structure.code == taken)):
        sentence = _(
            "Mã “%(own)s” đã dùng cho công trình %(code)s của đơn vị; cần một mã khác.", own=own_code, code=taken
        )
    else:
        # An actor who registers for another owner must not learn which structure it is.
        sentence = _("Mã “%(own)s” đã dùng cho một công trình khác của đơn vị; cần một mã khác.", own=own_code)
    raise Invalid({"own_code": sentence})


def street_of(session: Session, road_name: str | None, commune_id: int | None) -> int | None:
    """The registered street of a road name, where exactly one matches."""
    if not road_name:
        return None
    streets = find_streets(session, road_name, unit_id=commune_id)
    return streets[0].id if len(streets) == 1 else None


def edit_structure(
    ctx: Ctx, command: EditStructure, *, announce: bool = True, watches_relations: bool = True
) -> Structure:
    """Change the values in `command`; Conflict where the structure changed since the version that was read.

    A caller that has held its change to the rules of relations itself says so by `watches_relations`.
    """
    structure = get_structure(ctx, command.code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    check_version(structure, command.version)
    kind = KINDS[structure.kind]
    current = current_values(structure)
    values = kind.settled(current | dict(command.values))
    _require_button(structure, kind.settled(values | {"status": structure.status})["status"], values["status"])
    is_remeasured = command.position is not None or any(
        getattr(structure, name) != values.get(name) for name in kind.length_fields
    )
    measured = drawn_length(ctx, kind, values, command.position, structure.id) if is_remeasured else {}
    check_values(ctx.session, kind, values | measured, ctx.today)
    require_basis(values, structure.sharing_status)
    if values.get("own_code") != structure.own_code:
        check_own_code(ctx, structure.owner_organisation_id, values.get("own_code"), except_id=structure.id)
    changed = {name: value for name, value in values.items() if getattr(structure, name) != value}
    begins = effective_moment(ctx, command.effective_on, structure)
    moved = _moved(ctx, structure, command)
    if not changed and not moved:
        return structure
    if moved or _ASKED & changed.keys():
        require_agreed(ctx, kind, structure.owner_organisation_id, values, command.position, structure.id)
    watches = [watch(ctx, structure, changed.keys(), bool(moved)) for watch in RELATION_WATCHES if watches_relations]
    with effective_from(ctx, begins):
        for name, value in (changed | moved).items():
            setattr(structure, name, value)
        if structure.status not in ENDED and changed.get("status"):
            structure.valid_to = None
        if "road_name" in changed:
            structure.street_id = street_of(ctx.session, structure.road_name, structure.commune_id)
        structure.updated_at = ctx.now
        ctx.session.flush()
    for check in filter(None, watches):
        check()
    if changed.get("sharing_status") in CLOSED:
        announce_closed(ctx, [structure.id])
    if announce:
        details = {"effective_on": command.effective_on.isoformat()} if command.effective_on else {}
        record(
            ctx,
            "structure.edit",
            "structure",
            structure.id,
            on_behalf_of_id=structure.owner_organisation_id,
            fields=sorted(changed),
            moved=bool(moved),
            **details,
        )
    return structure


def _require_button(structure: Structure, implied: Status, status: Status) -> None:
    """Refuse a status change that needs a reason, unless the dates of the record imply it."""
    if status in (structure.status, implied) or status not in (Status.SUSPENDED, *ENDED):
        return
    if status is Status.REMOVED and structure.status is Status.DECOMMISSIONED:
        return
    sentence = _(
        "Chuyển trạng thái từ “%(before)s” sang “%(after)s” cần lý do nên không làm ở mẫu này; hãy dùng nút "
        "“%(button)s” ở trang công trình.",
        before=structure.status.label,
        after=status.label,
        button=_("Tạm ngừng") if status is Status.SUSPENDED else _("Ngừng khai thác"),
    )
    raise Invalid({"status": sentence})


def _moved(ctx: Ctx, structure: Structure, command: EditStructure) -> dict[str, Any]:
    """The columns of a new position; none where none is given."""
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
    """The current values of the declared fields of a structure."""
    return {name: getattr(structure, name) for name in KINDS[structure.kind].fields()}


def check_version(structure: Structure, version: int) -> None:
    """Conflict where the structure changed since `version`."""
    if structure.version == version:
        return
    if version > structure.version:
        raise Invalid({"version": _("Số phiên bản không đúng; hãy tải lại trang.")})
    raise Conflict(
        _("Công trình %(code)s đã được người khác sửa sau khi mở trang.", code=structure.code),
        current=current_values(structure),
    )
