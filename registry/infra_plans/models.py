"""The tables of plans, their items, and the conclusions of offices on structures."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, CheckConstraint, ColumnElement, ForeignKey, Index, Text, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column
from sqlalchemy.sql import text

from registry.infra_plans.codes import (
    ArchitectureVerdict,
    Aspect,
    ConclusionState,
    InfraPlanState,
    PlanItemKind,
    PlanVerdict,
)
from registry.kernel.days import PAPER, REGULATED
from registry.kernel.db.base import Base, BigId, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.positions.case_places import is_on_open_structure
from registry.workflow.models import Case, search_text_index


@versioned
class InfraPlan(Case, Base):
    """One version of the plan of passive infrastructure; two issued ones share no day."""

    __tablename__ = "infra_plan"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[InfraPlanState] = mapped_column(choice_type(InfraPlanState))
    #: The office that brought it in.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = col(
        _l("Tên quy hoạch"),
        max_length=200,
        required=True,
        hint=_l("Ví dụ: Quy hoạch hạ tầng viễn thông thụ động tỉnh Thanh Hóa đến năm 2030."),
    )
    valid_from: Mapped[date] = col(_l("Có hiệu lực từ ngày"), span=REGULATED, required=True)
    valid_to: Mapped[date | None] = col(
        _l("Đến hết ngày"), span=REGULATED, hint=_l("Ngày cuối cùng; để trống khi chưa xác định.")
    )
    note: Mapped[str | None] = col(_l("Ghi chú"), multiline=True)
    document_number: Mapped[str | None] = col(_l("Số quyết định"), max_length=100, hint=_l("Ví dụ: 125/QĐ-UBND."))
    document_on: Mapped[date | None] = col(_l("Ngày quyết định"), span=PAPER)
    issuer: Mapped[str | None] = col(_l("Cơ quan ban hành"), max_length=200)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("char_length(btrim(name)) > 0", name="named"),
        CheckConstraint("valid_to >= valid_from AND document_on <= valid_from", name="days"),
        CheckConstraint("num_nonnulls(number, document_number, document_on, issuer) IN (0, 4)", name="issued_whole"),
        CheckConstraint("(state IN ('issued', 'ended')) = (document_on IS NOT NULL)", name="issued"),
        CheckConstraint("state <> 'ended' OR valid_to IS NOT NULL", name="ended"),
        ExcludeConstraint(
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            name="ex_infra_plan_days",
            using="gist",
            where=text("state IN ('issued', 'ended')"),
        ),
        Index(None, "organisation_id"),
        search_text_index("infra_plan"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no plan is restricted."""
        return true()

    @classmethod
    def is_issued_rule(cls) -> ColumnElement[bool]:
        """SQL: issued, so all who sign in may read it; a draft is read by the departments."""
        return cls.document_on.is_not(None)


class InfraPlanItem(Base):
    """A zone, street or site of a plan, and the kinds of structures that may stand there; written with its file."""

    __tablename__ = "infra_plan_item"

    id: Mapped[BigId]
    plan_id: Mapped[int] = mapped_column(ForeignKey(InfraPlan.id))
    kind: Mapped[PlanItemKind] = mapped_column(choice_type(PlanItemKind))
    code: Mapped[str]
    name: Mapped[str]
    #: Codes of kinds of structures.
    allows: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Metres around a street or a site that belong to it; NULL of a zone.
    reach_m: Mapped[Metres | None]
    #: As drawn, WGS 84.
    shape: Mapped[Any] = deferred(mapped_column(Geometry("GEOMETRY", srid=WGS84, spatial_index=False), nullable=False))
    #: What belongs to it, in metres of the grid.
    area_m: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=PROVINCE_GRID, spatial_index=False), nullable=False)
    )

    __table_args__ = (
        UniqueConstraint("plan_id", "code"),
        CheckConstraint("char_length(btrim(code)) > 0", name="coded"),
        CheckConstraint("cardinality(allows) > 0", name="allows"),
        CheckConstraint("(kind = 'zone') = (reach_m IS NULL) AND reach_m > 0", name="reach"),
        CheckConstraint("ST_IsValid(area_m) AND NOT ST_IsEmpty(area_m)", name="placed"),
        Index(None, "area_m", postgresql_using="gist"),
    )


@versioned
class PlanConclusion(Case, Base):
    """What the competent office concludes on one structure, with the computed verdict of that moment."""

    __tablename__ = "plan_conclusion"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "structure_owner": "structure_owner_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[ConclusionState] = mapped_column(choice_type(ConclusionState))
    #: The office.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    #: The owner of the structure on that day.
    structure_owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Commune of the structure on that day; NULL outside of the province.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    aspect: Mapped[Aspect] = col(_l("Nội dung kết luận"), choices=Aspect, required=True)
    #: The version of the plan that it is about, and what the program computed; NULL of architecture.
    plan_id: Mapped[int | None] = mapped_column(ForeignKey(InfraPlan.id))
    computed: Mapped[PlanVerdict | None] = mapped_column(choice_type(PlanVerdict, name="computed"))
    verdict: Mapped[PlanVerdict | None] = col(
        _l("Kết luận về quy hoạch"), choices=PlanVerdict, needed_when=_l("khi kết luận về quy hoạch")
    )
    architecture: Mapped[ArchitectureVerdict | None] = col(
        _l("Kết luận về kiến trúc, cảnh quan"),
        choices=ArchitectureVerdict,
        needed_when=_l("khi kết luận về kiến trúc, cảnh quan"),
    )
    reason: Mapped[str] = col(_l("Lý do"), multiline=True, required=True)
    #: Version and rule in words, as they were.
    basis: Mapped[str]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("char_length(btrim(reason)) > 0", name="reasoned"),
        CheckConstraint("(aspect = 'plan') = (verdict IS NOT NULL)", name="verdict"),
        CheckConstraint("(aspect = 'plan') = (computed IS NOT NULL)", name="computed"),
        CheckConstraint("(aspect = 'architecture') = (architecture IS NOT NULL)", name="architecture"),
        Index(
            "uq_plan_conclusion_standing",
            "structure_id",
            "aspect",
            unique=True,
            postgresql_where=text("state = 'standing'"),
        ),
        Index(None, "unit_id"),
        Index(None, "structure_owner_id"),
        search_text_index("plan_conclusion"),
    )

    @property
    def is_overruled(self) -> bool:
        """Whether the office decided against the computed verdict."""
        return self.verdict is not None and self.verdict is not self.computed

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: on a structure that is not restricted for defence or security."""
        return is_on_open_structure(cls)
