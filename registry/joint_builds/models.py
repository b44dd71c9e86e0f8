"""The tables of announcements of joint building, and of what each organisation that was asked registered."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, SmallInteger, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from registry.joint_builds.codes import JointBuildState, JointInterestState
from registry.kernel.days import APPOINTED, DaySpan
from registry.kernel.db.base import Base, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import PLACE, M
from registry.structures.models import AtPoint
from registry.workflow.models import Case, search_text_index

#: A tower is no higher, a line of one announcement no longer.
MOST_HEIGHT = 500
MOST_LENGTH = 100_000
MOST_PLACES = 100
MOST_BORES = 200


@versioned
class JointBuild(AtPoint, Case, Base):
    """A structure that an organisation will build, and the time in which others register to use it."""

    __tablename__ = "joint_build"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[JointBuildState] = mapped_column(choice_type(JointBuildState))
    #: Who announces it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Commune of the place on the day of the announcement.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    #: The structure that was built.
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    work: Mapped[str] = col(
        _l("Tên công trình"), max_length=200, required=True, hint=_l("Ví dụ: cột ăng ten trạm Hải Bình 2.")
    )
    #: Code of a kind of structure.
    kind: Mapped[str]
    address: Mapped[str | None] = col(_l("Địa chỉ, tuyến đường"), max_length=300)
    height_m: Mapped[Metres | None] = col(
        _l("Chiều cao dự kiến"), unit=M, min="0.1", max=MOST_HEIGHT, decimals=1, needed_when=_l("khi là cột")
    )
    length_m: Mapped[Metres | None] = col(
        _l("Chiều dài dự kiến"),
        unit=M,
        min=1,
        max=MOST_LENGTH,
        decimals=0,
        needed_when=_l("khi là công trình dạng tuyến"),
    )
    bores: Mapped[int | None] = col(
        _l("Số ống dự kiến"), min=1, max=MOST_BORES, type_=SmallInteger(), needed_when=_l("khi là cống bể, ống cáp")
    )
    #: First day of the month.
    starts_in: Mapped[date] = col(_l("Tháng khởi công dự kiến"), required=True, span=APPOINTED)
    closes_on: Mapped[date] = col(_l("Nhận đăng ký đến hết ngày"), required=True, span=DaySpan(back=1, ahead=2))
    offered_places: Mapped[int | None] = col(
        _l("Số vị trí lắp đặt dành cho đơn vị khác"), unit=PLACE, min=0, max=MOST_PLACES, type_=SmallInteger()
    )
    offered_bores: Mapped[int | None] = col(
        _l("Số ống dành cho đơn vị khác"), min=0, max=MOST_BORES, type_=SmallInteger()
    )
    cost_share: Mapped[str] = col(
        _l("Phương án chia sẻ chi phí"),
        multiline=True,
        required=True,
        hint=_l("Ví dụ: chia chi phí xây dựng theo số vị trí, hoặc đơn vị khác thuê sau khi hoàn thành."),
    )

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("char_length(btrim(work)) > 0 AND char_length(btrim(cost_share)) > 0", name="described"),
        CheckConstraint("ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)", name="place_point_sound"),
        CheckConstraint("height_m > 0 AND length_m > 0 AND bores > 0", name="sizes"),
        CheckConstraint("offered_places >= 0 AND offered_bores >= 0", name="offers"),
        CheckConstraint("coalesce(offered_places, 0) + coalesce(offered_bores, 0) > 0", name="offered"),
        CheckConstraint("offered_bores IS NULL OR offered_bores <= coalesce(bores, 0)", name="offered_bores"),
        CheckConstraint("closes_on <= starts_in", name="days"),
        CheckConstraint("structure_id IS NULL OR state IN ('joint', 'alone')", name="built"),
        Index(None, "organisation_id", "state"),
        Index(None, "unit_id"),
        Index("uq_joint_build_structure_id", "structure_id", unique=True),
        Index("ix_joint_build_place_point_m", "place_point_m", postgresql_using="gist"),
        search_text_index("joint_build"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no announcement is restricted."""
        return true()


@versioned
class JointInterest(Case, Base):
    """An organisation that was asked by an announcement: what it needs, or that it is silent, and the answer."""

    __tablename__ = "joint_interest"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "announcer": "announcer_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[JointInterestState] = mapped_column(choice_type(JointInterestState))
    #: Who was asked, and registers.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    build_id: Mapped[int] = mapped_column(ForeignKey(JointBuild.id))
    #: Who announced it.
    announcer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The last day of the announcement, which does not change.
    closes_on: Mapped[date]
    places: Mapped[int | None] = col(
        _l("Số vị trí, ăng ten cần lắp"), unit=PLACE, min=1, max=MOST_PLACES, type_=SmallInteger()
    )
    at_height_m: Mapped[Metres | None] = col(_l("Độ cao cần lắp"), unit=M, min=0, max=MOST_HEIGHT, decimals=1)
    bores: Mapped[int | None] = col(_l("Số ống cần dùng"), min=1, max=MOST_BORES, type_=SmallInteger())
    metres: Mapped[Metres | None] = col(_l("Chiều dài cần dùng"), unit=M, min=1, max=MOST_LENGTH, decimals=0)
    remark: Mapped[str | None] = col(
        _l("Ý kiến về phương án"), multiline=True, hint=_l("Thiết bị, thời gian cần dùng, phần chi phí tham gia.")
    )
    stated_at: Mapped[datetime | None] = col(_l("Đăng ký lúc"))
    #: Stated after the last day.
    is_late: Mapped[bool] = col(_l("Đăng ký muộn"), required=True)
    answered_at: Mapped[datetime | None] = col(_l("Trả lời lúc"))
    answer: Mapped[str | None] = col(_l("Nội dung trả lời"), multiline=True)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("announcer_id <> organisation_id", name="other_side"),
        CheckConstraint("places > 0 AND at_height_m >= 0 AND bores > 0 AND metres > 0", name="amounts"),
        CheckConstraint("stated_at IS NULL OR num_nonnulls(places, bores) > 0", name="needed"),
        CheckConstraint("(bores IS NULL) = (metres IS NULL)", name="bores_whole"),
        CheckConstraint(
            "state NOT IN ('stated', 'agreed', 'refused', 'withdrawn') OR stated_at IS NOT NULL", name="stated"
        ),
        CheckConstraint("state NOT IN ('asked', 'silent') OR stated_at IS NULL", name="silent"),
        CheckConstraint("NOT is_late OR stated_at IS NOT NULL", name="late_if_stated"),
        CheckConstraint("state NOT IN ('agreed', 'refused') OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint("answered_at IS NULL OR state IN ('agreed', 'refused', 'build_gone')", name="answer_stands"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_whole"),
        UniqueConstraint("build_id", "organisation_id", name="uq_joint_interest_build_id_organisation_id"),
        Index(None, "organisation_id", "state"),
        Index(None, "announcer_id", "state"),
        search_text_index("joint_interest"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no registration is restricted."""
        return true()
