"""Tables of the engine: calendar days, legal terms, clocks, events, messages and number counters of cases."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Label,
    SmallInteger,
    Time,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from registry.kernel.dated_rows import DatedRow, one_standing_row
from registry.kernel.db.base import Base, BigId, Choice, ExclusiveEnd, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l
from registry.kernel.two_persons import Proposal, decision_checks
from registry.workflow.calendar import TermUnit

MOST_CHARACTERS = 4000


class DayKind(Choice):
    """How a day differs from the rule of the week."""

    DAY_OFF = "day_off", _l("Nghỉ")
    WORKED_WEEKEND = "worked_weekend", _l("Làm bù")


class ClockState(Choice):
    """The state of a clock."""

    RUNNING = "running", _l("Đang chạy")
    PAUSED = "paused", _l("Tạm dừng")
    STOPPED = "stopped", _l("Đã xong")
    LAPSED = "lapsed", _l("Quá hạn")


@versioned
class CalendarDay(Base):
    """A public day off, or a weekend day worked instead; withdrawn, never deleted."""

    __tablename__ = "calendar_day"

    id: Mapped[BigId]
    day: Mapped[date] = mapped_column(unique=True)
    kind: Mapped[DayKind] = mapped_column(choice_type(DayKind))
    name: Mapped[str]
    #: The decision or law.
    source: Mapped[str]
    needs_verification: Mapped[bool]
    is_active: Mapped[bool]
    #: Of a worked weekend: the day off that it makes up for, and goes with.
    makes_up_for: Mapped[date | None]
    entered_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind = 'day_off' OR extract(isodow FROM day) >= 6", name="worked_weekend"),
        CheckConstraint("char_length(btrim(name)) > 0 AND char_length(btrim(source)) > 0", name="explained"),
        CheckConstraint("makes_up_for IS NULL OR kind = 'worked_weekend'", name="makes_up"),
    )


@versioned
class LegalTerm(DatedRow, Base):
    """The length of a term from a day on: a change of law is a new row, and older cases keep theirs."""

    __tablename__ = "legal_term"
    CITES: ClassVar[tuple[str, ...]] = ("citation",)

    key: Mapped[str]
    #: Only for cases of this owner, such as one that promised a shorter term; NULL: for all.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    length: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[TermUnit] = mapped_column(choice_type(TermUnit))
    #: Local time after which an arrival counts as on the next working day; NULL: no such rule.
    cut_off: Mapped[time | None] = mapped_column(Time)
    #: Working days before the due date on which the assignee is reminded.
    reminders: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    citation: Mapped[str]
    #: Of a row that was replaced before it began, which is withdrawn without a reason.
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("legal_term.id"))

    __table_args__ = (
        one_standing_row("legal_term", "key", "organisation_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "withdrawn_at IS NOT NULL OR num_nonnulls(withdrawn_reason, replaced_by_id) = 0", name="withdrawn"
        ),
        CheckConstraint("length BETWEEN 1 AND 1000", name="length"),
        CheckConstraint("char_length(btrim(citation)) > 0", name="cited"),
    )


@versioned
class TermProposal(Proposal, Base):
    """A change of a legal term that takes effect once a second person has confirmed it; columns as of `LegalTerm`."""

    __tablename__ = "term_proposal"

    key: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: The row to withdraw; of a new row the one that the decision wrote.
    term_id: Mapped[int | None] = mapped_column(ForeignKey("legal_term.id"), index=True)
    valid_from: Mapped[date]
    length: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[TermUnit] = mapped_column(choice_type(TermUnit))
    cut_off: Mapped[time | None] = mapped_column(Time)
    reminders: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    citation: Mapped[str]
    needs_verification: Mapped[bool]
    #: Why the row is withdrawn.
    reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_term_proposal_key_organisation_id",
            "key",
            "organisation_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="state = 'pending'",
        ),
        *decision_checks(),
        CheckConstraint("kind = 'add' OR num_nulls(term_id, reason) = 0", name="withdrawal"),
    )


@versioned
class CaseClock(Base):
    """One running, paused or finished deadline of a case: a term of law, or a day that the case states itself.

    A stated one runs until it ends, also while a term of law is paused. `pauses` are objects with `from`, `to` (days,
    ISO) and `reason`; days touched by a pause do not count.
    """

    __tablename__ = "case_clock"

    id: Mapped[BigId]
    workflow: Mapped[str]
    case_id: Mapped[int]
    #: Name of the deadline in the workflow; a case has at most one clock that runs.
    name: Mapped[str]
    #: NULL: the case states the end.
    term_id: Mapped[int | None] = mapped_column(ForeignKey("legal_term.id"))
    #: Of a stated end: working days before it on which the assignee is reminded.
    reminders: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    #: The day whose law applies: that of the filing.
    law_on: Mapped[date]
    state: Mapped[ClockState] = mapped_column(choice_type(ClockState))
    started_at: Mapped[datetime]
    #: First moment that is late; NULL while paused.
    due_at: Mapped[ExclusiveEnd | None]
    #: Extension, in the unit of the term that ran when it was granted.
    extra: Mapped[int] = mapped_column(SmallInteger)
    extra_unit: Mapped[TermUnit | None] = mapped_column(choice_type(TermUnit))
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    paused_at: Mapped[datetime | None]
    #: Code of the state that paused it; the workflow has the label.
    pause_reason: Mapped[str | None]
    #: When the next reminder is to go out.
    remind_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    term: Mapped[LegalTerm | None] = relationship(lazy="raise_on_sql")

    @property
    def law(self) -> LegalTerm:
        """The term of law; RuntimeError for a stated end."""
        if self.term is None:
            message = f"the end of {self.name} of {self.workflow} {self.case_id} is stated by the case"
            raise RuntimeError(message)
        return self.term

    __table_args__ = (
        CheckConstraint("num_nonnulls(term_id, reminders) = 1", name="term"),
        CheckConstraint(
            "term_id IS NOT NULL OR (due_at IS NOT NULL AND state <> 'paused' AND extra = 0)", name="stated"
        ),
        CheckConstraint("(state = 'paused') = (paused_at IS NOT NULL)", name="paused_at"),
        CheckConstraint("(state IN ('stopped', 'lapsed')) = (ended_at IS NOT NULL)", name="ended_at"),
        CheckConstraint("state <> 'running' OR due_at IS NOT NULL", name="due_at"),
        Index("uq_case_clock_open", "workflow", "case_id", "name", unique=True, postgresql_where="ended_at IS NULL"),
        Index("uq_case_clock_running", "workflow", "case_id", unique=True, postgresql_where="state = 'running'"),
        Index(None, "workflow", "case_id", "id"),
        Index("ix_case_clock_due", "due_at", postgresql_where="state = 'running'"),
        Index("ix_case_clock_remind", "remind_at", postgresql_where="state = 'running'"),
    )


@versioned
class CaseEvent(Base):
    """One step of a case: the move, the states, the actor, the form's values."""

    __tablename__ = "case_event"

    id: Mapped[BigId]
    workflow: Mapped[str]
    case_id: Mapped[int]
    move: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    occurred_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_label: Mapped[str]
    #: The due date that this step met or missed.
    due_at: Mapped[ExclusiveEnd | None]
    #: The values of the move's form by the names of its needs.
    said: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index(None, "workflow", "case_id", "id"),)


class CaseCounter(Base):
    """The last number of a workflow's year; numbers have no gaps, so the row is a lock."""

    __tablename__ = "case_counter"

    workflow: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int]


def search_text_index(table: str) -> Index:
    """The index of `Case.search_text`, for the table's arguments."""
    search_text: Label[str] = literal_column("fold((coalesce(number, '') || ' ') || title)").label("words")
    return Index(f"ix_{table}_words", search_text, postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"})


class Case:
    """Mixin of case tables; each adds `state: Mapped[ItsStates]` and its own facts.

    Only the engine writes state, state_since, due_at and number. `version` rises with every change; a decision on an
    outdated version is refused.
    """

    id: Mapped[BigId]
    #: Public number such as DC-2026-000123, assigned on submission.
    number: Mapped[str | None] = mapped_column(unique=True)
    #: The subject in one line, as named when the case was written.
    title: Mapped[str]
    state: Mapped[Choice]
    state_since: Mapped[datetime]
    #: Due date of the running term; NULL without one.
    due_at: Mapped[ExclusiveEnd | None]
    created_at: Mapped[datetime]
    version: Mapped[int]

    @declared_attr
    def created_by_id(self) -> Mapped[int | None]:
        """The account that opened the case."""
        return mapped_column(ForeignKey("user_account.id"))

    @classmethod
    def search_text(cls) -> ColumnElement[str]:
        """SQL: number and title as one folded text, the same expression as in the index."""
        number = func.coalesce(cls.number, literal_column("''"))
        return func.fold(number.op("||")(literal_column("' '")).op("||")(cls.title))


@versioned
class CaseMessage(Base):
    """One message on a case, visible to all its readers; never changed."""

    __tablename__ = "case_message"

    id: Mapped[BigId]
    workflow: Mapped[str]
    case_id: Mapped[int]
    text: Mapped[str]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: Names of person and organisation at that time.
    written_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(f"char_length(btrim(text)) BETWEEN 1 AND {MOST_CHARACTERS}", name="text"),
        Index(None, "workflow", "case_id", "id"),
    )
