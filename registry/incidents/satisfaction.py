"""The satisfaction of reporters with what came of their report: one answer a report, and its figures by agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlalchemy import Double, cast, func, select

from registry.authz.actors import Ctx
from registry.incidents.case_facts import rated_until
from registry.incidents.codes import RATED, Agency
from registry.incidents.commands import RateReport
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.reporting import as_system
from registry.incidents.rules import digest_of
from registry.incidents.workflow import INCIDENT
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import MoveRefused, NotFound
from registry.kernel.i18n import _, format_date
from registry.workflow.engine import lock_case, touch

RATE: Final = "rate"
#: Answers that a figure needs, and by which it grows, so that none says what one person answered.
LEAST_ANSWERS: Final = 3


@dataclass(frozen=True)
class AgencySatisfaction:
    """The answers on the incidents that an agency handled, in whole groups; `mean` is None where too few answered."""

    agency: Agency
    #: None where it is less than LEAST_ANSWERS.
    answers: int | None
    mean: float | None


@sees_all_rows(Incident.__tablename__)
def rate_report(ctx: Ctx, command: RateReport) -> bool:
    """Write or replace the satisfaction of a report. MoveRefused while it is not ended, and once its days are over."""
    query = select(IncidentReport).where(IncidentReport.code_digest == digest_of(command.code))
    report = ctx.session.scalars(query).one_or_none()
    if report is None:
        raise NotFound(_("Không có phản ánh nào mang mã này; hãy kiểm tra lại mã đã nhận khi gửi."))
    system = as_system(ctx)
    incident: Incident = lock_case(system, INCIDENT, report.incident_id)
    until = rated_until(ctx, incident)
    if until is None:
        raise MoveRefused(_("Hồ sơ đang được xử lý nên chưa đánh giá được; hãy đánh giá sau khi hồ sơ đóng."))
    if until < ctx.today:
        raise MoveRefused(
            _("Thời hạn đánh giá đã hết ngày %(day)s; đánh giá đã gửi không thay đổi.", day=format_date(until))
        )
    report.satisfaction = command.satisfaction
    report.satisfaction_text = command.text
    report.rated_at = ctx.now
    touch(system, INCIDENT, incident, RATE, new_version=False)
    return True


def first_rated_day(ctx: Ctx) -> date:
    """The first day of the period of the figures, which no reader chooses: 1 January of the year before."""
    return date(ctx.today.year - 1, 1, 1)


@sees_all_rows(Incident.__tablename__)
def satisfaction_by_agency(ctx: Ctx) -> Sequence[AgencySatisfaction]:
    """Of the incidents reported since `first_rated_day` that have ended; agencies without an answer are left out.

    A figure has whole groups of LEAST_ANSWERS in the order of the answers, and its period is one for all readers: two
    figures that differ by one answer would state that answer.
    """
    turn = func.row_number().over(partition_by=Incident.agency, order_by=(IncidentReport.rated_at, IncidentReport.id))
    answers = (
        select(Incident.agency, IncidentReport.satisfaction, turn.label("turn"))
        .join(IncidentReport, IncidentReport.incident_id == Incident.id)
        .where(
            IncidentReport.satisfaction.is_not(None),
            Incident.state.in_(RATED),
            Incident.reported_at >= datetime.combine(first_rated_day(ctx), time.min, tzinfo=LOCAL_ZONE),
        )
        .cte("answer")
    )
    totals = select(answers.c.agency, func.count().label("count")).group_by(answers.c.agency).cte("total")
    counted = totals.c.count - totals.c.count % LEAST_ANSWERS
    is_counted = answers.c.turn <= counted
    query = (
        select(
            answers.c.agency,
            func.count().filter(is_counted),
            func.avg(cast(answers.c.satisfaction, Double)).filter(is_counted),
        )
        .join(totals, totals.c.agency == answers.c.agency)
        .group_by(answers.c.agency)
    )
    figures = {agency: (count, mean) for agency, count, mean in ctx.session.execute(query)}
    return [
        AgencySatisfaction(agency, count, round(mean, 1)) if count else AgencySatisfaction(agency, None, None)
        for agency in Agency
        if agency in figures
        for count, mean in (figures[agency],)
    ]
