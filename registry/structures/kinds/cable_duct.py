"""Buried pipe, one or several, between two manholes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Choice, Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.text import code_key
from registry.kernel.units import MM, PIECE, M
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


class DuctMaterial(Choice):
    """Material of the pipes."""

    PVC = "pvc", _l("PVC")
    HDPE = "hdpe", _l("HDPE")
    STEEL = "steel", _l("Thép")
    CONCRETE = "concrete", _l("Bê tông")


@versioned
class CableDuct(Structure):
    """Buried pipe, one or several, between two manholes."""

    __tablename__ = "cable_duct"
    __mapper_args__: Any = {"polymorphic_identity": "cable_duct"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    from_manhole_id: Mapped[int | None] = mapped_column(ForeignKey("manhole.id"))
    to_manhole_id: Mapped[int | None] = mapped_column(ForeignKey("manhole.id"))
    from_manhole_code: Mapped[str | None] = col(
        _l("Từ bể cáp (mã)"), max_length=60, group="kind", aliases=("tu be", "be dau", "start id")
    )
    to_manhole_code: Mapped[str | None] = col(
        _l("Đến bể cáp (mã)"),
        max_length=60,
        group="kind",
        aliases=("den be", "be cuoi", "end id"),
    )
    bore_count: Mapped[int] = col(
        _l("Số ống"),
        unit=PIECE,
        min=1,
        max=200,
        required=True,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("so ong", "so luong ong"),
    )
    bore_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ống"),
        unit=MM,
        min=10,
        max=2000,
        group="kind",
        aliases=("duong kinh", "duong kinh ong"),
    )
    bore_inner_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính trong của ống"),
        unit=MM,
        min=5,
        max=2000,
        group="kind",
        hint=_l("Dùng để tính tỷ lệ chiếm chỗ; để trống thì lấy đường kính ống trừ bề dày thành ống."),
        aliases=("duong kinh trong", "duong kinh trong cua ong", "inner diameter"),
    )
    duct_material: Mapped[DuctMaterial | None] = col(
        _l("Vật liệu ống"), choices=DuctMaterial, group="kind", aliases=("vat lieu",)
    )
    subduct_count: Mapped[int | None] = col(_l("Số ống con"), unit=PIECE, min=0, max=1000, group="kind")
    cover_depth_m: Mapped[Metres | None] = col(
        _l("Chiều sâu chôn ống"),
        unit=M,
        min=0,
        max=20,
        group="kind",
        aliases=("do sau", "chieu sau"),
    )
    stated_length_m: Mapped[Metres | None] = col(
        _l("Chiều dài theo hồ sơ"),
        unit=M,
        min=0,
        max=100000,
        group="kind",
        aliases=("chieu dai",),
    )

    __table_args__: Any = (
        CheckConstraint("bore_count BETWEEN 1 AND 200", name="bores"),
        CheckConstraint("bore_diameter_mm BETWEEN 10 AND 2000", name="diameter"),
        CheckConstraint("bore_inner_diameter_mm BETWEEN 5 AND 2000", name="inner_diameter"),
        CheckConstraint(
            "from_manhole_id IS NULL OR from_manhole_id <> to_manhole_id",
            name="two_manholes",
        ),
        Index(None, "from_manhole_id"),
        Index(None, "to_manhole_id"),
    )


#: Share by which measured and stated length may differ without a warning (planning default).
_LENGTH_TOLERANCE = Decimal("0.2")
#: Beyond this ratio and this difference in metres it is the length of something else.
_OTHER_LENGTH, _OTHER_LENGTH_M = 3, 100


@suspects(lambda v, _context: func.code_key(v["from_manhole_code"]) == func.code_key(v["to_manhole_code"]))
def two_ends(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A duct runs between two different manholes."""
    start, end = values.get("from_manhole_code"), values.get("to_manhole_code")
    if not start or not end or code_key(start) != code_key(end):
        return []
    sentence = _(
        "Bể đầu và bể cuối cùng là “%(code)s”; cống cáp phải nối hai bể khác nhau.",
        code=start,
    )
    return [ValueProblem("to_manhole_code", sentence)]


@suspects(lambda v, _context: v["stated_length_m"].is_not(None) & v["drawn_length_m"].is_not(None))
def length_as_drawn(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """The stated length is near the length on the map: a warning, and refused where it is another length altogether."""
    stated, drawn = values.get("stated_length_m"), values.get("drawn_length_m")
    if not stated or not drawn or abs(stated - drawn) <= stated * _LENGTH_TOLERANCE:
        return []
    if abs(stated - drawn) > _OTHER_LENGTH_M and max(stated, drawn) > _OTHER_LENGTH * min(stated, drawn):
        sentence = _(
            "Chiều dài theo hồ sơ %(stated)s m không thể là của cống dài %(drawn)s m trên bản đồ; hãy sửa chiều dài"
            " hoặc đường vẽ.",
            stated=format_number(stated),
            drawn=format_number(round(drawn)),
        )
        return [ValueProblem("stated_length_m", sentence)]
    sentence = _(
        "Chiều dài theo hồ sơ %(stated)s m khác chiều dài trên bản đồ %(drawn)s m quá 20%%.",
        stated=format_number(stated),
        drawn=format_number(round(drawn)),
    )
    return [ValueProblem("stated_length_m", sentence, blocks=False)]


@suspects(lambda v, _context: v["bore_inner_diameter_mm"] >= v["bore_diameter_mm"])
def inner_within_outer(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A bore is narrower inside than outside."""
    outer, inner = values.get("bore_diameter_mm"), values.get("bore_inner_diameter_mm")
    if outer is None or inner is None or inner < outer:
        return []
    sentence = _(
        "Đường kính trong %(inner)s mm không nhỏ hơn đường kính ống %(outer)s mm; hãy kiểm tra lại hai số.",
        inner=format_number(inner),
        outer=format_number(outer),
    )
    return [ValueProblem("bore_inner_diameter_mm", sentence)]


RULES = (two_ends, length_as_drawn, inner_within_outer)
KIND = Kind(
    code="cable_duct",
    label=_l("Cống cáp (ống cáp)"),
    prefix="CCA",
    shape=Shape.LINE,
    model=CableDuct,
    rules=RULES,
    place=PlaceTemplate(_l("Ống"), PIECE, "bore"),
    street_act=StreetAct.DIG,
    hosting=Hosting.PULLED_CABLES,
    example={
        "name": "Cống cáp Lê Hoàn 01-02",
        "own_code": "CC-0102",
        "bore_count": "4",
        "bore_diameter_mm": "110",
        "duct_material": "pvc",
        "cover_depth_m": "0,7",
        "sharing_status": "available",
        "status": "active",
    },
    icon="cable",
    ofds_type="duct",
    references=frozenset({"from_manhole_code", "to_manhole_code"}),
    length_fields=frozenset({"stated_length_m"}),
    junction="manhole",
    drawing=DrawingSpec(
        Picture.BORES,
        {
            "bores": "bore_count",
            "outer": "bore_diameter_mm",
            "inner": "bore_inner_diameter_mm",
            "sub_ducts": "subduct_count",
            "cover": "cover_depth_m",
        },
    ),
)
