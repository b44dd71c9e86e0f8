"""The reports that an account sent: its own list, and the notice that one of them goes on.

The notice names no report, since notices stay: after the account of a report was erased nothing leads back to it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, select

from registry.accounts.queries import get_own_account
from registry.authz.actors import Ctx
from registry.incidents.codes import IncidentState, ReportKind
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.public_place import is_public
from registry.incidents.queries import PublicView, view_of_report
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, _l
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

_LISTED: Final = 100
OWN_REPORTS: Final = "own_reports"
_GOES_ON: Final = "goes_on"
#: States of which a reporter is notified.
_ANNOUNCED: Final = (
    IncidentState.VERIFIED,
    IncidentState.REJECTED,
    IncidentState.SAFE,
    IncidentState.FIXED,
    IncidentState.CLOSED,
)
EVENTS: Final = declare_events(
    OWN_REPORTS,
    _l("Phản ánh của tôi"),
    {"reporter": person_party(_l("Người phản ánh có tài khoản"), lambda account_id: account_id)},
    {_GOES_ON: (_l("Phản ánh có trạng thái mới"), Recipients(affected=("reporter",)))},
)


def announce(ctx: Ctx, incident: Incident) -> None:
    """Notify the accounts that reported an incident of its new state, each once."""
    if incident.state not in _ANNOUNCED:
        return
    accounts = select(IncidentReport.account_id).where(
        IncidentReport.incident_id == incident.id, IncidentReport.account_id.is_not(None)
    )
    for account_id in sorted({each for each in ctx.session.scalars(accounts) if each is not None}):
        notify(ctx, EVENTS[_GOES_ON], account_id, account_id, state=incident.state.value)


def read_notice(notice: Notice) -> NoticeText:
    """The new state."""
    state = IncidentState(notice.params["state"]).label
    sentence = _("Một phản ánh sự cố đã gửi có trạng thái mới: “%(state)s”.", state=state)
    return NoticeText(sentence, "report.own_reports")


@sees_all_rows(Incident.__tablename__)
def list_own_reports(ctx: Ctx) -> list[Row[Any]]:
    """The newest reports (report, kind, state, public_number) of the actor.

    `public_number` is that of the incident where anybody may open it and the reporter came to it by this number.
    """
    named = and_(IncidentReport.kind.in_((ReportKind.ME_TOO, ReportKind.REOPEN)), is_public())
    query = _own(
        ctx, IncidentReport, Incident.kind, Incident.state, case((named, Incident.number)).label("public_number")
    )
    return list(ctx.session.execute(query.order_by(IncidentReport.id.desc()).limit(_LISTED)))


@sees_all_rows(Incident.__tablename__)
def get_own_report(ctx: Ctx, report_id: int) -> PublicView:
    """One report of the actor, as its tracking code would show it; NotFound for any other."""
    row = ctx.session.execute(_own(ctx, Incident, IncidentReport).where(IncidentReport.id == report_id)).one_or_none()
    if row is None:
        raise NotFound(_("Không có phản ánh này trong “Phản ánh của tôi”."))
    return view_of_report(ctx, row[0], row[1])


def _own(ctx: Ctx, *columns: Any) -> Select[Any]:
    account = get_own_account(ctx)
    query = select(*columns).join(Incident, Incident.id == IncidentReport.incident_id)
    return query.select_from(IncidentReport).where(IncidentReport.account_id == account.id)
