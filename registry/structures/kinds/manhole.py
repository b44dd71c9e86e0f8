"""A chamber to pull and join cable."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Choice, Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import PIECE, PLACE, M
from registry.streets.rule_models import StreetAct
from registry.structures.kinds.kind import DrawingSpec, Hosting, Kind, Picture, PlaceTemplate, Shape
from registry.structures.models import Structure


class LidMaterial(Choice):
    """Material of the lid."""

    CAST_IRON = "cast_iron", _l("Gang")
    CONCRETE = "concrete", _l("Bê tông")
    COMPOSITE = "composite", _l("Composite")
    STEEL = "steel", _l("Thép")


@versioned
class Manhole(Structure):
    """A chamber to pull and join cable."""

    __tablename__ = "manhole"
    __mapper_args__: Any = {"polymorphic_identity": "manhole"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    inner_length_m: Mapped[Metres | None] = col(_l("Chiều dài lòng bể"), unit=M, min=0, max=50, group="kind")
    inner_width_m: Mapped[Metres | None] = col(_l("Chiều rộng lòng bể"), unit=M, min=0, max=50, group="kind")
    depth_m: Mapped[Metres | None] = col(
        _l("Chiều sâu bể"),
        unit=M,
        min=0,
        max=30,
        group="kind",
        aliases=("do sau", "chieu sau"),
    )
    lid_count: Mapped[int | None] = col(_l("Số nắp bể"), unit=PIECE, min=0, max=50, group="kind", aliases=("so nap",))
    lid_material: Mapped[LidMaterial | None] = col(_l("Vật liệu nắp"), choices=LidMaterial, group="kind")
    lid_load_class: Mapped[str | None] = col(_l("Cấp tải trọng nắp"), max_length=20, group="kind")
    lid_present: Mapped[bool | None] = col(_l("Nắp bể còn đủ"), filter=FilterKind.FLAG, group="kind")
    has_water: Mapped[bool | None] = col(_l("Đọng nước"), group="kind")
    key_holder: Mapped[str | None] = col(_l("Đơn vị giữ khóa"), max_length=200, group="kind")

    __table_args__: Any = (
        CheckConstraint("lid_count >= 0", name="lids"),
        CheckConstraint("depth_m >= 0", name="depth"),
    )


KIND = Kind(
    code="manhole",
    label=_l("Bể cáp (hầm, hố cáp)"),
    prefix="BCA",
    shape=Shape.POINT,
    model=Manhole,
    rules=(),
    place=PlaceTemplate(_l("Vị trí măng xông"), PLACE, "cable"),
    street_act=StreetAct.DIG,
    hosting=Hosting.PULLED_CABLES,
    example={
        "name": "Bể cáp Lê Hoàn 01",
        "own_code": "BC-01",
        "depth_m": "1,5",
        "lid_count": "2",
        "lid_material": "cast_iron",
        "lid_present": "true",
        "sharing_status": "not_assessed",
        "status": "active",
    },
    icon="circle-dot",
    ofds_type="cableWell",
    drawing=DrawingSpec(Picture.TRAYS, {"width": "inner_width_m", "height": "depth_m"}),
)
