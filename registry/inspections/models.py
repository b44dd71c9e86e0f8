"""Tables of inspections: the plan, its structures with their results, and proposed changes of the register."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.inspections.codes import CorrectionState, FindingState, Outcome, OwnerStatement, PlanState
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned
from registry.workflow.models import Case, search_text_index


@versioned
class InspectionPlan(Case, Base):
    """A plan to inspect structures of one commune, or of the whole province."""

    __tablename__ = "inspection_plan"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[PlanState] = mapped_column(choice_type(PlanState))
    #: The authority that made it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The commune; NULL for the whole province.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    purpose: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    decision_number: Mapped[str | None]
    decided_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("char_length(btrim(purpose)) > 0", name="purpose"),
        CheckConstraint("(decision_number IS NULL) = (decided_on IS NULL)", name="decision_whole"),
        CheckConstraint("state NOT IN ('issued', 'done') OR decision_number IS NOT NULL", name="issued"),
        Index(None, "unit_id", "state"),
        search_text_index("inspection_plan"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no plan is restricted; its structures are filtered one by one."""
        return cls.id.is_not(None)

    @classmethod
    def is_joint_rule(cls) -> ColumnElement[bool]:
        """SQL: of the whole province and issued, so that every area carries out its part."""
        return and_(cls.unit_id.is_(None), cls.decision_number.is_not(None))


@versioned
class InspectionItem(Base):
    """One structure of a plan, why it was chosen, and its result.

    `answers` are objects with `code`, `text`, `basis`, `answer`, `note`, and the act that it names: the
    checklist as it was on the day of the inspection.
    """

    __tablename__ = "inspection_item"

    id: Mapped[BigId]
    plan_id: Mapped[int] = mapped_column(ForeignKey("inspection_plan.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    #: The risks and their weighted sum when it was added.
    risks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    score: Mapped[int]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[Outcome | None] = mapped_column(choice_type(Outcome))
    inspected_on: Mapped[date | None]
    recorded_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        UniqueConstraint("plan_id", "structure_id"),
        CheckConstraint("score >= 0", name="score"),
        CheckConstraint(
            "(outcome IS NULL) = (inspected_on IS NULL) AND (outcome IS NULL) = (recorded_at IS NULL)",
            name="result_whole",
        ),
        Index(None, "structure_id"),
    )


@versioned
class InspectionCorrection(Base):
    """A value of the register that an inspection found wrong; the owner accepts or declines the found one."""

    __tablename__ = "inspection_correction"
    SIDES: ClassVar[dict[str, str]] = {"owner": "owner_organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    item_id: Mapped[int] = mapped_column(ForeignKey("inspection_item.id"))
    structure_id: Mapped[int]
    #: The structure's owner: part of the key, so that it follows a change of owner.
    owner_organisation_id: Mapped[int]
    #: Name of a declared field of the structure's kind.
    field: Mapped[str]
    #: The value of the register at the time, and the found one as it is typed.
    recorded: Mapped[str]
    found: Mapped[str]
    remark: Mapped[str | None]
    state: Mapped[CorrectionState] = mapped_column(choice_type(CorrectionState))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer: Mapped[str | None]

    __table_args__: Any = (
        ForeignKeyConstraint(
            ["structure_id", "owner_organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_inspection_correction_structure_id_owner_organisation_id",
            onupdate="CASCADE",
        ),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("state <> 'declined' OR answer IS NOT NULL", name="declined"),
        Index(
            "uq_inspection_correction_waiting",
            "structure_id",
            "field",
            unique=True,
            postgresql_where="state = 'waiting'",
        ),
        Index(None, "item_id"),
        Index(None, "owner_organisation_id", "state"),
    )


@versioned
class InspectionFinding(Base):
    """A failed item of a checklist: an officer turns it into a case or not, and the owner accepts or disputes it."""

    __tablename__ = "inspection_finding"
    SIDES: ClassVar[dict[str, str]] = {"owner": "owner_organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    item_id: Mapped[int] = mapped_column(ForeignKey("inspection_item.id"))
    structure_id: Mapped[int]
    #: The structure's owner: part of the key, so that it follows a change of owner.
    owner_organisation_id: Mapped[int]
    #: Key and text of the item of the checklist, and the note of the inspector.
    code: Mapped[str]
    text: Mapped[str]
    basis: Mapped[str]
    note: Mapped[str | None]
    #: The act that the checklist names; the officer chooses.
    suggested_act: Mapped[str | None]
    #: Whether the item is the owner's own duty.
    is_of_owner: Mapped[bool]
    inspected_on: Mapped[date]
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[FindingState] = mapped_column(choice_type(FindingState))
    act: Mapped[str | None]
    reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Last day to remedy it, as the officer set; it is inspected again on the next working day.
    remedy_due_on: Mapped[date | None]
    statement: Mapped[OwnerStatement | None] = mapped_column(choice_type(OwnerStatement))
    statement_text: Mapped[str | None]
    stated_at: Mapped[datetime | None]
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__: Any = (
        ForeignKeyConstraint(
            ["structure_id", "owner_organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_inspection_finding_structure_id_owner_organisation_id",
            onupdate="CASCADE",
        ),
        UniqueConstraint("item_id", "code"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'case') = (act IS NOT NULL)", name="case_act"),
        CheckConstraint("state <> 'dropped' OR reason IS NOT NULL", name="dropped"),
        CheckConstraint("(statement IS NULL) = (stated_at IS NULL)", name="stated"),
        CheckConstraint("remedy_due_on >= inspected_on", name="remedy_due"),
        CheckConstraint("statement <> 'disputed' OR statement_text IS NOT NULL", name="disputed"),
        Index(None, "owner_organisation_id", "state"),
    )
