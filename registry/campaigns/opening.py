"""What happens when a campaign is opened: its form is fixed, and the reports are made."""

from __future__ import annotations

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.settings import form_key
from registry.kernel.dated_settings import setting_row
from registry.workflow.engine import open_case
from registry.workflow.notices import notify_event

#: The event of the notice that an organisation gets.
ASSIGNED = "assigned"


def read_form(ctx: Ctx, campaign: ReportCampaign) -> None:
    """The form of the settings in force today becomes that of the campaign."""
    row = setting_row(ctx.session, form_key(campaign.kind), ctx.today)
    campaign.form, campaign.form_setting_id = row.value["rows"], row.id


def open_reports(ctx: Ctx, campaign: ReportCampaign) -> None:
    """One report for each expected organisation, and a notice to it."""
    query = select(Organisation).where(Organisation.id.in_(campaign.audience)).order_by(Organisation.id)
    for organisation in ctx.session.scalars(query).all():
        report = OperatorReport(
            campaign_id=campaign.id,
            organisation_id=organisation.id,
            due_on=campaign.due_on,
            title=f"{organisation.short_name} – {campaign.title}",
            version=1,
        )
        open_case(ctx, REPORTS, report, numbered=True)
        notify_event(ctx, REPORTS, report, ASSIGNED)
