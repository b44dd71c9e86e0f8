"""Table of the delegations of heads of offices to their deputies."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import PAPER, DayOrder, DaySpan
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.violations.codes import Authority, DelegatedPower, Sector

#: A delegation is for a term of office at most.
_IN_FORCE: Final = DaySpan(back=10, ahead=6)
DAY_ORDERS: Final = (DayOrder("signed_on", "valid_from"), DayOrder("valid_from", "valid_to"))
#: The fields of a new delegation, besides its powers and fields of law.
NEW_DELEGATION: Final = (
    *("delegator_name", "deputy_name", "deputy_post", "number", "signed_on", "valid_from", "valid_to", "scope"),
)


@versioned
class ViolationDelegation(Base):
    """The head of an office lets a deputy sanction or enforce, by a paper with a term (Đ54, Đ87); not passed on."""

    __tablename__ = "violation_delegation"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    authority: Mapped[Authority] = mapped_column(choice_type(Authority))
    delegator_name: Mapped[str] = col(_l("Người giao quyền"), max_length=200, required=True, hint=_l("Họ và tên."))
    deputy_name: Mapped[str] = col(_l("Cấp phó được giao quyền"), max_length=200, required=True, hint=_l("Họ và tên."))
    deputy_post: Mapped[str] = col(
        _l("Chức vụ của cấp phó"), max_length=200, required=True, hint=_l("Ví dụ: Phó Chủ tịch UBND phường Hạc Thành.")
    )
    #: Codes of `DelegatedPower` and `Sector`; at least one of each.
    powers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sectors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    number: Mapped[str] = col(_l("Số văn bản giao quyền"), max_length=100, required=True, hint=_l("Ví dụ: 12/QĐ-GQXP."))
    signed_on: Mapped[date] = col(_l("Ngày ký văn bản"), span=PAPER, required=True)
    valid_from: Mapped[date] = col(_l("Giao quyền từ ngày"), span=_IN_FORCE, required=True)
    valid_to: Mapped[date] = col(
        _l("Giao quyền đến hết ngày"), span=_IN_FORCE, required=True, hint=_l("Văn bản phải ghi thời hạn giao quyền.")
    )
    scope: Mapped[str | None] = col(
        _l("Nội dung khác của văn bản"), max_length=1000, multiline=True, hint=_l("Ví dụ: khi Chủ tịch vắng mặt.")
    )
    #: The last day of one that ended before its term, and why.
    ended_on: Mapped[date | None] = col(_l("Còn hiệu lực đến hết ngày"), span=_IN_FORCE)
    end_reason: Mapped[str | None] = col(
        _l("Căn cứ chấm dứt"),
        max_length=500,
        multiline=True,
        hint=_l("Số, ngày của quyết định chấm dứt giao quyền; lý do."),
    )

    __table_args__ = (
        UniqueConstraint("organisation_id", "number", "signed_on", "deputy_name", name="uq_violation_delegation_paper"),
        CheckConstraint("valid_from >= signed_on AND valid_to >= valid_from", name="period"),
        CheckConstraint("ended_on BETWEEN valid_from AND valid_to", name="ended"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="ended_whole"),
        CheckConstraint("cardinality(powers) > 0 AND cardinality(sectors) > 0", name="granted"),
        CheckConstraint(f"powers <@ ARRAY[{', '.join(repr(power.value) for power in DelegatedPower)}]", name="powers"),
        CheckConstraint(f"sectors <@ ARRAY[{', '.join(repr(sector.value) for sector in Sector)}]", name="sectors"),
    )

    @property
    def last_on(self) -> date:
        """The last day on which the deputy may sign."""
        return self.valid_to if self.ended_on is None else min(self.ended_on, self.valid_to)
