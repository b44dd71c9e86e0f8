"""A pole that carries telecom cable."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Choice, Metres, Newtons
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.units import DEGREE, PIECE, PLACE, M, N
from registry.streets.rule_models import StreetAct
from registry.structures.kinds.kind import (
    DrawingSpec,
    Hosting,
    Kind,
    Picture,
    PlaceTemplate,
    RuleContext,
    Shape,
    ValueProblem,
    Values,
)
from registry.structures.kinds.prefiltered import suspects
from registry.structures.models import Structure


class PoleMaterial(Choice):
    """Material of a pole; of shared power poles, too."""

    CONCRETE = "concrete", _l("Bê tông ly tâm")
    STEEL = "steel", _l("Thép")
    WOOD = "wood", _l("Gỗ")
    COMPOSITE = "composite", _l("Composite")


class PoleRole(Choice):
    """Role of a pole in its line; of shared power poles, too."""

    STRAIGHT = "straight", _l("Cột thẳng")
    CORNER = "corner", _l("Cột góc")
    CROSSING = "crossing", _l("Cột vượt đường")
    END = "end", _l("Cột cuối")


@versioned
class CablePole(Structure):
    """A pole that carries telecom cable."""

    __tablename__ = "cable_pole"
    __mapper_args__: Any = {"polymorphic_identity": "cable_pole"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    material: Mapped[PoleMaterial | None] = col(
        _l("Vật liệu cột"), choices=PoleMaterial, group="kind", aliases=("vat lieu",)
    )
    length_m: Mapped[Metres | None] = col(
        _l("Chiều dài cột"),
        unit=M,
        min=3,
        max=30,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("chieu cao cot", "chieu dai cot", "chieu cao"),
    )
    setting_depth_m: Mapped[Metres | None] = col(_l("Chiều sâu chôn cột"), unit=M, min=0, max=10, group="kind")
    rated_top_load_n: Mapped[Newtons | None] = col(
        _l("Lực đầu cột thiết kế"),
        unit=N,
        min=1,
        max=1000000,
        group="kind",
        hint=_l("Theo lý lịch cột; 1 kN = 1000 N. Dùng để tính sơ bộ khi có đề nghị dùng chung."),
        aliases=("luc dau cot", "luc dau cot thiet ke", "tai trong dau cot"),
    )
    pole_role: Mapped[PoleRole | None] = col(
        _l("Vai trò trong tuyến"), choices=PoleRole, group="kind", aliases=("vai tro",)
    )
    lowest_cable_m: Mapped[Metres | None] = col(
        _l("Độ cao cáp thấp nhất"),
        unit=M,
        min=0,
        max=30,
        group="kind",
        hint=_l("Đo tại điểm thấp nhất của cáp trên mặt đường."),
    )
    cabinet_count: Mapped[int | None] = col(_l("Số tủ, hộp cáp trên cột"), unit=PIECE, min=0, max=50, group="kind")
    lean_deg: Mapped[Decimal | None] = col(_l("Độ nghiêng"), unit=DEGREE, min=0, max=90, group="kind")

    __table_args__: Any = (
        CheckConstraint("length_m BETWEEN 3 AND 30", name="length"),
        CheckConstraint("setting_depth_m < length_m", name="depth_below_length"),
        CheckConstraint("rated_top_load_n > 0", name="rated_top_load"),
        CheckConstraint("lean_deg BETWEEN 0 AND 90", name="lean"),
    )


#: Setting: least height of a cable in metres, over a road and over a lane.
CLEARANCE: Final = "pole.clearance_m"


@suspects(lambda v, _context: v["setting_depth_m"] >= v["length_m"])
def depth_below_length(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """The buried part is shorter than the pole."""
    length, depth = values.get("length_m"), values.get("setting_depth_m")
    if length is None or depth is None or depth < length:
        return []
    sentence = _(
        "Chiều sâu chôn %(depth)s m phải nhỏ hơn chiều dài cột %(length)s m.",
        depth=format_number(depth),
        length=format_number(length),
    )
    return [ValueProblem("setting_depth_m", sentence)]


@suspects(
    lambda v, _context: (
        (v["lowest_cable_m"] > v["length_m"]) | (v["lowest_cable_m"] + v["setting_depth_m"] > v["length_m"])
    )
)
def cable_below_top(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A cable is not attached higher than the part of the pole above ground."""
    length, cable = values.get("length_m"), values.get("lowest_cable_m")
    above_ground = None if length is None else length - (values.get("setting_depth_m") or 0)
    if above_ground is None or cable is None or cable <= above_ground:
        return []
    sentence = _(
        "Độ cao cáp %(cable)s m vượt phần cột trên mặt đất %(above)s m; hãy kiểm tra lại hai số.",
        cable=format_number(cable),
        above=format_number(above_ground),
    )
    return [ValueProblem("lowest_cable_m", sentence)]


def _road_limit(context: RuleContext) -> Decimal:
    return Decimal(str(context.limits[CLEARANCE].value["road"]))


@suspects(lambda v, context: v["lowest_cable_m"] < _road_limit(context))
def clearance(values: Values, context: RuleContext) -> Sequence[ValueProblem]:
    """Clearance over the road (QCVN 33:2019/BTTTT), a warning: the figure is to be verified."""
    cable = values.get("lowest_cable_m")
    limit = _road_limit(context)
    if cable is None or cable >= limit:
        return []
    sentence = _(
        "Cáp cao %(cable)s m, thấp hơn %(limit)s m quy định trên đường phố.",
        cable=format_number(cable),
        limit=format_number(limit),
    )
    return [context.warning("lowest_cable_m", sentence, CLEARANCE)]


RULES = (depth_below_length, cable_below_top, clearance)
KIND = Kind(
    code="cable_pole",
    label=_l("Cột treo cáp"),
    prefix="CTC",
    shape=Shape.POINT,
    model=CablePole,
    rules=RULES,
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE, "cable"),
    street_act=StreetAct.HANG,
    hosting=Hosting.HUNG_CABLES,
    example={
        "name": "Cột 12 đường Lê Lợi",
        "own_code": "C-0012",
        "material": "concrete",
        "length_m": "8,5",
        "setting_depth_m": "1,4",
        "pole_role": "straight",
        "lowest_cable_m": "5,8",
        "sharing_status": "available",
        "status": "active",
    },
    icon="utility-pole",
    ofds_type="pole",
    limit_keys=(CLEARANCE,),
    top_fields=("length_m", "setting_depth_m"),
    drawing=DrawingSpec(
        Picture.POLE, {"length": "length_m", "depth": "setting_depth_m", "lowest_cable": "lowest_cable_m"}
    ),
)
