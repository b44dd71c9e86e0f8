"""The catalogue of indicators, their targets by plan and year, and the values that people enter."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.dated_rows import CitedRow, cite
from registry.kernel.days import DaySpan
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l

#: Largest value of an indicator, and of its numerator and denominator.
MOST = Decimal("999999999999.99")


class IndicatorUnit(Choice):
    """What a value is stated in. A rate per 100 people is no percentage: it may exceed 100."""

    PERCENT = "percent", _l("%")
    PER_100_PEOPLE = "per_100_people", _l("trên 100 dân")
    COUNT = "count", _l("số lượng")


class IndicatorGroup(Choice):
    """The parts of the plan."""

    SHARING = "sharing", _l("Dùng chung hạ tầng")
    MOBILE = "mobile", _l("Băng rộng di động")
    FIXED = "fixed", _l("Băng rộng cố định")
    CLOUD = "cloud", _l("Trung tâm dữ liệu và điện toán đám mây")
    PLATFORM = "platform", _l("Nền tảng số")


class FilledBy(Choice):
    """Where the values come from."""

    REGISTER = "register", _l("Tính từ cơ sở dữ liệu")
    LEAD_DEPARTMENT = "lead_department", _l("Sở Khoa học và Công nghệ")
    OPERATORS = "operators", _l("Doanh nghiệp viễn thông báo cáo")
    COMMUNES = "communes", _l("UBND cấp xã báo cáo")


class Denominator(Choice):
    """What a source states of a unit for a day, by which reported figures are divided."""

    PEOPLE = "people", _l("dân số")
    ADULTS = "adults", _l("dân số trưởng thành")
    HOUSEHOLDS = "households", _l("hộ gia đình")
    VILLAGES = "villages", _l("thôn, bản, khu phố")


class Direction(Choice):
    """Which way reaches the target."""

    UP = "up", _l("Cần đạt từ")
    DOWN = "down", _l("Không vượt quá")


@versioned
class Indicator(Base):
    """One indicator: its definition, and who or what gives its values."""

    __tablename__ = "indicator"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    #: Order within the catalogue.
    place: Mapped[int]
    group: Mapped[IndicatorGroup] = mapped_column("subject", choice_type(IndicatorGroup))
    name: Mapped[str]
    name_en: Mapped[str]
    definition: Mapped[str]
    unit: Mapped[IndicatorUnit] = mapped_column(choice_type(IndicatorUnit))
    numerator: Mapped[str]
    denominator: Mapped[str]
    #: Code of the declared figure that gives the values (declared.py); NULL: they are entered.
    computation: Mapped[str | None]
    #: Items of the form of campaigns whose sums over the accepted reports give its values; NULL: none.
    numerator_item: Mapped[str | None]
    denominator_item: Mapped[str | None]
    #: What divides the numerator instead of an item.
    denominator_basis: Mapped[Denominator | None] = mapped_column(choice_type(Denominator, name="basis"))
    direction: Mapped[Direction] = mapped_column(choice_type(Direction))
    filled_by: Mapped[FilledBy] = mapped_column(choice_type(FilledBy))
    source: Mapped[str]
    method: Mapped[str | None]
    limitations: Mapped[str | None]
    #: When values come out, and how they are revised afterwards.
    release_calendar: Mapped[str | None]
    revision_policy: Mapped[str | None]
    #: Days from which on values cannot be compared with earlier ones, a line each.
    series_breaks: Mapped[str | None]
    #: Whether a value needs a document.
    needs_evidence: Mapped[bool]
    needs_verification: Mapped[bool]
    #: Why it was changed last; NULL for the first rows.
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version, "eager_defaults": True}
    __table_args__: Any = (
        CheckConstraint("(computation IS NOT NULL) = (filled_by = 'register')", name="computed_by_register"),
        CheckConstraint("denominator_item IS NULL OR denominator_basis IS NULL", name="one_denominator"),
    )

    def name_in(self, language: str) -> str:
        """The name in a language of the interface."""
        return self.name_en if language == "en" else self.name


@versioned
class IndicatorTarget(CitedRow, Base):
    """What a plan wants of an indicator by the end of a year; without a value the plan's figure is not known."""

    __tablename__ = "indicator_target"
    CITES: ClassVar[tuple[str, ...]] = ("plan",)

    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    plan: Mapped[str]
    plan_issued_on: Mapped[date]
    year: Mapped[int]
    value: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    #: The target in the words of the plan.
    quote: Mapped[str | None]
    #: Why it was entered; NULL for the first rows.
    reason: Mapped[str | None]

    __table_args__: Any = (
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
        CheckConstraint("value >= 0", name="value"),
        Index(
            "uq_indicator_target_plan_year",
            "indicator_id",
            "plan",
            "year",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
    )

    @property
    def citation(self) -> str:
        """The plan as papers and pages may cite it: only a confirmed one by its name."""
        return cite(self.plan, needs_verification=self.needs_verification)


class IndicatorValue(Base):
    """A value that was entered for a period. It is never changed: a correction is another row that names it."""

    __tablename__ = "indicator_value"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    #: A commune; NULL: the whole province.
    admin_unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    numerator: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    denominator: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    value: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    source: Mapped[str]
    note: Mapped[str | None]
    #: The value that this one takes the place of, and why.
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("indicator_value.id"))
    reason: Mapped[str | None]
    known_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__: Any = (
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("value >= 0 AND numerator >= 0 AND denominator > 0", name="amounts"),
        CheckConstraint("num_nonnulls(numerator, denominator) IN (0, 2)", name="both_parts"),
        CheckConstraint("(corrects_id IS NULL) = (reason IS NULL)", name="reason_of_correction"),
        UniqueConstraint("corrects_id"),
        Index(None, "indicator_id", "period_to"),
    )


class UnitPopulation(Base):
    """People, households and villages of a unit, as a source states them for a day. A later row takes its place."""

    __tablename__ = "unit_population"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = "admin_unit_id"

    id: Mapped[BigId]
    admin_unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    valid_from: Mapped[date]
    people: Mapped[int]
    adults: Mapped[int | None]
    households: Mapped[int]
    villages: Mapped[int | None]
    source: Mapped[str]
    known_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__: Any = (
        CheckConstraint(
            "people > 0 AND households BETWEEN 1 AND people AND adults BETWEEN 0 AND people AND villages >= 0",
            name="amounts",
        ),
        Index(None, "admin_unit_id", "valid_from"),
    )


class TaskState(Choice):
    """How far a task is."""

    NOT_STARTED = "not_started", _l("Chưa thực hiện")
    RUNNING = "running", _l("Đang thực hiện")
    DONE = "done", _l("Đã hoàn thành")
    STOPPED = "stopped", _l("Không thực hiện")


#: States that end a task.
ENDED: Final = (TaskState.DONE, TaskState.STOPPED)
_TASK_DAYS: Final = DaySpan(since=date(2000, 1, 1), ahead=30)


@versioned
class PlanTask(Base):
    """A task that a plan gives to an agency, with its result as the agency states it."""

    __tablename__ = "plan_task"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    plan: Mapped[str] = col(
        _l("Kế hoạch"), max_length=300, required=True, hint=_l("Số, ngày; ví dụ: Kế hoạch 225/KH-UBND ngày 15/9/2023.")
    )
    item: Mapped[str] = col(_l("Mục"), max_length=40, required=True, width="s")
    responsible: Mapped[str] = col(
        _l("Cơ quan thực hiện"), max_length=300, required=True, hint=_l("Ghi theo kế hoạch.")
    )
    duty: Mapped[str] = col(_l("Nhiệm vụ"), max_length=2_000, required=True, multiline=True, width="full")
    #: Last day of the plan; NULL: the plan names none.
    planned_on: Mapped[date | None] = col(
        _l("Thời hạn hoàn thành"), span=_TASK_DAYS, hint=_l("Để trống khi kế hoạch không nêu."), width="s"
    )
    #: Who states the result; NULL: the lead department.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[TaskState] = col(_l("Tình trạng"), choices=TaskState, required=True, width="m")
    result_on: Mapped[date | None] = col(_l("Kết quả tính đến ngày"), span=_TASK_DAYS, width="s")
    result: Mapped[str | None] = col(_l("Kết quả"), max_length=2_000, multiline=True, width="full")
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        CheckConstraint("char_length(btrim(duty)) > 0", name="duty"),
        CheckConstraint("(result IS NULL) = (result_on IS NULL)", name="dated_result"),
        CheckConstraint("state NOT IN ('done', 'stopped') OR result IS NOT NULL", name="ended_with_result"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    @classmethod
    def is_late_rule(cls, day: date) -> ColumnElement[bool]:
        """SQL: the planned day is over and the task has not ended."""
        return (cls.planned_on < day) & cls.state.not_in(ENDED)

    def is_late(self, day: date) -> bool:
        return self.planned_on is not None and self.planned_on < day and self.state not in ENDED
