"""An ordered line of poles that carry telecom cable."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import Boolean, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import KV, PIECE, PLACE, M
from registry.streets.rule_models import StreetAct
from registry.structures.kinds.kind import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.models import Structure


@versioned
class PoleLine(Structure):
    """An ordered line of poles that carry telecom cable."""

    __tablename__ = "pole_line"
    __mapper_args__: Any = {"polymorphic_identity": "pole_line"}
    #: Whether cables may be hung is a rule of the street now.
    FORMER_COLUMNS: ClassVar[Mapping[str, Any]] = MappingProxyType({"may_hang_here": Boolean})

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    pole_count: Mapped[int | None] = col(_l("Số cột"), unit=PIECE, min=2, max=100000, group="kind", aliases=("so cot",))
    usual_span_m: Mapped[Metres | None] = col(_l("Khoảng cột thường gặp"), unit=M, min=5, max=500, group="kind")
    shared_voltage_kv: Mapped[Decimal | None] = col(_l("Đi chung cấp điện áp"), unit=KV, min=0, max=500, group="kind")

    __table_args__: Any = (CheckConstraint("pole_count >= 2", name="pole_count"),)


KIND = Kind(
    code="pole_line",
    label=_l("Tuyến cột treo cáp"),
    prefix="TCT",
    shape=Shape.LINE,
    model=PoleLine,
    rules=(),
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE, "cable"),
    street_act=StreetAct.HANG,
    hosting=Hosting.HUNG_CABLES,
    example={
        "name": "Tuyến cột đường Quang Trung",
        "own_code": "TC-0003",
        "pole_count": "24",
        "usual_span_m": "40",
        "sharing_status": "available",
        "status": "active",
    },
    icon="route",
    ofds_type="pole",
)
