"""Daily reminders of reports that were not sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from procrastinate import JobContext
from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.campaigns.codes import REPORT, CampaignState
from registry.campaigns.exceptions import last_day_of_entry
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.rules import EDITABLE, is_reminder_due
from registry.campaigns.settings import REMINDERS
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import setting
from registry.kernel.db.session import Database
from registry.kernel.jobs import queue, resources_of
from registry.notices.models import Notice
from registry.structures.positions.moment import day_start
from registry.workflow.notice_events import REMINDER
from registry.workflow.notices import notify_event

_ONE_DAY: Final = timedelta(days=1)


@queue.periodic(cron="7 7 * * *")
@queue.task(name="campaigns.remind", queueing_lock="campaigns.remind", pass_context=True)
def remind(job: JobContext, timestamp: int) -> None:
    del timestamp
    run_reminders(resources_of(job).database, utc_now())


def run_reminders(database: Database, now: datetime) -> int:
    """Remind of the reports whose turn it is on a day, each once a day; returns how many."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin="clock") as ctx:
        return sum(_remind(ctx, report, closes_on) for report, closes_on in _waiting(ctx))


def _waiting(ctx: Ctx) -> list[tuple[OperatorReport, date]]:
    query = (
        select(OperatorReport, ReportCampaign.closes_on)
        .join(ReportCampaign, ReportCampaign.id == OperatorReport.campaign_id)
        .where(
            ReportCampaign.state == CampaignState.OPEN,
            ReportCampaign.opens_on <= ctx.today,
            OperatorReport.state.in_(EDITABLE),
        )
        .order_by(OperatorReport.id)
    )
    return [(row.OperatorReport, row.closes_on) for row in ctx.session.execute(query)]


def _remind(ctx: Ctx, report: OperatorReport, closes_on: date) -> bool:
    until = last_day_of_entry(ctx, report.id)
    law = setting(ctx.session, REMINDERS, ctx.today)
    last = max(closes_on, until or closes_on)
    due_on = until or report.due_on
    if not is_reminder_due(law, due_on, last, ctx.today) or _was_reminded(ctx, report):
        return False
    notify_event(ctx, REPORTS, report, REMINDER, last_on=due_on.isoformat())
    record(ctx, f"{REPORT}.{REMINDER}", REPORT, report.id, number=report.number)
    return True


def _was_reminded(ctx: Ctx, report: OperatorReport) -> bool:
    query = select(Notice.id).where(
        Notice.subject_kind == REPORT,
        Notice.subject_id == report.id,
        Notice.event == REMINDER,
        Notice.created_at >= day_start(ctx.today),
        Notice.created_at < day_start(ctx.today + _ONE_DAY),
    )
    return ctx.session.scalar(query.limit(1)) is not None
