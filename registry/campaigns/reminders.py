"""Reminders of reports that were not sent: each once a day, by the clock or by a person, noted in the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.campaigns.codes import REPORT, CampaignState
from registry.campaigns.exceptions import last_day_of_entry
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.rules import EDITABLE
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _, format_date
from registry.notices.models import Notice
from registry.structures.positions.moment import day_start
from registry.workflow.engine import note_event
from registry.workflow.models import CaseEvent
from registry.workflow.notice_events import REMINDER
from registry.workflow.notices import notify_event

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Reminded:
    """How often a report was reminded of, and the last time: when and who did it."""

    times: int
    last_at: datetime
    last_by: str


def remind(ctx: Ctx, report: OperatorReport, due_on: date) -> bool:
    """Notify who must send a report that is not sent; False where that was done today."""
    if _was_reminded(ctx, report):
        return False
    notify_event(ctx, REPORTS, report, REMINDER, last_on=due_on.isoformat())
    note_event(ctx, REPORT, report, REMINDER)
    record(ctx, f"{REPORT}.{REMINDER}", REPORT, report.id, number=report.number)
    return True


def remind_now(ctx: Ctx, campaign: ReportCampaign) -> tuple[int, int]:
    """Remind of every report of a campaign that was not sent; how many, and how many were reminded of today before.

    MoveRefused where no report can be sent.
    """
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    if campaign.state is not CampaignState.OPEN or ctx.today < campaign.opens_on:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s”, nhận số liệu từ ngày %(day)s; chỉ nhắc khi đang nhận.",
                number=campaign.number,
                state=campaign.state.label,
                day=format_date(campaign.opens_on),
            )
        )
    query = select(OperatorReport).where(OperatorReport.campaign_id == campaign.id, OperatorReport.state.in_(EDITABLE))
    # Two who press at one instant remind once.
    reports = ctx.session.scalars(query.order_by(OperatorReport.id).with_for_update()).all()
    answers = [remind(ctx, report, last_day_of_entry(ctx, report.id) or report.due_on) for report in reports]
    return sum(answers), len(answers) - sum(answers)


def reminders_of(ctx: Ctx, campaign_id: int) -> dict[int, Reminded]:
    """Report id -> its reminders, for those of a campaign that were reminded of."""
    query = (
        select(
            CaseEvent.case_id,
            func.count().label("times"),
            func.max(CaseEvent.occurred_at).label("last_at"),
            func.max(CaseEvent.id).label("last_id"),
        )
        .join(OperatorReport, OperatorReport.id == CaseEvent.case_id)
        .where(CaseEvent.workflow == REPORT, CaseEvent.move == REMINDER, OperatorReport.campaign_id == campaign_id)
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    rows = ctx.session.execute(
        select(query.c.case_id, query.c.times, query.c.last_at, CaseEvent.actor_label).join(
            CaseEvent, CaseEvent.id == query.c.last_id
        )
    )
    return {row.case_id: Reminded(row.times, row.last_at, row.actor_label) for row in rows}


def _was_reminded(ctx: Ctx, report: OperatorReport) -> bool:
    query = select(Notice.id).where(
        Notice.subject_kind == REPORT,
        Notice.subject_id == report.id,
        Notice.event == REMINDER,
        Notice.created_at >= day_start(ctx.today),
        Notice.created_at < day_start(ctx.today + _ONE_DAY),
    )
    with across_organisations(ctx, Notice.__tablename__):
        return ctx.session.scalar(query.limit(1)) is not None
