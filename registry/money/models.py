"""The table of projects in public-private partnership (PPP)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import PAPER
from registry.kernel.db.base import Base, BigId, Choice, Dong
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import VND

#: Most đồng of a project: about the yearly budget of the province.
MOST_VND = 10**14
FIRST_YEAR, LAST_YEAR = 2000, 2100


class PppState(Choice):
    """How far a project has come."""

    PROPOSED = "proposed", _l("Đề xuất")
    PREPARING = "preparing", _l("Chuẩn bị dự án")
    APPROVED = "approved", _l("Đã phê duyệt")
    SELECTING = "selecting", _l("Lựa chọn nhà đầu tư")
    IN_WORK = "in_work", _l("Đang thực hiện")
    OPERATING = "operating", _l("Đã vận hành")
    STOPPED = "stopped", _l("Dừng, không thực hiện")


@versioned
class PppProject(Base):
    """One project; what it was before stands in its history, with the paper of each version."""

    __tablename__ = "ppp_project"

    id: Mapped[BigId]
    name: Mapped[str] = col(_l("Tên dự án"), max_length=300, required=True)
    code: Mapped[str | None] = col(_l("Mã dự án"), max_length=60)
    scope: Mapped[str] = col(
        _l("Quy mô, phạm vi"), multiline=True, required=True, hint=_l("Ví dụ: 12 km cống bể, 3 tuy nen tại phường …")
    )
    capital_vnd: Mapped[Dong] = col(_l("Tổng vốn đầu tư"), unit=VND, min=1, max=MOST_VND, decimals=0, required=True)
    state_vnd: Mapped[Dong | None] = col(
        _l("Vốn nhà nước tham gia"),
        unit=VND,
        min=0,
        max=MOST_VND,
        decimals=0,
        hint=_l("Để trống khi chưa xác định; ghi 0 khi không có."),
    )
    investor: Mapped[str | None] = col(_l("Nhà đầu tư"), max_length=200)
    state: Mapped[PppState] = col(_l("Trạng thái"), choices=PppState, required=True)
    starts_year: Mapped[int | None] = col(_l("Từ năm"), min=FIRST_YEAR, max=LAST_YEAR, type_=SmallInteger())
    ends_year: Mapped[int | None] = col(_l("Đến năm"), min=FIRST_YEAR, max=LAST_YEAR, type_=SmallInteger())
    source: Mapped[str] = col(
        _l("Văn bản làm căn cứ"), max_length=300, required=True, hint=_l("Ví dụ: Quyết định số 125/QĐ-UBND.")
    )
    source_on: Mapped[date] = col(_l("Ngày văn bản"), span=PAPER, required=True)
    note: Mapped[str | None] = col(_l("Ghi chú"), multiline=True)
    version: Mapped[int]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(
            "char_length(btrim(name)) > 0 AND char_length(btrim(scope)) > 0 AND char_length(btrim(source)) > 0",
            name="described",
        ),
        CheckConstraint("capital_vnd > 0 AND state_vnd >= 0 AND state_vnd <= capital_vnd", name="capital"),
        CheckConstraint("starts_year <= ends_year", name="years"),
        Index("uq_ppp_project_name", literal_column("fold(name)"), unique=True),
        Index(None, "state"),
    )


class PppProjectStreet(Base):
    """A street of the lists that a project builds; the link may be taken back."""

    __tablename__ = "ppp_project_street"

    project_id: Mapped[int] = mapped_column(ForeignKey(PppProject.id), primary_key=True)
    route_item_id: Mapped[int] = mapped_column(ForeignKey("route_item.id"), primary_key=True)
    linked_at: Mapped[datetime]
    linked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "route_item_id"),)
