"""Checks of data quality of places: those that cannot be on their structure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from registry.capacity.models import UNPLACED, CapacityEntry, CapacityPlace
from registry.capacity.rules import BORE_COUNT, BORE_DIAMETER, BORE_UNITS, UNITS_OF_HOSTING
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.kind import Kind
from registry.structures.kinds.ordered_days import start_column
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
    bores = func.sum(CapacityPlace.total).filter(CapacityPlace.unit.in_(BORE_UNITS))
    return Structure.id.in_(
        select(own.c.id)
        .join(CapacityPlace, CapacityPlace.structure_id == own.c.id)
        .group_by(own.c.id, own.c[BORE_COUNT])
        .having(bores > own.c[BORE_COUNT])
    )


def with_changed_places(since: datetime) -> Select[Any]:
    """The structures whose places or entries were recorded, ended or deleted since a moment."""
    slot, entry = history_of(CapacityPlace), history_of(CapacityEntry)
    changed_entries = select(entry.c.place_id).where(entry.c.recorded_from >= since)
    return select(slot.c.structure_id).where(
        or_(slot.c.recorded_from >= since, slot.c.recorded_to >= since, slot.c.id.in_(changed_entries))
    )


def _used_early() -> ColumnElement[bool]:
    """SQL over `structure`: a use that is said to be older than what it is on."""
    start = func.min(CapacityEntry.started_on)
    earliest = (
        select(start)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(CapacityPlace.structure_id == Structure.id)
        .scalar_subquery()
    )
    return func.coalesce(earliest < start_column(KINDS.values()), false())


USED_EARLY: Final = Check(
    "used_early",
    _l("Đơn vị sử dụng có trước công trình"),
    _l("Ngày bắt đầu sử dụng trước ngày xây dựng, đưa vào sử dụng; sửa ngày của công trình, hoặc ghi lại mục sử dụng."),
    lambda _ctx: _used_early(),
    is_recorded=True,
    mend=("structures.detail", "capacity"),
)
UNFIT_PLACES: Final = Check(
    "unfit_places",
    _l("Vị trí không hợp với công trình"),
    _l(
        "Đơn vị tính không dùng cho loại công trình, cao độ vượt đỉnh, ống có đường kính hoặc số lượng lớn hơn ống "
        "của công trình; sửa vị trí hoặc số đo của công trình ở trang công trình."
    ),
    lambda _ctx: has_unfit_places(),
    is_recorded=True,
    mend=("structures.detail", "capacity"),
)


def _has_unplaced_cables() -> ColumnElement[bool]:
    """SQL over `structure`: cables pass of which the ledger does not know the place."""
    return Structure.id.in_(
        select(CapacityPlace.structure_id).where(CapacityPlace.label == UNPLACED, CapacityPlace.used > 0)
    )


UNPLACED_CABLES: Final = Check(
    "unplaced_cables",
    _l("Cáp đi qua chưa xác định vị trí"),
    _l(
        "Tuyến cáp đi qua mà không có mục sử dụng nào của chủ sở hữu cáp: ghi đơn vị sử dụng ở đúng vị trí, khai thêm"
        " vị trí, hoặc lập hồ sơ chiếm dụng nếu không có hợp đồng."
    ),
    lambda _ctx: _has_unplaced_cables(),
    is_recorded=True,
    mend=("structures.detail", "capacity"),
)
