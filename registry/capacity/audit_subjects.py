"""What the audit log shows of places and of what occupies them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l
from registry.structures.models import Structure

_PLACE: Final[Mapping[str, Any]] = {
    "label": _l("Tên vị trí"),
    "unit": _l("Đơn vị tính"),
    "total": _l("Tổng số vị trí"),
    "used": _l("Đang dùng"),
    "reserved": _l("Giữ chỗ"),
    "blocked": _l("Không dùng được"),
}
_ENTRY: Final[Mapping[str, Any]] = {
    "state": _l("Trạng thái"),
    "quantity": _l("Số lượng"),
    "holder_id": _l("Đơn vị sử dụng"),
    "holder_name": _l("Đơn vị sử dụng"),
    "equipment": _l("Thiết bị"),
    "technology": _l("Công nghệ"),
    "case_number": _l("Số hồ sơ"),
    "started_on": _l("Từ ngày"),
    "ended_on": _l("Đến hết ngày"),
}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    """A place by its label and the structure that it is on."""
    query = (
        select(CapacityPlace.id, CapacityPlace.label, Structure.code)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(CapacityPlace.id.in_(ids), visible(ctx, Structure, P.STRUCTURE_READ))
    )
    return {
        row.id: Named(f"{row.code}: {row.label}", url_for("structures.detail", code=row.code))
        for row in ctx.session.execute(query)
    }


SUBJECTS_OF_PLACES: Final = named_subject(
    "capacity_place",
    Subject(_names),
    Tracked(
        CapacityPlace,
        lambda: {**_PLACE, **fields_of(CapacityPlace)},
        "capacity_place",
        permission=P.STRUCTURE_HISTORY,
        shows_first=True,
    ),
    Tracked(
        CapacityEntry,
        lambda: {**_ENTRY, **fields_of(CapacityEntry)},
        "capacity_place",
        subject_id="place_id",
        permission=P.CAPACITY_HOLDERS,
        shows_first=True,
    ),
)
