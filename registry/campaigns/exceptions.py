"""Later days of entry for single reports: granted with a reason, listed, revocable."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.campaigns.models import OperatorReport, ReportException


def open_exception(ctx: Ctx, report_id: int) -> ReportException | None:
    """The exception of a report that is not revoked."""
    query = select(ReportException).where(ReportException.report_id == report_id, ReportException.revoked_at.is_(None))
    return ctx.session.scalars(query).one_or_none()


def last_day_of_entry(ctx: Ctx, report_id: int) -> date | None:
    """The day that the exception of a report gives; None without one."""
    exception = open_exception(ctx, report_id)
    return None if exception is None else exception.until


def grant_until(ctx: Ctx, report: OperatorReport, until: date, reason: str) -> ReportException:
    """Give a report another last day of entry, in the place of an earlier exception."""
    former = open_exception(ctx, report.id)
    if former is not None:
        former.revoked_at, former.revoked_by_id, former.revoked_reason = ctx.now, ctx.actor.id, reason
        ctx.session.flush()
    exception = ReportException(
        report_id=report.id, until=until, reason=reason, granted_at=ctx.now, granted_by_id=ctx.actor.id
    )
    ctx.session.add(exception)
    return exception
