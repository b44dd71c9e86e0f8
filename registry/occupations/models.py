"""An occupation of a structure without a contract, and statements about its ownership."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, ForeignKeyConstraint, Index, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import FORMER, DayOrder
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.occupations.codes import OccupationState, OwnershipStance, Undertaking
from registry.structures.models import Structure
from registry.structures.positions.case_places import is_on_power_pole
from registry.workflow.models import Case, search_text_index

#: Upper bound against typing errors.
MAX_PIECES = 1000
_OF_THE_OCCUPANT = (
    "'notified', 'contract_shown', 'disputed', 'regularising', 'removing', 'closed_contract', 'closed_regularised'"
)


@versioned
class Occupation(Case, Base):
    """Something on a structure for which no contract is known."""

    __tablename__ = "occupation"
    SIDES: ClassVar[dict[str, str]] = {
        "owner": "owner_organisation_id",
        "occupant": "occupant_organisation_id",
        "opener": "opener_organisation_id",
    }
    AREA: ClassVar[str | None] = "unit_id"
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (DayOrder("found_on", "remove_by"),)
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType({"remove_by": _l("Tháo dỡ xong trước hết ngày")})

    state: Mapped[OccupationState] = mapped_column(choice_type(OccupationState))
    structure_id: Mapped[int]
    #: The structure's owner: part of the key, so that it follows a change of owner.
    owner_organisation_id: Mapped[int]
    #: Commune of the structure as recorded.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    #: Organisation that recorded it: the owner, or an authority.
    opener_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The presumed occupant; NULL while unknown.
    occupant_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: Chosen among the structure's declared places.
    place_id: Mapped[int | None]

    equipment: Mapped[str] = col(
        _l("Cáp, thiết bị"),
        max_length=200,
        required=True,
        hint=_l("Cáp, thiết bị đang treo, kéo hoặc lắp đặt; ví dụ: cáp quang 24 sợi, tủ phối quang, ăng ten."),
    )
    quantity: Mapped[int] = col(_l("Số lượng"), min=1, max=MAX_PIECES, required=True)
    marks: Mapped[str | None] = col(
        _l("Thẻ, nhãn nhìn thấy"),
        max_length=300,
        hint=_l("Ghi đúng chữ trên thẻ cáp, vỏ cáp, tủ; để trống nếu không có dấu hiệu nào."),
    )
    found_on: Mapped[date] = col(_l("Ngày phát hiện"), span=FORMER, required=True)
    is_dead: Mapped[bool] = col(
        _l("Đã bỏ không dùng"), required=True, hint=_l("Cáp chết, thiết bị không còn hoạt động mà chưa thu hồi.")
    )
    evidence: Mapped[str] = col(
        _l("Căn cứ"),
        multiline=True,
        required=True,
        hint=_l("Hiện trạng, vị trí trên công trình và căn cứ cho rằng không có hợp đồng."),
    )

    notified_at: Mapped[datetime | None]
    contract_number: Mapped[str | None]
    contract_on: Mapped[date | None]
    undertaking: Mapped[Undertaking | None] = mapped_column(choice_type(Undertaking))
    #: Last day of the promised removal.
    remove_by: Mapped[date | None]
    #: Number of the request to share that followed.
    request_number: Mapped[str | None]
    removed_on: Mapped[date | None]
    referred_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["structure_id", "owner_organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_occupation_structure_id_owner_organisation_id",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["place_id", "owner_organisation_id"],
            ["capacity_place.id", "capacity_place.organisation_id"],
            name="fk_occupation_place_id_owner_organisation_id",
            onupdate="CASCADE",
        ),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_PIECES}", name="quantity"),
        CheckConstraint("char_length(btrim(equipment)) > 0 AND char_length(btrim(evidence)) > 0", name="described"),
        # Owner and occupant differ when it is recorded; the occupant may buy the structure later.
        CheckConstraint("(notified_at IS NULL) = (number IS NULL)", name="notified_has_number"),
        CheckConstraint("state <> 'noted' OR number IS NULL", name="noted_not_notified"),
        CheckConstraint("state IN ('noted', 'withdrawn') OR number IS NOT NULL", name="notified"),
        CheckConstraint("state <> 'unclaimed' OR occupant_organisation_id IS NULL", name="unclaimed"),
        CheckConstraint(f"state NOT IN ({_OF_THE_OCCUPANT}) OR occupant_organisation_id IS NOT NULL", name="occupant"),
        CheckConstraint("(contract_number IS NULL) = (contract_on IS NULL)", name="contract_whole"),
        CheckConstraint(
            "state NOT IN ('contract_shown', 'disputed', 'closed_contract') OR contract_number IS NOT NULL",
            name="contract_shown",
        ),
        CheckConstraint("state <> 'regularising' OR (undertaking = 'regularise') IS TRUE", name="regularising"),
        CheckConstraint("state <> 'removing' OR (undertaking = 'remove') IS TRUE", name="removing"),
        CheckConstraint("(undertaking = 'remove') IS NOT TRUE OR remove_by IS NOT NULL", name="remove_by"),
        CheckConstraint("(state = 'closed_regularised') = (request_number IS NOT NULL)", name="regularised"),
        CheckConstraint("(state = 'closed_removed') = (removed_on IS NOT NULL)", name="removed"),
        CheckConstraint("removed_on >= found_on", name="removed_after_found"),
        CheckConstraint("state <> 'referred' OR referred_at IS NOT NULL", name="referred"),
        Index(None, "structure_id"),
        Index(None, "owner_organisation_id", "state"),
        Index(None, "occupant_organisation_id", "state"),
        Index(None, "opener_organisation_id"),
        Index(None, "unit_id", "state"),
        Index("ix_occupation_unclaimed", "id", postgresql_where="state = 'unclaimed'"),
        search_text_index("occupation"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """Its structure is not restricted for defence or security."""
        structure = select(Structure.id).where(Structure.id == cls.structure_id, Structure.is_open_rule())
        # Correlate with the case only, even if the outer query selects structures.
        return structure.correlate(cls).exists()

    @classmethod
    def is_on_power_pole_rule(cls) -> ColumnElement[bool]:
        """SQL: on a structure of the energy sector."""
        return is_on_power_pole(cls)

    @classmethod
    def is_sent_rule(cls) -> ColumnElement[bool]:
        """It has its number; before, it is visible to its author only."""
        return cls.number.is_not(None)

    @classmethod
    def is_unclaimed_rule(cls) -> ColumnElement[bool]:
        """Its owner is unknown or has only claimed it so far: every operator may claim or deny it."""
        claimed = select(OccupationClaim.id).where(
            OccupationClaim.occupation_id == cls.id,
            OccupationClaim.organisation_id == cls.occupant_organisation_id,
            OccupationClaim.stance == OwnershipStance.CLAIMED,
        )
        named = select(OccupationClaim.id).where(
            OccupationClaim.occupation_id == cls.id, OccupationClaim.stance == OwnershipStance.NAMED
        )
        only_claimed = and_(claimed.correlate(cls).exists(), ~named.correlate(cls).exists())
        return or_(cls.state == OccupationState.UNCLAIMED, and_(cls.state == OccupationState.NOTIFIED, only_claimed))

    @classmethod
    def is_claimable_rule(cls, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """Unclaimed, on a structure of another organisation."""
        return and_(cls.is_unclaimed_rule(), cls.owner_organisation_id.not_in(organisation_ids))


@versioned
class OccupationClaim(Base):
    """A statement about the ownership, by an organisation or by the structure's owner; never changed."""

    __tablename__ = "occupation_claim"

    id: Mapped[BigId]
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stance: Mapped[OwnershipStance] = mapped_column(choice_type(OwnershipStance, name="stance"))
    text: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "occupation_id", "id"), Index(None, "organisation_id"))
