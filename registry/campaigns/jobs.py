"""Daily reminders of reports that were not sent."""

from __future__ import annotations

from datetime import date, datetime

from procrastinate import JobContext
from sqlalchemy import select

from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.campaigns.codes import CampaignState
from registry.campaigns.exceptions import last_day_of_entry
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.reminders import remind as remind_of
from registry.campaigns.rules import EDITABLE, is_reminder_due
from registry.campaigns.settings import REMINDERS
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import setting
from registry.kernel.db.session import Database
from registry.kernel.jobs import queue, resources_of


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
    due_on = until or report.due_on
    return is_reminder_due(law, due_on, max(closes_on, due_on), ctx.today) and remind_of(ctx, report, due_on)
