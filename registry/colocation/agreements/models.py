"""The agreement of two sides on the granted items, and the as-built report of each item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.colocation.codes import PricePeriod
from registry.kernel.days import PAPER, DayOrder, DaySpan
from registry.kernel.db.base import Base, BigId, Choice, Dong, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import VND, M
from registry.workflow.models import Case, search_text_index

AGREEMENT_CODE: Final = "agreement"


class AgreementState(Choice):
    """State of an agreement (DOMAIN 6, request_state from `contracting` on)."""

    CONTRACTING = "contracting", _l("Đang lập hợp đồng")
    PROPOSED = "proposed", _l("Chờ bên sử dụng xác nhận hợp đồng")
    CONTRACTED = "contracted", _l("Đã ký hợp đồng")
    INSTALLING = "installing", _l("Đang lắp đặt")
    INSTALLED = "installed", _l("Chờ xác nhận lắp đặt")
    ACTIVE = "active", _l("Đang sử dụng")
    ENDING = "ending", _l("Đã báo chấm dứt trước hạn")
    DISPUTED = "disputed", _l("Đang tranh chấp")
    PRICE_CONSULTATION = "price_consultation", _l("Hiệp thương giá")
    REMOVING = "removing", _l("Đang tháo dỡ")
    REMOVAL_REPORTED = "removal_reported", _l("Chờ xác nhận tháo dỡ")
    REMOVAL_OVERDUE = "removal_overdue", _l("Quá hạn tháo dỡ")
    TERMINATED = "terminated", _l("Đã chấm dứt")
    EXPIRED = "expired", _l("Hết hạn giữ chỗ")


class AgreementSide(Choice):
    """The two parties of an agreement."""

    OWNER = "owner", _l("Chủ sở hữu")
    REQUESTER = "requester", _l("Bên sử dụng")


class EndingGround(Choice):
    """Grounds on which one side may end a contract alone (Bộ luật Dân sự 2015 Đ428.1; verify)."""

    BREACH = "breach", _l("Bên còn lại vi phạm nghiêm trọng nghĩa vụ trong hợp đồng")
    CLAUSE = "clause", _l("Hai bên đã thỏa thuận trong hợp đồng")
    LAW = "law", _l("Pháp luật có quy định")


@versioned
class ColocationAgreement(Case, Base):
    """An agreement with its minimum contract content (QĐ 72/2025/QĐ-UBND Bắc Ninh Đ11.4)."""

    __tablename__ = "colocation_agreement"
    SIDES: ClassVar[dict[str, str]] = {"owner": "owner_organisation_id", "requester": "requester_organisation_id"}
    AREA: ClassVar[str | None] = None
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (
        DayOrder("signed_on", "starts_on"),
        DayOrder("starts_on", "ends_on", is_strict=True),
        DayOrder("starts_on", "installed_on"),
        DayOrder("installed_on", "removed_on"),
    )
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"installed_on": _l("Lắp xong ngày"), "removed_on": _l("Tháo xong ngày")}
    )

    state: Mapped[AgreementState] = mapped_column(choice_type(AgreementState))
    request_id: Mapped[int] = mapped_column(ForeignKey("colocation_request.id"), unique=True)
    requester_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    owner_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    is_defence: Mapped[bool]
    #: Start of the reservation; its term runs from here.
    reserved_at: Mapped[datetime]
    contract_number: Mapped[str | None] = col(_l("Số hợp đồng"), max_length=100)
    signed_on: Mapped[date | None] = col(_l("Ngày ký"), span=PAPER)
    starts_on: Mapped[date | None] = col(_l("Hiệu lực từ ngày"), span=DaySpan(back=10, ahead=40))
    ends_on: Mapped[date | None] = col(_l("Hiệu lực đến hết ngày"), span=DaySpan(back=10, ahead=100))
    price_vnd: Mapped[Dong | None] = col(
        _l("Giá thuê, chưa gồm thuế"),
        unit=VND,
        min=0,
        max=10**12,
        decimals=0,
        hint=_l("Cho toàn bộ công trình của hợp đồng; quốc phòng, an ninh dùng phục vụ nhiệm vụ: 0."),
    )
    price_period: Mapped[PricePeriod | None] = col(_l("Kỳ tính giá"), choices=PricePeriod)
    payment: Mapped[str | None] = col(_l("Thanh toán"), multiline=True)
    technical_conditions: Mapped[str | None] = col(_l("Điều kiện kỹ thuật"), multiline=True)
    duties: Mapped[str | None] = col(_l("Trách nhiệm của mỗi bên"), multiline=True)
    access: Mapped[str | None] = col(_l("Ra vào, giờ bảo trì"), multiline=True)
    liability: Mapped[str | None] = col(_l("Bồi thường, bảo hiểm"), multiline=True)
    termination: Mapped[str | None] = col(_l("Chấm dứt, tháo dỡ thiết bị"), multiline=True)
    dispute_clause: Mapped[str | None] = col(_l("Giải quyết tranh chấp"), multiline=True)
    sublease: Mapped[str | None] = col(
        _l("Đồng ý cho thuê lại"),
        multiline=True,
        hint=_l("Ghi phạm vi và bên được thuê lại; để trống là không cho thuê lại."),
    )
    #: Number of the last agreed annex; the contract keeps its own number.
    annex_number: Mapped[str | None]
    #: The open renewal proposal: side, annex, last day, price if it changes.
    renewal_by: Mapped[AgreementSide | None] = mapped_column(choice_type(AgreementSide))
    renewal_number: Mapped[str | None]
    renewal_ends_on: Mapped[date | None]
    renewal_price_vnd: Mapped[Dong | None]
    #: The proposed rent of each item by its id, where the contract has such lines.
    renewal_lines: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: The open correction proposal: side, values by field, reason.
    correction_by: Mapped[AgreementSide | None] = mapped_column(choice_type(AgreementSide, name="correction_side"))
    correction: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    correction_reason: Mapped[str | None]
    #: The open proposal to end the contract by agreement: side and reason.
    ending_by: Mapped[AgreementSide | None] = mapped_column(choice_type(AgreementSide, name="ending_side"))
    ending_reason: Mapped[str | None]
    #: The notice by which one side ends the contract alone: side, legal ground, facts.
    notice_by: Mapped[AgreementSide | None] = mapped_column(choice_type(AgreementSide, name="notice_side"))
    notice_ground: Mapped[EndingGround | None] = mapped_column(choice_type(EndingGround))
    notice_reason: Mapped[str | None]
    installed_on: Mapped[date | None]
    removed_on: Mapped[date | None]
    #: State in which the last dispute was raised, to return to it.
    disputed_from: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("requester_organisation_id <> owner_organisation_id", name="two_parties"),
        CheckConstraint("ends_on > starts_on", name="period"),
        CheckConstraint("price_vnd >= 0 AND (NOT is_defence OR price_vnd = 0)", name="price"),
        CheckConstraint("NOT is_defence OR sublease IS NULL", name="defence_sublets_nothing"),
        CheckConstraint(
            "state NOT IN ('contracted', 'installing', 'installed', 'active', 'ending') OR (contract_number IS NOT NULL"
            " AND signed_on IS NOT NULL AND starts_on IS NOT NULL AND ends_on IS NOT NULL AND price_vnd IS NOT NULL"
            " AND price_period IS NOT NULL AND technical_conditions IS NOT NULL AND duties IS NOT NULL)",
            name="complete_if_contracted",
        ),
        CheckConstraint("state NOT IN ('installed', 'active', 'ending') OR installed_on IS NOT NULL", name="installed"),
        # Without an installation there is nothing to remove.
        CheckConstraint(
            "state NOT IN ('removal_reported', 'terminated') OR removed_on IS NOT NULL"
            " OR (state = 'terminated' AND installed_on IS NULL)",
            name="removed",
        ),
        CheckConstraint(
            "CASE WHEN renewal_by IS NULL"
            " THEN num_nonnulls(renewal_number, renewal_ends_on, renewal_price_vnd, renewal_lines) = 0"
            " ELSE state = 'active' AND num_nulls(renewal_number, renewal_ends_on) = 0"
            " AND renewal_ends_on > ends_on END",
            name="renewal",
        ),
        CheckConstraint("renewal_price_vnd >= 0 AND (NOT is_defence OR renewal_price_vnd = 0)", name="renewal_price"),
        CheckConstraint(
            "num_nulls(correction_by, correction, correction_reason) IN (0, 3)"
            " AND (correction_by IS NULL OR state IN ('contracted', 'installing', 'installed', 'active'))",
            name="correction",
        ),
        CheckConstraint(
            "num_nulls(ending_by, ending_reason) IN (0, 2)"
            " AND (ending_by IS NULL OR state IN ('contracted', 'installing', 'installed', 'active'))",
            name="ending",
        ),
        CheckConstraint(
            "num_nulls(notice_by, notice_ground, notice_reason) IN (0, 3)"
            " AND (state <> 'ending' OR notice_by IS NOT NULL)",
            name="notice",
        ),
        CheckConstraint(
            "state NOT IN ('disputed', 'price_consultation') OR disputed_from IS NOT NULL", name="disputed_from"
        ),
        Index(None, "requester_organisation_id", "state"),
        Index(None, "owner_organisation_id", "state"),
        search_text_index("colocation_agreement"),
    )

    @classmethod
    def is_filed_rule(cls) -> ColumnElement[bool]:
        """Always visible to both sides and the department: it follows from a filed request."""
        return true()

    @property
    def no_removal(self) -> bool:
        """Nothing may be removed during a dispute (DOMAIN S7-6)."""
        return self.state in (AgreementState.DISPUTED, AgreementState.PRICE_CONSULTATION)


@versioned
class AsBuilt(Base):
    """What was installed on one structure; the owner confirms what the register takes over."""

    __tablename__ = "colocation_as_built"

    id: Mapped[BigId]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("colocation_agreement.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("colocation_item.id"))
    equipment: Mapped[str | None] = col(_l("Thiết bị thực tế lắp"), max_length=200)
    attach_height_m: Mapped[Metres | None] = col(_l("Cao độ lắp thực tế"), unit=M, min=0, max=400)
    #: As typed; converted when the owner confirms it.
    position: Mapped[str | None] = col(
        _l("Tọa độ thực tế của công trình"),
        max_length=200,
        hint=_l("Chỉ khi vị trí thực tế khác vị trí trong cơ sở dữ liệu; ví dụ 19.80712, 105.77651."),
    )
    reported_at: Mapped[datetime]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: When the owner confirmed it for the register.
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("agreement_id", "item_id"),
        CheckConstraint("attach_height_m >= 0", name="height"),
    )
