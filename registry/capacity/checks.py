"""Checks of data quality of places: those that cannot be on their structure."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from registry.capacity.models import UNPLACED, CapacityPlace, PlaceUnit
from registry.capacity.rules import BORE_COUNT, BORE_DIAMETER, UNITS_OF_HOSTING
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Kind
from registry.structures.models import Structure


def has_unfit_places() -> ColumnElement[bool]:
    """SQL over `structure`: a place that `rules.kind_problems` and `rules.measure_problems` refuse today."""
    return Structure.id.in_(select(CapacityPlace.structure_id).join(Structure).where(or_(false(), *_unfit()))) | or_(
        false(), *(_too_many_bores(kind) for kind in HOSTS.values() if BORE_COUNT in kind.fields())
    )


def _unfit() -> list[ColumnElement[bool]]:
    clauses = []
    for code, kind in HOSTS.items():
        wrong: list[ColumnElement[bool]] = []
        if kind.hosting is not None:
            wrong.append(CapacityPlace.unit.not_in(UNITS_OF_HOSTING[kind.hosting]))
        own = kind.model.__table__.alias()
        if BORE_DIAMETER in kind.fields():
            wrong.append(_exceeds(own, CapacityPlace.diameter_mm, own.c[BORE_DIAMETER]))
        if kind.top_fields:
            first, *less = (own.c[name] for name in kind.top_fields)
            top: Any = first
            for column in less:
                top = top - func.coalesce(column, 0)
            wrong.append(_exceeds(own, CapacityPlace.height_m, top))
        clauses.append(and_(Structure.kind == code, or_(false(), *wrong)))
    return clauses


def _exceeds(own: Any, measure: Any, most: Any) -> ColumnElement[bool]:
    return select(own.c.id).where(own.c.id == CapacityPlace.structure_id, measure > most).exists()


def _too_many_bores(kind: Kind) -> ColumnElement[bool]:
    own = kind.model.__table__.alias()
    bores = func.sum(CapacityPlace.total).filter(CapacityPlace.unit == PlaceUnit.BORE)
    return Structure.id.in_(
        select(own.c.id)
        .join(CapacityPlace, CapacityPlace.structure_id == own.c.id)
        .group_by(own.c.id, own.c[BORE_COUNT])
        .having(bores > own.c[BORE_COUNT])
    )


UNFIT_PLACES: Final = Check(
    "unfit_places",
    _l("Vị trí không hợp với công trình"),
    _l(
        "Đơn vị tính không dùng cho loại công trình, cao độ trên đỉnh, ống to hơn hoặc nhiều hơn ống của công trình;"
        " sửa vị trí hoặc số đo của công trình ở trang công trình."
    ),
    lambda _ctx: has_unfit_places(),
)


def _has_unplaced_cables() -> ColumnElement[bool]:
    """SQL over `structure`: cables pass of which the ledger does not know the place."""
    return Structure.id.in_(
        select(CapacityPlace.structure_id).where(CapacityPlace.label == UNPLACED, CapacityPlace.used > 0)
    )


UNPLACED_CABLES: Final = Check(
    "unplaced_cables",
    _l("Cáp đi qua chưa rõ ở vị trí nào"),
    _l(
        "Tuyến cáp đi qua mà không có mục sử dụng nào của chủ cáp: ghi đơn vị sử dụng ở đúng vị trí, khai thêm vị trí,"
        " hoặc lập hồ sơ chiếm dụng nếu không có hợp đồng."
    ),
    lambda _ctx: _has_unplaced_cables(),
)
