"""Tables of campaigns: campaigns, reports with entries and submissions, exceptions, remarks, consolidated reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.campaigns.codes import CampaignKind, CampaignState, RemarkKind, ReportState
from registry.kernel.days import DayOrder, DaySpan
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.workflow.models import Case, search_text_index

#: The days of a campaign, in their order but for the cut-off.
DAYS: Final = ("period_from", "period_to", "cutoff_on", "opens_on", "due_on", "closes_on")
_SPAN: Final = DaySpan(back=10, ahead=5)


@versioned
class ReportCampaign(Case, Base):
    """One round of reports for a period.

    `form` are the items asked for (`rules.Item.as_row`): those that the department composed for a campaign on request,
    else the form of the settings as it was when the campaign was opened.
    """

    __tablename__ = "report_campaign"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (DayOrder("period_from", "cutoff_on"),)
    AREA: ClassVar[str | None] = None

    state: Mapped[CampaignState] = mapped_column(choice_type(CampaignState))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[CampaignKind] = col(_l("Loại báo cáo"), choices=CampaignKind, required=True, width="m")
    period_from: Mapped[date] = col(
        _l("Kỳ báo cáo từ ngày"), heading=_l("Từ ngày"), required=True, span=_SPAN, width="s"
    )
    period_to: Mapped[date] = col(
        _l("Kỳ báo cáo đến hết ngày"), heading=_l("Đến hết ngày"), required=True, span=_SPAN, width="s"
    )
    #: The figures of the register are those valid on this day.
    cutoff_on: Mapped[date] = col(
        _l("Ngày chốt số liệu của cơ sở dữ liệu"),
        required=True,
        span=_SPAN,
        hint=_l("Số liệu điền sẵn là số liệu có hiệu lực đến hết ngày này."),
        width="s",
    )
    #: First day of entry, last day on time, last day of entry.
    opens_on: Mapped[date] = col(_l("Nhập từ ngày"), required=True, span=_SPAN, width="s")
    due_on: Mapped[date] = col(
        _l("Hạn nộp"),
        required=True,
        span=_SPAN,
        hint=_l("Ngày cuối còn đúng hạn; “trước 30/10” là 29/10."),
        width="s",
    )
    closes_on: Mapped[date] = col(
        _l("Hạn cuối nhập số liệu"), heading=_l("Hạn cuối nhập"), required=True, span=_SPAN, width="s"
    )
    instructions: Mapped[str | None] = col(_l("Hướng dẫn"), max_length=2_000, multiline=True, width="full")
    #: The organisations that are expected to report.
    audience: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    form: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: The row of the settings that the form was taken from; NULL in a draft and for a composed form.
    form_setting_id: Mapped[int | None] = mapped_column(ForeignKey("dated_setting.id"))

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("opens_on <= due_on AND due_on <= closes_on", name="days"),
        CheckConstraint("form <> '[]' OR state IN ('draft', 'cancelled')", name="form"),
        search_text_index("report_campaign"),
    )

    @property
    def due_before(self) -> date:
        """The day before which the plan wants the reports: the one after the last day on time."""
        return self.due_on + timedelta(days=1)

    @classmethod
    def is_consolidated_rule(cls) -> ColumnElement[bool]:
        """SQL: its consolidated report stands."""
        return cls.state == CampaignState.LOCKED

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no campaign is restricted."""
        return cls.id.is_not(None)


@versioned
class OperatorReport(Case, Base):
    """The report of one organisation in a campaign."""

    __tablename__ = "operator_report"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[ReportState] = mapped_column(choice_type(ReportState))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("report_campaign.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Last day on time of its campaign.
    due_on: Mapped[date]
    #: When the submission that stands was sent.
    submitted_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    missing_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("(state = 'missing') = (missing_reason IS NOT NULL)", name="missing"),
        CheckConstraint("state NOT IN ('submitted', 'approved', 'accepted') OR submitted_at IS NOT NULL", name="sent"),
        CheckConstraint("state NOT IN ('approved', 'accepted') OR approved_by_id IS NOT NULL", name="approved"),
        UniqueConstraint("campaign_id", "organisation_id"),
        Index(None, "organisation_id", "state"),
        search_text_index("operator_report"),
    )


@versioned
class ReportEntry(Base):
    """What is typed for one item of a report before it is sent."""

    __tablename__ = "report_entry"

    id: Mapped[BigId]
    report_id: Mapped[int] = mapped_column(ForeignKey("operator_report.id"))
    #: Code of the item in the campaign's form.
    item: Mapped[str]
    value: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    #: The answer to a text, a choice or a table, the rows of a table on lines.
    content: Mapped[str | None]
    #: Why it differs from the register, or so much from the last report.
    reason: Mapped[str | None]

    __table_args__ = (UniqueConstraint("report_id", "item"), CheckConstraint("value >= 0", name="value"))


class ReportSubmission(Base):
    """A report as it was sent; never changed. A later one of the same report is its correction.

    `figures` are objects with `code`, `label`, `unit`, `value`, `measure`, `register`, `former`, `reason`, numbers as
    texts, and `kind` and `content` of answers that are no numbers; `register` is the value that was valid at the end of
    `valid_on` as known at `known_at`. `digest` is the SHA-256 of the canonical JSON of it all, in hexadecimal digits
    (rules.submission_digest).
    """

    __tablename__ = "report_submission"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    report_id: Mapped[int] = mapped_column(ForeignKey("operator_report.id"))
    #: 1 for the first one of the report.
    place: Mapped[int]
    #: Why an earlier one was returned or taken back; NULL for the first.
    reason: Mapped[str | None]
    valid_on: Mapped[date]
    known_at: Mapped[datetime]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    digest: Mapped[str]
    #: Who signed it for the organisation, with the position, as the sender stated it.
    signed_by: Mapped[str | None]
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (
        UniqueConstraint("report_id", "place"),
        CheckConstraint("(place = 1) = (reason IS NULL)", name="reason"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
    )


@versioned
class ReportException(Base):
    """A later last day of entry for one report; revoked, never deleted."""

    __tablename__ = "report_exception"

    id: Mapped[BigId]
    report_id: Mapped[int] = mapped_column(ForeignKey("operator_report.id"))
    until: Mapped[date]
    reason: Mapped[str]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    revoked_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(revoked_at, revoked_by_id, revoked_reason) IN (0, 3)", name="revoked"),
        Index("uq_report_exception_open", "report_id", unique=True, postgresql_where="revoked_at IS NULL"),
    )


@versioned
class ReportRemark(Base):
    """An obstacle that an operator names (R15), or a change of the plans that it proposes (R16)."""

    __tablename__ = "report_remark"
    SIDES: ClassVar[dict[str, str]] = {"agency": "agency_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    report_id: Mapped[int] = mapped_column(ForeignKey("operator_report.id"))
    kind: Mapped[RemarkKind] = mapped_column(choice_type(RemarkKind))
    text: Mapped[str]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    #: The agency that deals with it, by when, and what came of it.
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    due_on: Mapped[date | None]
    outcome: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(agency_id IS NULL) = (due_on IS NULL)", name="assigned"),
        Index(None, "report_id"),
    )


class Consolidation(Base):
    """One version of a campaign's consolidated report, frozen when it was locked; never changed.

    `content` is what its papers show, numbers as texts; `digest` as in ReportSubmission.
    """

    __tablename__ = "report_consolidation"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("report_campaign.id"))
    #: 1 for the first version of the campaign.
    place: Mapped[int]
    #: Why the version before was opened again; NULL for the first.
    reason: Mapped[str | None]
    valid_on: Mapped[date]
    known_at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[str]
    locked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (
        UniqueConstraint("campaign_id", "place"),
        CheckConstraint("(place = 1) = (reason IS NULL)", name="reason"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
    )
