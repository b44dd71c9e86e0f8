"""A request to one owner, its items (one structure each, with the owner's answer) and the owner's offers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.capacity.models import Technology
from registry.colocation.codes import (
    ColocationState,
    ItemDecision,
    OfferAnswer,
    OfferKind,
    PricePeriod,
    RefusalGround,
    RequestKind,
)
from registry.colocation.screening.models import SpanOver
from registry.kernel.days import DaySpan
from registry.kernel.db.base import (
    Base,
    BigId,
    Dong,
    Kilograms,
    KilogramsPerMetre,
    Kilowatts,
    Metres,
    Millimetres,
    Newtons,
    SquareMetres,
    choice_type,
)
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import DEGREE, KG, KG_M, KW, M2, MM, M, N
from registry.workflow.models import Case, search_text_index

#: Upper bounds against typing errors.
MAX_PIECES = 1000
MAX_MONTHS = 600


@versioned
class ColocationRequest(Case, Base):
    """One organisation asks one owner to use some of its structures."""

    __tablename__ = "colocation_request"
    SIDES: ClassVar[dict[str, str]] = {"owner": "owner_organisation_id", "requester": "requester_organisation_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[ColocationState] = mapped_column(choice_type(ColocationState))
    requester_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    owner_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Filed by a unit of defence or police for its duty, free of charge (NQ 66.10/2025).
    is_defence: Mapped[bool]
    kind: Mapped[RequestKind] = col(
        _l("Loại đề nghị"),
        choices=RequestKind,
        required=True,
        hint=_l("Dùng mới; lắp thêm, thay đổi hoặc tháo dỡ thiết bị mà đơn vị đang có trên công trình."),
    )
    contact_name: Mapped[str | None] = col(_l("Người liên hệ"), max_length=100)
    contact_phone: Mapped[str | None] = col(_l("Điện thoại liên hệ"), max_length=30)
    contact_email: Mapped[str | None] = col(_l("Thư điện tử liên hệ"), max_length=200)
    purpose: Mapped[str | None] = col(
        _l("Mục đích sử dụng"),
        multiline=True,
        hint=_l("Mục đích và khu vực phục vụ; ví dụ: phủ sóng 5G khu dân cư phía Nam phường Hạc Thành."),
    )
    wanted_from: Mapped[date | None] = col(_l("Đề nghị sử dụng từ ngày"), span=DaySpan(back=5, ahead=10))
    term_months: Mapped[int | None] = col(_l("Thời gian sử dụng (tháng)"), min=1, max=MAX_MONTHS)
    filed_at: Mapped[datetime | None]
    #: When the last open item was answered, or the department decided; NULL during a dispute.
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Last day of the latest agreed upgrade.
    upgrade_by: Mapped[date | None]
    #: The price decided by the department; it binds the contract.
    decided_price_vnd: Mapped[Dong | None]
    decided_price_period: Mapped[PricePeriod | None] = mapped_column(choice_type(PricePeriod))

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("requester_organisation_id <> owner_organisation_id", name="two_parties"),
        CheckConstraint("(filed_at IS NULL) = (number IS NULL)", name="filed_has_number"),
        CheckConstraint("state <> 'draft' OR filed_at IS NULL", name="draft_not_filed"),
        CheckConstraint("state IN ('draft', 'withdrawn') OR filed_at IS NOT NULL", name="filed"),
        CheckConstraint(
            "filed_at IS NULL OR (contact_name IS NOT NULL AND contact_phone IS NOT NULL AND purpose IS NOT NULL"
            " AND wanted_from IS NOT NULL AND term_months IS NOT NULL)",
            name="complete_if_filed",
        ),
        CheckConstraint(f"term_months BETWEEN 1 AND {MAX_MONTHS}", name="term"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by"),
        CheckConstraint(
            "state NOT IN ('accepted', 'rejected', 'decided', 'contracted', 'expired', 'closed')"
            " OR decided_at IS NOT NULL",
            name="decided",
        ),
        CheckConstraint(
            "state NOT IN ('draft', 'under_review', 'surveying', 'returned', 'overdue', 'offered', 'upgrading',"
            " 'escalated', 'price_consultation', 'settlement_overdue') OR decided_at IS NULL",
            name="not_yet_decided",
        ),
        CheckConstraint("state <> 'upgrading' OR upgrade_by IS NOT NULL", name="upgrade_by"),
        CheckConstraint(
            "(decided_price_vnd IS NULL) = (decided_price_period IS NULL) AND decided_price_vnd >= 0", name="price"
        ),
        Index(None, "requester_organisation_id", "state"),
        Index(None, "owner_organisation_id", "state"),
        search_text_index("colocation_request"),
    )

    @classmethod
    def is_filed_rule(cls) -> ColumnElement[bool]:
        """A draft is visible to its author only."""
        return cls.filed_at.is_not(None)


@versioned
class ColocationItem(Base):
    """One structure of a request: what is to be installed where, and the owner's answer."""

    __tablename__ = "colocation_item"

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("colocation_request.id"))
    structure_id: Mapped[int]
    #: The structure's owner: part of the key, for row-level policies.
    organisation_id: Mapped[int]
    #: Chosen among the structure's places; NULL until then.
    place_id: Mapped[int | None]
    quantity: Mapped[int] = col(_l("Số vị trí cần dùng"), min=1, max=MAX_PIECES, required=True)

    equipment: Mapped[str | None] = col(
        _l("Trạm, cáp, thiết bị lắp đặt"), max_length=200, hint=_l("Ví dụ: trạm 5G THA0123; cáp quang 48 sợi.")
    )
    technology: Mapped[Technology | None] = col(_l("Công nghệ"), choices=Technology)
    antennas: Mapped[int | None] = col(_l("Số ăng ten"), min=0, max=MAX_PIECES)
    attach_height_m: Mapped[Metres | None] = col(_l("Cao độ lắp đặt"), unit=M, min=0, max=400)
    weight_kg: Mapped[Kilograms | None] = col(_l("Khối lượng thiết bị"), unit=KG, min=0, max=50000)
    power_kw: Mapped[Kilowatts | None] = col(_l("Công suất điện"), unit=KW, min=0, max=1000)
    cables: Mapped[int | None] = col(_l("Số cáp treo hoặc kéo"), min=1, max=MAX_PIECES)
    cable_diameter_mm: Mapped[Millimetres | None] = col(_l("Đường kính cáp"), unit=MM, min="0.5", max=200)
    sub_ducts: Mapped[int | None] = col(_l("Số ống con"), min=0, max=MAX_PIECES)
    rack_units: Mapped[int | None] = col(_l("Chỗ trong tủ (U)"), min=0, max=MAX_PIECES)

    decision: Mapped[ItemDecision] = mapped_column(choice_type(ItemDecision))
    ground: Mapped[RefusalGround | None] = mapped_column(choice_type(RefusalGround))
    evidence: Mapped[str | None]
    answer: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The reservation of an accepted item; kept after its end.
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("capacity_entry.id"), unique=True)
    #: Existing equipment to change or remove; its quantity is released then.
    replaces_entry_id: Mapped[int | None] = mapped_column(ForeignKey("capacity_entry.id"))
    #: Rent of this structure in the contract, without tax, for the contract's period.
    agreed_price_vnd: Mapped[Dong | None]
    #: When its equipment was taken down or replaced by another case; it is no longer part of its contract.
    returned_on: Mapped[date | None]

    # Inputs of the screening (docs/screening.md); without them the verdict is "needs a study".
    exposed_area_m2: Mapped[SquareMetres | None] = col(
        _l("Diện tích chắn gió của thiết bị"),
        unit=M2,
        min=0,
        max=1000,
        hint=_l("Tổng của mọi ăng ten, thiết bị trên cột, kể cả gá; theo tài liệu của nhà sản xuất."),
    )
    azimuth_deg: Mapped[Decimal | None] = col(_l("Góc phương vị"), unit=DEGREE, min=0, max=360)
    feeders: Mapped[int | None] = col(_l("Số dây dẫn (feeder)"), min=0, max=MAX_PIECES)
    fibre_count: Mapped[int | None] = col(_l("Số sợi quang"), min=1, max=10000)
    sub_duct_diameter_mm: Mapped[Millimetres | None] = col(
        _l("Đường kính ngoài ống con"), unit=MM, min=1, max=500, hint=_l("Cần khi có ống con.")
    )
    cable_mass_kg_m: Mapped[KilogramsPerMetre | None] = col(
        _l("Khối lượng mỗi cáp trên mét"), unit=KG_M, min="0.001", max=100
    )
    span_m: Mapped[Metres | None] = col(
        _l("Khoảng cột"), unit=M, min=1, max=1000, hint=_l("Khoảng dài hơn trong hai khoảng cột hai bên.")
    )
    tension_n: Mapped[Newtons | None] = col(
        _l("Lực căng mỗi cáp"),
        unit=N,
        min=1,
        max=1000000,
        hint=_l("Lực căng khi cáp võng nhất trong năm; 1 kN = 1000 N."),
    )
    crosses: Mapped[SpanOver | None] = col(_l("Cáp vượt qua"), choices=SpanOver)
    tray_width_mm: Mapped[Millimetres | None] = col(
        _l("Chiều rộng cần trên giá cáp"),
        unit=MM,
        min=1,
        max=5000,
        hint=_l("Để trống thì tính các cáp nằm một lớp, sát nhau."),
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["structure_id", "organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_colocation_item_structure_id_organisation_id",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["place_id", "organisation_id"],
            ["capacity_place.id", "capacity_place.organisation_id"],
            name="fk_colocation_item_place_id_organisation_id",
            onupdate="CASCADE",
        ),
        UniqueConstraint("request_id", "structure_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_PIECES}", name="quantity"),
        CheckConstraint(
            "(decision = 'pending') = (decided_at IS NULL) AND (decision = 'pending') = (decided_by_id IS NULL)",
            name="decided",
        ),
        CheckConstraint(
            "decision <> 'accepted' OR entry_id IS NOT NULL OR replaces_entry_id IS NOT NULL",
            name="accepted_is_reserved",
        ),
        CheckConstraint("entry_id IS NULL OR decision = 'accepted'", name="reserved_is_accepted"),
        CheckConstraint("decision <> 'accepted' OR place_id IS NOT NULL", name="accepted_has_place"),
        CheckConstraint(
            "(decision IN ('rejected', 'offered', 'upgrading')) = (ground IS NOT NULL)", name="rejected_has_ground"
        ),
        CheckConstraint(
            "decision NOT IN ('rejected', 'offered')"
            " OR (char_length(btrim(evidence)) > 0 AND char_length(btrim(answer)) > 0) IS TRUE",
            name="rejected_is_explained",
        ),
        CheckConstraint("agreed_price_vnd >= 0", name="agreed_price"),
        Index(None, "structure_id"),
        Index(None, "place_id"),
    )


@versioned
class ColocationOffer(Base):
    """An owner's offer for one item instead of what was requested; ground and evidence stay on the item."""

    __tablename__ = "colocation_offer"

    id: Mapped[BigId]
    item_id: Mapped[int] = mapped_column(ForeignKey("colocation_item.id"))
    kind: Mapped[OfferKind] = mapped_column(choice_type(OfferKind))
    #: Scope of the works, or the terms.
    text: Mapped[str]
    finish_on: Mapped[date | None]
    cost_vnd: Mapped[Dong | None]
    #: The alternative: another structure of the owner, another place, another quantity.
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("capacity_place.id"))
    quantity: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[OfferAnswer] = mapped_column(choice_type(OfferAnswer))
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("char_length(btrim(text)) > 0", name="explained"),
        CheckConstraint(
            "kind <> 'upgrade' OR (finish_on IS NOT NULL AND cost_vnd IS NOT NULL)", name="upgrade_is_said"
        ),
        CheckConstraint(
            "(kind = 'alternative') = (structure_id IS NOT NULL) AND (kind <> 'alternative' OR place_id IS NOT NULL)",
            name="alternative_is_said",
        ),
        CheckConstraint("kind <> 'terms' OR place_id IS NOT NULL", name="terms_have_place"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_PIECES} AND cost_vnd >= 0", name="figures"),
        CheckConstraint("(answer = 'open') = (answered_at IS NULL)", name="answered"),
        Index("uq_colocation_offer_open", "item_id", unique=True, postgresql_where="answer = 'open'"),
        Index(None, "item_id"),
    )
