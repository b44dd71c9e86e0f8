"""Works in streets that their owners announce: roads, power, lighting, water; where, from when to when, how deep."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Numeric, true
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.days import APPOINTED, RECENT, DayOrder
from registry.kernel.db.base import Base, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import M
from registry.streets.models import Street
from registry.workflow.models import Case, search_text_index


class StreetWorkKind(Choice):
    """What is built or repaired."""

    ROAD = "road", _l("Đường bộ, vỉa hè")
    POWER = "power", _l("Điện lực")
    LIGHTING = "lighting", _l("Chiếu sáng công cộng")
    WATER = "water", _l("Cấp nước")
    DRAINAGE = "drainage", _l("Thoát nước")
    OTHER = "other", _l("Công trình ngầm khác")


class StreetWorkState(Choice):
    """How far announced work has come."""

    ANNOUNCED = "announced", _l("Đã thông báo")
    POSTPONED = "postponed", _l("Đã lùi thời gian")
    IN_WORK = "in_work", _l("Đang thi công")
    FINISHED = "finished", _l("Đã hoàn thành")
    CANCELLED = "cancelled", _l("Đã hủy")


#: States of work that is still to be done or goes on.
GOING_ON = (StreetWorkState.ANNOUNCED, StreetWorkState.POSTPONED, StreetWorkState.IN_WORK)


@versioned
class StreetWork(Case, Base):
    """One announced work along a line."""

    __tablename__ = "street_work"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[StreetWorkState] = mapped_column(choice_type(StreetWorkState))
    #: The office or organisation that announces its work.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The commune on the day of the announcement with the longest part of the line in it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    #: The street of the register that was named; None for a line that was drawn without one.
    street_id: Mapped[int | None] = mapped_column(ForeignKey(Street.id))
    kind: Mapped[StreetWorkKind] = col(_l("Loại công việc"), choices=StreetWorkKind, required=True)
    work: Mapped[str] = col(
        _l("Tên công việc"), max_length=200, required=True, hint=_l("Ví dụ: thay ống cấp nước D200 đường Lê Lợi.")
    )
    from_place: Mapped[str | None] = col(
        _l("Điểm đầu"), max_length=200, hint=_l("Nút giao hoặc “đầu đường”; để trống cả hai điểm khi là cả tuyến.")
    )
    to_place: Mapped[str | None] = col(_l("Điểm cuối"), max_length=200)
    starts_on: Mapped[date] = col(_l("Dự kiến bắt đầu"), span=APPOINTED, required=True)
    ends_on: Mapped[date] = col(_l("Dự kiến hoàn thành"), span=APPOINTED, required=True)
    is_dug: Mapped[bool] = col(_l("Có đào đường, vỉa hè"), required=True)
    width_m: Mapped[Decimal | None] = col(
        _l("Bề rộng đào"), unit=M, min="0.1", max=50, decimals=2, type_=Numeric(5, 2), hint=_l("Chỉ khi có đào.")
    )
    depth_m: Mapped[Decimal | None] = col(
        _l("Chiều sâu đào"), unit=M, min="0.1", max=30, decimals=2, type_=Numeric(5, 2), hint=_l("Chỉ khi có đào.")
    )
    contact_name: Mapped[str] = col(_l("Người liên hệ"), max_length=120, required=True)
    contact_phone: Mapped[str] = col(_l("Điện thoại liên hệ"), max_length=40, required=True)
    note: Mapped[str | None] = col(
        _l("Nội dung phối hợp"),
        multiline=True,
        hint=_l("Ví dụ: nhận đăng ký đặt ống chung đến hết ngày 15/01; cần di dời cột số 12."),
    )
    shape: Mapped[Any] = deferred(
        mapped_column(Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False)
    )
    started_on: Mapped[date | None] = col(_l("Ngày bắt đầu thực tế"), span=RECENT)
    finished_on: Mapped[date | None] = col(_l("Ngày hoàn thành thực tế"), span=RECENT)

    DAY_ORDERS = (DayOrder("starts_on", "ends_on"), DayOrder("started_on", "finished_on"))
    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint(
            "char_length(btrim(work)) > 0 AND char_length(btrim(contact_name)) > 0"
            " AND char_length(btrim(contact_phone)) > 0",
            name="described",
        ),
        CheckConstraint("ends_on >= starts_on AND finished_on >= started_on", name="days"),
        CheckConstraint("is_dug OR num_nonnulls(width_m, depth_m) = 0", name="dug"),
        CheckConstraint("width_m > 0 AND depth_m > 0", name="measures"),
        CheckConstraint("state NOT IN ('in_work', 'finished') OR started_on IS NOT NULL", name="started"),
        CheckConstraint("(state = 'finished') = (finished_on IS NOT NULL)", name="finished"),
        CheckConstraint("(from_place IS NULL) = (to_place IS NULL)", name="ends"),
        CheckConstraint("ST_IsValid(shape) AND NOT ST_IsEmpty(shape)", name="placed"),
        # The same work of an organisation is announced once, also by two posts at one instant.
        Index(
            "uq_street_work_open",
            "organisation_id",
            "work",
            "starts_on",
            unique=True,
            postgresql_where="state IN ('announced', 'postponed', 'in_work')",
        ),
        Index(None, "unit_id", "state"),
        Index(None, "street_id"),
        Index(None, "state", "ends_on"),
        Index(None, "shape", postgresql_using="gist"),
        search_text_index("street_work"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no announced work is restricted."""
        return true()
