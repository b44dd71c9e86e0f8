"""The tables of offered sites and of requests for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from registry.kernel.days import APPOINTED
from registry.kernel.db.base import Base, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.offered_sites.codes import OfferedSiteKind, OfferedSiteState, SiteRequestState
from registry.structures.models import AtPoint
from registry.workflow.models import Case, search_text_index


@versioned
class OfferedSite(AtPoint, Case, Base):
    """A roof, a piece of land, a building or a post that an office offers, with its terms."""

    __tablename__ = "offered_site"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[OfferedSiteState] = mapped_column(choice_type(OfferedSiteState))
    #: The office that offers it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Commune of the place on the day of the offer.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    kind: Mapped[OfferedSiteKind] = col(_l("Loại địa điểm"), choices=OfferedSiteKind, required=True)
    name: Mapped[str] = col(
        _l("Tên địa điểm"), max_length=200, required=True, hint=_l("Ví dụ: mái nhà văn hóa phường Hạc Thành.")
    )
    address: Mapped[str | None] = col(_l("Địa chỉ"), max_length=300)
    room: Mapped[str] = col(
        _l("Diện tích, khả năng bố trí"),
        max_length=300,
        required=True,
        hint=_l("Ví dụ: 40 m² mái bằng, chịu tải 3 kN/m², đặt được hai cột A1."),
    )
    terms: Mapped[str] = col(
        _l("Điều kiện sử dụng"),
        multiline=True,
        required=True,
        hint=_l("Thời hạn, giá hoặc cách xác định giá, điện, ra vào, hoàn trả."),
    )
    decision_number: Mapped[str] = col(
        _l("Văn bản cho phép"), max_length=200, required=True, hint=_l("Số, ngày, cơ quan; đính kèm tệp.")
    )

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("char_length(btrim(name)) > 0 AND char_length(btrim(terms)) > 0", name="described"),
        CheckConstraint("ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)", name="place_point_sound"),
        Index(None, "organisation_id", "state"),
        Index(None, "unit_id"),
        Index("ix_offered_site_place_point_m", "place_point_m", postgresql_using="gist"),
        search_text_index("offered_site"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no site is restricted."""
        return true()


@versioned
class SiteRequest(Case, Base):
    """What an organisation wants to put on an offered site, and the answer of its office."""

    __tablename__ = "site_request"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "office": "office_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[SiteRequestState] = mapped_column(choice_type(SiteRequestState))
    #: Who asks.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey(OfferedSite.id))
    #: The office of the site.
    office_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    purpose: Mapped[str] = col(
        _l("Mục đích, thiết bị lắp đặt"),
        multiline=True,
        required=True,
        hint=_l("Ví dụ: trạm 5G, một cột A1 cao 3 m, tủ 0,6 × 0,6 m."),
    )
    wanted_from: Mapped[date] = col(_l("Sử dụng từ ngày"), span=APPOINTED, required=True)
    answered_at: Mapped[datetime | None] = col(_l("Trả lời lúc"))
    answer: Mapped[str | None] = col(_l("Nội dung trả lời"), multiline=True)
    #: Last day of the use that was granted.
    granted_until: Mapped[date | None] = col(_l("Được sử dụng đến hết ngày"), span=APPOINTED)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("office_id <> organisation_id", name="other_office"),
        CheckConstraint("char_length(btrim(purpose)) > 0", name="purposed"),
        CheckConstraint("(state IN ('granted', 'refused')) = (answered_at IS NOT NULL)", name="answered"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_whole"),
        CheckConstraint("(state = 'granted') = (granted_until IS NOT NULL)", name="granted"),
        CheckConstraint("granted_until >= wanted_from", name="days"),
        Index(None, "organisation_id", "state"),
        Index(None, "office_id", "state"),
        Index(
            "uq_site_request_open",
            "site_id",
            "organisation_id",
            unique=True,
            postgresql_where=text("state IN ('sent', 'overdue')"),
        ),
        search_text_index("site_request"),
    )
