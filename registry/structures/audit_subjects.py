"""What the audit log shows of structures: their names, and their fields before and after; never a position."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flask import url_for
from sqlalchemy import Integer, Select, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from registry.audit.look_rows import CODE, LOOK_PLACES, TILE
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.matching import contains_all
from registry.kernel.feature import Contribution
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.models import WGS84, Structure
from registry.territory.models import AdminUnit, UnitLevel

#: Zoom from which a tile of the map is no larger than a commune.
_SMALL_TILE: Final = 12
#: Columns without a declaration.
_EXTRA: Final[Mapping[str, Any]] = {
    "status": _l("Trạng thái"),
    "commune_id": _l("Địa bàn"),
    "outside_area": _l("Ngoài địa bàn tỉnh"),
    "owner_organisation_id": _l("Chủ sở hữu"),
    "manager_organisation_id": _l("Đơn vị quản lý"),
    "owner_category": _l("Nhóm chủ sở hữu"),
    "given_srid": _l("Hệ tọa độ gốc (EPSG)"),
    "confirmed_on": _l("Ngày xác nhận"),
    "valid_from": _l("Có hiệu lực từ"),
    "valid_to": _l("Hết hiệu lực"),
}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = select(Structure.id, Structure.code, Structure.name)
    rows = ctx.session.execute(query.where(Structure.id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ)))
    return {
        row.id: Named(" – ".join(filter(None, (row.code, row.name))), url_for("structures.detail", code=row.code))
        for row in rows
    }


def _find(ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    matching = select(Structure.id).where(visible(ctx, Structure, P.STRUCTURE_READ))
    return matching.where(contains_all(Structure.search_text, words))


def _own_fields() -> Mapping[str, Any]:
    return {**_EXTRA, **fields_of(Structure)}


def _kind_fields(kind: str) -> Mapping[str, Any]:
    return fields_for(kind)


def _show(name: str, value: Any, _row: Any) -> str | None:
    return str(value) if name == "given_srid" else None


def _communes_of_codes(ctx: Ctx, codes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Code -> name of its commune, for the structures that the reader may see."""
    query = (
        select(Structure.code, AdminUnit.name)
        .outerjoin(AdminUnit, AdminUnit.id == Structure.commune_id)
        .where(Structure.code.in_(codes), visible(ctx, Structure, P.STRUCTURE_READ))
    )
    return {row.code: (row.name,) if row.name else () for row in ctx.session.execute(query)} if codes else {}


def _communes_of_tiles(ctx: Ctx, tiles: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Tile -> name of the commune in its middle; none for a tile that is larger than a commune."""
    small = [tile for tile in tiles if int(tile.partition("/")[0]) >= _SMALL_TILE]
    if not small:
        return {}
    tile = select(func.unnest(literal(small, ARRAY(Text))).label("address")).subquery("tile")
    part = [cast(func.split_part(tile.c.address, "/", number), Integer) for number in (1, 2, 3)]
    middle = func.ST_Transform(func.ST_Centroid(func.ST_TileEnvelope(*part)), WGS84)
    query = select(tile.c.address, AdminUnit.name).join(
        AdminUnit, AdminUnit.id == func.unit_at(middle, literal(UnitLevel.COMMUNE.value, Text), ctx.today)
    )
    return {row.address: (row.name,) for row in ctx.session.execute(query)}


LOOK_PLACES_OF_STRUCTURES: Final = LOOK_PLACES.named({CODE: _communes_of_codes, TILE: _communes_of_tiles})
SUBJECTS_OF_STRUCTURES: Final[tuple[Contribution, ...]] = named_subject(
    "structure",
    Subject(_names, _find),
    Tracked(Structure, _own_fields, "structure", permission=P.STRUCTURE_HISTORY, show=_show),
    *(
        Tracked(kind.model, partial(_kind_fields, code), "structure", permission=P.STRUCTURE_HISTORY)
        for code, kind in KINDS.items()
    ),
)
