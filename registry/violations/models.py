"""Tables of violations: the dated catalogues of acts and of competence, and the cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ColumnElement, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from registry.kernel.db.base import Base, BigId, Dong, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.violations.codes import Authority, KindGroup, Offender, Receiver, ViolationState
from registry.workflow.models import Case, search_text_index

#: States without a decision.
_BEFORE_DECISION = (
    "'reported', 'verifying', 'not_violation', 'minutes_made', 'transferred', 'decision_overdue', 'time_barred'"
)
_AFTER_DECISION = "'decided', 'appealed', 'remedying', 'remedied'"
_BEFORE_MINUTES = "'reported', 'verifying', 'not_violation', 'time_barred'"
_AFTER_MINUTES = f"'minutes_made', 'transferred', 'decision_overdue', {_AFTER_DECISION}"
_MOST_METRES = 10_000


def _unique_while_standing(table: str, key: str) -> Index:
    """One row a day that is not withdrawn."""
    name = f"uq_{table}_{key}_valid_from"
    return Index(name, key, "valid_from", unique=True, postgresql_where=text("withdrawn_at IS NULL"))


@versioned
class ViolationKind(Base):
    """One act under one decree: a change of law is a new row, and older acts keep theirs.

    Fines are in đồng, for organisations, NULL if no range is known; an individual pays half.
    """

    __tablename__ = "violation_kind"

    id: Mapped[BigId]
    code: Mapped[str]
    kind_group: Mapped[KindGroup] = mapped_column(choice_type(KindGroup))
    act: Mapped[str]
    valid_from: Mapped[date]
    #: Last day of the decree's force, included.
    valid_to: Mapped[date | None]
    #: Last day on which the act itself was still forbidden, where it ends before the decree.
    acts_until: Mapped[date | None]
    fine_min_vnd: Mapped[Dong | None]
    fine_max_vnd: Mapped[Dong | None]
    decree: Mapped[str]
    article: Mapped[str]
    #: No fine before the owner is proved.
    owner_first: Mapped[bool]
    needs_verification: Mapped[bool]
    #: Why it was entered; NULL for the first rows.
    reason: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    __table_args__ = (
        _unique_while_standing("violation_kind", "code"),
        CheckConstraint("code ~ '^[a-z][a-z_]{1,39}$'", name="code_form"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("(fine_min_vnd IS NULL) = (fine_max_vnd IS NULL)", name="fine_both"),
        CheckConstraint("fine_min_vnd > 0 AND fine_max_vnd >= fine_min_vnd", name="fine_range"),
        CheckConstraint("char_length(btrim(act)) > 0 AND char_length(btrim(decree)) > 0", name="explained"),
    )


@versioned
class ViolationCompetence(Base):
    """The highest fine (đồng, for organisations) that an authority may set, from a day on."""

    __tablename__ = "violation_competence"

    id: Mapped[BigId]
    authority: Mapped[Authority] = mapped_column(choice_type(Authority))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    fine_max_vnd: Mapped[Dong]
    decree: Mapped[str]
    article: Mapped[str]
    needs_verification: Mapped[bool]
    reason: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]

    __table_args__ = (
        _unique_while_standing("violation_competence", "authority"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("fine_max_vnd > 0", name="fine"),
    )


@versioned
class Violation(Case, Base):
    """One act at one position; `created_by_id` is the inspector who found it."""

    __tablename__ = "violation"
    SIDES: ClassVar[dict[str, str]] = {"owner": "handler_organisation_id", "accused": "organisation_id"}
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[ViolationState] = mapped_column(choice_type(ViolationState))
    #: The inspector's organisation.
    handler_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("violation_kind.id"))
    #: Day of the act; of a continuing act, its first known day.
    occurred_on: Mapped[date]
    is_continuing: Mapped[bool]
    found_at: Mapped[datetime]
    #: Exact position, for the readers of the case.
    place: Mapped[Any] = deferred(
        mapped_column(Geometry("POINT", srid=WGS84, spatial_index=False), nullable=False), raiseload=True
    )
    place_m: Mapped[Any] = deferred(
        mapped_column(
            Geometry("POINT", srid=PROVINCE_GRID, spatial_index=False),
            Computed(f"ST_Transform(place, {PROVINCE_GRID})", persisted=True),
        ),
        raiseload=True,
    )
    given_place: Mapped[str]
    given_srid: Mapped[int]
    place_operation: Mapped[str]
    accuracy_m: Mapped[Metres | None]
    #: Commune (or district, before 01/07/2025) of the place on the day of the act.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    address: Mapped[str | None]
    description: Mapped[str]
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    #: The accused organisation; it sees the case once minutes are made.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: Other possible offenders, as text.
    suspects: Mapped[str | None]

    minutes_number: Mapped[str | None]
    minutes_on: Mapped[date | None]
    offender: Mapped[Offender | None] = mapped_column(choice_type(Offender))
    offender_name: Mapped[str | None]
    transferred_to: Mapped[Receiver | None] = mapped_column(choice_type(Receiver))
    decision_number: Mapped[str | None]
    decision_on: Mapped[date | None]
    authority: Mapped[Authority | None] = mapped_column(choice_type(Authority))
    fine_vnd: Mapped[Dong | None]
    remedy: Mapped[str | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    remedy_due_on: Mapped[date | None]

    kind: Mapped[ViolationKind] = relationship(lazy="raise_on_sql", viewonly=True)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint(f"accuracy_m BETWEEN 0 AND {_MOST_METRES}", name="accuracy"),
        CheckConstraint("ST_IsValid(place) AND NOT ST_IsEmpty(place)", name="place_sound"),
        CheckConstraint("char_length(btrim(description)) > 0", name="described"),
        CheckConstraint(
            "(minutes_number IS NULL) = (minutes_on IS NULL) AND (minutes_number IS NULL) = (offender IS NULL)"
            " AND (minutes_number IS NULL) = (offender_name IS NULL)",
            name="minutes_whole",
        ),
        CheckConstraint(f"state NOT IN ({_AFTER_MINUTES}) OR minutes_number IS NOT NULL", name="minutes_made"),
        CheckConstraint(f"state NOT IN ({_BEFORE_MINUTES}) OR minutes_number IS NULL", name="minutes_not_made"),
        CheckConstraint("state <> 'transferred' OR transferred_to IS NOT NULL", name="transferred"),
        CheckConstraint(
            "(decision_number IS NULL) = (decision_on IS NULL) AND (decision_number IS NULL) = (authority IS NULL)"
            " AND (decision_number IS NULL) = (fine_vnd IS NULL) AND (decision_number IS NULL) = (remedy IS NULL)"
            " AND (decision_number IS NULL) = (decided_by_id IS NULL)",
            name="decision_whole",
        ),
        CheckConstraint(f"state NOT IN ({_AFTER_DECISION}) OR decision_number IS NOT NULL", name="decided"),
        CheckConstraint(f"state NOT IN ({_BEFORE_DECISION}) OR decision_number IS NULL", name="not_yet_decided"),
        CheckConstraint("minutes_number IS NOT NULL OR decision_number IS NULL", name="minutes_before_decision"),
        CheckConstraint("decision_on >= minutes_on", name="decision_after_minutes"),
        CheckConstraint("state NOT IN ('remedying', 'remedied') OR remedy_due_on IS NOT NULL", name="remedy_due"),
        Index(None, "unit_id", "state"),
        Index(None, "organisation_id"),
        Index(None, "structure_id"),
        search_text_index("violation"),
        Index("ix_violation_place", "place", postgresql_using="gist"),
        Index("ix_violation_place_m", "place_m", postgresql_using="gist"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no violation is restricted."""
        return cls.id.is_not(None)

    @classmethod
    def is_served_rule(cls) -> ColumnElement[bool]:
        """SQL: minutes exist, so the accused may know of the case."""
        return cls.minutes_number.is_not(None)
