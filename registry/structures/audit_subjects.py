"""What the audit log shows of structures: their names, and their fields before and after; never a position."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, select

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
from registry.structures.models import Structure

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
    found = ctx.session.execute(query.where(Structure.id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ)))
    return {
        row.id: Named(" – ".join(filter(None, (row.code, row.name))), url_for("structures.detail", code=row.code))
        for row in found
    }


def _find(ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    seen = select(Structure.id).where(visible(ctx, Structure, P.STRUCTURE_READ))
    return seen.where(contains_all(Structure.search_text, words))


def _own_fields() -> Mapping[str, Any]:
    return {**_EXTRA, **fields_of(Structure)}


def _kind_fields(kind: str) -> Mapping[str, Any]:
    return fields_for(kind)


def _show(name: str, value: Any, _row: Any) -> str | None:
    return str(value) if name == "given_srid" else None


SUBJECTS_OF_STRUCTURES: Final[tuple[Contribution, ...]] = named_subject(
    "structure",
    Subject(_names, _find),
    Tracked(Structure, _own_fields, "structure", permission=P.STRUCTURE_HISTORY, show=_show),
    *(
        Tracked(kind.model, partial(_kind_fields, code), "structure", permission=P.STRUCTURE_HISTORY)
        for code, kind in KINDS.items()
    ),
)
