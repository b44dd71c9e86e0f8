"""A small cell on a lamp post: it carries antennas and is no mast."""

from typing import Any, ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Metres
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.units import PLACE, M
from registry.structures.kinds.kind import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.models import Structure


@versioned
class LampPostCell(Structure):
    """A small cell on a lamp post."""

    __tablename__ = "lamp_post_cell"
    __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "lamp_post_cell"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    antenna_height_m: Mapped[Metres | None] = col("Cao độ ăng ten", unit=M, min=1, max=30, group="kind")


KIND = Kind(
    code="lamp_post_cell",
    label="Trạm nhỏ trên cột đèn",
    prefix="TCD",
    shape=Shape.POINT,
    model=LampPostCell,
    rules=(),
    place=PlaceTemplate("Vị trí lắp ăng ten", PLACE, "position"),
    hosting=Hosting.ANTENNAS,
    example={
        "name": "Trạm nhỏ Lê Lợi 12",
        "own_code": "TN-0012",
        "antenna_height_m": "8",
        "sharing_status": "available",
        "status": "active",
    },
    icon="radio-tower",
)
