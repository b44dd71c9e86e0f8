"""The check that only a layer above capacity can make."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import Point
from registry.structures.positions.versions import rows_at


def _no_capacity(_ctx: Ctx) -> ColumnElement[bool]:
    stated = select(CapacityPlace.id).where(CapacityPlace.structure_id == Structure.id).exists()
    return and_(Structure.kind.in_(_hosts()), ~stated)


def _no_capacity_at(_ctx: Ctx, row: Any, point: Point) -> ColumnElement[bool]:
    places = rows_at(CapacityPlace, point, "places")
    return and_(row.kind.in_(_hosts()), row.id.not_in(select(places.c.structure_id)))


def _hosts() -> list[str]:
    return [code for code, kind in KINDS.items() if kind.hosting is not None]


NO_CAPACITY: Final = Check(
    "no_capacity",
    _l("Chưa khai chỗ lắp đặt"),
    _l("Không ai xin dùng chung được khi chưa biết có bao nhiêu chỗ; khai tại trang công trình hoặc từ tệp."),
    _no_capacity,
    _no_capacity_at,
)
