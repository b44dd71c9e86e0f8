"""A telecom cable from end to end: its type, whether it is aerial or underground, whether it is in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_, case, func
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import EQUIPPED, DayOrder
from registry.kernel.db.base import Choice, KilogramsPerMetre, Metres, Millimetres
from registry.kernel.db.history import versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.kernel.units import KG_M, MM, PIECE, M
from registry.streets.rule_models import StreetAct
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds.kind import (
    DrawingSpec,
    Kind,
    Picture,
    PlaceTemplate,
    Relation,
    RelationEnd,
    RuleContext,
    Shape,
    ValueProblem,
    Values,
)
from registry.structures.kinds.ordered_days import ordered_days
from registry.structures.kinds.prefiltered import suspects
from registry.structures.models import Structure


class CableKind(Choice):
    """Material of the cable."""

    FIBRE = "fibre", _l("Cáp quang")
    COPPER = "copper", _l("Cáp đồng")
    COAXIAL = "coaxial", _l("Cáp đồng trục")


class Laying(Choice):
    """Aerial or underground."""

    AERIAL = "aerial", _l("Đi treo")
    UNDERGROUND = "underground", _l("Đi ngầm")
    MIXED = "mixed", _l("Vừa treo vừa ngầm")


@versioned
class CableRoute(Structure):
    """A telecom cable of one owner; cable_member lists the structures that carry it, in order."""

    __tablename__ = "cable_route"
    __mapper_args__: Any = {"polymorphic_identity": "cable_route"}

    id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    cable_kind: Mapped[CableKind] = col(
        _l("Loại cáp"),
        choices=CableKind,
        required=True,
        filter=FilterKind.CHOICE,
        group="kind",
        aliases=("loai cap", "chung loai cap", "chung loai", "cable type", "transmissionmedium", "transmission medium"),
    )
    fibre_count: Mapped[int | None] = col(
        _l("Số sợi quang"),
        min=1,
        max=10000,
        filter=FilterKind.RANGE,
        group="kind",
        aliases=("so soi", "so soi quang", "dung luong cap", "so fo", "fibre count", "fiber count"),
    )
    lit_fibre_count: Mapped[int | None] = col(
        _l("Số sợi đang dùng"),
        min=0,
        max=10000,
        group="kind",
        aliases=("so soi dang dung", "so soi da dung", "soi su dung", "lit fibres"),
    )
    outer_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ngoài của cáp"),
        unit=MM,
        min="0.5",
        max=200,
        group="kind",
        hint=_l("Dùng để tính chỗ còn lại trong ống và tải trọng gió lên cáp khi có đề nghị dùng chung."),
        aliases=("duong kinh cap", "duong kinh ngoai"),
    )
    mass_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Khối lượng cáp trên mét"), unit=KG_M, min="0.001", max=100, group="kind", aliases=("khoi luong cap",)
    )
    laying: Mapped[Laying | None] = col(
        _l("Cách đi cáp"),
        choices=Laying,
        filter=FilterKind.CHOICE,
        group="kind",
        hint=_l("Để trống thì lấy theo các công trình mà cáp đi qua."),
        aliases=("treo ngam", "hinh thuc di cap", "phuong thuc lap dat", "cach di cap", "treo hay ngam", "deployment"),
    )
    underground_m: Mapped[Metres | None] = col(
        _l("Chiều dài đi ngầm"),
        unit=M,
        min=0,
        max=1000000,
        group="kind",
        hint=_l("Chỉ ghi khi cáp vừa treo vừa ngầm."),
        aliases=("chieu dai ngam", "chieu dai di ngam"),
    )
    installed_on: Mapped[date | None] = col(
        _l("Ngày lắp đặt"),
        span=EQUIPPED,
        group="life",
        aliases=("ngay lap dat", "ngay treo", "nam lap dat", "ngay keo cap"),
    )
    #: `installed_on` is then the first day of the year.
    installed_year_only: Mapped[bool | None] = col(_l("Chỉ biết năm lắp đặt"), group="life")
    removed_on: Mapped[date | None] = col(
        _l("Ngày tháo dỡ"),
        span=EQUIPPED,
        group="life",
        hint=_l("Khi ghi ngày này, trạng thái là “Đã tháo dỡ”."),
        aliases=("ngay thao do", "ngay thu hoi", "ngay ha cap"),
    )
    dead_flag: Mapped[bool | None] = col(
        _l("Cáp chết"),
        filter=FilterKind.FLAG,
        group="life",
        hint=_l("Không còn dùng mà chưa thu hồi; trạng thái khi đó là “Ngừng khai thác”."),
        aliases=("cap chet", "cap khong su dung", "cap bo", "dead"),
    )
    dead_on: Mapped[date | None] = col(
        _l("Ngày xác định cáp chết"),
        span=EQUIPPED,
        group="life",
        aliases=("ngay cap chet", "ngay xac dinh cap chet"),
    )
    dead_evidence: Mapped[str | None] = col(
        _l("Căn cứ xác định cáp chết"), max_length=500, group="life", aliases=("can cu cap chet", "bien ban cap chet")
    )

    __table_args__: Any = (
        CheckConstraint("fibre_count BETWEEN 1 AND 10000", name="fibres"),
        CheckConstraint("lit_fibre_count BETWEEN 0 AND fibre_count", name="lit_fibres"),
        CheckConstraint("cable_kind = 'fibre' OR fibre_count IS NULL", name="fibres_of_fibre"),
        CheckConstraint("fibre_count IS NOT NULL OR lit_fibre_count IS NULL", name="lit_of_fibres"),
        CheckConstraint("underground_m IS NULL OR (laying IS NOT NULL AND laying = 'mixed')", name="underground_part"),
        CheckConstraint("underground_m >= 0", name="underground"),
        CheckConstraint("outer_diameter_mm > 0 AND mass_kg_m > 0", name="size"),
        CheckConstraint("removed_on >= installed_on", name="removed_after_installed"),
        CheckConstraint("dead_on >= installed_on AND dead_on <= removed_on", name="dead_between"),
        CheckConstraint(
            "coalesce(dead_flag, false) = (dead_on IS NOT NULL)"
            " AND coalesce(dead_flag, false) = (dead_evidence IS NOT NULL)",
            name="dead_has_day_and_evidence",
        ),
        # Dead cables are few and often searched for.
        Index("ix_cable_route_dead", "id", postgresql_where="dead_flag"),
    )


#: Stated lengths are rounded to whole metres.
_ROUNDING_M: Final = 1
_IN_USE: Final = (Status.ACTIVE, Status.SUSPENDED)
_NOT_YET: Final = (Status.PLANNED, Status.BUILDING)


def settled(values: Values) -> dict[str, Any]:
    """The values with derived ones: a day of removal means removed, a dead cable is decommissioned; no cable is shared.

    An unstated flag stays unstated. `settled_columns` is the same in SQL.
    """
    settled_values = dict(values)
    if settled_values.get("sharing_status") == SharingStatus.NOT_ASSESSED:
        settled_values["sharing_status"] = SharingStatus.NOT_APPLICABLE
    status = settled_values.get("status")
    if settled_values.get("removed_on") and status not in _NOT_YET:
        settled_values["status"] = Status.REMOVED
    elif settled_values.get("dead_flag") and status in _IN_USE:
        settled_values["status"] = Status.DECOMMISSIONED
    return settled_values


@suspects(lambda v, _context: v["fibre_count"].is_not(None) | v["lit_fibre_count"].is_not(None))
def fibres(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """Only a fibre cable has fibres, and not more are lit than there are."""
    kind, count, lit = values.get("cable_kind"), values.get("fibre_count"), values.get("lit_fibre_count")
    if kind is not None and kind != CableKind.FIBRE and count is not None:
        sentence = _(
            "Số sợi quang %(count)d không hợp với “%(kind)s”; chỉ cáp quang có sợi quang.",
            count=count,
            kind=CableKind(kind).label,
        )
        return [ValueProblem("fibre_count", sentence)]
    if lit is not None and count is None:
        sentence = _("Số sợi đang dùng %(lit)d cần có số sợi quang của cáp.", lit=lit)
        return [ValueProblem("lit_fibre_count", sentence)]
    if lit is not None and count is not None and lit > count:
        sentence = _(
            "Số sợi đang dùng %(lit)d lớn hơn số sợi quang %(count)d; hãy kiểm tra lại hai số.", lit=lit, count=count
        )
        return [ValueProblem("lit_fibre_count", sentence)]
    return []


@suspects(lambda v, _context: (v["laying"] == Laying.MIXED) | v["underground_m"].is_not(None))
def underground_part(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """The length underground is stated of a partly underground cable, and only of such a one."""
    laying, metres = values.get("laying"), values.get("underground_m")
    if laying == Laying.MIXED and metres is None:
        sentence = _("Cáp “Vừa treo vừa ngầm” cần chiều dài đi ngầm, tính bằng mét.")
        return [ValueProblem("underground_m", sentence)]
    if laying != Laying.MIXED and metres is not None:
        sentence = _(
            "Chiều dài đi ngầm %(metres)s m chỉ ghi khi cách đi cáp là “Vừa treo vừa ngầm”.",
            metres=format_number(metres),
        )
        return [ValueProblem("underground_m", sentence)]
    drawn = values.get("drawn_length_m")
    if metres is not None and drawn is not None and metres > drawn + _ROUNDING_M:
        sentence = _(
            "Chiều dài đi ngầm %(metres)s m lớn hơn chiều dài tuyến cáp trên bản đồ (%(drawn)s m); cần không quá chiều"
            " dài đó.",
            metres=format_number(metres),
            drawn=format_number(round(drawn, 1)),
        )
        return [ValueProblem("underground_m", sentence)]
    return []


_DAYS: Final = ("installed_on", "dead_on", "removed_on")


@suspects(lambda v, context: reduce(or_, (v[name] > context.today for name in _DAYS)))
def days_not_to_come(values: Values, context: RuleContext) -> Sequence[ValueProblem]:
    """Installed, found dead and removed: not in the future."""
    return [
        ValueProblem(name, _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(day)))
        for name in _DAYS
        if (day := values.get(name)) is not None and day > context.today
    ]


IN_ORDER: Final = ordered_days(
    CableRoute,
    DayOrder("installed_on", "dead_on"),
    DayOrder("installed_on", "removed_on"),
    DayOrder("dead_on", "removed_on"),
    DayOrder("installed_on", "surveyed_on"),
    DayOrder("installed_on", "last_inspected_on"),
)


@suspects(lambda v, _context: v["dead_flag"].is_(True) | v["dead_on"].is_not(None) | v["dead_evidence"].is_not(None))
def dead_with_evidence(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A dead cable has a day and evidence; any other has neither."""
    required = {"dead_on": _("ngày xác định"), "dead_evidence": _("căn cứ (biên bản, khảo sát)")}
    if values.get("dead_flag"):
        return [
            ValueProblem(name, _("Cáp chết cần có %(what)s.", what=what))
            for name, what in required.items()
            if not values.get(name)
        ]
    return [
        ValueProblem(name, _("Chỉ ghi %(what)s khi “Cáp chết” là “Có”.", what=what))
        for name, what in required.items()
        if values.get(name)
    ]


@suspects(lambda v, _context: v["status"].in_([Status.REMOVED, *_NOT_YET]))
def status_fits(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
    """A removed cable has a day of removal; one that is not built yet was neither installed, dead nor removed."""
    status = values.get("status")
    if status == Status.REMOVED and not values.get("removed_on"):
        return [ValueProblem("removed_on", _("Cáp “Đã tháo dỡ” cần có ngày tháo dỡ."))]
    if status not in _NOT_YET:
        return []
    stated = [name for name in ("installed_on", "removed_on", "dead_flag") if values.get(name)]
    sentence = _(
        "Cáp ở trạng thái “%(status)s” chưa thể lắp đặt, tháo dỡ hay chết; hãy sửa trạng thái hoặc để trống mục này.",
        status=Status(status).label,
    )
    return [ValueProblem(name, sentence) for name in stated]


RULES = (fibres, underground_part, days_not_to_come, IN_ORDER, dead_with_evidence, status_fits)
_IN_USE_CODES: Final = (Status.ACTIVE.value, Status.SUSPENDED.value)
_NOT_YET_CODES: Final = (Status.PLANNED.value, Status.BUILDING.value)


def settled_columns(columns: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    """Status and sharing status as days and flag imply them; closed lists are compared as texts."""
    status, sharing = columns["status"], columns["sharing_status"]
    dead = func.coalesce(columns["dead_flag"], False)
    return {
        "status": case(
            (and_(columns["removed_on"].is_not(None), status.not_in(_NOT_YET_CODES)), Status.REMOVED.value),
            (and_(dead, status.in_(_IN_USE_CODES)), Status.DECOMMISSIONED.value),
            else_=status,
        ),
        "sharing_status": case(
            (sharing == SharingStatus.NOT_ASSESSED.value, SharingStatus.NOT_APPLICABLE.value), else_=sharing
        ),
    }


KIND = Kind(
    code="cable_route",
    label=_l("Tuyến cáp"),
    prefix="CAP",
    shape=Shape.LINE,
    model=CableRoute,
    rules=RULES,
    place=PlaceTemplate(_l("Sợi quang"), PIECE, "position"),
    street_act=StreetAct.HANG,
    street_act_when=("laying", frozenset({Laying.AERIAL, Laying.MIXED})),
    hosting=None,
    example={
        "name": "Cáp quang 24FO đường Quang Trung",
        "own_code": "CQ-0024",
        "cable_kind": "fibre",
        "fibre_count": "24",
        "lit_fibre_count": "12",
        "laying": "aerial",
        "installed_on": "15/06/2019",
        "dead_flag": "false",
        "sharing_status": "not_applicable",
        "status": "active",
    },
    icon="waypoints",
    # Plan, permit, land and sharing are those of the structures that carry the cable (Đ3.21, Đ3.22).
    leaves_out=frozenset(
        {
            "not_shareable_reason",
            "sharing_kind",
            "sharing_conditions",
            "max_users",
            "built_on",
            "built_year_only",
            "in_service_on",
            "in_service_year_only",
            "plan_conformity",
            "plan_item",
            "permit_regime",
            "permit_number",
            "permit_on",
            "land_kind",
            "land_contract",
        }
    ),
    sharing=(SharingStatus.NOT_APPLICABLE, SharingStatus.RESTRICTED),
    length_fields=frozenset({"underground_m"}),
    start_fields=("installed_on",),
    settled=settled,
    settled_columns=settled_columns,
    relations=(
        Relation(
            "members",
            _l("Các công trình mà cáp đi qua"),
            (
                "cac cong trinh cap di qua",
                "di qua",
                "tuyen cot",
                "danh sach cot",
                "cac cot",
                "cac be",
                "members",
                "route",
            ),
            (
                RelationEnd(
                    "members_first",
                    _l("Công trình đầu cáp (mã)"),
                    ("start id", "ma diem dau", "tu cot", "cot dau", "ma cot dau", "tu be", "be dau", "ma be dau"),
                ),
                RelationEnd(
                    "members_last",
                    _l("Công trình cuối cáp (mã)"),
                    ("end id", "ma diem cuoi", "den cot", "cot cuoi", "ma cot cuoi", "den be", "be cuoi", "ma be cuoi"),
                ),
            ),
        ),
    ),
    drawing=DrawingSpec(Picture.ROUTE, {"laying": "laying", "underground": "underground_m"}),
)
