"""The rules of streets: what may not be hung or dug in a street, from when to when, and by which paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, true
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.days import PAPER, REGULATED
from registry.kernel.db.base import Base, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.streets.models import Street
from registry.workflow.models import Case, search_text_index


class StreetAct(StrEnum):
    """What is done in a street."""

    #: Hang a cable, or build what cables hang on.
    HANG = "hang"
    #: Dig up the street.
    DIG = "dig"


class RuleKind(Choice):
    """What a rule says."""

    NO_NEW_HANGING = "no_new_hanging", _l("Cấm treo cáp mới")
    TEMPORARY = "temporary", _l("Chỉ treo tạm đến ngày")
    UNDERGROUND_ONLY = "underground_only", _l("Chỉ đi ngầm")
    NO_DIG = "no_dig", _l("Hạn chế đào")


class RuleState(Choice):
    """How far a rule has come; from when it applies follows from its days (`registry.streets.rules`)."""

    PROPOSED = "proposed", _l("Dự thảo")
    ANNOUNCED = "announced", _l("Đã công bố, chờ hiệu lực")
    IN_FORCE = "in_force", _l("Đang có hiệu lực")
    CLOSED = "closed", _l("Đã kết thúc")
    CANCELLED = "cancelled", _l("Đã hủy bỏ")


@versioned
class StreetRule(Case, Base):
    """A rule of a street of the register, or of a stretch of it."""

    __tablename__ = "street_rule"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "commune_id"

    state: Mapped[RuleState] = mapped_column(choice_type(RuleState))
    #: The office that makes the rule.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    street_id: Mapped[int] = mapped_column(ForeignKey(Street.id))
    #: The commune that the rule is limited to; None: the whole length of a road that crosses communes.
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))

    kind: Mapped[RuleKind] = col(_l("Quy định"), choices=RuleKind, required=True)
    from_place: Mapped[str | None] = col(
        _l("Điểm đầu"), max_length=200, hint=_l("Nút giao hoặc “đầu đường”; để trống cả hai điểm khi là cả tuyến.")
    )
    to_place: Mapped[str | None] = col(_l("Điểm cuối"), max_length=200)
    document_number: Mapped[str] = col(_l("Số văn bản"), max_length=100, required=True, hint=_l("Ví dụ: 125/QĐ-UBND."))
    document_on: Mapped[date] = col(_l("Ngày văn bản"), span=PAPER, required=True)
    issuer: Mapped[str] = col(_l("Cơ quan ban hành"), max_length=200, required=True)
    valid_from: Mapped[date] = col(_l("Có hiệu lực từ ngày"), span=REGULATED, required=True)
    valid_to: Mapped[date | None] = col(
        _l("Đến hết ngày"),
        span=REGULATED,
        needed_when=_l("khi hạn chế đào hoặc chỉ treo tạm"),
        hint=_l("Ngày cuối cùng của quy định; của “Chỉ treo tạm”: ngày cuối cùng được treo, sau đó phải thu hồi."),
    )
    note: Mapped[str | None] = col(_l("Nội dung, trường hợp được làm"), multiline=True)

    #: Lines of the street that the rule is about.
    shape: Mapped[Any] = deferred(
        mapped_column(Geometry("MULTILINESTRING", srid=4326, spatial_index=False), nullable=False)
    )
    #: The whole street, or all of it in the commune: newer lines of the street replace the shape.
    is_whole: Mapped[bool]
    announced_on: Mapped[date | None]
    #: The real completion: the last day of a rule that was closed.
    completed_on: Mapped[date | None]
    #: The first day on which a cancelled rule does not apply any more.
    cancelled_on: Mapped[date | None]

    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "announced_on": _l("Ngày công bố"),
            "completed_on": _l("Ngày hoàn thành thực tế"),
            "cancelled_on": _l("Ngày hủy bỏ"),
        }
    )
    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("valid_to IS NOT NULL OR kind NOT IN ('no_dig', 'temporary')", name="ends"),
        CheckConstraint("state IN ('proposed', 'cancelled') OR announced_on IS NOT NULL", name="announced"),
        CheckConstraint("(announced_on IS NULL) = (number IS NULL)", name="numbered"),
        CheckConstraint("(state = 'closed') = (completed_on IS NOT NULL)", name="completed"),
        CheckConstraint("(state = 'cancelled') = (cancelled_on IS NOT NULL)", name="cancelled"),
        CheckConstraint("char_length(btrim(document_number)) > 0 AND char_length(btrim(issuer)) > 0", name="sourced"),
        CheckConstraint("NOT ST_IsEmpty(shape)", name="placed"),
        CheckConstraint("valid_to >= valid_from AND completed_on >= valid_from", name="days"),
        Index(None, "street_id"),
        Index(None, "commune_id", "state"),
        Index(None, "organisation_id"),
        Index(None, "shape", postgresql_using="gist"),
        search_text_index("street_rule"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no rule is restricted."""
        return true()

    @classmethod
    def is_announced_rule(cls) -> ColumnElement[bool]:
        """SQL: announced, so everyone may read it; a draft is its office's."""
        return cls.announced_on.is_not(None)
