"""The table of notices before building."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.building_notices.codes import BuildingNoticeState, ChecklistAnswer, NoticeReceiver, NoticeRegime
from registry.joint_builds.models import JointBuild
from registry.kernel.days import APPOINTED
from registry.kernel.db.base import Base, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.structures.codes import PlanConformity
from registry.structures.models import AtPoint
from registry.structures.positions.case_places import is_on_open_structure
from registry.workflow.models import Case, search_text_index


@versioned
class BuildingNotice(AtPoint, Case, Base):
    """One notice of one work under one law."""

    __tablename__ = "building_notice"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[BuildingNoticeState] = mapped_column(choice_type(BuildingNoticeState))
    regime: Mapped[NoticeRegime] = col(_l("Loại thông báo"), choices=NoticeRegime, required=True)
    #: The organisation that builds.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    receiver: Mapped[NoticeReceiver] = col(_l("Cơ quan tiếp nhận"), choices=NoticeReceiver, required=True)
    #: Commune of the place on the day of sending.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    #: The structure of the register: planned, or built since.
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    #: The own announcement of joint building that it follows.
    joint_build_id: Mapped[int | None] = mapped_column(ForeignKey(JointBuild.id))
    work: Mapped[str] = col(
        _l("Tên công trình"), max_length=200, required=True, hint=_l("Ví dụ: cột ăng ten trạm Hải Bình 2.")
    )
    #: Code of a kind of structure.
    kind: Mapped[str]
    given_srid: Mapped[int]
    address: Mapped[str | None] = col(_l("Địa chỉ, tuyến đường"), max_length=300)
    starts_on: Mapped[date] = col(_l("Ngày khởi công dự kiến"), span=APPOINTED, required=True)
    #: Sent later than the working days before the start that the law of its day asked for.
    is_late: Mapped[bool] = col(_l("Gửi muộn"), required=True)
    exemption: Mapped[str] = col(
        _l("Căn cứ miễn giấy phép xây dựng"),
        max_length=500,
        required=True,
        hint=_l("Điều kiện miễn mà công trình đáp ứng."),
    )
    conformity: Mapped[PlanConformity] = col(
        _l("Sự phù hợp quy hoạch"),
        choices=PlanConformity,
        required=True,
        hint=_l("Quy hoạch được dùng ghi ở mục dưới."),
    )
    plan_item: Mapped[str | None] = col(_l("Quy hoạch, mục quy hoạch"), max_length=300)
    parameters: Mapped[str] = col(
        _l("Thông số thiết kế chủ yếu"),
        multiline=True,
        required=True,
        hint=_l("Ví dụ: cột A2a, cao 42 m, móng 3 × 3 m, cách công trình liền kề 5 m."),
    )
    #: When it was received, and what the receiver found of each point of the checklist.
    acknowledged_at: Mapped[datetime | None] = col(_l("Tiếp nhận lúc"))
    exemption_check: Mapped[ChecklistAnswer | None] = mapped_column(
        choice_type(ChecklistAnswer, name="exemption_check")
    )
    conformity_check: Mapped[ChecklistAnswer | None] = mapped_column(
        choice_type(ChecklistAnswer, name="conformity_check")
    )
    parameters_check: Mapped[ChecklistAnswer | None] = mapped_column(
        choice_type(ChecklistAnswer, name="parameters_check")
    )

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint(
            "char_length(btrim(work)) > 0 AND char_length(btrim(exemption)) > 0 AND char_length(btrim(parameters)) > 0",
            name="described",
        ),
        CheckConstraint("ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)", name="place_point_sound"),
        CheckConstraint("regime = 'commencement' OR receiver = 'lead'", name="regime_receiver"),
        CheckConstraint("state <> 'built' OR structure_id IS NOT NULL", name="built"),
        CheckConstraint(
            "num_nonnulls(acknowledged_at, exemption_check, conformity_check, parameters_check) IN (0, 4)",
            name="checked_whole",
        ),
        CheckConstraint("state NOT IN ('acknowledged', 'built') OR acknowledged_at IS NOT NULL", name="acknowledged"),
        Index(None, "organisation_id", "state"),
        Index(None, "unit_id", "state"),
        Index(None, "structure_id", "regime"),
        Index(None, "joint_build_id"),
        Index("ix_building_notice_place_point_m", "place_point_m", postgresql_using="gist"),
        search_text_index("building_notice"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: on no structure, or on one that is not restricted for defence or security."""
        return is_on_open_structure(cls)

    @classmethod
    def is_to_commune_rule(cls) -> ColumnElement[bool]:
        """SQL: the commune of its place receives it."""
        return cls.receiver == NoticeReceiver.COMMUNE

    @classmethod
    def is_to_construction_rule(cls) -> ColumnElement[bool]:
        """SQL: the department of construction receives it."""
        return cls.receiver == NoticeReceiver.CONSTRUCTION

    @classmethod
    def is_to_zone_board_rule(cls) -> ColumnElement[bool]:
        """SQL: the board of the economic zone receives it."""
        return cls.receiver == NoticeReceiver.ZONE_BOARD

    @classmethod
    def is_to_lead_rule(cls) -> ColumnElement[bool]:
        """SQL: the lead department receives it."""
        return cls.receiver == NoticeReceiver.LEAD
