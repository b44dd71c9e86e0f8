"""Tables of organisations, their other spellings and their succession."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, and_
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l
from registry.kernel.text import fold


class OrganisationKind(Choice):
    """What an organisation is."""

    OPERATOR = "operator", _l("Doanh nghiệp viễn thông")
    TOWER_COMPANY = "tower_company", _l("Doanh nghiệp cho thuê hạ tầng")
    POWER_COMPANY = "power_company", _l("Đơn vị điện lực")
    WATER_COMPANY = "water_company", _l("Đơn vị cấp thoát nước")
    ZONE_INVESTOR = "zone_investor", _l("Chủ đầu tư khu công nghiệp, khu đô thị")
    DEPARTMENT = "department", _l("Sở, ngành")
    COMMUNE_COMMITTEE = "commune_committee", _l("UBND xã, phường")
    PROVINCIAL_COMMITTEE = "provincial_committee", _l("UBND tỉnh")
    MINISTRY = "ministry", _l("Bộ, cơ quan trung ương")
    DEFENCE = "defence", _l("Đơn vị quân đội, công an")
    OTHER = "other", _l("Tổ chức khác")


class OwnerCategory(Choice):
    """The kind of owner that everybody may see of a structure, also where its name is hidden."""

    OPERATOR = "operator", _l("Doanh nghiệp viễn thông")
    TOWER_COMPANY = "tower_company", _l("Doanh nghiệp cho thuê hạ tầng")
    POWER = "power", _l("Ngành điện")
    STATE_BUDGET = "state_budget", _l("Ngân sách nhà nước")
    ZONE_INVESTOR = "zone_investor", _l("Chủ đầu tư khu công nghiệp, khu đô thị")
    OTHER = "other", _l("Khác")


def search_text_of(code: str, short_name: str, name: str) -> str:
    """The folded text that the search of organisations compares."""
    return fold(f"{code} {short_name} {name}")


def _search_text(context: DefaultExecutionContext) -> str:
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return search_text_of(values["code"], values["short_name"], values["name"])


@versioned
class Organisation(Base):
    """A company, department, committee or other body; it may end and be succeeded by others."""

    __tablename__ = "organisation"
    SIDES: ClassVar[dict[str, str]] = {"owner": "id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    #: Short handle of files, command line and addresses, for example "viettel".
    code: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(choice_type(OrganisationKind))
    owner_category: Mapped[OwnerCategory] = mapped_column(choice_type(OwnerCategory))
    #: Mã số thuế, digits only.
    tax_code: Mapped[str | None]
    #: Telephone to call in an emergency, E.164.
    hotline: Mapped[str | None]
    email: Mapped[str | None]
    valid_from: Mapped[date]
    #: Last day, included; None while the organisation exists.
    valid_to: Mapped[date | None]
    search_text: Mapped[str] = mapped_column(default=_search_text)

    def exists_on(self, day: date) -> bool:
        """Whether the organisation exists on a day."""
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)

    aliases: Mapped[list[OrganisationAlias]] = relationship(lazy="raise_on_sql", order_by="OrganisationAlias.spelling")

    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{1,39}$'", name="code_form"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        Index(
            "ix_organisation_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )


@versioned
class OrganisationAlias(Base):
    """One other spelling of an organisation's name, as it occurs in files; folded, it names one organisation only."""

    __tablename__ = "organisation_alias"

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    spelling: Mapped[str]
    folded: Mapped[str]
    #: False once withdrawn; history is never deleted.
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("folded"), Index(None, "organisation_id"))


@versioned
class OrganisationSuccession(Base):
    """`successor` took over all of `predecessor` on a day; one recorded by mistake is withdrawn, never deleted."""

    __tablename__ = "organisation_succession"

    id: Mapped[BigId]
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    effective_on: Mapped[date]
    legal_basis: Mapped[str]
    #: It never held, for this reason.
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """SQL: those that were not withdrawn."""
        return cls.withdrawn_at.is_(None)

    @classmethod
    def holds_on(cls, on: Any) -> ColumnElement[bool]:
        """SQL: those in effect on a day."""
        return and_(cls.withdrawn_at.is_(None), cls.effective_on <= on)

    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="two_organisations"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
        Index(
            "uq_organisation_succession_predecessor_id",
            "predecessor_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
        Index(None, "successor_id"),
    )
