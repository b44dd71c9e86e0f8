"""Completeness and punctuality of each reporter over the years: reporting rate and reporting rate on time (DHIS2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.campaigns.codes import CampaignState, ReportState
from registry.campaigns.models import OperatorReport, ReportCampaign, ReportSubmission
from registry.indicators.declared import percent_of
from registry.kernel.clock import local_date


@dataclass
class ReporterRate:
    """How many reports were expected, accepted, and of these first sent by the due date."""

    expected: int = 0
    received: int = 0
    on_time: int = 0

    @property
    def reporting_pct(self) -> Decimal | None:
        return percent_of(self.received, self.expected)

    @property
    def on_time_pct(self) -> Decimal | None:
        return percent_of(self.on_time, self.expected)

    def add(self, *, received: bool, on_time: bool) -> None:
        self.expected += 1
        self.received += received
        self.on_time += received and on_time


@dataclass
class ReporterLine:
    """The rates of one reporter, in all and by the year in which the periods end."""

    name: str
    total: ReporterRate = field(default_factory=ReporterRate)
    years: dict[int, ReporterRate] = field(default_factory=lambda: defaultdict(ReporterRate))


@dataclass(frozen=True)
class ReporterTable:
    """The years, the latest first, and a line for each reporter and for all of them."""

    years: Sequence[int]
    lines: Sequence[ReporterLine]
    whole: ReporterLine


def reporter_rates(ctx: Ctx, whole_label: str) -> ReporterTable:
    """The reports of begun campaigns that the actor may see; one that is not due yet counts once accepted."""
    first = aliased(ReportSubmission, name="first")
    query = (
        select(OperatorReport, Organisation.short_name, ReportCampaign.period_to, first.sent_at)
        .join(ReportCampaign, ReportCampaign.id == OperatorReport.campaign_id)
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .outerjoin(first, (first.report_id == OperatorReport.id) & (first.place == 1))
        .where(
            visible(ctx, OperatorReport, P.REPORT_READ),
            ReportCampaign.state.in_((CampaignState.OPEN, CampaignState.LOCKED)),
            or_(OperatorReport.due_on < ctx.today, OperatorReport.state == ReportState.ACCEPTED),
        )
        .order_by(Organisation.short_name, OperatorReport.id)
    )
    lines: dict[int, ReporterLine] = {}
    whole = ReporterLine(whole_label)
    for row in ctx.session.execute(query):
        report: OperatorReport = row.OperatorReport
        line = lines.setdefault(report.organisation_id, ReporterLine(row.short_name))
        received = report.state is ReportState.ACCEPTED
        on_time = row.sent_at is not None and local_date(row.sent_at) <= report.due_on
        for rates in (line, whole):
            for rate in (rates.total, rates.years[row.period_to.year]):
                rate.add(received=received, on_time=on_time)
    return ReporterTable(sorted(whole.years, reverse=True), list(lines.values()), whole)
