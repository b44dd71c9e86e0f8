"""The tables of the library: documents with their versions, and who acknowledged which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, Text, and_, exists
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, aliased, mapped_column

from registry.authz.actors import Role
from registry.kernel.days import DayOrder
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class GuidanceKind(Choice):
    """What a document of the library is."""

    GUIDANCE = "guidance", _l("Văn bản hướng dẫn")
    FORM = "form", _l("Biểu mẫu")


class GuidanceField(Choice):
    """The field of a document: that of the department which publishes it."""

    TELECOM = "telecom", _l("Viễn thông, hạ tầng số")
    CONSTRUCTION = "construction", _l("Quy hoạch, xây dựng, giao thông")
    FINANCE = "finance", _l("Tài chính, tài sản công, đầu tư")
    ENERGY = "energy", _l("Công Thương, điện lực")


#: Department -> its field.
FIELDS_OF_ROLES: Final = {
    Role.LEAD_DEPARTMENT: GuidanceField.TELECOM,
    Role.CONSTRUCTION_DEPARTMENT: GuidanceField.CONSTRUCTION,
    Role.FINANCE_DEPARTMENT: GuidanceField.FINANCE,
    Role.INDUSTRY_TRADE_DEPARTMENT: GuidanceField.ENERGY,
}
#: The roles that a document can be addressed to.
ADDRESSEES: Final = (
    *(Role.OPERATOR, Role.INFRA_OWNER, Role.DEFENCE_USER, Role.COMMUNE_PC, Role.AREA_INSPECTOR),
    *FIELDS_OF_ROLES,
)


@versioned
class GuidanceDocument(Base):
    """One document with its files; replaced by a new version or withdrawn, never deleted."""

    __tablename__ = "guidance_document"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (DayOrder("issued_on", "due_on"),)
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"issued_on": _l("Ngày ban hành"), "due_on": _l("Xác nhận trước hết ngày")}
    )

    id: Mapped[BigId]
    #: The department that publishes it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[GuidanceKind] = mapped_column(choice_type(GuidanceKind))
    field: Mapped[GuidanceField] = mapped_column(choice_type(GuidanceField))
    title: Mapped[str]
    #: Number and day of the paper, if it is one.
    number: Mapped[str | None]
    issued_on: Mapped[date | None]
    summary: Mapped[str | None]
    is_public: Mapped[bool]
    #: Codes of the roles that it is addressed to, the organisations that had them on the day of publication and
    #: acknowledge it, and the last day to do so.
    addressees: Mapped[list[str]] = mapped_column(ARRAY(Text))
    addressed_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    due_on: Mapped[date | None]
    #: The version before.
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("guidance_document.id"))
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("char_length(btrim(title)) > 0", name="title"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
        CheckConstraint("(addressees = '{}') = (addressed_ids = '{}')", name="addressed"),
        CheckConstraint("due_on IS NULL OR addressees <> '{}'", name="due_addressed"),
        CheckConstraint("replaces_id <> id", name="replaces_another"),
        # A version has one successor, also where two posts meet.
        Index("uq_guidance_document_replaces_id", "replaces_id", unique=True, postgresql_where="withdrawn_at IS NULL"),
    )

    @classmethod
    def is_current_rule(cls) -> ColumnElement[bool]:
        """SQL: neither withdrawn nor replaced."""
        newer = aliased(GuidanceDocument)
        replaced = exists().where(newer.replaces_id == cls.id, newer.withdrawn_at.is_(None))
        return and_(cls.withdrawn_at.is_(None), ~replaced)


class GuidanceReceipt(Base):
    """That an organisation acknowledged a version; never changed."""

    __tablename__ = "guidance_receipt"

    document_id: Mapped[int] = mapped_column(ForeignKey(GuidanceDocument.id), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    acknowledged_at: Mapped[datetime]
    acknowledged_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "organisation_id"),)
